"""Words and marks of a sentence with their offsets."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\d{1,3}(?:(?:[\u00a0\u2009\u202f]\d{3}| 000)(?![\d.,]*\d))+"  # 3 000
    r"|\d+(?:[.,]\d+)*"
    r"|(?:[A-Z]\.){2,}"
    r"|[^\W\d_]+[-‑](?=\d)\d+[^\W\d_]?"  # F-16s
    r"|[^\W\d_]+(?:[-‑'’](?!s\b)[^\W\d_]+)*"
    r"|['’]s\b"
    r"|\S"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or mark at `start` to `end` (code points); `low` is its lower-case form."""

    text: str
    low: str
    start: int
    end: int


def tokenise(text: str) -> list[Token]:
    """The tokens of `text`: every character that is not white space is in exactly one."""
    return [
        Token(match[0], match[0].lower().replace("’", "'"), match.start(), match.end())
        for match in _TOKEN.finditer(text)
    ]
