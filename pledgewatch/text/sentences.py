"""Sentences with their offsets: paragraphs and headlines are borders, quotations stay whole."""

import re
from dataclasses import dataclass

from sentencex import get_sentence_boundaries

from pledgewatch.text.lines import line_breaks

_SURROGATE = re.compile("[\ud800-\udfff]")
_DATELINE = re.compile(
    r"\s*(?:(?!(?:NATO|OSCE|ECOWAS|UN|EU|AU|US|UK)\b)"  # LISBON, THE HAGUE
    r"[A-ZÀ-Þ][A-ZÀ-Þ.'’/-]+(?:[ ,]+[A-ZÀ-Þ][A-ZÀ-Þ.'’/-]*){0,4}"
    r"(?:, [A-Z][\w. ]{0,24})?(?: ?\([A-Z][\w ./-]{0,24}\))?"
    r"|[A-ZÀ-Þ][\w.'’-]+(?: [A-ZÀ-Þ][\w.'’-]+){0,2}(?:, [A-Z][\w. ]{0,24})?"
    r" ?\([A-Z][\w ./-]{0,24}\))"  # Lisbon (Agency)
    r"\s?(?:[-–—]|--)\s+(?=\S)"
)


@dataclass(frozen=True, slots=True)
class SentenceSpan:
    """A sentence at `start` to `end` (code points) of a text."""

    start: int
    end: int
    text: str


def split_sentences(text: str) -> list[SentenceSpan]:
    """The sentences of `text`, without white space around them and without datelines."""
    clean = _SURROGATE.sub("\ufffd", text).replace("\0", " ")
    found: list[SentenceSpan] = []
    for first, last in _paragraphs(clean):
        dateline = _DATELINE.match(clean, first, last)
        if dateline is not None:
            first = dateline.end()
        for start, end in _within(clean[first:last]):
            found.append(
                SentenceSpan(first + start, first + end, text[first + start : first + end])
            )
    return found


def _paragraphs(text: str) -> list[tuple[int, int]]:
    """Stretches between line breaks; a line that was only wrapped goes on in the next."""
    found = []
    start = 0
    for one in line_breaks(text):
        if not one.wrapped:
            found.append((start, one.start))
            start = one.end
    found.append((start, len(text)))
    return found


def _within(paragraph: str) -> list[tuple[int, int]]:
    if not paragraph.strip():
        return []
    spans = []
    for boundary in get_sentence_boundaries("en", paragraph):
        start, end = boundary["start_index"], boundary["end_index"]
        sentence = paragraph[start:end]
        stripped = sentence.strip()
        if stripped:
            start += len(sentence) - len(sentence.lstrip())
            spans.append((start, start + len(stripped)))
    return spans
