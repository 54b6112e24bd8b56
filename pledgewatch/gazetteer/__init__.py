"""Who can be an actor: states, organisations, groups, and the names that stand for them."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal, Self

import ahocorasick

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

_TITLES = frozenset(
    [
        "President",
        "Prime",
        "Foreign",
        "Defence",
        "Defense",
        "Army",
        "Navy",
        "Air",
        "Government",
        "Parliament",
        "Minister",
        "Chancellor",
        "Police",
        "Ambassador",
        "King",
        "Armed",
        "Chief",
        "General",
        "Military",
        "Forces",
        "National",
        "Interior",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ]
)
_GIVEN_NAMES = frozenset(
    {"Jordan", "Chad", "Georgia", "Israel", "Paris", "India", "Kenya", "Dublin"}
)
_FAMILY_NAMES = frozenset(
    {"Jordan", "London", "Washington", "France", "Holland", "Ireland", "England", "Berlin", "Cuba"}
)
_STATE_OF_GEORGIA = frozenset(
    [
        "governor",
        "Gov",
        "senator",
        "Senator",
        "senators",
        "congressman",
        "lawmaker",
        "voters",
        "Bulldogs",
        "legislature",
        "county",
        "primary",
        "runoff",
        "Republican",
        "Democrat",
        "Republicans",
        "Democrats",
        "peach",
        "peaches",
        "Power",
        "Southern",
    ]
)
_AMERICAN_STATES = ("Atlanta, ", "Savannah, ", "Augusta, ", "Athens, ", "Macon, ")


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

    def holds(self, at: date | None) -> bool:
        return at is None or (
            (self.since is None or self.since <= at) and (self.until is None or at <= self.until)
        )


def rows(table: str) -> Iterator[dict[str, str]]:
    """The rows of a table: `countries`, `leaders`, `organisations`, `theatres` or `traps`."""
    text = (files(__package__) / f"{table}.tsv").read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)


class Gazetteer:
    """All names in one automaton: one pass over a text finds every one of them."""

    def __init__(self) -> None:
        self._entries: dict[str, list[_Entry]] = {}
        self._names: dict[str, str] = {}
        for row in rows("countries"):
            code = row["code"]
            self._names[code] = row["name"]
            self._add(code, "name", [row["name"], *_several(row["aliases"])])
            self._add(code, "demonym", _several(row["demonyms"]))
            self._add(code, "seat", _several(row["seats"]))
            self._add(code, "institution", _several(row["institutions"]))
        for row in rows("organisations"):
            code = row["code"]
            self._names[code] = row["name"]
            kind: NameKind = "group" if code == "COALITION" else "organisation"
            names = [] if code == "COALITION" else [row["name"]]
            self._add(code, kind, [*names, *_several(row["aliases"])])
        for row in rows("leaders"):
            since, until = _day(row["from"]), _day(row["to"])
            self._add(row["code"], "leader", _several(row["person"]), since, until)
        self._automaton = ahocorasick.Automaton()
        for name in self._entries:
            self._automaton.add_word(name, (len(name), name))
            if len(name) > 3 and not name.isupper() and len(name.upper()) == len(name):
                self._automaton.add_word(name.upper(), (len(name), name))
        for row in rows("traps"):
            self._automaton.add_word(row["phrase"], (len(row["phrase"]), ""))
        self._automaton.make_automaton()
        self._theatres = ahocorasick.Automaton()
        for row in rows("theatres"):
            for name in _several(row["names"]):
                self._theatres.add_word(name, (len(name), row["code"]))
        self._theatres.make_automaton()

    @classmethod
    @cache
    def load(cls) -> Self:
        """The gazetteer of the package, built once a process."""
        return cls()

    def name(self, code: str) -> str:
        """The name that people read for an actor code (the code itself where it is unknown)."""
        return self._names.get(code, code)

    def forms(self) -> dict[str, dict[NameKind, list[str]]]:
        """How each state is called, by code and kind of name, the commonest first."""
        found: dict[str, dict[NameKind, list[str]]] = {}
        for name, entries in self._entries.items():
            for entry in entries:
                if entry.kind in ("name", "demonym", "seat"):
                    found.setdefault(entry.code, {}).setdefault(entry.kind, []).append(name)
        return found

    def find(self, text: str, at: date | None = None) -> list[ActorName]:
        """Names in `text`, left to right, the longest where several overlap.

        "Brussels" is found twice, as the state's seat and as the European Union's.

        A leader counts while in office at `at`, and always where `at` is None.
        """
        hits: list[tuple[int, int, str]] = []
        for last, (length, name) in self._automaton.iter(text):
            start, end = last + 1 - length, last + 1
            if _is_border(text, start - 1) and _is_border(text, end):
                hits.append((start, end, name))
        hits.sort(key=lambda hit: (hit[0], -hit[1]))
        found: list[ActorName] = []
        reached = 0
        for start, end, name in hits:
            if start < reached:
                continue
            reached = end
            if not _is_trap(text, start, end):
                owner = found[-1] if found else None
                found += [
                    ActorName(start, end, entry.code, self.name(entry.code), entry.kind)
                    for entry in self._meant(name, at)
                    if owner is None or not _is_of(owner, entry, text[owner.end : start])
                ]
        return found

    def theatres(self, text: str) -> list[Theatre]:
        """Missions and places where forces serve ("UNIFIL", "the Golan Heights"), left to right."""
        return [
            Theatre(last + 1 - length, last + 1, code)
            for last, (length, code) in self._theatres.iter_long(text)
            if _is_border(text, last - length)
            and _is_border(text, last + 1)
            and not text.endswith("Gulf of ", 0, last + 1 - length)
        ]

    def _meant(self, name: str, at: date | None) -> list[_Entry]:
        """Who a name stands for: Brussels for two, a leader for the one office held."""
        held = [entry for entry in self._entries.get(name, ()) if entry.holds(at)]
        return [one for i, one in enumerate(held) if not i or one.kind != "leader"]

    def _add(
        self,
        code: str,
        kind: NameKind,
        names: list[str],
        since: date | None = None,
        until: date | None = None,
    ) -> None:
        for name in names:
            self._entries.setdefault(name, []).append(_Entry(code, kind, since, until))


def _is_of(owner: ActorName, entry: _Entry, between: str) -> bool:
    """Whether the word before says whose it is, and that another's: the Spanish Congress."""
    return (
        entry.kind == "institution"
        and owner.kind in ("name", "demonym")
        and owner.code != entry.code
        and between in (" ", "'s ", "’s ")
    )


def _several(cell: str) -> list[str]:
    return [name for name in cell.split("|") if name]


def _day(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None


def _is_border(text: str, index: int) -> bool:
    return not 0 <= index < len(text) or not (text[index].isalnum() or text[index] == "_")


def _word_after(text: str, end: int) -> str:
    stop = end + 1
    while stop < len(text) and text[stop].isalpha():
        stop += 1
    return text[end + 1 : stop] if text[end : end + 1] == " " else ""


def _word_before(text: str, start: int) -> str:
    first = start - 1
    while first > 0 and (text[first - 1].isalpha() or text[first - 1] in "-'’"):
        first -= 1
    return text[first : start - 1] if text[start - 1 : start] == " " and first >= 0 else ""


def _is_trap(text: str, start: int, end: int) -> bool:
    """Whether the name is a person's (Jordan Smith, Jack London) or the state of Georgia."""
    name = text[start:end]
    after = _word_after(text, end)
    if name == "Georgia" and (
        after in _STATE_OF_GEORGIA or text.endswith(_AMERICAN_STATES, 0, start)
    ):
        return True
    if name in _GIVEN_NAMES and after[:1].isupper() and not after.isupper():
        return after not in _TITLES
    if name in _FAMILY_NAMES:
        before = _word_before(text, start)
        before_start = start - 1 - len(before)
        opens = before_start <= 0 or text[before_start - 2 : before_start - 1] in '.!?\n“"‘:'
        return (
            before[:1].isupper()
            and not before.isupper()
            and not opens
            and before not in _TITLES
            and before not in {"In", "At", "From", "The", "But", "And", "While", "With", "Both"}
        )
    return False
