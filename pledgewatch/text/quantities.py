"""Quantities of forces and money: numbers with their bounds and units."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pledgewatch.text.currencies import named
from pledgewatch.text.numbers import MOST, SCALES, Number, is_numeral, number_at, widened
from pledgewatch.text.spans import is_free
from pledgewatch.text.tokens import Token, tokenise

_LOOKED_AT = 80
_ONE_IN = r"(?:one|two|three|four|nine|\d) in (?:two|three|four|five|six|ten|twelve|\d+)"
_SHARE = rf"(?:half|(?:third|quarter|fifth|tenth)s?|{_ONE_IN}|[\w.]+(?: ?%| per ?cent))"
_SHARE_OF = re.compile(
    rf"\b(?:{_SHARE} of|half) "
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
    r"(?-i:(?: [A-Z][\w-]+,?)+ and(?= [A-Z]))?"
    r"(?: (?!(?:at|by|for|from|in|of|to|with)\b)[\w-]+){0,2}? "
    r"(?:states|countries|nations|governments|capitals)\b",
    re.IGNORECASE,
)
"""A number of them is none of forces: "nine of 27 member states"."""
_OF_COUNCIL = re.compile(
    r" (?:of|in|on) (?:the )?(?:[A-Z][\w.]* )*(?:[Cc]ouncil|[Aa]lliance|[Bb]loc|[Uu]nion|"
    r"[Pp]arliament|[Ss]enate|[Cc]abinet|[Cc]ongress|NATO|EU)\b"
    r"(?! (?:[a-z]+ )?(?:battlegroup|forces?|[Gg]uard|mission|operation|team))"
)
_DOUBLED = re.compile(
    r"\b(?:doubl|tripl|quadrupl)(?:e|es|ed|ing)\b(?:(?! to |[,;.]| by | and | with ).){0,50}\Z",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"\b(?:cut|reduc|trim|shrink|slash|rais|increas|expand|boost|enlarg|strengthen)\w* "
    r"(?:the|its|their|her|his|[\w-]+['’]s) (?:(?!(?:to|with)\b)[\w’'-]+ ){0,3}\Z",
    re.IGNORECASE,
)
_BY_NUMBER = re.compile(
    r"(?: (?!(?:to|with)\b)[\w-]+){0,4} by (?:(?:about|another|some|up to|a further) )?"
    r"(?!(?:19|20)\d\d\b|\d+ [A-Z])\d"
)
_LEADS = re.compile(r"\blead(?:s|ing)? (?:an? )?\Z", re.IGNORECASE)
_LEADS_OF = re.compile(
    r"\blead(?:s|ing)? (?:an?|the) (?:[\w-]+ ){0,3}(?:mission|force|operation) of (?:the )?\Z",
    re.IGNORECASE,
)
_STRONG_MISSION = re.compile(
    r"[\w,]+-(?:member|strong|man) (?:[\w-]+ ){0,3}(?:mission|force|operation)\b"
)
_OF_UNITS = frozenset(
    """
    battlegroup commander crew group leader maker pilot platoon purchase regiment squadron
    """.split()  # noqa: SIM905
)
"""What has units or belongs to one: "a Gripen squadron" is not one aircraft."""


@dataclass(frozen=True, slots=True)
class QuantitySpan:
    """A quantity at `start` to `end` (code points) of a text; `min` or `max` None where open.

    `unit` is None where no word of the text names it ("the remaining 205"). `further` is true
    where it adds to what is known ("a further 300"), `implied` where it is one without a word that
    says so ("its frigate"); `cut_from` is what it was before a cut to what it is ("from 850 to
    600").
    """

    start: int
    end: int
    min: int | None
    max: int | None
    unit: str | None
    approximate: bool
    further: bool = False
    implied: bool = False
    cut_from: int | None = None


_UNITS: dict[str, str] = {}
for _name, _words in {
    "personnel": "troops soldiers personnel peacekeepers servicemen servicewomen servicemembers "
    "officers policemen gendarmes marines paratroopers commandos sailors airmen trainers advisers "
    "advisors instructors observers monitors experts engineers medics sappers deminers staff men "
    "police strong forces guards recruits reservists rangers specialists pilots "
    "technicians infantry "
    "infantrymen legionnaires carabinieri mentors planners doctors nurses members "
    "volunteers airwomen gunners riflemen horsemen logisticians gurkhas helmets berets paras "
    "operators officials colleagues compatriots crew crewmen clearers buglers",
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
    "eurofighters tanker tankers airlifter airlifters transports hercules awacs "
    "a400m f-18s hornets mig-29 mig-29s "
    "su-25 su-25s su-24s b-2 b-52 b-52s p-8s c-130 c-130s",
    "helicopter": "helicopter helicopters chopper choppers chinook chinooks",
    "vehicle": "vehicle vehicles tank tanks truck trucks carrier_ ambulance ambulances excavators "
    "bulldozers leopards_ apcs mraps abrams bradleys strykers",
    "system": "system systems battery batteries missile missiles launcher launchers round "
    "rounds shell "
    "shells drone drones rifle rifles gun guns radar radars howitzer howitzers mortar mortars "
    "interceptor interceptors patriot patriots munitions mines rocket rockets "
    "bombs himars grenades "
    "sensors javelins buoys",
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
_SINGULAR = frozenset(word for word in _UNITS if f"{word}s" in _UNITS)
"""Of one: "130 drone operators" are no drones, and an "ASC 890 radar plane" is one plane."""
_ONE_OF = frozenset({"a", "an", "another"})
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
_CEILINGS = frozenset({"ceiling", "cap", "capped", "capping", "caps", "limit"})
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
        "kilos",
        "flights",
        "sorties",
        "countries",
        "nations",
        "states",
        "times",
    }
)
_MONTHS = frozenset(
    """january february march april may june july august september october november
    december""".split()  # noqa: SIM905
)
_MONTHS_IN_SHORT = frozenset("jan feb mar apr jun jul aug sep sept oct nov dec".split())  # noqa: SIM905
_MEASURES = (
    (_NOT_COUNTED - {"people"})
    | frozenset(
        """
    minutes minute hour kilometre kilometer kilometers metres meters mile nautical nm tonnes
    tons tonne feet degrees decades decade centuries weeks week metre meter nights votes vote
    seats points goals pages capitals governments allies members parties villages hectares
    litres barrels cents o'clock am pm gmt a.m p.m
    """.split()  # noqa: SIM905
    )
    | _MONTHS
    | _MONTHS_IN_SHORT
)
"""Words after a number that say that it counts no forces."""
_LABELS = (
    frozenset(
        """
    resolution article chapter camp brigade group flight operation task joint battlegroup
    sector route route highway km page room unit line hill point act section paragraph zone
    phase level aged number no score
    """.split()  # noqa: SIM905
    )
    | _MONTHS
    | _MONTHS_IN_SHORT
)
"""Words before a number that it numbers rather than counts."""
_MODELS = frozenset("centauro challenger leopard mark mirage mk piranha type".split())  # noqa: SIM905
"""Names of things that numbers go with: "Challenger 2 tanks"."""
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
_PREPOSITIONS = _STOPS | {"within", "until"}
_MODEL = re.compile(r"[a-z]+-\d+[a-z]?")
_SHIP = (
    r"(?:aircraft carrier|boat|carrier|corvette|cutter|destroyer|frigate|gunboat|minehunter|"
    r"minelayer|minesweeper|ship|submarine|tanker|vessel|warship)"
)
_NAME = r"[A-ZÀ-Þ][\w’'-]+(?: [A-ZÀ-Þ][\w’'-]+)*"
_ONE = re.compile(
    r"(?<![\w-])(?<!half a )(?:(?i:"
    r"(?:hospital|patrol|supply|landing|training|survey|headquarters|command) (?:ship|vessel|boat)|"
    r"(?:transport|patrol|surveillance|reconnaissance|tanker|radar) (?:plane|aircraft)|frigate|"
    r"destroyer|corvette|minehunter|minelayer|minesweeper|warship|submarine|battalion|brigade|"
    r"helicopter|aircraft carrier|(?:infantry|rifle|artillery|engineers?|engineering|tank|"
    r"mechani[sz]ed|transport|guard|signals?|commando|parachute|reconnaissance|logistics|medical|"
    r"amphibious|mortar) company|"
    r"(?:(?<=its )|(?<=their )|(?<=second )|(?<=third ))company(?-i:(?! [A-Z]))|"
    r"(?:boarding|medical|surgical|observer|monitoring|demining|liaison|training|engineering) team|"
    r"(?:air[- ]defen[cs]e|patriot|nasams|thaad|samp/t|typhon|iris-t|anti-aircraft) battery)"
    rf"|(?P<named>{_SHIP})(?= [A-ZÀ-Þ])|(?P<navy>HMS|HMAS|HMCS|HMNZS|HDMS|HNLMS|HNoMS|HSwMS|"
    rf"USS|INS|FGS|ESPS|KNM|ROKS|ORP|TCG|BRP|KRI) {_NAME}"
    r"|(?P<one>[Aa]n?|[Oo]ne|[Aa]nother) (?:single )?"
    r"(?:(?<=single )officer|staff officer|liaison officer|police officer|medic|dog handler|"
    r"legal adviser|cook))"
    r"(?![\w-])"
)
_SHIPS_BEFORE = re.compile(
    r"\b(?:corvettes|cutters|destroyers|frigates|minehunters|ships|submarines|vessels|warships)"
    rf"[,:]? (?:(?:the )?(?:{_SHIP}s? )?{_NAME}(?:, and |, | and ))*(?:the )?(?:{_SHIP}s? )?\Z"
)
"""Behind ships that are counted and then named: "two warships, the frigate Bayern and …"."""
_KIND_BEFORE = re.compile(rf"\b{_SHIP}s?,? (?:the )?\Z")
_NAMED = re.compile(r" [A-ZÀ-Þ]")
_SHIPS = re.compile(
    r"(?<![\w-])(?:corvettes|cutters|destroyers|frigates|minehunters|ships|submarines|"
    r"vessels|warships) "
    rf"(?P<names>{_NAME}(?:, {_NAME})*,? and (?:the )?{_NAME})"
    r"(?![\w’'-]| [A-ZÀ-Þ]| (?:will|would|have|has|had|sent|lent|gave|promised|could|may)\b)"
)
_GROWTH = re.compile(
    r"increas|rais|gr[eo]w|lift|expand|boost|doubl|enlarg|strengthen|swell|bring|brought|"
    r"ris|rose|step|widen|extend|add|top|up$|number|size|strength|contingent|team|ceiling|force"
)
_REACH = 5
_LONGEST_LIST = 8
_MONEY_REACH = 3  # "west african CFA francs"
_THEIRS = frozenset({"its", "their", "our", "his", "her"})
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


def find_quantities(text: str) -> tuple[QuantitySpan, ...]:
    """The quantities in `text`, left to right: with a unit of the ontology, a currency, or none."""
    words = tokenise(text)
    found: list[QuantitySpan] = []
    index, counted = 0, False
    while index < len(words):
        number = number_at(words, index)
        if number is None:
            single = _single(words, index)
            index += 1
            if single is not None:
                found.append(single)
                while index < len(words) and words[index].start < single.end:
                    index += 1
            continue
        number = _grown(words, widened(words, number))
        quantity = _quantity(words, number) or _bare(words, number, counted=counted)
        if quantity is not None:
            counted = counted or quantity.unit is not None
            found.append(quantity)
            while index < len(words) and words[index].start < quantity.end:
                index += 1
        index = max(index, number.last)
    found = _cut(text, _joined(found, _implied(text)))
    return tuple(
        one
        for one in found
        if (one.max or one.min or 0) <= MOST
        and not _is_shared_out(text, one)
        and not (one.unit is None and _OF_STATES.match(text, one.end))
        and not _is_of_council(text, one)
        and not _is_doubled(text, one)
        and not _is_changed(text, one)
        and not _is_led(text, one)
    )


def _is_changed(text: str, one: QuantitySpan) -> bool:
    """Whether it is the size before a change that is told: "cut its 1,100 troops by 300"."""
    return _is_before(_CHANGES, text, one.start) and _BY_NUMBER.match(text, one.end) is not None


def _is_led(text: str, one: QuantitySpan) -> bool:
    """Whether it counts a mission of many that one of them leads: "lead a mission of 1,200"."""
    return _is_before(_LEADS_OF, text, one.start) or (
        _is_before(_LEADS, text, one.start)
        and _STRONG_MISSION.search(text, one.start, one.end + _LOOKED_AT) is not None
    )


def _is_before(words: re.Pattern[str], text: str, start: int) -> bool:
    """Whether words, as far as they reach back, end where something starts."""
    return words.search(text, max(0, start - _LOOKED_AT), start) is not None


def _joined(found: Sequence[QuantitySpan], implied: Iterable[QuantitySpan]) -> list[QuantitySpan]:
    """Both in reading order, without what is implied by words of a quantity that is found."""
    taken = [(one.start, one.end) for one in found]
    free = [one for one in implied if is_free((one.start, one.end), taken)]
    return sorted([*found, *free], key=lambda one: one.start)


def _is_shared_out(text: str, one: QuantitySpan) -> bool:
    """Whether only a share is told of, whose size is not: "half of its 1,000 police"."""
    before = text[max(0, one.start - _LOOKED_AT) : one.start]
    return bool(_SHARE_OF.search(before) or _BY_SHARE.match(text, one.end))


def _is_of_council(text: str, one: QuantitySpan) -> bool:
    """Whether it counts who sits in a council or belongs to an alliance."""
    return text[one.start : one.end].endswith("members") and (
        _OF_COUNCIL.match(text, one.end) is not None
        or text.endswith(("Council's ", "Council’s "), 0, one.start)
    )


def _is_doubled(text: str, one: QuantitySpan) -> bool:
    """Whether it is multiplied, by which its new size is not said: "doubling its force of 100"."""
    grown = " to " in text[one.start : one.end]
    return not grown and _is_before(_DOUBLED, text, one.start)


def _cut(text: str, found: Sequence[QuantitySpan]) -> list[QuantitySpan]:
    """With what changes to what stands beside it made one: "cut from 2,500 to 2,000 troops".

    Of "to 2,000 from 2,500" as well. Of what grows, the new size alone is left.
    """
    kept: list[QuantitySpan] = []
    for one in found:
        before = kept[-1] if kept else None
        if before is None or not _alike(before, one):
            kept.append(one)
            continue
        between = text[before.end : one.start].strip()
        shrinks = (one.max or 0) < (before.max or 0)
        if between == "to" and shrinks and text.endswith("from ", 0, before.start):
            kept[-1] = _shrunk(before, one, before.start - len("from "), one.end)
        elif between == "from" and text.endswith("to ", 0, before.start):
            if not shrinks:
                kept[-1] = _shrunk(one, before, before.start, before.end)
        else:
            kept.append(one)
    return kept


def _alike(one: QuantitySpan, other: QuantitySpan) -> bool:
    return one.unit == other.unit or None in (one.unit, other.unit)


def _shrunk(old: QuantitySpan, new: QuantitySpan, start: int, end: int) -> QuantitySpan:
    """What is left of an old size; of ceilings, up to the new one."""
    least = 0 if old.min == 0 else new.min
    unit = new.unit or old.unit
    return replace(new, start=start, end=end, min=least, unit=unit, cut_from=old.max)


def _implied(text: str) -> Iterator[QuantitySpan]:
    """What is one without a number ("its frigate"), or as many as it has names."""
    for match in _ONE.finditer(text):
        if text.endswith(("strong ", "member ", "-man "), 0, match.start()):
            continue
        if match["one"]:
            unit = "personnel"
        elif match["navy"] or match["named"]:
            unit = "ship"
        else:
            known = [_UNITS[word] for word in match[0].lower().split() if word in _UNITS]
            if not known:  # the dotless i of "frıgate" matches and is no i
                continue
            unit = known[-1]
        if unit == "ship" and _is_known(text, match):
            continue
        implied = match["one"] is None
        yield QuantitySpan(*match.span(), 1, 1, unit, approximate=False, implied=implied)
    for match in _SHIPS.finditer(text):
        if _is_before(_SHIPS_BEFORE, text, match.start()):
            continue
        count = len(re.split(r", and |, | and ", match["names"]))
        yield QuantitySpan(*match.span(), count, count, "ship", approximate=False)


def _is_known(text: str, ship: re.Match[str]) -> bool:
    """Whether the ship of a match is named only: it is counted before, or its kind is."""
    if ship["navy"] and _is_before(_KIND_BEFORE, text, ship.start()):
        return True
    named = ship["navy"] is not None or _NAMED.match(text, ship.end()) is not None
    return named and _is_before(_SHIPS_BEFORE, text, ship.start())


def _grown(words: Sequence[Token], number: Number) -> Number:
    """What something grows to, where "from 209 to 250" says that rather than a range."""
    if number.low == number.high or not number.first or words[number.first - 1].low != "from":
        return number
    before = words[max(0, number.first - 15) : number.first]
    grows = any(_GROWTH.match(word.low) for word in before) and "to" in {
        word.low for word in words[number.first : number.last]
    }
    return replace(number, low=number.high) if grows else number


def _unit(words: Sequence[Token], number: Number) -> tuple[str, int] | None:
    """The unit after a number, and the token index after it."""
    if number.unit is not None:
        return number.unit, number.last
    index = number.last
    found: tuple[str, int] | None = None
    types: set[str] = set()
    if index < len(words) and words[index].low in _MONTHS and words[index].text[0].isupper():
        return None  # the day of the month
    listed = _listed(words, index)
    scaled = words[number.last - 1].low in SCALES
    for offset in range(len(listed) + _REACH + 1):
        at = index + offset
        if at >= len(words):
            break
        low = words[at].low
        if offset == 0 and low == "-" and at + 1 < len(words):
            continue
        if low == "of" and offset == 0:
            continue
        currency = named(words, at, number.last, scaled=scaled) if offset <= _MONEY_REACH else None
        if currency is not None:
            return currency, at + 1
        if at in listed:
            continue
        if low in _STOPS or low in _NOT_COUNTED or not (low[0].isalnum() or low in ("-", "'s")):
            break
        if low in _SINGULAR and number.high > 1 and words[at - 1].low != "-":
            types.add(_UNITS[low])
            continue
        if low in _UNITS:
            plane = low == "fighters" and "aircraft" in types
            found = "aircraft" if plane else _counted(low, words[at - 1].low, number), at + 1
            if low in ("police", "infantry"):
                continue
            if low == "strong":
                break
            follows = words[at + 1].low if at + 1 < len(words) else ""
            if follows in _UNITS:
                continue
            break
        parts = low.split("-")
        if len(parts) > 1 and parts[-1] in ("soldier", "troop", "clearers"):
            return "personnel", at + 1
        if number_at(words, at) is not None and not words[at - 1].text[0].isupper():
            break  # another quantity, unless it is a model's number (Leopard 2)
    if found is None and number.last < len(words):
        follows = words[number.last].low
        if follows in ("strong", "man"):
            return "personnel", number.last + 1
    return found


def _listed(words: Sequence[Token], index: int) -> range:
    """The nationalities of what is counted: "16 Spanish, Italian and French police"."""
    at = index
    while (
        at + 1 < len(words)
        and words[at].text[0].isupper()
        and words[at + 1].low in (",", "and")
        and at - index < _LONGEST_LIST
    ):
        at += 2
    names = words[index : at + 1]
    ends = at > index and names[-1].text[0].isupper()
    return range(index, at + 1) if ends and not _UNITS.keys() & {w.low for w in names} else range(0)


def _counted(noun: str, before: str, number: Number) -> str:
    """The unit that a noun names: some words have two senses."""
    if noun == "fighters" and number.low >= _FIGHTERS_FROM:
        return "personnel"
    return "vehicle" if noun == "carriers" and before in _ARMOURED else _UNITS[noun]


def _bare(words: Sequence[Token], number: Number, *, counted: bool) -> QuantitySpan | None:
    """A number that may count something, though no word says what.

    `counted`: whether something was counted before, as of another: "and Denmark 100".
    """
    text = words[number.first].text
    before = words[number.first - 1].low if number.first else ""
    after = words[number.last].low if number.last < len(words) else ""
    if number.low != int(number.low) or number.low < 1 or after in _MEASURES or before in _LABELS:
        return None
    if (
        number.low == 1
        and not _is_one_of(words, number, counted=counted)
        and (after in _STOPS or not after.isalpha() or text.isdigit())
    ):
        return None
    if after == "/" or before == "/" or (after == ":" and before.isdigit()):
        return None
    if number.first and words[number.first - 1].text[0].isupper() and text[0].isupper():
        return None  # the Nordic-Baltic Eight
    if number.first and words[number.first - 1].text[0].isupper() and text[0].isdigit():
        name = words[number.first - 1]
        opens = number.first == 1 or words[number.first - 2].text in '.:"“'
        listed = counted and after in ("", ",", ".", ";", "and", "to", "for", "in", "into", "at")
        if (
            not (opens or listed)
            and number.low < 1000
            and name.low not in _ABOUT | _FURTHER | _STOPS
        ):
            return None  # Leopard 2, Article 5
    if _is_year(number, text, before) or _is_measure(words, number):
        return None
    return _bounded(words, number, (None, number.last))


def _is_one_of(words: Sequence[Token], number: Number, *, counted: bool) -> bool:
    """Whether "one" is one of what was counted: "one of its two ships", "each lend one"."""
    before = words[number.first - 1] if number.first else None
    after = [word.low for word in words[number.last : number.last + 2]]
    if before is not None and before.low in ("every", "no", "any"):
        return False
    if after[:1] == ["each"] or (after[:1] == ["of"] and after[-1] in _THEIRS):
        return True
    return before is not None and (
        before.low in ("each", "lend", "send") or (counted and before.text[0].isupper())
    )


def _is_measure(words: Sequence[Token], number: Number) -> bool:
    """Whether a number counts no forces: "17-year", "six European states", "82 to 9"."""

    def at(index: int) -> str:
        return words[index].low if 0 <= index < len(words) else ""

    last, first = number.last, number.first
    if at(last) == "-":
        return at(last + 1) in _MEASURES
    tally = ("to", "against")
    if at(last) in tally and last + 1 < len(words) and number_at(words, last + 1):
        return at(first - 1) != "from"
    if at(first - 1) in tally and is_numeral(at(first - 2)):
        return at(first - 3) != "from"
    if (at(last) == ":" and at(last + 1).isdigit()) or (
        at(first - 1) == ":" and at(first - 2).isdigit()
    ):
        return True  # the time of day
    if at(last) in (",", ")") and at(first - 1) in (",", "(") and first > 2:
        aged = _GROWN <= number.low <= _OLDEST and words[first].text.isdigit()
        return aged and all(word.text[0].isupper() for word in words[first - 3 : first - 1])
    return at(last)[:1].isalpha() and at(last) not in _PREPOSITIONS and at(last + 1) in _MEASURES


def _quantity(words: Sequence[Token], number: Number) -> QuantitySpan | None:
    unit = _unit(words, number)
    if unit is None or _counts_nothing(words, number, unit):
        return None
    return _bounded(words, number, unit)


def _counts_nothing(words: Sequence[Token], number: Number, unit: tuple[str | None, int]) -> bool:
    """Whether a number with a unit behind it is a year, a time of day, a calibre or a model's."""
    text = words[number.first].text
    before = words[number.first - 1].low if number.first else ""
    apart = unit[1] > number.last + 1
    if apart and words[number.last].low == "-" and words[number.last + 1].low in _MEASURES:
        return True
    if before == ":" and number.first > 1 and words[number.first - 2].text.isdigit():
        return True
    if before in _MODELS and words[number.first - 1].text[0].isupper():
        return True
    return apart and _is_year(number, text, before)


def _is_year(number: Number, text: str, before: str) -> bool:
    return (
        1900 <= number.low <= 2100
        and len(text) == 4
        and text.isdigit()
        and before in _YEARS_AFTER | _MONTHS | {""}
    )


def _bounded(words: Sequence[Token], number: Number, unit: tuple[str | None, int]) -> QuantitySpan:
    """The quantity with what is said around it: "up to", "about", "a further", "or more"."""
    first, low, high = number.first, round(number.low), round(number.high)
    least: int | None = low
    most: int | None = None if number.open else high
    approximate, further = number.vague or number.approximate, False

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
    before = [word.low for word in words[max(0, first - 2 * _REACH) : first]]
    if not before or before[-1] not in ("of", "at", "to", "from"):
        return False
    reach = 2 * _REACH if before[-1] == "from" else _REACH
    return any(low in _CEILINGS for low in before[-reach:])


def _single(words: Sequence[Token], index: int) -> QuantitySpan | None:
    """ "a battalion", "its second frigate": one of a unit that is counted by its article."""
    halved = index > 0 and words[index - 1].low == "half"
    if halved or words[index].low not in _ONE_OF:
        return None
    for at in range(index + 1, min(index + _REACH, len(words))):
        low = words[at].low
        if low in _STOPS or low in _ONE_OF or not low[0].isalpha() or low.endswith("-led"):
            return None
        if is_numeral(low):
            return None  # "a further two aircraft"
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
