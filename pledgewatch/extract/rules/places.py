"""Where a contribution goes: the place in the text's words, and the state that receives it."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pledgewatch.extract.decode import Finding
from pledgewatch.gazetteer import AT_WAR, ActorName, Theatre
from pledgewatch.ontology import Contribution
from pledgewatch.text.spans import Offsets, overlap

_ON_TO = re.compile(r"(?<=\w) to (?=(?:the )?(?:[a-z]+ of )?[A-ZÀ-Þ])")
_INNER = re.compile(
    r".*\b(?:at|in|for|near|over|reached|(?:city|port|town|village) of)(?: the)? "
    r"(?=[^\W\d_])",
    re.DOTALL,
)
"""What stands before the nearest name: "the centre in Kiryat Gat", "the port of Poti"."""
_OUTER = re.compile(
    r"(?:(?:,| from) .*|(?: (?:and|at|beside|from|in|of|the|to|with))+)\Z", re.DOTALL
)
"""What stands behind it and is no part of it."""
_LOOSE = re.compile(r"(?:(?:and|at|for|from|in|into|of|on|to|within) )+", re.IGNORECASE)
_BESIDE = re.compile(r"\b(?:off|near|outside) (?:the )?\Z")
"""Words that belong to a place: "off Bosaso" is at sea."""
_GROUND = (
    r"airspace|area|base|border|borders|capital|camp|coast|crossing|frontier|ground|half|"
    r"headquarters|island|part|province|region|sector|shore|side|skies|soil|strait|strip|territory|"
    r"waters|zone"
)
_GROUND_GOES_ON = re.compile(rf" (?:[a-z]+ )?(?:{_GROUND})\b")
_NAME_GOES_ON = re.compile(
    r" (?:Air Base|Air Force Base|Airport|Base|Canal|Channel|City|Coast|Corridor|Desert|Faso|Gap|"
    r"Gulf|Heights|Island|Islands|Kivu|Leone|Line|Mountains|Ocean|Pass|Peninsula|Province|Republic|"
    r"River|Sea|Strait|Strip|Valley)\b"
)
_NAME_OPENS = re.compile(
    r"(?<!\w)(?:Al|Burkina|Cabo|Camp|Cape|El|Fort|Kiryat|Mount|Port|Saint|San|Santa|Sierra)\Z"
)
_CAPITAL = re.compile(r" [A-ZÀ-Þ][\w’'-]*")
_BARE = re.compile(r"\w(?:.*\w)?", re.DOTALL)
"""Without marks at either end."""
_NO_NAME = re.compile(
    r"(?:(?:at|for|from|in|into|near|of|off|on|over|the|to|within|port|city|town|village) ?)+",
    re.IGNORECASE,
)
_SIDE = re.compile(r"\b(?:north|south|east|west|central)\w*\Z", re.IGNORECASE)
_NEXT = re.compile(r" [\w-]+")
_VESSEL = re.compile(
    r"\b(?:boat|carrier|corvette|cutter|destroyer|frigate|minehunter|ship|submarine|tanker|vessel)"
    r"s? (?:the )?\Z",
    re.IGNORECASE,
)
_TO_PLACE = re.compile(
    r"\b(?:to|in|into|on|near|at|off|from|inside|across|along|over|for|within)\s+"
    r"(?:the\s+|its\s+)?"
    r"(?:(?:eastern|western|northern|southern|central|post-war|postwar|war-torn|neighbouring|"
    r"south-eastern|north-eastern|coast of|crisis-hit|gang-hit|gang-plagued|gang-ridden|"
    r"conflict-hit|ruined)\s+)*$",
    re.IGNORECASE,
)
_REGION = re.compile(
    r"\b(?:in|into|to|for|off|across|near|over|around|towards)\s+(?:the\s+)?"
    r"(?:(?:Red|Black|Baltic|Mediterranean|Adriatic|Aegean|North|Arabian|Caspian|Celtic) Sea|"
    r"(?:Persian )?Gulf|Strait of Hormuz|Hormuz|Horn of Africa|Sahel|Baltics|Western Balkans|"
    r"Arctic|Mediterranean|Middle East|Baltic states|eastern flank|Indo-Pacific|Caribbean|"
    r"Indian Ocean)\b"
)
"""Places that are no one state's."""
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
_BESIDE_STATE = re.compile(r"(?:(?P<within>,? in )|, )(?:the )?(?:[a-z]+(?:ern|al) )?")
"""What stands between a place and the state where it is: "Gori, in western Georgia"."""
_CLOSED = re.compile(
    r"[,.;)]|\Z|['’]s? (?:[\w-]+ ){0,2}(?:capital|city|island|port|province|region|town|village)\b"
)
"""What stands behind a state that is set beside a place: "Split, Croatia, on Monday"."""
_TRAINS = re.compile(
    r"\b(?:drill|instruct|school|taught|teach|train)(?:s|ed|es|ing)? (?:[\w,-]+ ){0,4}\Z"
)
_FROM = re.compile(r"\bfrom (?:the )?\Z")
_POSSESSIVE = ("'s", "’s")
_MARK = re.compile(r"[,;:]")
_LOOKED_AT = 40
_REACH = 120
"""Characters behind an owner in which the thing's place may stand."""
_BEHIND = 200
"""How much farther a place is that stands before the verb."""
_PASSING = 400
"""How much farther a mission is that is only named in passing."""
_AT_HOME = frozenset({Contribution.LOGISTICS_BASING, Contribution.TRAINERS_ADVISERS})
"""What may be contributed at home: bases, schools."""
_GIVEN = frozenset(
    {Contribution.WEAPONS_EQUIPMENT, Contribution.FUNDING, Contribution.INTELLIGENCE}
)
"""What goes to somebody, not to a place."""
_Name = TypeVar("_Name", bound=ActorName | Theatre)
SELDOM_RECEIVE = frozenset({"RUS", "USA"})
"""Named in most articles, and hardly ever the ones who receive."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place as said, where it stands in the sentence, and the receiving actor's code."""

    text: str | None = None
    span: Offsets | None = None
    recipient: str | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What a sentence names: `actors`; `theatres`, and `towns` that mean a state where they are
    known to be places; `acting`: the codes of all who contribute; `recipients`: whom the article is
    about, the likeliest first.
    """

    actors: Sequence[ActorName]
    theatres: Sequence[Theatre] = ()
    towns: Sequence[Theatre] = ()
    acting: frozenset[str] = frozenset()
    recipients: Sequence[str] = ()

    def owner(self, sentence: str, span: Offsets) -> str | None:
        """Whose a place is: of the state set beside it, else of the longest name in it."""
        names: list[ActorName | Theatre] = [*self.actors, *self.theatres, *self._towns(sentence)]
        inside = [one for one in _within(names, span) if one.code != "COALITION"]
        return self._beside(sentence, span) or (
            max(inside, key=lambda one: one.end - one.start).code if inside else None
        )

    def _beside(self, sentence: str, span: Offsets) -> str | None:
        """The state that is set beside a place which is none itself."""
        states = {name.start: name for name in self.actors if name.kind == "name"}
        between = _BESIDE_STATE.match(sentence, span[1])
        beside = states.get(between.end()) if between else None
        if between is None or beside is None or _within([*states.values()], span):
            return None
        is_told = between["within"] or _CLOSED.match(sentence, beside.end)
        return beside.code if is_told else None

    def trained(self, sentence: str, own: str | None) -> str | None:
        """Who is trained, wherever that is."""
        return next(
            (
                name.code
                for name in self.actors
                if name.kind in ("name", "demonym")
                and name.code not in (own, "COALITION")
                and _TRAINS.search(sentence, max(0, name.start - _LOOKED_AT), name.start)
            ),
            None,
        )

    def _towns(self, sentence: str) -> list[Theatre]:
        """Those that are no part of a longer name: "San Pedro Sula"."""
        return [
            town
            for town in self.towns
            if not _CAPITAL.match(sentence, town.end) or _NAME_GOES_ON.match(sentence, town.end)
        ]


def find_place(
    sentence: str, finding: Finding, setting: Setting, heard: Sequence[Offsets] = ()
) -> Place:
    """The place nearest after the verb, and who receives: whose it is, else whom the text names.

    `heard`: the words that the model takes for places.
    """
    anchor = finding.anchor(sentence)
    places = [
        (span, code)
        for span, code in _named(sentence, setting, heard)
        if code is None or code != finding.code or finding.contribution in _AT_HOME
    ]
    if finding.level is None or not finding.level.is_retraction:
        # it sails from one place to another
        places = [one for one in places if not _FROM.search(sentence, 0, one[0][0])] or places
    trains = finding.contribution is Contribution.TRAINERS_ADVISERS
    trained = setting.trained(sentence, finding.code) if trains else None
    if not places:
        return Place(recipient=trained or _recipient(sentence, finding, setting))
    span, code = min(places, key=lambda one: _distance(one[0][0], anchor))
    if trained is not None:
        code = trained
    elif code is None or code == finding.code:
        code = _recipient(sentence, finding, setting)
    elif finding.contribution in _GIVEN:
        return Place(recipient=code)
    return Place(sentence[slice(*span)], span, code)


def _named(
    sentence: str, setting: Setting, heard: Sequence[Offsets]
) -> Iterator[tuple[Offsets, str | None]]:
    """The places among the words that the model takes for some, and whose each is."""
    for words in heard:
        for part in _parted(sentence, words):
            span = _trimmed(sentence, part, setting.actors)
            if span is not None:
                yield span, setting.owner(sentence, span)


def _parted(sentence: str, words: Offsets) -> list[Offsets]:
    """The places of a run of words: "Kidal to the city of Gao" are two."""
    start, end = words
    parts = []
    for match in _ON_TO.finditer(sentence, start, end):
        parts.append((start, match.start()))
        start = match.end()
    return [*parts, (start, end)]


def _distance(start: int, anchor: Offsets) -> int:
    """How far from the words that say what is done."""
    return start - anchor[0] if start >= anchor[0] else _BEHIND + anchor[0] - start


def _trimmed(sentence: str, heard: Offsets, actors: Sequence[ActorName]) -> Offsets | None:
    """A place as it is named, of the words that the model takes for one; None where it is none."""
    start, end = heard
    behind = _OUTER.search(sentence, start, end)
    end = behind.start() if behind else end
    words = _INNER.match(sentence, start, end) or _LOOSE.match(sentence, start, end)
    start = words.end() if words else start
    end = _whole(sentence, start, end)
    over = _within(actors, (start, end))
    if any(one.kind in ("organisation", "institution", "leader") for one in over):
        return None
    if any(one.kind == "demonym" and one.end >= end for one in over):
        ground = _GROUND_GOES_ON.match(sentence, end)
        if ground is None:
            return None
        end = ground.end()
    start += 4 * sentence.startswith("the ", start, end)
    bare = _BARE.search(sentence, start, end)
    if bare is None or _NO_NAME.fullmatch(bare[0]) or _VESSEL.search(sentence, 0, bare.start()):
        return None
    start, end = bare.span()
    beside = _BESIDE.search(sentence, 0, start)
    return (beside.start() if beside else start), end


def _within(names: Sequence[_Name], span: Offsets) -> list[_Name]:
    """The names of which a span has a part."""
    return [one for one in names if overlap((one.start, one.end), span)]


def _whole(sentence: str, start: int, end: int) -> int:
    """Where the name ends of which the model took the beginning."""
    if sentence[start:end].endswith(_POSSESSIVE) or sentence[start:end].lower() == "the":
        more = _NEXT.match(sentence, end)
    elif _NAME_OPENS.search(sentence, start, end):
        more = _CAPITAL.match(sentence, end)
    elif _SIDE.search(sentence, start, end):
        more = _GROUND_GOES_ON.match(sentence, end)
    else:
        more = _NAME_GOES_ON.match(sentence, end)
    return more.end() if more else end


def _recipient(sentence: str, finding: Finding, setting: Setting) -> str | None:
    """Who receives where the place does not tell: a state that mostly does, named with the verb.

    Else one whose adjective stands behind the verb, else whom the article is about.
    """
    own, anchor = finding.code, finding.anchor(sentence)
    likely = AT_WAR.union(setting.recipients)
    named: list[tuple[int, Offsets, str]] = []
    adjectives: list[str] = []
    barred = {own, *SELDOM_RECEIVE}
    leaving = _LEAVING.search(sentence)
    for name in setting.actors:
        code, span = name.code, (name.start, name.end)
        before = sentence[max(0, name.start - _LOOKED_AT) : name.start]
        if code == own:
            continue
        if _ORIGIN.search(before) and not (leaving and leaving.end() <= name.start):
            barred.add(code)
        elif code not in likely:
            continue
        elif name.kind in ("name", "seat") and _TO_PLACE.search(before):
            if name.kind == "name" or not _is_where_it_was_said(before, code, setting):
                named.append((_distance(name.start, anchor), span, code))
        elif name.start > anchor[0] and code not in setting.acting:
            possessive = sentence.startswith(_POSSESSIVE, name.end)
            if name.kind == "demonym" or (name.kind == "name" and possessive):
                adjectives.append(code)
    for theatre in setting.theatres:
        span = theatre.start, theatre.end
        before = sentence[max(0, theatre.start - _LOOKED_AT) : theatre.start]
        # a mission that is named in passing is where it goes, if nothing else is
        passing = 0 if _TO_PLACE.search(before) else _PASSING
        if theatre.code != own:
            named.append((_distance(theatre.start, anchor) + passing, span, theatre.code))
    starts = sorted(start for _, (start, _), _ in named)
    named = [one for one in named if not _only_owns(sentence, one[1], starts)]
    if named:
        return min(named)[2]
    if _REGION.search(sentence):
        return None
    return next((code for code in [*adjectives, *setting.recipients] if code not in barred), None)


def _only_owns(sentence: str, owner: Offsets, starts: Sequence[int]) -> bool:
    """Whether a name only tells whose the thing is that stands at one of `starts`, in order."""
    if not sentence.startswith(_POSSESSIVE, owner[1]):
        return False
    clause, *_ = _MARK.split(sentence[owner[1] : owner[1] + _REACH], maxsplit=1)
    last = owner[1] + len(clause)
    first, behind = bisect_right(starts, owner[1]), bisect_right(starts, last)
    return any(
        _THEREIN.search(sentence, max(owner[1], start - _LOOKED_AT), start)
        for start in starts[first:behind]
    )


def _is_where_it_was_said(before: str, code: str, setting: Setting) -> bool:
    """Whether a capital is where people meet and speak, or the seat of who decides."""
    return code not in setting.recipients and _FORCES_THERE.search(before.lower()) is None
