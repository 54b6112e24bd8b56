"""Line breaks: where a line was only wrapped and the sentence goes on, and words cut at its end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BREAK = re.compile(r"[\n\r\x0b\x0c\x85\u2028\u2029]\s*")
_COUNTED = re.compile(r"\r\n|[\n\r\x0b\x85\u2028]")  # the end of a page is often that of a line too
_WRAP_WIDTH = 60
_LOOKED_AT = 30
"""Characters at a line's end that are looked at."""
_FULL_STOP = re.compile(r"(?:(?<!\b[A-Z])\.|[!?:;…])[\"”’»)\]]*\Z")  # the last of "U.S." is none
_LAST_WORD = re.compile(r"(?<![\w-])[a-z]+\Z")
_OPEN = frozenset(
    """
    a an and because between but by from her his into its of or our than that the their which
    who whose with
    """.split()  # noqa: SIM905
)
"""Words that end neither a sentence nor a headline."""
_ITEM = re.compile(r"[-–—•*·▪◦‣●○]\s|o\s|\(?(?:\d{1,3}|[a-z]|[ivx]{2,4})[.)]\s")
_NAME = re.compile(r"(?:a[dlnrstz]|ash|el)[-‑’'][A-Z]|[a-z]+[A-Z]")
"""Begins in lower case at a sentence's head as well: al-Shabaab, iPhone."""
_AMOUNT = re.compile(r"\d[\d,.]*\s+[a-z]")
_NEGATION = re.compile(r"(?:NOT|NEVER)\s+[a-z]")

_LONE_BREAK = re.compile(
    r"[\n\r\x0b\x0c\x85\u2028](?:(?<=\r)\n)?[ \t\x0c]*(?=(?P<next>[a-zß-öø-ÿ]+))"
)
_CUT_OFF = re.compile(r"(?P<begin>[^\W_]+)(?P<mark>[-‐¬\u00ad])[ \t]*\Z")
_HANGING = frozenset({"and", "nor", "or", "to"})  # "two- and three-year terms"
_ADVERB = re.compile(r"\w{3,}ly")
_FIRST_MEMBERS = frozenset(
    """
    first full half heavy high large light long low medium second self short small third well
    """.split()  # noqa: SIM905
)
_NUMBERS = frozenset(
    "two three four five six seven eight nine ten twelve twenty thirty forty fifty".split()  # noqa: SIM905
)
_LAST_MEMBERS = frozenset(
    """
    aligned armed backed based brokered class controlled country equipped flagged funded hour led
    level mandated month owned scale sponsored strong style supplied term trained week wide year
    """.split()  # noqa: SIM905
)
_ENDINGS = frozenset({"lands", "ness", "ward", "wards"})


@dataclass(frozen=True, slots=True)
class LineBreak:
    """White space with a line break in it, `start` to `end`; `wrapped`: the sentence goes on."""

    start: int
    end: int
    wrapped: bool


def line_breaks(text: str) -> Iterator[LineBreak]:
    """The line breaks of a text, those that follow each other as one."""
    line = 0
    for match in _BREAK.finditer(text):
        start, end = match.span()
        while start > line and text[start - 1] in " \t":
            start -= 1
        is_lone = len(_COUNTED.findall(match[0])) <= 1 and "\u2029" not in match[0]
        yield LineBreak(start, end, is_lone and _goes_on(text, line, start, end))
        line = end


def cut_words(text: str) -> Iterator[tuple[int, int, str]]:
    """Words that the end of a line cuts: the stretch between their parts, and what belongs there.

    That is a hyphen in compounds, as far as the parts tell, else nothing.
    """
    for match in _LONE_BREAK.finditer(text):
        cut = _CUT_OFF.search(text, max(0, match.start() - _LOOKED_AT), match.start())
        if cut is not None and match["next"] not in _HANGING:
            stays = cut["mark"] in "-‐" and _is_compound(cut["begin"], match["next"])
            yield cut.start("mark"), match.end(), "-" if stays else ""


def whole_words(text: str) -> str:
    """A text with the words whole that the ends of its lines cut."""
    pieces: list[str] = []
    at = 0
    for start, end, between in cut_words(text):
        pieces += (text[at:start], between)
        at = end
    return "".join((*pieces, text[at:]))


def _goes_on(text: str, line: int, end: int, after: int) -> bool:
    """Whether the sentence in the line at `line` to `end` goes on at `after`."""
    tail = max(line, end - _LOOKED_AT)
    if end == line or _FULL_STOP.search(text, tail, end) or _ITEM.match(text, after):
        return False
    last = _LAST_WORD.search(text, tail, end)
    if last is not None and last[0] in _OPEN:
        return True
    is_wide = end - line >= _WRAP_WIDTH
    if text[after : after + 1].islower():
        return is_wide or _NAME.match(text, after) is None
    goes_on = _NEGATION.match(text, after) or (is_wide and _AMOUNT.match(text, after))
    return bool(goes_on)


def _is_compound(begin: str, following: str) -> bool:
    low = begin.lower()
    if low in _NUMBERS or begin.isdigit() or _ADVERB.fullmatch(low):
        return True
    if low in _FIRST_MEMBERS:
        return len(following) > 3 and following not in _ENDINGS
    return following in _LAST_MEMBERS and not low.endswith("l")  # "cancel-led" is one word
