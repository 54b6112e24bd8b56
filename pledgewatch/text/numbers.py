"""Numbers in figures and words: "10,500", "two and a half thousand", "dozens of", "5 to 6,000"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from text_to_num import text2num

from pledgewatch.text.currencies import signed
from pledgewatch.text.tokens import Token

_LONGEST = 16  # words of a number
MOST = 1e15
"""Of money and shells too; what is more is a misprint or a trick."""
_THOUSANDS = re.compile(
    r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?|\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+"
    r"|[1-9]\d{0,2}(?:\.\d{3})+"
)
"""With marks between them: 3,000, 3 000 or 3.000; 1,00,000 in India."""
_MARK = re.compile(r"[, \u00a0\u2009\u202f]")
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_SCALED = re.compile(r"\d+(?:\.(?!(?:000)+\b)\d+|,\d{1,2})")
"""What has a decimal point or comma before "million": 2.125, 1,5."""
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
_PARTS = {"half a": 0.5, "a quarter of a": 0.25, "three quarters of a": 0.75}
"""Of a scale: "half a million"."""
SCALES = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1000,
    "k": 1000,
    "million": 10**6,
    "m": 10**6,
    "mn": 10**6,
    "mln": 10**6,
    "billion": 10**9,
    "bn": 10**9,
    "b": 10**9,
    "trillion": 10**12,
    "tn": 10**12,
}
_VAGUE = {
    "dozens": (24, 99),
    "scores": (40, 99),
    "hundreds": (200, 999),
    "thousands": (2000, 9999),
    "tens of thousands": (20_000, 99_999),
    "hundreds of thousands": (200_000, 999_999),
    "millions": (2 * 10**6, 10**7 - 1),
    "billions": (2 * 10**9, 10**10 - 1),
    "tens of millions": (20 * 10**6, 10**8 - 1),
    "hundreds of millions": (200 * 10**6, 10**9 - 1),
}
_SMALL = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
_WORDS = frozenset([*_SMALL.split(), "hundred", "thousand", "million", "billion"])
_STARTS = frozenset(
    [*_FRACTIONS, *_VAGUE, *_WORDS, "tens", "several", "few", "a", "half", "dozen", "pair"]
)
_ENDINGS = {
    "dollar": "usd", "euro": "eur", "man": "personnel", "member": "personnel", "odd": None,
    "plus": None, "pound": "gbp", "strong": "personnel", "worth": None,
}  # fmt: skip
"""What hangs on numbers, and what it counts: "five hundred-odd", "a thousand-strong force"."""
_SHARES = frozenset(
    ["third", "thirds", "quarter", "quarters", "fifth", "fifths", "tenth", "tenths"]
)
"""Of a whole: "two thirds"."""
_FEW = frozenset("one two three four nine 1 2 3 4 9".split())  # noqa: SIM905
_WHOLES = frozenset(
    "two three four five six seven eight ten twelve twenty 2 3 4 5 6 7 8 10 12 20 100".split()  # noqa: SIM905
)
"""What a few are of: "one in four", "9 in 10"."""


@dataclass(frozen=True, slots=True)
class Number:
    """From `low` to `high`, said by the tokens from `first` to before `last`.

    `vague` where only an order of magnitude is said, `approximate` for "500-odd", `open` for
    "500-plus"; `unit` where a sign or an ending says what is counted.
    """

    first: int
    last: int
    low: float
    high: float
    vague: bool = False
    approximate: bool = False
    open: bool = False
    unit: str | None = None


def number_at(words: Sequence[Token], index: int) -> Number | None:
    """The number that begins at token `index`, or whose currency's sign does.

    None for a share ("two thirds", "½") and for what nobody sends so much of.
    """
    unit = signed(words, index)
    number = _read(words, index if unit is None else index + 1)
    if number is None or 0 < number.high < 1 or number.high > MOST or _is_share(words, number):
        return None
    number = _ended(words, number)
    return replace(number, first=index, unit=unit or number.unit)


def widened(words: Sequence[Token], number: Number) -> Number:
    """`number` with the end of its range: "to 500", "and 500" after "between", "or four", "-500".

    The scale of the end holds for the beginning too: "2-3 thousand", "5 to 6,000".
    """
    if number.last >= len(words) or number.vague:
        return number
    at = number.last
    at += [word.low for word in words[at : at + 2]] == ["-", "to"]  # "250- to 300-strong"
    if at + 1 >= len(words):
        return number
    link = words[at].low
    before = words[number.first - 1].low if number.first else ""
    if link not in ("-", "–", "to", "or") and not (link == "and" and before == "between"):
        return number
    end = number_at(words, at + 1)
    if end is None or end.vague:
        return number
    low, said = number.low, SCALES.get(words[end.last - 1].low, 1)
    for scale in (10**9, 10**6, 1000, said):
        if low < 1000 and low * scale < end.high:
            low *= scale
            break
    if low >= end.high:
        return number
    return replace(end, first=number.first, low=low, unit=number.unit or end.unit)


def is_numeral(low: str) -> bool:
    """Whether a token, in lower case, is a whole number or a word of one."""
    return low.isdigit() or low in _WORDS


def _read(words: Sequence[Token], index: int) -> Number | None:
    """The number that begins at token `index`, with its scale, without sign or ending."""
    if index >= len(words):
        return None
    low = words[index].low
    if not (low[0].isdigit() or low in _STARTS or low.partition("-")[0] in _STARTS):
        return None
    vague = _vague(words, index)
    if vague is not None:
        return vague
    plain = _figure(words, index) or _spoken(words, index)
    if plain is None:
        return None
    value, last = plain
    if last < len(words) and words[last].low in _FRACTIONS and words[index].text.isdigit():
        value, last = value + _FRACTIONS[words[last].low], last + 1
    elif [word.low for word in words[last : last + 3]] == ["and", "a", "half"]:
        value, last = value + 0.5, last + 3
    scale = _scale(words, last)
    if scale is not None:
        value, last = value * scale[0], scale[1]
    elif (
        last < len(words) and words[last].start == words[last - 1].end and words[last].low.isalpha()
    ):
        return None  # 10th, 3rd
    return Number(index, last, value, value)


def _figure(words: Sequence[Token], index: int) -> tuple[float, int] | None:
    """The value of a number in figures, and the token after it."""
    text = words[index].low
    if text in _FRACTIONS:
        return _FRACTIONS[text], index + 1
    if _SCALED.fullmatch(text) and _scale(words, index + 1):
        return float(text.replace(",", ".")), index + 1
    if _THOUSANDS.fullmatch(text):
        return float(_MARK.sub("", text if "," in text else text.replace(".", ""))), index + 1
    return (float(text), index + 1) if _PLAIN.fullmatch(text) else None


def _spoken(words: Sequence[Token], index: int) -> tuple[float, int] | None:
    """The value of a number in words, and the token after it."""
    spoken: list[str] = []
    for at in range(index, min(len(words), index + _LONGEST)):
        stem = _stem(words[at].low)
        joins = stem == "and" and spoken[-1:] and spoken[-1] in ("hundred", "thousand")
        if joins:
            joins = at + 1 < len(words) and words[at + 1].low.partition("-")[0] in _WORDS
        if not joins and not all(part in _WORDS for part in stem.split("-")):
            break
        spoken.append(stem)
        if stem != words[at].low:
            break
    try:
        return float(text2num(" ".join(spoken), "en")), index + len(spoken)
    except ValueError:
        return None


def _scale(words: Sequence[Token], at: int) -> tuple[int, int] | None:
    """What a number is multiplied by, and the token after that: "million", "bn", "-billion"."""
    hyphen = (
        at + 1 < len(words)
        and words[at].low == "-"
        and words[at - 1].end == words[at].start
        and words[at].end == words[at + 1].start
    )
    at += hyphen
    if at >= len(words):
        return None
    stem = _stem(words[at].low)
    if stem not in SCALES or (len(stem) == 1 and words[at].start != words[at - 1].end):
        return None
    return SCALES[stem], at + 1


def _stem(low: str) -> str:
    """A word of a number without what is hung on behind."""
    head, hyphen, ending = low.rpartition("-")
    return head if hyphen and ending in _ENDINGS else low


def _ended(words: Sequence[Token], number: Number) -> Number:
    """A number with what is hung on behind: "-odd", "or so", "or more", "-plus", "-strong"."""
    last = number.last
    ending = words[last - 1].low.rpartition("-")[2]
    if ending not in _ENDINGS:
        behind = [word.low for word in words[last : last + 2]]
        if behind[:1] in (["+"], ["odd"]):
            ending, last = "plus" if behind[0] == "+" else "odd", last + 1
        elif behind in (["or", "so"], ["or", "more"]) or (
            behind[:1] == ["-"] and behind[-1] in _ENDINGS
        ):
            ending, last = behind[1], last + 2
    tens = ending == "odd" and number.high < 100  # "thirty-odd": up to 39
    return replace(
        number,
        last=last,
        high=number.high + 9 * tens,
        approximate=ending in ("odd", "so"),
        open=ending in ("plus", "more"),
        unit=_ENDINGS.get(ending),
    )


def _is_share(words: Sequence[Token], number: Number) -> bool:
    """Whether it tells of a part of something: "two thirds", "one in ten of"."""

    def at(index: int) -> str:
        return words[index].low if 0 <= index < len(words) else ""

    first, last = number.first, number.last
    share = at(last + 1) if at(last) == "-" else at(last)
    if share in _SHARES:
        return number.low < 10 and share.endswith("s") == (number.low > 1)
    if at(last) == "in":
        whole, after = at(last + 1), at(last + 2)
        return at(first) in _FEW and whole in _WHOLES and after[:1].isalpha()
    part, whole, after = at(first - 2), at(first), at(last)
    return at(first - 1) == "in" and part in _FEW and whole in _WHOLES and after[:1].isalpha()


def _vague(words: Sequence[Token], index: int) -> Number | None:
    """An order of magnitude, or a number that begins with "a", "half", "dozen" or "pair"."""
    said = [word.low for word in words[index : index + 5]] + [""] * 4
    for length in (3, 1):
        phrase = " ".join(said[:length])
        if phrase in _VAGUE and not (length == 1 and said[1] == "of" and said[2] in _VAGUE):
            least, most = _VAGUE[phrase]
            last = index + length + (said[length] == "of")
            return Number(index, last, least, most, vague=True)
    couple = said[:3] == ["a", "couple", "of"]
    few = 3 if couple else 2 if said[:2] == ["a", "few"] else said[0] in ("several", "few")
    if few:
        scale = SCALES.get(said[few], 1) if len(said[few]) > 2 else 1
        if couple:
            return Number(index, index + 3 + (scale > 1), 2 * scale, 2 * scale, vague=True)
        if scale == 1:
            return None
        least, most = _VAGUE["dozens"] if scale == 12 else (2 * scale, 10 * scale - 1)
        return Number(index, index + few + 1, least, most, vague=True)
    for part, share in _PARTS.items():
        length = len(part.split())
        if " ".join(said[:length]) == part and said[length] in SCALES:
            value = share * SCALES[said[length]]
            return Number(index, index + length + 1, value, value)
    if _stem(said[said[0] == "a"]) == "dozen":  # "its dozen policemen"
        return Number(index, index + 1 + (said[0] == "a"), 12, 12)
    if said[:2] == ["pair", "of"]:
        return Number(index, index + 2, 2, 2)
    if said[0] == "a" and _stem(said[1]) in SCALES and len(said[1]) > 1:
        rest = _read(words, index + 1)
        return replace(rest, first=index) if rest else None
    return None
