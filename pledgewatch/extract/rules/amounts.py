"""Which of an actor's numbers in a sentence make up one quantity."""

import re
from dataclasses import replace
from itertools import pairwise

from pledgewatch.extract.decode import Finding
from pledgewatch.text.quantities import QuantitySpan

_PART_OF = re.compile(r" of (?:(?:its|the|their|his|her|our|all|those|these)(?: \w+)? )?")
_MADE_OF = re.compile(r" of (?:(?:about|some|around|nearly|roughly) )?")
_BODIES = frozenset({"company", "battalion", "brigade", "team"})
_ADDED = re.compile(
    r"(?:(?: [\w'’-]+){1,3})?(?:,? (?:and|plus)|,| as well as|, along with)(?: the| its)? "
)
_OF_THEM = re.compile(r" of (?:them|whom|which|those)\b")


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
            if other.unit not in _BODIES:
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
