"""Where a contribution goes: the place in the text's words, and the state that receives it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pledgewatch.extract.decode import Offsets
from pledgewatch.gazetteer import ActorName, Theatre

_TO_PLACE = re.compile(
    r"\b(?:to|in|into|on|near|at|off|from|inside|across|along|over|for|within|"
    r"with)\s+(?:the\s+|its\s+)?"
    r"(?:(?:eastern|western|northern|southern|central|post-war|postwar|war-torn|"
    r"neighbouring|south-eastern|"
    r"north-eastern|coast of|crisis-hit|gang-hit|gang-plagued|gang-ridden|"
    r"conflict-hit|ruined)\s+)*$",
    re.IGNORECASE,
)
_NAMED_REGION = re.compile(
    r"\b(?:(?:in|into|to|for|off|across|near|over|around|towards)\s+(?:the\s+)?)"
    r"(?P<place>(?:Red|Black|Baltic|Mediterranean|Adriatic|Aegean|North|Arabian|"
    r"Caspian|Celtic) Sea|Gulf of Aden|Strait of Hormuz|"
    r"Hormuz|Gulf|Persian Gulf|Gulf of Guinea|Horn of Africa|Sahel|Baltics|Golan "
    r"Heights|Sinai|Darfur|Donbas|Cabo Delgado|"
    r"Western Balkans|Arctic|Mediterranean|Middle East|Baltic states|Suwalki Gap|"
    r"eastern flank|Taiwan Strait|Indo-Pacific|"
    r"Rafah|North Kivu|Goma|Tigray|Abyei|Transnistria|Nagorno-Karabakh|Caribbean|Indian Ocean)\b"
)


_FORCES_THERE = re.compile(
    r"(?:\b(?:to|into|for|near|off|from)|(?:troops|soldiers|forces|peacekeepers|police|officers|"
    r"personnel|base|headquarters|embassy|airport|battlegroup|brigade|battalion|stationed|"
    r"deployed|based|arrived|landed)\W+(?:\w+\W+)?(?:in|at))\s+(?:the\s+)?$"
)
_ORIGIN = re.compile(
    r"\bfrom\s+(?:its|their|an?|the)\s+(?:[\w-]+\s+)?(?:bases?|ports?|airfields?|airports?|"
    r"airbases?|headquarters|camps?|hubs?)\s+(?:in|at|on|near|outside)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_LEAVING = re.compile(
    r"\b(?:withdr[ae]w\w*|pull\w*|leav\w+|left|remov\w+|recall\w*|bring\w*|brought|return\w*|"
    r"evacuat\w+|expel\w*|depart\w*|redeploy\w*|move[sd]?|moving)\b",
    re.IGNORECASE,
)
_THEREIN = re.compile(
    r"\b(?:in|into|at|near|on|off|to|over|across|along)\s+(?:the\s+)?$", re.IGNORECASE
)
_POSSESSIVE = ("'s", "’s")
SELDOM_RECEIVE = frozenset({"RUS", "USA"})
"""Named in most articles, and hardly ever the ones who receive."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place as said, where it stands in the sentence, and the receiving actor's code."""

    text: str | None = None
    span: Offsets | None = None
    recipient: str | None = None


def find_place(
    sentence: str,
    own: str | None,
    anchor: Offsets,
    actors: Sequence[ActorName],
    acting: frozenset[str],
    recipients: Sequence[str],
    theatres: Sequence[Theatre] = (),
) -> Place:
    """The place nearest after the verb; the article's own recipient where none is named.

    `own`: the contributor's code; `anchor`: the words that say what is done; `acting`: codes of
    all actors of the sentence, whose adjectives name no recipient; `recipients`: whom the article
    is about, the likeliest first; `theatres`: what the sentence names of them.
    """
    after = anchor[0]
    candidates: list[tuple[int, Place]] = []
    adjectives: list[str] = []
    origins: set[str] = set()
    for name in actors:
        if name.code == own or name.code == "COALITION" or name.kind == "leader":
            continue
        before = sentence[max(0, name.start - 40) : name.start]
        if _ORIGIN.search(before) and not _LEAVING.search(sentence[: name.start]):
            origins.add(name.code)
        elif name.kind in ("name", "seat") and _TO_PLACE.search(before):
            leading = sentence[max(0, name.start - 5) : name.start].lower()
            if name.kind == "seat" and _is_where_it_was_said(sentence, name, recipients):
                continue
            sender = (
                leading.endswith(("with ",))
                or sentence[max(0, name.start - 3) : name.start].lower() == "by "
            )
            if not sender:
                distance = name.start - after if name.start >= after else 200 + after - name.start
                candidates.append(
                    (
                        distance,
                        Place(sentence[name.start : name.end], (name.start, name.end), name.code),
                    )
                )
        elif (
            name.start > after
            and name.code not in acting
            and (
                name.kind == "demonym"
                or (name.kind == "name" and sentence[name.end : name.end + 2] in _POSSESSIVE)
            )
        ):
            adjectives.append(name.code)
    for theatre in theatres:
        start, end = theatre.start, theatre.end
        if theatre.code == own:
            continue
        distance = start - after if start >= after else 200 + after - start
        if _TO_PLACE.search(sentence[max(0, start - 40) : start]):
            candidates.append((distance, Place(sentence[start:end], (start, end), theatre.code)))
        else:  # a mission that is named in passing is where it goes, if nothing else is
            candidates.append((distance + 400, Place(None, None, theatre.code)))
    for match in _NAMED_REGION.finditer(sentence):
        start, end = match.span("place")
        distance = start - after if start >= after else 200 + after - start
        candidates.append((distance, Place(match["place"], (start, end), None)))
    candidates = _without_possessors(sentence, candidates)
    if candidates:
        place = min(candidates, key=lambda item: item[0])[1]
        if place.recipient is None:
            named = next(
                (c[1].recipient for c in sorted(candidates, key=lambda c: c[0]) if c[1].recipient),
                None,
            )
            return Place(place.text, place.span, named)
        return place
    none = {own, *origins, *SELDOM_RECEIVE}
    code = next((c for c in [*adjectives, *recipients] if c not in none), None)
    return Place(None, None, code)


def _without_possessors(
    sentence: str, candidates: Sequence[tuple[int, Place]]
) -> list[tuple[int, Place]]:
    """The candidates, less whose name only tells whose the thing is that stands elsewhere."""
    spans = [place.span for _, place in candidates if place.span is not None]
    return [
        (distance, place)
        for distance, place in candidates
        if place.span is None
        or sentence[place.span[1] : place.span[1] + 2] not in _POSSESSIVE
        or not any(_is_within(sentence, place.span[1], start) for start, _ in spans)
    ]


def _is_within(sentence: str, end: int, start: int) -> bool:
    """Whether the place at `start` is where the thing is whose owner's name ends at `end`."""
    between = sentence[end:start]
    return _THEREIN.search(between) is not None and not any(mark in between for mark in ",;:")


def _is_where_it_was_said(sentence: str, name: ActorName, recipients: Sequence[str]) -> bool:
    """Whether a capital is where people meet and speak, or the seat of who decides."""
    before = sentence[max(0, name.start - 40) : name.start].lower()
    return name.code not in recipients and _FORCES_THERE.search(before) is None
