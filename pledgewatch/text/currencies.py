"""Currencies: the ISO 4217 code, in lower case, of a sign, code or name of money in a text.

The names are those of CLDR, as Babel has them: "Danish kroner", "Rwandan francs".
"""

from collections.abc import Iterable, Sequence
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_name

from pledgewatch.text.tokens import Token

_SIGNS = {
    "€": "eur", "$": "usd", "£": "gbp", "¥": "jpy", "₺": "try", "₴": "uah", "₹": "inr", "₩": "krw",
    "₱": "php", "₪": "ils", "zł": "pln", "dm": "dem",
}  # fmt: skip
_DOLLARS = {
    "A": "aud", "AU": "aud", "C": "cad", "CA": "cad", "F": "fjd", "HK": "hkd", "N": "nad",
    "NT": "twd", "NZ": "nzd", "R": "brl", "S": "sgd",
}  # fmt: skip
"""What a dollar sign is by what stands before it."""
_CODES = {
    code: code.lower()
    for code in """
    AED AUD BRL CAD CHF CNY CZK DKK EUR GBP HUF ILS INR ISK JPY KES KRW NGN NOK NZD PKR PLN QAR RON
    RUB RWF SAR SEK SGD TWD UAH UGX USD ZAR
    """.split()  # noqa: SIM905
}
"""Codes that stand before a number: in capitals, as "TRY" and "ALL" are words."""
_NO_NAMES = frozenset(
    """
    account afghanis gold guarani guaranis leone leones mark palladium platinum real rights silver
    sol som soms unit units value
    """.split()  # noqa: SIM905
)
"""Words of CLDR's names that mean something else in the news."""
_ALSO = {
    "crowns": "kroner kronor krónur korunas kroons",
    "kronur": "krónur",
    "renminbi": "yuan",
    "roubles": "rubles",
    "reais": "reals",
}
_SINCE = 1990
"""Money that went out of use before is in no news; CLDR has what ISO 4217 never had."""
_NATIONS = {
    "american": "us", "cfa": "west african cfa", "emirati": "uae", "taiwan": "new taiwan",
    "u.s": "us", "u.s.": "us",
} | {
    nation: f"{shared} cfa"
    for shared, nations in {
        "west african": "beninese bissau-guinean burkinabe burkinabé ivorian malian nigerien "
        "senegalese togolese",
        "central african": "cameroonian chadian equatoguinean gabonese",
    }.items()
    for nation in nations.split()
}  # fmt: skip
"""What CLDR calls the money of those that it doesn't name."""
_UNLESS_SAID = {
    name: code
    for code, names in {
        "aed": "dirhams",
        "bgn": "leva",
        "chf": "franc francs",
        "dem": "marks",
        "eur": "euro euros",
        "gbp": "pound pounds sterling",
        "inr": "rupee rupees",
        "iqd": "dinars",
        "irr": "rial rials",
        "kes": "shilling shillings",
        "krw": "won",
        "mxn": "peso pesos",
        "nok": "krone kroner",
        "ron": "lei",
        "rub": "ruble rubles rouble roubles",
        "sar": "riyals",
        "sek": "krona crowns",
        "try": "lira",
        "usd": "dollar dollars",
    }.items()
    for name in names.split()
}
"""Whose money it is that several have, where nothing tells."""
_VERBS = frozenset({"marks", "won"})
_ABROAD = frozenset({"dollar", "dollars", "pound", "pounds"})
"""In which sums are named by those whose money it is not."""
_LONGEST = 3  # words of a nation: "west african cfa"


def signed(words: Sequence[Token], index: int) -> str | None:
    """The currency of a sign or code at token `index`, before its number: "$", "NOK"."""
    code = _SIGNS.get(words[index].low) or _CODES.get(words[index].text)
    if code == "usd" and index:
        return _DOLLARS.get(words[index - 1].text, code)
    return code


def named(words: Sequence[Token], index: int, number: int, *, scaled: bool) -> str | None:
    """The currency whose name ends at token `index`, of a sum whose number ends before `number`.

    `scaled`: whether that is of thousands or millions.
    """
    low = words[index].low
    if low.upper() in _CODES:
        return _CODES[low.upper()]
    text = words[index].text
    if text != low and not text.isupper():  # the names of things: a Euro Hawk, Austral boats
        return None
    nations = _names().get(low)
    if nations is None:
        return None
    before = [word.low for word in words[max(number, index - _LONGEST) : index]]
    for begin in range(len(before)):
        phrase = " ".join(before[begin:])
        code = nations.get(_NATIONS.get(phrase, phrase))
        if code is not None:
            return code
    if low in _VERBS and (before or not scaled):
        return None
    return _UNLESS_SAID.get(low) or next(iter(nations.values()))


def of_giver(sum_of_money: str, adjectives: Iterable[str]) -> str | None:
    """What money is where its giver, called by `adjectives`, is all that tells: "2bn kroner".

    None where its own words tell, or the giver does not.
    """
    *before, noun = sum_of_money.lower().split() or [""]
    nations = _names().get(noun, {})
    told = before[-1:] != ["cfa"] and any(one in nations or one in _NATIONS for one in before[-1:])
    if noun in _ABROAD or told:
        return None
    called = (_NATIONS.get(name.lower(), name.lower()) for name in adjectives)
    return next((nations[name] for name in called if name in nations), None)


def _in_use() -> frozenset[str]:
    """The codes of what was legal tender anywhere since `_SINCE`."""
    return frozenset(
        code
        for tenders in get_global("territory_currencies").values()
        for code, _, end, tender in tenders
        if tender and (end is None or end[0] >= _SINCE)
    )


@cache
def _names() -> dict[str, dict[str, str]]:
    """The code of each currency by its last word and what stands before that."""
    found: dict[str, dict[str, str]] = {"sterling": {"british": "gbp"}}
    for code in sorted(Locale("en").currencies.keys() & _in_use()):
        for count in (1, 2):
            *nation, noun = get_currency_name(code, count, "en").lower().split()
            if noun.isalpha() and noun not in _NO_NAMES:
                found.setdefault(noun, {}).setdefault(" ".join(nation), code.lower())
    for noun, like in _ALSO.items():
        others = [found[one] for one in like.split()]
        found[noun] = {nation: code for one in others for nation, code in one.items()}
    return found
