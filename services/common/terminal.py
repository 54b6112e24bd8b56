"""Text of the news for a terminal, which it must not steer."""

import re

_BLANK = re.compile(r"[^\S\n]")


def printable(text: str) -> str:
    """The text with one visible character for each that could move the cursor or colour it.

    >>> printable("a" + chr(27) + "[31mb")
    'a�[31mb'
    """
    return "".join(
        one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}"
        for one in _BLANK.sub(" ", text)
    )
