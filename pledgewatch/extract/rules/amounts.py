"""Which of the numbers of a sentence are whose, and which of them make up one quantity."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from pledgewatch.extract.decode import Finding
from pledgewatch.text.quantities import QuantitySpan

_EACH = re.compile(
    r"\b(?:apiece|each(?! (?:other|side|party|week|month|year|day|time|case|rotation)\b))\b",
    re.IGNORECASE,
)
_AND = re.compile(r"(?:, | and |, and | & )(?:the )?")
_PART_OF = re.compile(r" of (?:(?:its|the|their|his|her|our|all|those|these)(?: \w+)? )?")
_MADE_OF = re.compile(r" of (?:(?:about|some|around|nearly|roughly) )?")
_BODIES = frozenset({"company", "battalion", "brigade", "team"})
_ADDED = re.compile(
    r"(?:(?: [\w'’-]+){1,3})?(?:,? (?:and|plus)|,| as well as|, along with)(?: the| its)? "
)
_OF_THEM = re.compile(r" of (?:them|whom|which|those)\b")


def shared(sentence: str, findings: Sequence[Finding]) -> list[Finding]:
    """Numbers that several actors share: each has it where it says so, none has a joint total.

    Else a number is of the one whose name it counts ("two Norwegians") or is likeliest.
    """
    each = _EACH.search(sentence) is not None
    turns = _in_turn(sentence, findings) if "respectively" in sentence and not each else None
    if turns is not None:
        return turns
    kept = []
    for one in findings:
        mine = [
            (number, link)
            for number, link in zip(one.quantities, one.links, strict=True)
            if each or _owner(sentence, findings, number, one) is one
        ]
        if each and one.contribution is not None and not mine:
            others = (two for two in findings if two.contribution == one.contribution)
            mine = next(
                ([*zip(two.quantities, two.links, strict=True)] for two in others if two.links), []
            )
        kept.append(
            replace(
                one,
                quantities=tuple(number for number, _ in mine),
                links=tuple(link for _, link in mine),
            )
        )
    return kept


def _in_turn(sentence: str, findings: Sequence[Finding]) -> list[Finding] | None:
    """To each actor the number in its turn ("Norway and Sweden sent 200 and 150 respectively").

    None where there are not as many numbers as actors in one list.
    """
    for lead in findings:
        together = _together(sentence, lead, findings)
        numbers = sorted(
            {
                number.start: number
                for one in findings
                for number in one.quantities
                if number.start >= together[-1][1]
            }.values(),
            key=lambda number: number.start,
        )
        if len(together) < 2 or len(numbers) != len(together):
            continue
        turn = {
            actor: replace(number, unit=numbers[-1].unit)
            for actor, number in zip(together, numbers, strict=True)
        }
        return [
            replace(one, quantities=(turn[span],), links=(1.0,))
            if one.actor and (span := (one.actor.start, one.actor.end)) in turn
            else one
            for one in findings
        ]
    return None


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
    for _, finding in claims:
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


def _together(
    sentence: str, finding: Finding, findings: Sequence[Finding]
) -> list[tuple[int, int]]:
    """Where those stand who do the same in one breath ("Norway, Sweden and Finland will")."""
    if finding.actor is None:
        return [(-1, -1)]
    alike = sorted(
        {
            (one.actor.start, one.actor.end)
            for one in findings
            if one.actor and (one.contribution, one.level) == (finding.contribution, finding.level)
        }
    )
    at = alike.index((finding.actor.start, finding.actor.end))
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


def _belongs_to_all(
    sentence: str, number: QuantitySpan, together: Sequence[tuple[int, int]]
) -> bool:
    """Whether a number stands after a list of names, or counts the whole list."""
    first, last = together[0][0], together[-1][1]
    return number.start >= last or (
        number.end > first >= number.start
        or (first >= number.end and not sentence[number.end : first].strip())
    )


def parts(sentence: str, finding: Finding) -> list[QuantitySpan]:
    """The parts of an actor's quantity, in reading order: the likeliest number and what adds to it.

    Of "755 of its 1,200 soldiers" it is the 755, of "a company of 120 men" the 120.
    """
    ranked = sorted(zip(finding.links, finding.quantities, strict=True), key=lambda one: -one[0])
    numbers = sorted((number for _, number in ranked), key=lambda number: number.start)
    dropped: set[int] = set()
    units: dict[int, str | None] = {}
    for one, other in pairwise(numbers):
        between = sentence[one.end : other.start]
        if one.unit in _BODIES and other.unit == "personnel" and _MADE_OF.fullmatch(between):
            dropped.add(one.start)
        elif _PART_OF.fullmatch(between):
            dropped.add(other.start)
            units[one.start] = other.unit
    left = [
        replace(number, unit=units.get(number.start, number.unit))
        for number in numbers
        if number.start not in dropped
    ]
    if not left:
        return []
    likeliest = next(number.start for _, number in ranked if number.start not in dropped)
    at = next(index for index, number in enumerate(left) if number.start == likeliest)
    first, last = at, at + 1
    while last < len(left) and _adds(sentence, left[last - 1], left[last]):
        last += 1
    while first and _adds(sentence, left[first - 1], left[first]):
        first -= 1
    chosen = left[first:last]
    # a comma alone joins what explains: "two squadrons, some 300 men"
    if len(chosen) > 1 and sentence[chosen[-2].end : chosen[-1].start].strip() == ",":
        return [left[at]]
    return chosen


def _adds(sentence: str, one: QuantitySpan, other: QuantitySpan) -> bool:
    return (
        one.unit == other.unit
        and _ADDED.fullmatch(sentence[one.end : other.start]) is not None
        and not _OF_THEM.match(sentence, other.end)
    )
