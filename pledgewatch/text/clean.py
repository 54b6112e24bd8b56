"""Text as a reader sees it: no invisible characters, look-alikes or leftovers of markup."""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

_LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухԁһԛԝӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧον",
    "ABESIJKMHOPCTYXaesijopcyxdhqwlABEZHIKMNOPTYXov",
)
_WORD = re.compile(r"\w+")
_LATIN = re.compile(r"[A-Za-z]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ENTITY = re.compile(r"&(?:#\d{2,6}|#x[\da-fA-F]{2,6}|[a-z]{2,6});")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`text` as it is read, and where each of its characters stands in what was `given`.

    `origin`: begin and end in the original by character; None where nothing was changed.
    """

    given: str
    text: str
    origin: tuple[tuple[int, int], ...] | None

    @classmethod
    def of(cls, raw: str) -> Self:
        """Clean a text; ligatures and wide letters become plain ones, entities what they mean."""
        if raw.isascii() and "&" not in raw:
            return cls(raw, raw, None)
        readable = _SURROGATE.sub("\ufffd", raw)
        pieces = list(_pieces(readable))
        text = "".join(piece for piece, _, _ in pieces)
        if text == raw:
            return cls(raw, raw, None)
        return cls(raw, text, tuple((start, end) for piece, start, end in pieces for _ in piece))

    def at(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters `start` to `end` of `text`, at least one, stand in `given`."""
        if self.origin is None:
            return start, end
        return self.origin[start][0], self.origin[end - 1][1]


def _pieces(raw: str) -> Iterator[tuple[str, int, int]]:
    plain = _WORD.sub(_without_look_alikes, raw)
    at = 0
    for entity in _ENTITY.finditer(plain):
        yield from _characters(plain, at, entity.start())
        yield html.unescape(entity[0]), *entity.span()
        at = entity.end()
    yield from _characters(plain, at, len(plain))


def _characters(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    for index in range(start, end):
        character = text[index]
        if character.isascii():
            yield character, index, index + 1
        elif unicodedata.category(character) != "Cf":  # invisible: joiners, marks of direction
            yield _plain(character), index, index + 1


def _plain(character: str) -> str:
    """A ligature, wide or styled letter as the letters it stands for."""
    if unicodedata.category(character)[0] != "L":
        return character
    plain = unicodedata.normalize("NFKC", character)
    return plain if plain.isascii() else character


def _without_look_alikes(word: re.Match[str]) -> str:
    """Letters of another script that look Latin, in a word that has Latin ones as well."""
    text = word[0]
    return text.translate(_LOOK_ALIKES) if not text.isascii() and _LATIN.search(text) else text
