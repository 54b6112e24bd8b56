"""Whose each number of a sentence is, where grammar tells better than the model's links."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from pledgewatch.extract.decode import Finding
from pledgewatch.ontology import UNITS, Contribution
from pledgewatch.text.numbers import SCALES
from pledgewatch.text.quantities import QuantitySpan

_Place = tuple[int, int]
"""Where an actor's name stands in the sentence."""
_NOWHERE = (-1, -1)
_Linked = tuple[QuantitySpan, float]
"""A number, and how likely it is one's."""
_Told = dict[int, list[tuple[Finding, QuantitySpan]]]
"""By where a number starts: whose it is, and as which quantity of theirs."""

_EACH = re.compile(
    r"\b(?:apiece|each(?! (?:other|side|party|week|fortnight|month|year|day|time|case|"
    r"rotation)\b))\b",
    re.IGNORECASE,
)
_BEFORE_EACH = re.compile(r"(?: [\w-]+){0,2},? ?")
_AFTER_EACH = re.compile(r"[^,;:]{0,120}")
_AND = re.compile(r"(?:['’]s?)?(?:, | and |, and | & )(?:the )?")
_IN_TURN = re.compile(r"(?:,|,? and|,? &) ")
_GOES_ON = re.compile(
    r" (?!(?:and|apiece|as|at|but|by|each|for|from|in|into|more|on|or|respectively|to|under|which|"
    r"while|whereas|with)\b)\w"
)
_FROM = re.compile(r"(?: (?:from|by|of|in))?(?: the)? ?")
_WITH = re.compile(
    r"(?: (?:at )?[A-Z][\w’'-]*)*,? with (?:its |her |a |their )?(?:crew(?: of|,) |staff of )?"
)
_CREW = re.compile(r"(?: and| plus|,) ")
_CREWED = re.compile(r"(?: crew| (?:men )?aboard)\b")
_THOUSAND, _MILLION = 1000, 10**6
_PLATFORMS = frozenset({"ship", "aircraft", "helicopter", "system", "vehicle"})
_KIND_BY_UNIT = {
    "ship": Contribution.NAVAL,
    "aircraft": Contribution.AIR,
    "helicopter": Contribution.AIR,
}


def owned(
    sentence: str, findings: Sequence[Finding], numbers: Sequence[QuantitySpan]
) -> list[Finding]:
    """The findings with those of the sentence's `numbers` that are theirs.

    What stands right behind a name is its own ("and Denmark 100"), of a list "each" or in turn
    ("respectively") each has its own, a joint total is nobody's. Else a number is of the one whose
    name it counts ("two Norwegians") or to whom the model links it most. Crews are no quantity
    beside what they man, and decisions of a council have none.
    """
    stated = [one for one in findings if one.level is not None]
    told = _each(sentence, stated, numbers) | _beside(sentence, stated, numbers)
    if "respectively" in sentence:
        told |= _in_turn(sentence, stated, numbers)
    crews = _crews(sentence, numbers)
    kept = []
    for one in findings:
        mine = [
            (number, link)
            for number, link in zip(one.quantities, one.links, strict=True)
            if number.start not in told and _owner(sentence, stated, number, one) is one
        ]
        mine += [(number, 1.0) for owners in told.values() for who, number in owners if who is one]
        if one.contribution is not Contribution.GROUND_TROOPS:
            mine = _without_crews(mine, crews)
        if one.contribution is Contribution.POLITICAL:
            mine = []
        if one.contribution is Contribution.FUNDING:
            alone = sum(two.contribution is Contribution.FUNDING for two in stated) == 1
            mine = _as_money(mine, numbers, alone=alone)
        mine.sort(key=lambda owned: owned[0].start)
        kept.append(
            replace(
                one,
                quantities=tuple(number for number, _ in mine),
                links=tuple(link for _, link in mine),
            )
        )
    return kept


def _beside(sentence: str, stated: Sequence[Finding], numbers: Sequence[QuantitySpan]) -> _Told:
    """Numbers right behind a name, after one that was spelt out: "200 soldiers and Denmark 100"."""
    told: _Told = {}
    counted: QuantitySpan | None = None
    for before, number in pairwise(numbers):
        counted = before if before.unit is not None else counted
        near = [
            one
            for one in stated
            if one.actor
            and not number.implied
            and sentence[one.actor.end : number.start] in (" ", " (")
        ]
        one = _likeliest(near, number)
        if one is not None:
            own = _like(sentence, number, counted or before, one)
            # "another 800" adds to what others give
            told[number.start] = [(one, replace(own, further=False))]
    return told


def _each(sentence: str, stated: Sequence[Finding], numbers: Sequence[QuantitySpan]) -> _Told:
    """Numbers that each of a list has: "Norway and Sweden will each send 200"."""
    told: _Told = {}
    for match in _EACH.finditer(sentence):
        for number, like in _of_each(sentence, match, numbers):
            kinds = {one.contribution for one in stated if _claims(one, number)}
            alike = [one for one in stated if one.contribution in kinds or not kinds]
            listed = max((_together(sentence, one, stated) for one in alike), key=len, default=[])
            told[number.start] = [
                (one, _like(sentence, number, like, one))
                for one in alike
                if len(listed) < 2 or _place(one) in listed
            ]
    return told


def _of_each(
    sentence: str, each: re.Match[str], numbers: Sequence[QuantitySpan]
) -> list[tuple[QuantitySpan, QuantitySpan]]:
    """The number that "each" is said of, and one that may tell its unit.

    It is the one right before, else the next in the clause, with what that is made of: "each send
    a company of 120".
    """
    before = [one for one in numbers if one.end <= each.start()]
    after = [one for one in numbers if one.start >= each.end()]
    if before and _BEFORE_EACH.fullmatch(sentence, before[-1].end, each.start()):
        return [(before[-1], before[-2] if len(before) > 1 else before[-1])]
    if not after or not _AFTER_EACH.fullmatch(sentence, each.end(), after[0].start):
        return []
    found = [(after[0], before[-1] if before else after[0])]
    if len(after) > 1 and sentence[after[0].end : after[1].start] == " of ":
        found.append((after[1], after[1]))
    return found


def _in_turn(sentence: str, stated: Sequence[Finding], numbers: Sequence[QuantitySpan]) -> _Told:
    """To each of a list the number in its turn: "Norway and Sweden sent 200 and 150 respectively".

    None where there is no list of as many numbers as actors.
    """
    for lead in stated:
        listed = _together(sentence, lead, stated)
        if len(listed) < 2:
            continue
        for turn in _runs(sentence, numbers):
            if len(turn) != len(listed):
                continue
            told: _Told = {}
            for place, number in zip(listed, turn, strict=True):
                owner = next(
                    one for one in stated
                    if _place(one) == place
                    and (one.contribution, one.level) == (lead.contribution, lead.level)
                )  # fmt: skip
                told[number.start] = [(owner, _like(sentence, number, turn[-1], owner))]
            return told
    return {}


def _runs(sentence: str, numbers: Sequence[QuantitySpan]) -> Iterator[list[QuantitySpan]]:
    """Numbers that stand in one list: "200, 150 and 100 soldiers"."""
    run: list[QuantitySpan] = []
    for number in numbers:
        if run and not _IN_TURN.fullmatch(sentence, run[-1].end, number.start):
            yield run
            run = []
        run.append(number)
    yield run


def _like(sentence: str, number: QuantitySpan, other: QuantitySpan, owner: Finding) -> QuantitySpan:
    """A number that leaves out what another says: the unit, and of millions the scale."""
    linked = _linked(owner, number)
    if number.unit is not None or _GOES_ON.match(sentence, number.end):
        return linked
    alike = replace(number, unit=other.unit or linked.unit)
    pays = owner.contribution in (Contribution.FUNDING, Contribution.WEAPONS_EQUIPMENT)
    if _is_money(other) and not pays:
        return linked
    words = sentence[other.start : other.end].lower().split()
    scale = next((SCALES[word] for word in words if SCALES.get(word, 0) >= _MILLION), 1)
    if not pays or alike.min is None or alike.max is None or alike.max >= _THOUSAND:
        return alike
    return replace(alike, min=alike.min * scale, max=alike.max * scale)


def _place(one: Finding) -> _Place:
    return (one.actor.start, one.actor.end) if one.actor else _NOWHERE


def _claims(one: Finding, number: QuantitySpan) -> bool:
    """Whether the model links a number to a finding."""
    return any(own.start == number.start for own in one.quantities)


def _linked(one: Finding, number: QuantitySpan) -> QuantitySpan:
    """A number as the model reads it for a finding, with the unit that no word tells."""
    return next((own for own in one.quantities if own.start == number.start), number)


def _likeliest(findings: Sequence[Finding], number: QuantitySpan) -> Finding | None:
    """Which of an actor's contributions a number is of."""
    linked = [one for one in findings if _claims(one, number)]
    fitting = [one for one in findings if one.contribution is _KIND_BY_UNIT.get(number.unit or "")]
    return next(iter(fitting or linked or findings), None)


def _is_money(number: QuantitySpan) -> bool:
    return number.unit is not None and number.unit not in UNITS


def _as_money(
    mine: Sequence[_Linked], numbers: Sequence[QuantitySpan], *, alone: bool
) -> list[_Linked]:
    """One's numbers as sums of money, in the currency of the sentence where they name none.

    The only sum of a sentence is that of the only one who pays (`alone`).
    """
    sums = [number for number in numbers if _is_money(number)]
    bare = {number.start for number in numbers if number.unit is None}
    paid: list[_Linked] = []
    for number, link in mine:
        if _is_money(number):
            paid.append((number, link))
        elif number.start in bare and sums:
            paid.append((replace(number, unit=sums[0].unit), link))
    if not paid and len(sums) == 1 and alone:
        return [(sums[0], 1.0)]
    return paid


def _crews(sentence: str, numbers: Sequence[QuantitySpan]) -> dict[int, QuantitySpan]:
    """What each crew mans, by where its number starts: "a frigate with 150 men"."""
    found: dict[int, QuantitySpan] = {}
    for platform, crew in pairwise(numbers):
        if platform.unit not in _PLATFORMS or crew.unit not in (None, "personnel"):
            continue
        crewed = sentence[crew.start : crew.end].endswith(" crew") or _CREWED.match(
            sentence, crew.end
        )
        if _WITH.fullmatch(sentence, platform.end, crew.start) or (
            crewed and _CREW.fullmatch(sentence, platform.end, crew.start)
        ):
            found[crew.start] = platform
    return found


def _without_crews(mine: Sequence[_Linked], crews: dict[int, QuantitySpan]) -> list[_Linked]:
    """One's numbers, with what crews man in their place."""
    manned = {number.start: (number, link) for number, link in mine if number.start not in crews}
    for number, link in mine:
        platform = crews.get(number.start)
        if platform is not None:
            manned.setdefault(platform.start, (platform, link))
    return list(manned.values())


def _owner(
    sentence: str, findings: Sequence[Finding], number: QuantitySpan, one: Finding
) -> Finding | None:
    """Who has a number; None for a joint total of several."""
    claims = [
        (link, finding)
        for finding in findings
        if finding.contribution == one.contribution
        for own, link in zip(finding.quantities, finding.links, strict=True)
        if own.start == number.start
    ]
    counted = [finding for _, finding in claims if _counts(sentence, number, finding)]
    if len(counted) == 1 and len(_together(sentence, counted[0], findings)) == 1:
        return counted[0]
    for _, finding in [] if _EACH.search(sentence) else claims:
        together = _together(sentence, finding, findings)
        if len(together) > 1 and _belongs_to_all(sentence, number, together):
            return None
    return max(claims, key=lambda claim: claim[0])[1]


def _counts(sentence: str, number: QuantitySpan, finding: Finding) -> bool:
    """Whether the actor's name is what is counted: "two Norwegians", "40 Danish soldiers"."""
    actor = finding.actor
    if actor is None or actor.kind != "demonym":
        return False
    inside = number.start <= actor.start < number.end
    return inside or (actor.start >= number.end and not sentence[number.end : actor.start].strip())


def _together(sentence: str, finding: Finding, findings: Sequence[Finding]) -> list[_Place]:
    """Where those stand who do the same in one breath ("Norway, Sweden and Finland will")."""
    if finding.actor is None:
        return [_NOWHERE]
    alike = sorted(
        {
            _place(one)
            for one in findings
            if one.actor and (one.contribution, one.level) == (finding.contribution, finding.level)
        }
    )
    at = alike.index(_place(finding))
    joined = [alike[at]]
    for step in (1, -1):
        here = at
        while 0 <= here + step < len(alike):
            left, right = sorted((here, here + step))
            if not _AND.fullmatch(sentence[alike[left][1] : alike[right][0]]):
                break
            here += step
            joined.append(alike[here])
    return sorted(joined)


def _belongs_to_all(sentence: str, number: QuantitySpan, together: Sequence[_Place]) -> bool:
    """Whether a number stands after a list of names, or counts the whole list."""
    first, last = together[0][0], together[-1][1]
    return number.start >= last or (
        number.end > first >= number.start
        or (first >= number.end and _FROM.fullmatch(sentence, number.end, first) is not None)
    )
