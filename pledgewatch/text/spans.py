"""Spans of a text: offsets of characters, half-open."""

from bisect import bisect_right
from collections.abc import Sequence

Span = tuple[int, int]


def is_free(span: Span, taken: Sequence[Span]) -> bool:
    """Whether a span overlaps none of `taken`, which stand apart and in reading order."""
    after = bisect_right(taken, span[0], key=lambda one: one[1])
    return after == len(taken) or taken[after][0] >= span[1]
