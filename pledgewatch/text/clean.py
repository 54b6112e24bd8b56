"""Text as a reader sees it, without what only hinders reading it by machine.

No invisible characters, look-alikes, heaped accents or leftovers of markup; lines that were only
wrapped go on, words that a line's end or a scan broke are whole.
"""

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from pledgewatch.text.lines import cut_words, line_breaks
from pledgewatch.text.look_alikes import looks_like, without_look_alikes
from pledgewatch.text.scans import misread

_WORD = re.compile(r"\w+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ENTITY = re.compile(r"&(?:#\d{2,6}|#x[\da-fA-F]{2,6}|[a-z]{2,6});")
_ODD = re.compile(r"[^\n\t\r -~]")
_SOFT_HYPHEN = "\u00ad"
_RENDERED_AS_NOTHING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U0001d159\U000e0000-\U000e0fff]"
)
"""Beside controls and formats: what Unicode lets be ignored (fillers, selectors), and blanks."""
_APOSTROPHES = frozenset("ʼʹꞌ՚＇")
_FRAMED = re.compile(r"(?:.* )?(?:CIRCLED|SQUARED) LATIN (CAPITAL|SMALL) LETTER ([A-Z])")

_ACCENTS_MAX = 2
_RARE_BREAKS = "\r\x0b\x0c\x85\u2028"
_PLAIN = bytes(code for code in range(128) if not _ODD.match(chr(code)))


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`text` as it is read, and where each of its characters stands in what was `given`.

    `origin`: begin and end in the original by character; None where each stands in its old place.
    """

    given: str
    text: str
    origin: tuple[tuple[int, int], ...] | None

    @classmethod
    def of(cls, raw: str) -> Self:
        """Clean a text."""
        draft = _Draft(raw if raw.isascii() else _SURROGATE.sub("\ufffd", raw))
        if "&" in raw:
            draft.replace(
                (*one.span(), html.unescape(one[0])) for one in _ENTITY.finditer(draft.text)
            )
        odd = _odd(draft.text)
        if odd:
            _read_odd(draft, odd)
        _join_lines(draft)
        draft.replace(misread(draft.text))
        return cls(raw, draft.text, tuple(draft.origin) if draft.origin is not None else None)

    def at(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters `start` to `end` of `text`, at least one, stand in `given`."""
        if self.origin is None:
            return start, end
        return self.origin[start][0], self.origin[end - 1][1]


class _Draft:
    """A text that is being cleaned, step by step."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.origin: list[tuple[int, int]] | None = None

    def replace(self, edits: Iterable[tuple[int, int, str]]) -> None:
        """Put other words in the place of stretches (start, end, words), given in order."""
        text = self.text
        edits = [edit for edit in edits if text[edit[0] : edit[1]] != edit[2]]
        if not edits:
            return
        pieces: list[str] = []
        at = 0
        for start, end, words in edits:
            pieces += (text[at:start], words)
            at = end
        self.text = "".join((*pieces, text[at:]))
        if self.origin is None and all(end - start == len(words) for start, end, words in edits):
            return
        origin = self.origin or [(index, index + 1) for index in range(len(text))]
        self.origin = []
        at = 0
        for start, end, words in edits:
            self.origin += origin[at:start]
            if len(words) == end - start:
                self.origin += origin[start:end]
            else:
                self.origin += [(origin[start][0], origin[end - 1][1])] * len(words)
            at = end
        self.origin += origin[at:]


def _odd(text: str) -> set[str]:
    """The characters of a text that are neither plain ASCII nor its usual white space."""
    if text.isascii() and not text.encode().translate(None, _PLAIN):
        return set()
    return set(_ODD.findall(text))


def _read_odd(draft: _Draft, odd: set[str]) -> None:
    if _SOFT_HYPHEN in odd:  # before it goes with all that is invisible
        draft.replace(cut_words(draft.text))
    readings = {character: _reading(character) for character in odd}
    left = set("".join(readings.values()))
    if left != odd:
        draft.replace((*one.span(), readings[one[0]]) for one in _ODD.finditer(draft.text))
    marks = "".join(one for one in left if unicodedata.category(one)[0] == "M")
    if marks:
        marked = re.compile(f"([^{marks}]?)([{marks}]+)")
        draft.replace(
            (*one.span(), _accented(*one.groups())) for one in marked.finditer(draft.text)
        )
    if any(map(looks_like, left)):
        draft.replace(
            (*word.span(), without_look_alikes(word[0]))
            for word in _WORD.finditer(draft.text)
            if not word[0].isascii()
        )


@lru_cache(maxsize=4096)
def _reading(character: str) -> str:
    """Nothing for what is invisible; a ligature, wide or styled letter as what it stands for."""
    category = unicodedata.category(character)
    if category == "Cf" or (category == "Cc" and not character.isspace()):
        return ""
    if _RENDERED_AS_NOTHING.match(character):
        return ""
    if character in _APOSTROPHES:
        return "’"
    if category == "So":
        framed = _FRAMED.fullmatch(unicodedata.name(character, ""))
        if framed is not None:
            return framed[2] if framed[1] == "CAPITAL" else framed[2].lower()
    if category[0] == "L" or category in ("Nd", "Nl"):
        plain = unicodedata.normalize("NFKC", character)
        return plain if plain.isascii() else character
    return character


def _accented(letter: str, marks: str) -> str:
    """A letter with its accents as one; of marks that only hide it, a Latin letter is freed."""
    if letter.isalpha() and len(marks) <= _ACCENTS_MAX:
        composed = unicodedata.normalize("NFC", letter + marks)
        if len(composed) == 1:
            return composed
    if letter.isalpha() and "LATIN" not in unicodedata.name(letter, ""):
        return letter + marks
    return unicodedata.normalize("NFD", letter)[:1]


def _join_lines(draft: _Draft) -> None:
    text = draft.text
    if "\n" in text.replace("\n\n", "") or any(one in text for one in _RARE_BREAKS):
        draft.replace(cut_words(text))
        draft.replace((one.start, one.end, " ") for one in line_breaks(draft.text) if one.wrapped)
