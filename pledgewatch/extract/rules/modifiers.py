"""Modals, negations and hedges: the words that make a statement less than it would be."""

import re

from pledgewatch.text.spans import Offsets

_MODIFIERS = re.compile(
    r"\b(?:would|could|may|might|should|can|cannot|not|no|none|never|neither|nor|without|possibly|"
    r"perhaps|probably|potentially|reportedly|allegedly|conceivably|in principle|if asked)\b|"
    r"(?<=[a-z])n['’]t\b",
    re.IGNORECASE,
)
_BEFORE, _AFTER = 30, 15
"""Characters around the words of a level in which what changes them stands."""
_BREAK = re.compile(r"[.;:—”\"]|, (?:and|but|while|though)\b")


def find_modifiers(sentence: str, words: tuple[Offsets, ...]) -> tuple[Offsets, ...]:
    """The modifiers in or beside the words of a level, in reading order."""
    found: dict[Offsets, None] = {}
    for start, end in sorted(words):
        first = max(0, start - _BEFORE)
        for match in _BREAK.finditer(sentence, first, start):
            first = match.end()
        last = min(len(sentence), end + _AFTER)
        stop = _BREAK.search(sentence, end, last)
        for match in _MODIFIERS.finditer(sentence, first, stop.start() if stop else last):
            found[match.span()] = None
    return tuple(found)
