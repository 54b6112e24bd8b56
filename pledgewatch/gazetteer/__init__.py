"""Who can be an actor: states, organisations, groups, and the names that stand for them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal, Self

import ahocorasick

from pledgewatch.gazetteer.readings import Hit, is_else
from pledgewatch.gazetteer.tables import rows

__all__ = ["AT_WAR", "ActorName", "Gazetteer", "NameKind", "Theatre", "rows"]

AT_WAR = frozenset(
    {
        "UKR",
        "ISR",
        "TWN",
        "SDN",
        "COD",
        "MLI",
        "SOM",
        "HTI",
        "LBN",
        "SYR",
        "YEM",
        "MOZ",
        "NER",
        "BFA",
        "ARM",
        "MDA",
    }
)
"""States at war or with forces sent to help them: where they are named, they mostly receive."""

NameKind = Literal["name", "demonym", "seat", "institution", "leader", "organisation", "group"]

_PLACES: frozenset[NameKind] = frozenset(["name", "demonym", "seat", "group"])
_OF_STATES_TOO = frozenset(["Security Council"])
"""What the United Nations have, and states as well."""


@dataclass(frozen=True, slots=True)
class ActorName:
    """A name at `start` to `end` (code points) of a text that stands for the actor `code`."""

    start: int
    end: int
    code: str
    name: str
    kind: NameKind


@dataclass(frozen=True, slots=True)
class Theatre:
    """A mission, region or town at `start` to `end` of a text, and the state where it is."""

    start: int
    end: int
    code: str


@dataclass(frozen=True, slots=True)
class _Entry:
    code: str
    kind: NameKind
    since: date | None = None
    until: date | None = None
    shared: bool = False
    """Whether it means this one only where the text names it otherwise, too."""
    past: bool = False

    def holds(self, at: date | None) -> bool:
        return at is None or (
            (self.since is None or self.since <= at) and (self.until is None or at <= self.until)
        )


class Gazetteer:
    """All names in one automaton: one pass over a text finds every one of them."""

    def __init__(self) -> None:
        self._entries: dict[str, list[_Entry]] = {}
        self._names: dict[str, str] = {}
        self._adjectives: dict[str, list[str]] = {}
        for row in rows("countries"):
            code = row["code"]
            self._names[code] = row["name"]
            self._add(code, "name", [row["name"], *_several(row["aliases"])])
            demonyms = _several(row["demonyms"])
            self._adjectives[code] = [_unmarked(name) for name in demonyms]
            self._add(code, "demonym", demonyms)
            self._add(code, "seat", _several(row["seats"]))
            self._add(code, "institution", _several(row["institutions"]))
        for row in rows("organisations"):
            code = row["code"]
            self._names[code] = row["name"]
            kind: NameKind = "group" if code == "COALITION" else "organisation"
            names = [] if code == "COALITION" else [row["name"]]
            self._add(code, kind, [*names, *_several(row["aliases"])])
        # the latest office first: it is meant where no day is known
        for row in sorted(rows("leaders"), key=lambda row: row["from"], reverse=True):
            since, until = _day(row["from"]), _day(row["to"])
            self._add(row["code"], "leader", _several(row["person"]), since, until)
        self._automaton = ahocorasick.Automaton()
        for name in self._entries:
            for spelling in _spellings(name):
                self._automaton.add_word(spelling, (len(name), name))
        for row in rows("traps"):
            for spelling in _spellings(row["phrase"]):
                self._automaton.add_word(spelling, (len(spelling), ""))
        self._automaton.make_automaton()
        self._theatres = _theatres("names")
        self._towns = _theatres("towns")

    @classmethod
    @cache
    def load(cls) -> Self:
        """The gazetteer of the package, built once a process."""
        return cls()

    def name(self, code: str) -> str:
        """The name that people read for an actor code (the code itself where it is unknown)."""
        return self._names.get(code, code)

    def adjectives(self, code: str | None) -> Sequence[str]:
        """What belongs to a state and who lives there are called: "Danish", "Dane", "Danes"."""
        return self._adjectives.get(code or "", ())

    def forms(self) -> dict[str, dict[NameKind, list[str]]]:
        """How each state is called today, by code and kind of name, the commonest first."""
        found: dict[str, dict[NameKind, list[str]]] = {}
        for name, entries in self._entries.items():
            for entry in entries:
                if entry.kind in ("name", "demonym", "seat") and not (entry.shared or entry.past):
                    found.setdefault(entry.code, {}).setdefault(entry.kind, []).append(name)
        return found

    def find(self, text: str, at: date | None = None) -> list[ActorName]:
        """Names in `text`, left to right, the longest where several overlap.

        "Brussels" is found twice, as the state's seat and as the European Union's.

        A leader counts while in office at `at`, and always where `at` is None.
        """
        return self.find_all([text], at)[0]

    def find_all(self, texts: Sequence[str], at: date | None = None) -> list[list[ActorName]]:
        """As `find`, in each of the texts of one article.

        Where a text does not tell who is meant by a name that several share, the others do.
        """
        read = [self._read(text, at) for text in texts]
        named = {one.code for found, _ in read for one in found}
        for text, (found, doubtful) in zip(texts, read, strict=True):
            if doubtful:
                found += self._told(text, found, doubtful, named)
                found.sort(key=lambda one: one.start)
        return [found for found, _ in read]

    def _read(self, text: str, at: date | None) -> tuple[list[ActorName], list[Hit]]:
        """The names in `text` that mean one actor, and those that several share."""
        hits: list[Hit] = []
        for last, (length, name) in self._automaton.iter(text):
            if _is_whole(text, last + 1 - length, last + 1):
                hits.append((last + 1 - length, last + 1, name))
        hits.sort(key=lambda hit: (hit[0], -hit[1]))
        found: list[ActorName] = []
        doubtful: list[Hit] = []
        reached = 0
        owner: ActorName | None = None
        for start, end, name in hits:
            if start < reached:
                continue
            reached = end
            meant = self._meant(name, at)
            kind = meant[0].kind if meant else None
            if kind is None or (
                kind in _PLACES
                and is_else(text, start, end, hits, adjective=kind != "name", seat=kind == "seat")
            ):
                continue
            if meant[-1].shared:
                doubtful.append((start, end, name))
                continue
            for entry in meant:
                if owner is None or not _is_of(owner, entry, name, text[owner.end : start]):
                    found.append(self._named(start, end, entry))
            owner = found[-1] if found else None
        return found, doubtful

    def theatres(self, text: str) -> list[Theatre]:
        """Missions and places where forces serve ("UNIFIL", "the Golan Heights"), left to right."""
        return _found(self._theatres, text)

    def towns(self, text: str) -> list[Theatre]:
        """Places that mean a state only where it is known that a place is named, left to right."""
        return _found(self._towns, text)

    def _meant(self, name: str, at: date | None) -> list[_Entry]:
        """Who a name stands for: Brussels for two, a leader for the one office held."""
        entries = self._entries.get(name, [])
        if len(entries) == 1 and entries[0].since is None:
            return entries
        held = [entry for entry in entries if entry.holds(at)]
        return [one for i, one in enumerate(held) if not i or one.kind != "leader"]

    def _told(
        self,
        text: str,
        found: Sequence[ActorName],
        doubtful: Sequence[Hit],
        around: Collection[str],
    ) -> list[ActorName]:
        """Who is meant by names that stand for several: whom the text names otherwise, too.

        Else whom the article does (`around`), else the one who has the name to itself, if there
        is one: "Congo" alone is Kinshasa's.
        """
        told = []
        here = {one.code for one in found}
        before = {one.end: one for one in found}
        for start, end, name in doubtful:
            entries = self._entries[name]
            plain = [entry for entry in entries if not entry.shared]
            named = here if any(entry.code in here for entry in entries) else around
            others = [entry for entry in entries if entry.shared and entry.code in named]
            if len(others) != 1 or any(entry.code in named for entry in plain):
                others = plain
            owner = before.get(start - 1) or before.get(start - 3)
            told += [
                self._named(start, end, entry)
                for entry in others
                if owner is None or not _is_of(owner, entry, name, text[owner.end : start])
            ]
        return told

    def _named(self, start: int, end: int, entry: _Entry) -> ActorName:
        code = entry.code
        return ActorName(start, end, code, self._names.get(code, code), entry.kind)

    def _add(
        self,
        code: str,
        kind: NameKind,
        names: list[str],
        since: date | None = None,
        until: date | None = None,
    ) -> None:
        for marked in names:
            name = _unmarked(marked)
            entry = _Entry(code, kind, since, until, "?" in marked, "~" in marked)
            entries = self._entries.setdefault(name, [])
            # those who have the name to themselves come first
            entries.insert(len(entries) if entry.shared else _plain(entries), entry)


def _plain(entries: Sequence[_Entry]) -> int:
    return sum(not entry.shared for entry in entries)


def _spellings(name: str) -> Iterator[str]:
    """As the tables have it, in capitals, and with a typographic apostrophe."""
    forms = [name]
    if len(name) > 3 and not name.isupper() and len(name.upper()) == len(name):
        forms.append(name.upper())
    for form in forms:
        yield form
        if "'" in form:
            yield form.replace("'", "’")


def _is_of(owner: ActorName, entry: _Entry, name: str, between: str) -> bool:
    """Whether the word before says whose it is, and that another's: the Spanish Congress."""
    return (
        owner.kind in ("name", "demonym")
        and (entry.kind == "institution" or name in _OF_STATES_TOO)
        and owner.code != entry.code
        and between in (" ", "'s ", "’s ")
    )


def _unmarked(name: str) -> str:
    """A name without what the tables say of it: shared ("?"), past ("~")."""
    return name.rstrip("?~")


def _theatres(column: str) -> ahocorasick.Automaton:
    """An automaton of the places in a column of the table."""
    found = ahocorasick.Automaton()
    for row in rows("theatres"):
        for name in _several(row[column]):
            found.add_word(name, (len(name), row["code"]))
    found.make_automaton()
    return found


def _found(places: ahocorasick.Automaton, text: str) -> list[Theatre]:
    return [
        Theatre(last + 1 - length, last + 1, code)
        for last, (length, code) in places.iter_long(text)
        if _is_whole(text, last + 1 - length, last + 1)
        and not text.endswith("Gulf of ", 0, last + 1 - length)
    ]


def _several(cell: str) -> list[str]:
    return [name for name in cell.split("|") if name]


def _day(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether no word goes on at either end."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() or before == "_" or after.isalnum() or after == "_")
