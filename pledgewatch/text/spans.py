"""Spans of a text by the offsets of their characters."""

from bisect import bisect_right
from collections.abc import Sequence

Offsets = tuple[int, int]
"""Character offsets (code points, half-open) into a text."""


def overlap(one: Offsets, other: Offsets) -> bool:
    """Whether two spans share a character."""
    return one[0] < other[1] and other[0] < one[1]


def is_free(span: Offsets, taken: Sequence[Offsets]) -> bool:
    """Whether a span overlaps none of `taken`, which stand apart and in reading order."""
    after = bisect_right(taken, span[0], key=lambda one: one[1])
    return after == len(taken) or taken[after][0] >= span[1]
