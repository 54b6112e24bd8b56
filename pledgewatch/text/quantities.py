"""Quantities of forces and money: numbers in figures and words, vague numbers, bounds, units."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from text_to_num import text2num

from pledgewatch.text.tokens import Token, tokenise

_LOOKED_AT = 60
_SHARE = r"(?:half|(?:third|quarter|fifth|tenth)s?|[\w.]+(?: ?%| per ?cent))"
_SHARE_OF = re.compile(
    rf"\b{_SHARE} of "
    r"(?:(?:about|almost|nearly|roughly|around) )?"
    r"(?:(?:the|its|their|his|her|our|those|these|[\w’'.-]+(?:['’]s|s['’])) )?(?:[\w-]+ )?\Z",
    re.IGNORECASE,
)
_BY_SHARE = re.compile(
    rf"[^.;,]{{0,40}}? by (?:about |almost |nearly |more than |up to )?(?:an? |one |two |three )?"
    rf"{_SHARE}(?!\w)",
    re.IGNORECASE,
)
_OF_STATES = re.compile(
    r"(?: of (?:(?:the|its|their|all) )?[\w-]+)?"
    r"(?: (?!(?:at|by|for|from|in|of|to|with)\b)[\w-]+){0,2}? "
    r"(?:states|countries|nations|governments|capitals)\b",
    re.IGNORECASE,
)
"""A number of them is none of forces: "nine of 27 member states"."""
_OF_UNITS = frozenset(
    """
    battlegroup commander crew group leader maker pilot platoon purchase regiment squadron
    """.split()  # noqa: SIM905
)
"""What has units or belongs to one: "a Gripen squadron" is not one aircraft."""
_LONGEST = 16  # words of a number
_MOST = 1e15
"""Of money and shells too; what is more is a misprint or a trick."""


@dataclass(frozen=True, slots=True)
class QuantitySpan:
    """A quantity at `start` to `end` (code points) of a text; `min` or `max` None where open.

    `unit` is None where no word of the text names it ("the remaining 205"). `further` is true
    where it adds to what is known ("a further 300").
    """

    start: int
    end: int
    min: int | None
    max: int | None
    unit: str | None
    approximate: bool
    further: bool = False


_UNITS: dict[str, str] = {}
for _name, _words in {
    "personnel": "troops soldiers personnel peacekeepers servicemen servicewomen servicemembers "
    "officers policemen gendarmes marines paratroopers commandos sailors airmen trainers advisers "
    "advisors instructors observers monitors experts engineers medics sappers deminers staff men "
    "police strong forces guards recruits reservists rangers specialists pilots "
    "technicians infantry "
    "infantrymen legionnaires carabinieri mentors planners doctors nurses members "
    "volunteers airwomen gunners riflemen horsemen logisticians gurkhas helmets berets paras",
    "company": "company companies",
    "battalion": "battalion battalions",
    "brigade": "brigade brigades",
    "ship": "ship ships frigate frigates warship warships destroyer destroyers corvette corvettes "
    "minehunter minehunters minesweeper minesweepers vessel vessels submarine "
    "submarines boat boats "
    "minelayer minelayers cutter cutters carrier carriers gunboat gunboats craft",
    "aircraft": "aircraft jet jets fighter fighters plane planes airplane airplanes bomber bombers "
    "f-16 f-16s f-35 f-35s gripen gripens rafale rafales typhoon typhoons mirage "
    "mirages eurofighter "
    "eurofighters tanker tankers airlifter airlifters awacs a400m f-18s hornets mig-29 mig-29s "
    "su-25 su-25s su-24s b-2 b-52 b-52s p-8s c-130 c-130s",
    "helicopter": "helicopter helicopters chopper choppers chinook chinooks",
    "vehicle": "vehicle vehicles tank tanks truck trucks carrier_ ambulance ambulances excavators "
    "bulldozers leopards_ apcs mraps abrams bradleys strykers",
    "system": "system systems battery batteries missile missiles launcher launchers round "
    "rounds shell "
    "shells drone drones rifle rifles gun guns radar radars howitzer howitzers mortar mortars "
    "interceptor interceptors patriot patriots munitions mines rocket rockets "
    "bombs himars grenades "
    "sensors javelins",
    "team": "team teams",
}.items():
    for _word in _words.split():
        _UNITS[_word.rstrip("_")] = _UNITS.get(_word.rstrip("_"), _name)

_GROWN, _OLDEST = 18, 99
"""Ages of people who are news: "Patrick Cammaert, 68,"."""
_FIGHTERS_FROM = 100
"""More "fighters" than that are people, not aircraft."""
_ARMOURED = frozenset({"armoured", "armored", "personnel", "piranha", "patria", "tracked", "troop"})
"""Carriers that drive."""
_COUNT_BY_ARTICLE = {
    "company",
    "battalion",
    "brigade",
    "ship",
    "aircraft",
    "helicopter",
    "team",
    "system",
}
_CURRENCY_SIGNS = {
    "€": "eur",
    "$": "usd",
    "£": "gbp",
    "¥": "jpy",
    "₺": "try",
    "₴": "uah",
    "zł": "pln",
}
_CODES = {
    code: code.lower()
    for code in """
    AED AUD BRL CAD CHF CNY CZK DKK EUR GBP HUF ILS INR JPY KES KRW NGN NOK NZD PKR PLN QAR RON
    RUB RWF SAR SEK UAH UGX USD ZAR
    """.split()  # noqa: SIM905
}
"""Codes of ISO 4217 that stand before a number: in capitals, as "TRY" and "ALL" are words."""
_CURRENCIES: dict[str, str] = {
    "euro": "eur",
    "euros": "eur",
    "eur": "eur",
    "dollar": "usd",
    "dollars": "usd",
    "usd": "usd",
    "pound": "gbp",
    "pounds": "gbp",
    "sterling": "gbp",
    "gbp": "gbp",
    "yen": "jpy",
    "zloty": "pln",
    "zlotys": "pln",
    "won": "krw",
    "yuan": "cny",
    "renminbi": "cny",
    "forint": "huf",
    "forints": "huf",
    "koruna": "czk",
    "hryvnia": "uah",
    "hryvnias": "uah",
    "shekels": "ils",
    "reais": "brl",
    "rubles": "rub",
    "roubles": "rub",
    "kroner": "nok",
    "krone": "nok",
    "krona": "sek",
    "crowns": "sek",
    "kronor": "sek",
    "shillings": "kes",
    "rand": "zar",
    "naira": "ngn",
    "nok": "nok",
    "sek": "sek",
    "dkk": "dkk",
    "chf": "chf",
    "cad": "cad",
    "aud": "aud",
    "rupees": "inr",
    "lira": "try",
    "francs": "chf",
}
_NATIONAL_CURRENCIES = {
    ("danish", "kroner"): "dkk",
    ("danish", "crowns"): "dkk",
    ("norwegian", "kroner"): "nok",
    ("norwegian", "crowns"): "nok",
    ("swedish", "kronor"): "sek",
    ("swedish", "crowns"): "sek",
    ("czech", "crowns"): "czk",
    ("canadian", "dollars"): "cad",
    ("australian", "dollars"): "aud",
    ("us", "dollars"): "usd",
    ("u.s.", "dollars"): "usd",
    ("swiss", "francs"): "chf",
    ("new zealand", "dollars"): "nzd",
    ("kenyan", "shillings"): "kes",
    ("zealand", "dollars"): "nzd",
}
_SCALES = {
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
_ONES = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
_NUMBER_WORDS = frozenset([*_ONES.split(), "hundred", "thousand", "million", "billion"])
_STARTS = frozenset(
    [
        *_CURRENCY_SIGNS,
        *_VAGUE,
        "tens",
        "several",
        "few",
        "a",
        "half",
        "one",
        "dozen",
        "pair",
        *_NUMBER_WORDS,
    ]
)
_UPPER = (
    ("no", "more", "than"),
    ("not", "more", "than"),
    ("as", "many", "as"),
    ("as", "much", "as"),
    ("fewer", "than"),
    ("less", "than"),
    ("up", "to"),
    ("at", "most"),
    ("a", "maximum", "of"),
    ("under",),
    ("maximum",),
)
_LOWER = (
    ("no", "fewer", "than"),
    ("no", "less", "than"),
    ("not", "fewer", "than"),
    ("more", "than"),
    ("at", "least"),
    ("a", "minimum", "of"),
    ("upwards", "of"),
    ("over",),
    ("exceeding",),
    ("well", "over"),
)
_CEILINGS = frozenset({"ceiling", "cap", "capped", "capping", "caps", "limit", "limited"})
_ABOUT = frozenset(
    [
        "about",
        "around",
        "some",
        "roughly",
        "approximately",
        "nearly",
        "almost",
        "estimated",
        "circa",
        "close",
        "reportedly",
    ]
)
_FURTHER = frozenset({"further", "another", "additional", "extra", "more"})
_NOT_COUNTED = frozenset(
    {
        "%",
        "mm",
        "millimetre",
        "millimeter",
        "percent",
        "per",
        "years",
        "year",
        "months",
        "month",
        "weeks",
        "days",
        "day",
        "hours",
        "km",
        "kilometres",
        "miles",
        "people",
        "civilians",
        "countries",
        "nations",
        "states",
        "times",
    }
)
_MEASURES = (_NOT_COUNTED - {"people"}) | frozenset(
    """minutes minute hour kilometre kilometer kilometers metres meters mile nautical nm tonnes tons
    tonne feet degrees decades decade centuries weeks week nights votes vote seats points goals
    pages capitals governments allies members parties villages hectares litres barrels cents o'clock
    am pm gmt a.m p.m january february march april may june july august september october november
    december jan feb mar apr jun jul aug sep sept oct nov dec""".split()  # noqa: SIM905
)
"""Words after a number that say that it counts no forces."""
_LABELS = frozenset(
    """resolution article chapter camp brigade group flight operation task joint battlegroup sector
    route route highway km page room unit line hill point act section paragraph zone phase level
    january february march april may june july august september october november december jan feb
    mar apr jun jul aug sep sept oct nov dec aged number no score""".split()  # noqa: SIM905
)
"""Words before a number that it numbers rather than counts."""
_YEARS_AFTER = frozenset(
    """in by since until till of before after from during for late early mid through summer
    autumn spring winter and to than - – ( ,""".split()  # noqa: SIM905
)
_STOPS = frozenset(
    [
        "to",
        "in",
        "for",
        "from",
        "on",
        "at",
        "with",
        "by",
        "of",
        "that",
        "which",
        "who",
        "will",
        "would",
        "has",
        "have",
        "had",
        "is",
        "are",
        "was",
        "were",
        "and",
        "or",
        "but",
        "including",
        "after",
        "before",
        "as",
        "into",
        "under",
        "over",
    ]
)
_FIGURE = re.compile(
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+|\d{1,3}(?:\.000)+"
    r"|\d+(?:\.\d+)?"
)
_MARK = re.compile(r"[, \u00a0\u2009\u202f]|\.(?=000)")
"""Of thousands: 3,000, 3 000 or 3.000."""
_MODEL = re.compile(r"[a-z]+-\d+[a-z]?")
_ONE = re.compile(
    r"(?<![\w-])(?:(?:hospital|patrol|supply|landing|training|survey) (?:ship|vessel|boat)|"
    r"(?:transport|patrol|surveillance|reconnaissance|tanker) (?:plane|aircraft)|frigate|destroyer|"
    r"corvette|minehunter|minesweeper|warship|submarine|battalion|brigade|helicopter|"
    r"aircraft carrier|(?:infantry|rifle|artillery|engineers?|engineering|tank|mechani[sz]ed|"
    r"transport|guard|signals?|commando|parachute|reconnaissance|logistics) company)(?![\w-])",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    r"\b(?:force|unit|contingent|detachment|garrison|presence|troops|soldiers|ceiling|peacekeepers|"
    r"personnel|officers)\s(?:of|to|at)\s(?P<words>(?:(?P<most>up to|as many as)\s|"
    r"(?P<about>about|some|around|nearly|almost|roughly)\s)?(?P<number>\d{1,3}(?:,\d{3})+|\d+))"
    r"(?=[.,;)]|\s(?:to|in|for|from|by|and|on|at|is|was|will|would|who|with|under|men|women)\b|$)",
    re.IGNORECASE,
)
_GROWTH = re.compile(
    r"increas|rais|gr[eo]w|lift|expand|boost|doubl|enlarg|strengthen|swell|bring|brought|"
    r"ris|rose|step|widen|extend|add|top|up$|number|size|strength|contingent|team|ceiling|force"
)
_REACH = 5
_PARTICLE_VERBS = frozenset(
    [
        "hand",
        "hands",
        "handed",
        "handing",
        "take",
        "takes",
        "took",
        "taken",
        "taking",
        "turn",
        "turned",
        "turning",
    ]
)


@dataclass(frozen=True, slots=True)
class _Number:
    first: int  # token indices, half-open
    last: int
    low: float
    high: float
    vague: bool
    unit: str | None = None


def find_quantities(text: str) -> tuple[QuantitySpan, ...]:
    """The quantities in `text`, left to right: with a unit of the ontology, a currency, or none."""
    words = tokenise(text)
    found: list[QuantitySpan] = []
    index = 0
    while index < len(words):
        number = _number(words, index)
        if number is None:
            single = _single(words, index)
            if single is not None:
                found.append(single)
                index += 1
            index += 1
            continue
        number = _range(words, number)
        quantity = _quantity(words, number) or _bare(words, number)
        if quantity is not None:
            found.append(quantity)
            while index < len(words) and words[index].start < quantity.end:
                index += 1
        index = max(index, number.last)
    taken = [(one.start, one.end) for one in found]
    found += [
        one
        for one in _implied(text)
        if all(one.end <= start or end <= one.start for start, end in taken)
    ]
    found.sort(key=lambda one: one.start)
    return tuple(
        one
        for one, after in zip_longest(found, found[1:])
        if (one.max or one.min or 0) <= _MOST
        and not _is_shared_out(text, one)
        and not (one.unit is None and _OF_STATES.match(text, one.end))
        and not (after is not None and _is_cut(text, one, after))
    )


def _is_shared_out(text: str, one: QuantitySpan) -> bool:
    """Whether only a share is told of, whose size is not: "half of its 1,000 police"."""
    before = text[max(0, one.start - _LOOKED_AT) : one.start]
    return bool(_SHARE_OF.search(before) or _BY_SHARE.match(text, one.end))


def _is_cut(text: str, one: QuantitySpan, after: QuantitySpan) -> bool:
    """Whether it shrinks to what comes after: "cut from 2,500 to 2,000 troops"."""
    return (
        text[one.end : after.start].strip() == "to"
        and text[: one.start].endswith("from ")
        and (after.max or 0) < (one.min or 0)
    )


def _implied(text: str) -> Iterator[QuantitySpan]:
    """What is one without a number ("its frigate"), people without a word ("a force of 500")."""
    for match in _ONE.finditer(text):
        if text.endswith(("strong ", "member ", "man "), 0, match.start()):
            continue
        unit = next(_UNITS[word] for word in match[0].lower().split()[::-1] if word in _UNITS)
        yield QuantitySpan(*match.span(), 1, 1, unit, approximate=False)
    for match in _PEOPLE.finditer(text):
        number = int(match["number"].replace(",", ""))
        least = 0 if match["most"] else number
        yield QuantitySpan(
            match.start("words"), match.end("number"), least, number, "personnel",
            approximate=match["about"] is not None,
        )  # fmt: skip


def _number(words: Sequence[Token], index: int) -> _Number | None:
    """The number that begins at token `index`; None for what nobody sends so much of."""
    number = _read(words, index)
    return number if number is None or number.high <= _MOST else None


def _read(words: Sequence[Token], index: int) -> _Number | None:
    low = words[index].low
    sign = _sign(words[index])
    if not (sign or low[0].isdigit() or low in _STARTS or low.split("-")[0] in _NUMBER_WORDS):
        return None
    if sign is not None:
        if index + 1 >= len(words) or _sign(words[index + 1]):
            return None
        number = _read(words, index + 1)
        if number is None or number.first != index + 1 or number.unit is not None:
            return None
        if sign == "usd" and index and words[index - 1].text in {"C", "CA", "A", "AU", "NZ"}:
            sign = {"C": "cad", "CA": "cad", "A": "aud", "AU": "aud", "NZ": "nzd"}[
                words[index - 1].text
            ]
        return _Number(index, number.last, number.low, number.high, number.vague, sign)
    if _FIGURE.fullmatch(low):
        value = float(_MARK.sub("", low))
        last = index + 1
        if (
            last < len(words)
            and words[last].low in _SCALES
            and (len(words[last].low) > 2 or words[last].start == words[last - 1].end)
        ):
            value *= _SCALES[words[last].low]
            last += 1
        elif (
            last < len(words)
            and words[last].start == words[last - 1].end
            and words[last].low.isalpha()
        ):
            return None  # 10th, 3rd
        return _Number(index, last, value, value, False)
    phrase = _vague(words, index)
    if phrase is not None:
        return phrase
    last = index
    while last < min(len(words), index + _LONGEST) and (
        all(part in _NUMBER_WORDS for part in words[last].low.split("-"))
        or (
            words[last].low == "and"
            and last > index
            and words[last - 1].low in ("hundred", "thousand")
            and last + 1 < len(words)
            and words[last + 1].low.split("-")[0] in _NUMBER_WORDS
        )
    ):
        last += 1
    if last == index:
        return None
    try:
        spoken = " ".join(word.low for word in words[index:last])
        value = float(text2num(spoken, "en"))
    except ValueError:
        return None
    return _Number(index, last, value, value, False)


def _sign(word: Token) -> str | None:
    """The currency that a sign or code before a number stands for."""
    return _CURRENCY_SIGNS.get(word.low) or _CODES.get(word.text)


def _vague(words: Sequence[Token], index: int) -> _Number | None:
    low = words[index].low

    def at(offset: int) -> str:
        return words[index + offset].low if index + offset < len(words) else ""

    for length in (3, 1):
        phrase = " ".join(at(offset) for offset in range(length))
        if phrase in _VAGUE:
            least, most = _VAGUE[phrase]
            last = index + length
            if length == 1 and at(1) == "of" and at(2) in ("thousands", "millions", "billions"):
                continue
            if at(length) == "of":
                last += 1
            return _Number(index, last, least, most, True)
    if low in ("several", "few") or (low == "a" and at(1) in ("few", "couple")):
        skip = 1 if low != "a" else 2
        if at(skip) in ("dozen", "hundred", "thousand", "million", "billion"):
            scale = 12 if at(skip) == "dozen" else _SCALES[at(skip)]
            least, most = (24, 99) if scale == 12 else (2 * scale, 10 * scale - 1)
            return _Number(index, index + skip + 1, least, most, True)
        if at(1) == "couple" and at(2) == "of":
            return _Number(index, index + 3, 2, 2, True)
        return None
    half = 1 if low == "half" else 0
    if half and at(1) == "a" and at(2) in (*_SCALES, "dozen"):
        scale = 12 if at(2) == "dozen" else _SCALES[at(2)]
        return _Number(index, index + 3, scale / 2, scale / 2, False)
    if low in ("a", "two", "three", "four", "five") and at(1) == "dozen":
        count = {"a": 12, "two": 24, "three": 36, "four": 48, "five": 60}[low]
        return _Number(index, index + 2, count, count, False)
    if low == "dozen":  # "its dozen policemen"
        return _Number(index, index + 1, 12, 12, False)
    if low == "pair" and at(1) == "of":
        return _Number(index, index + 2, 2, 2, False)
    if low in ("a", "one") and at(1) in ("hundred", "thousand", "million", "billion"):
        rest = _number(words, index + 1)
        if rest is not None and rest.low >= 100:
            return _Number(index, rest.last, rest.low, rest.high, False)
    return None


def _range(words: Sequence[Token], number: _Number) -> _Number:
    """`number` widened by "to 500", "and 500" after "between", "or four", "-500"."""
    last = number.last
    if last + 1 >= len(words):
        return number
    link = words[last].low
    before = words[number.first - 1].low if number.first else ""
    ok = link in ("-", "–", "to", "or") or (link == "and" and before == "between")
    if not ok or number.vague:
        return number
    other = _number(words, last + 1)
    if other is None or other.vague:
        return number
    low = number.low
    if other.high >= 10**6 and low < 1000:  # €1-2 billion
        scale = next((s for s in (10**9, 10**6) if other.high >= s), 1)
        low *= scale
    if other.high <= low:
        return number
    unit = number.unit or other.unit
    if before == "from" and link == "to" and _grows(words, number.first):
        low = other.high
    return _Number(number.first, other.last, low, other.high, False, unit)


def _grows(words: Sequence[Token], index: int) -> bool:
    """Whether "from 209 to 250" says what something grows to, rather than a range."""
    return any(_GROWTH.match(word.low) for word in words[max(0, index - 15) : index])


def _unit(words: Sequence[Token], number: _Number) -> tuple[str, int] | None:
    """The unit after a number, and the token index after it."""
    if number.unit is not None:
        return number.unit, number.last
    index = number.last
    found: tuple[str, int] | None = None
    for offset in range(_REACH + 1):
        at = index + offset
        if at >= len(words):
            break
        low = words[at].low
        if offset == 0 and low == "-" and at + 1 < len(words):
            continue
        if low == "of" and offset == 0:
            continue
        if low in _CURRENCIES and offset <= 2:
            before = words[at - 1].low
            return _NATIONAL_CURRENCIES.get((before, low), _CURRENCIES[low]), at + 1
        if (words[at - 1].low, low) in _NATIONAL_CURRENCIES:
            return _NATIONAL_CURRENCIES[words[at - 1].low, low], at + 1
        if low in _STOPS or low in _NOT_COUNTED or not (low[0].isalnum() or low in ("-", "'s")):
            break
        if low in ("man", "member", "strong") and words[at - 1].low == "-":
            return "personnel", at + 1
        if low in _UNITS:
            found = _counted(low, words[at - 1].low, number), at + 1
            if low in ("police", "infantry"):
                continue
            if low == "strong":
                break
            follows = words[at + 1].low if at + 1 < len(words) else ""
            if follows in _UNITS:
                continue
            break
        parts = low.split("-")
        if len(parts) > 1 and parts[-1] in ("strong", "man", "member", "soldier", "troop"):
            return "personnel", at + 1
        if _number(words, at) is not None and not words[at - 1].text[0].isupper():
            break  # another quantity, unless it is a model's number (Leopard 2)
    if found is None and number.last < len(words):
        follows = words[number.last].low
        if follows in ("strong", "man"):
            return "personnel", number.last + 1
    return found


def _counted(noun: str, before: str, number: _Number) -> str:
    """The unit that a noun names: some words have two senses."""
    if noun == "fighters" and number.low >= _FIGHTERS_FROM:
        return "personnel"
    return "vehicle" if noun == "carriers" and before in _ARMOURED else _UNITS[noun]


def _bare(words: Sequence[Token], number: _Number) -> QuantitySpan | None:
    """A number that may count something, though no word says what."""
    text = words[number.first].text
    before = words[number.first - 1].low if number.first else ""
    after = words[number.last].low if number.last < len(words) else ""
    if number.low != int(number.low) or number.low < 1 or after in _MEASURES or before in _LABELS:
        return None
    if number.low == 1 and (after in _STOPS or not after.isalpha() or text.isdigit()):
        return None
    if after == "/" or before == "/" or (after == ":" and before.isdigit()):
        return None
    if number.first and words[number.first - 1].text[0].isupper() and text[0].isdigit():
        name = words[number.first - 1]
        opens = number.first == 1 or words[number.first - 2].text in '.:"“'
        if not opens and number.low < 1000 and name.low not in _ABOUT | _FURTHER | _STOPS:
            return None  # Leopard 2, Article 5
    if _is_year(number, text, before) or _is_measure(words, number):
        return None
    return _bounded(words, number, (None, number.last))


def _is_measure(words: Sequence[Token], number: _Number) -> bool:
    """Whether a number counts no forces: "17-year", "six European states", "82 to 9"."""

    def at(index: int) -> str:
        return words[index].low if 0 <= index < len(words) else ""

    last, first = number.last, number.first
    if at(last) == "-":
        return at(last + 1) in _MEASURES
    tally = ("to", "against")
    if at(last) in tally and last + 1 < len(words) and _number(words, last + 1):
        return at(first - 1) != "from"
    if at(first - 1) in tally and _is_numeral(at(first - 2)):
        return at(first - 3) != "from"
    if (at(last) == ":" and at(last + 1).isdigit()) or (
        at(first - 1) == ":" and at(first - 2).isdigit()
    ):
        return True  # the time of day
    if at(last) in (",", ")") and at(first - 1) in (",", "(") and first > 2:
        aged = _GROWN <= number.low <= _OLDEST and words[first].text.isdigit()
        return aged and all(word.text[0].isupper() for word in words[first - 3 : first - 1])
    return at(last)[:1].isalpha() and at(last) not in _STOPS and at(last + 1) in _MEASURES


def _is_numeral(low: str) -> bool:
    return low.isdigit() or low in _NUMBER_WORDS


def _quantity(words: Sequence[Token], number: _Number) -> QuantitySpan | None:
    unit = _unit(words, number)
    if unit is None or _counts_nothing(words, number, unit):
        return None
    return _bounded(words, number, unit)


def _counts_nothing(words: Sequence[Token], number: _Number, unit: tuple[str | None, int]) -> bool:
    """Whether a number with a unit behind it is a year, a time of day or a calibre."""
    text = words[number.first].text
    before = words[number.first - 1].low if number.first else ""
    apart = unit[1] > number.last + 1
    if before == ":" and number.first > 1 and words[number.first - 2].text.isdigit():
        return True
    return apart and _is_year(number, text, before)


def _is_year(number: _Number, text: str, before: str) -> bool:
    return 1900 <= number.low <= 2100 and "," not in text and before in _YEARS_AFTER | {""}


def _bounded(words: Sequence[Token], number: _Number, unit: tuple[str | None, int]) -> QuantitySpan:
    """The quantity with what is said around it: "up to", "about", "a further", "or more"."""
    first, low, high = number.first, round(number.low), round(number.high)
    least: int | None = low
    most: int | None = high
    approximate, further = number.vague, False

    def before(pattern: tuple[str, ...]) -> bool:
        begin = first - len(pattern)
        if pattern == ("over",) and begin > 0 and words[begin - 1].low in _PARTICLE_VERBS:
            return False
        return begin >= 0 and tuple(w.low for w in words[begin:first]) == pattern

    for _ in range(4):
        bound = max((p for p in _UPPER + _LOWER if before(p)), key=len, default=None)
        upper, lower = (bound, None) if bound in _UPPER else (None, bound)
        previous = words[first - 1].low if first else ""
        if upper:
            least, first = 0, first - len(upper)
        elif lower:
            least, most, first = (low or high), None, first - len(lower)
        elif previous in _ABOUT:
            approximate, first = True, first - 1
        elif previous == "to" and first >= 2 and words[first - 2].low == "close":
            approximate, first = True, first - 2
        elif previous in _FURTHER:
            further, first = True, first - 1
        elif previous in ("a", "an", "between", "from", "initial", "just", "only") and first:
            if previous == "from" and number.low == number.high:
                break
            first -= 1
        else:
            break
    if number.last < len(words) and words[number.last].low in _FURTHER:
        further = True
    if (
        number.last + 1 < len(words)
        and words[number.last].low == "or"
        and words[number.last + 1].low == "so"
    ):
        approximate = True
    if least is not None and least == most and _is_ceiling(words, first):
        least = 0
    kind, last = unit
    behind = tuple(word.low for word in words[last : last + 3])
    if behind[:2] in (("at", "most"), ("or", "fewer"), ("or", "less")) or behind == (
        "at", "the", "most",
    ):  # fmt: skip
        least = 0
    elif behind[:2] in (("or", "more"), ("at", "least"), ("and", "more")):
        least, most = low, None
    return QuantitySpan(
        words[first].start, words[last - 1].end, least, most, kind, approximate, further
    )


def _is_ceiling(words: Sequence[Token], first: int) -> bool:
    """Whether what stands before a number says that it is the most there may be."""
    before = [word.low for word in words[max(0, first - _REACH) : first]]
    if not before or before[-1] not in ("of", "at", "to"):
        return False
    return any(low in _CEILINGS for low in before)


def _single(words: Sequence[Token], index: int) -> QuantitySpan | None:
    """ "a battalion", "its second frigate": one of a unit that is counted by its article."""
    if words[index].low not in ("a", "an", "another"):
        return None
    for at in range(index + 1, min(index + _REACH, len(words))):
        low = words[at].low
        if low in _STOPS or not low[0].isalpha() or low.endswith("-led"):
            return None
        if _MODEL.fullmatch(low) and low not in _UNITS:
            return _model(words, index, at)
        if low in _UNITS:
            if at + 1 < len(words) and (
                words[at + 1].low in _UNITS or words[at + 1].low in _OF_UNITS
            ):
                continue
            unit = _UNITS[low]
            plural = low.endswith("s") and low not in ("awacs", "himars")
            if unit not in _COUNT_BY_ARTICLE or plural:
                return None
            further = words[index].low == "another" or words[index + 1].low in _FURTHER
            first, least = index, 1
            if index >= 2 and words[index - 2].low == "up" and words[index - 1].low == "to":
                first, least = index - 2, 0
            return QuantitySpan(words[first].start, words[at].end, least, 1, unit, False, further)
    return None


def _model(words: Sequence[Token], index: int, at: int) -> QuantitySpan:
    """ "a P-8A", with the words that say what it is where they follow: "a P-8A patrol aircraft"."""
    for noun in range(at + 1, min(at + 3, len(words))):
        low = words[noun].low
        if low in _STOPS or not low[0].isalpha():
            break
        if low in _UNITS and _UNITS[low] in _COUNT_BY_ARTICLE and not low.endswith("s"):
            return QuantitySpan(words[index].start, words[noun].end, 1, 1, _UNITS[low], False)
    return QuantitySpan(words[index].start, words[at].end, 1, 1, None, False)
