"""What a state's name stands for besides it: people, American places, water, a bird, ships, papers.

Each rule reads the words beside the name. Where they do not tell, the state is meant: an actor too
many is told from a contributor later, one too few is lost.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from pledgewatch.gazetteer.tables import rows

Hit = tuple[int, int, str]
"""Where a name begins and ends in a text, and the name as the tables have it."""

# --- People ------------------------------------------------------------------------------------

_GIVEN_BEFORE = frozenset(row["name"] for row in rows("given_names"))
_ADDRESSED = frozenset(
    "Mr Mr. Mrs Mrs. Ms Ms. Miss Dr Dr. Rep. Sen. Prof. Professor Judge Justice Coach".split()  # noqa: SIM905
)
_GIVEN_NAMES = frozenset(
    "Jordan Chad Georgia Israel Paris India Kenya Dublin".split()  # noqa: SIM905
)
"""States and seats that people are called by."""
_FAMILY_NAMES = frozenset(
    "Jordan London Washington France Holland Ireland England Berlin Cuba".split()  # noqa: SIM905
)
_TITLES = frozenset(
    """
    President Prime Foreign Defence Defense Army Navy Air Government Parliament Minister Chancellor
    Police Ambassador King Armed Chief General Military Forces National Interior Premier Secretary
    Queen Crown Prince Emir Colonel Brigadier Major Admiral Ministry Embassy Command Supreme Central
    Senate Cabinet Special Joint Coast Border Security Peacekeeping Contingent Battalion Infantry
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April June July
    August September October November December
    """.split()  # noqa: SIM905
)
"""Words in capitals that follow a state's name, and come before a person's."""
_BEFORE_A_STATE = frozenset(["In", "At", "From", "The", "But", "And", "While", "With", "Both"])
_AFTER_A_STATE = frozenset(
    "Will Would May Might Can Could Must Should Won Isn Not To Set Ready Willing Open Sent".split()  # noqa: SIM905
)
"""Words that follow a state's name in a headline, where each word has a capital."""
_LONGEST_NAME = 80
_INITIAL = re.compile(r"[A-Z]\.")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")

# --- America -----------------------------------------------------------------------------------

_STATES = (
    r"Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Hawaii|"
    r"Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|"
    r"Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Mexico|"
    r"North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|"
    r"South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|West Virginia|Wisconsin|Wyoming"
)
"""The states whose names are nothing else; Georgia, New York and Washington are left out."""
_IN_AMERICA = re.compile(
    rf", (?:{_STATES}|New Jersey|Ontario|Nova Scotia|New Brunswick|Ala\.|Ark\.|Calif\.|"
    r"Conn\.|Fla\.|Ga\.|Ill\.|Ind\.|Kan\.|Ky\.|Md\.|Mass\.|Mich\.|Minn\.|Miss\.|Mo\.|N\.C\.|N\.H\.|"
    r"N\.J\.|N\.M\.|N\.Y\.|Okla\.|Pa\.|S\.C\.|Tenn\.|Tex\.|Va\.|Wis\.)(?!\w| and\b| or\b)"
)
_NAMESAKES = frozenset(["Athens", "Rome"])
"""Seats whose names are towns of the state of Georgia, too."""
_IN_GEORGIA = re.compile(r", Georgia(?!\w| and\b| or\b)")
_TOWNS = {
    "Georgia": (
        "Atlanta, ", "Savannah, ", "Augusta, ", "Macon, ", "Columbus, ", "Albany, ", "Marietta, ",
        "Valdosta, ", "Fort Stewart, ", "Fort Benning, ",
        "Fort Moore, ", "Fort Gordon, ", "Fort Eisenhower, ", "Kings Bay, ", "Warner Robins, ",
    ),
    "Washington": (
        "Seattle, ", "Spokane, ", "Tacoma, ", "Olympia, ", "Vancouver, ", "Yakima, ", "Bellevue, ",
        "Everett, ", "Bremerton, ", "Lewis-McChord, ",
    ),
}  # fmt: skip
_BY_A_STATE = re.compile(rf"(?:,|,? and|,? or) (?:{_STATES})\b")
_AFTER_STATES = re.compile(rf"\b(?:{_STATES})(?:,|,? and|,? or) $")
_LONGEST_STATE = 24
_OFFICES = (
    r"[Gg]overnors?|Gov\.|[Gg]ubernatorial|Sen\.|[Ss]enators?|Senate|Rep\.|[Cc]ongress(?:man|woman)|"
    r"congressional|GOP|Republicans?|Democrats?|Democratic|(?:Army |Air )?National Guard|"
    r"[Cc]ount(?:y|ies)|[Ll]egislature|[Ll]ieutenant governor|[Ss]ecretary of [Ss]tate|"
    r"electoral votes|primar(?:y|ies)|runoff"
)
_OF_A_STATE = {
    "Georgia": re.compile(
        rf"(?:['’]s(?: [a-z]+)?)? (?:{_OFFICES})(?!\w)"
        r"| (?:[Ll]awmakers?|[Vv]oters?|[Bb]allots?|Bulldogs|peach(?:es)?|pecans?|Power|Southern|"
        r"Supreme Court|[Ss]tate|Bureau of Investigation|election (?:officials?|case))(?!\w)"
    ),
    "Washington": re.compile(
        r"(?:['’]s)? (?:[Gg]overnors?|Gov\.|[Gg]ubernatorial|(?:Army |Air )?National Guard)(?!\w)"
        r"| [Ss]tate(?! (?:visit|dinner|media|TV|television|radio|broadcaster|Department))(?!\w)"
    ),
    "Niger": re.compile(
        r" [Ss]tate(?! (?:visit|dinner|media|TV|television|radio|broadcaster))(?!\w)"
    ),
}
"""What only a state of America has, or of Nigeria; Georgia's parliament is no Senate."""

# --- Water and birds ---------------------------------------------------------------------------

_LAND_AND_WATER = tuple(
    f" {word}"
    for word in "River river Delta delta Basin basin Valley valley".split()  # noqa: SIM905
)
_WATERS = ("River ", "Lake ", "Gulf of ", "Sea of ", "Bay of ", "Strait of ", "Straits of ")
_BIRD = re.compile(
    r"(?:,| and)? (?:dinners?|sandwich(?:es)?|meat|breasts?|burgers?|stuffing|legs|gravy|soup|"
    r"leftovers|farms|farmers|prices .*(?:Thanksgiving|Christmas|poultry|bird flu))\b"
    r"|(?: \w+){0,2} (?:be|is|are|was|were|being) (?:served|roasted|carved|cooked|stuffed|basted)\b"
)

# --- Ships, papers and houses ------------------------------------------------------------------

_SHIP = re.compile(
    r"(?<!\w)(?:USS|USNS|USCGC|HMS|HMAS|HMCS|HMNZS|HNLMS|HDMS|HNoMS|HSwMS|RFA|FGS|FS|NRP|ORP|TCG|ROKS|"
    r"JS|INS|PNS|BNS|BRP|KRI|HTMS|NNS|GNS|ARA|BAP|LÉ|MV|M/V|MS|SS)(?: [“‘\"'])? ?$"
)
_LONGEST_PREFIX = 8
_PAPER = re.compile(
    r" (?:Times|Post|Herald|Tribune|Gazette|Independent|Telegraph|Chronicle|Globe|Mail|Standard|"
    r"News|Daily|Today|Radio|Television|TV|Broadcasting|News Agency)(?![\w-])"
)
"""Of papers and broadcasters; in headlines, where each word has a capital, traps tell them."""
_OUTLETS_OF = ("Times of ", "Voice of ", "Radio ")
_HOUSE = re.compile(
    r" (?:(?:(?:State|National|Technical) )?University|Airlines|Airways"
    r"|Air(?: Shuttle)?(?! [A-Z]|\w| defen[cs]e))(?!\w)"
)
_HOUSES_OF = ("University of ", "Bank of ")
_DEED = re.compile(
    r" (?:peace )?(?:accords?|Accords?|agreements?|Agreements?|[Pp]rocess|[Mm]emorandum|"
    r"[Pp]rotocols?|[Cc]onventions?|[Ss]tatute)(?!\w)"
)
"""What is called by the town where it was signed."""
_NO_TOWNS = frozenset(["Downing Street", "Kremlin", "Pentagon", "State Department", "White House"])
"""Seats that are none: what is theirs they decide."""


def is_else(
    text: str, start: int, end: int, hits: Sequence[Hit], *, adjective: bool, seat: bool = False
) -> bool:
    """Whether the name of a state or its seat means something else here.

    `hits`: all names of the text, left to right; `adjective`: a Bangladeshi river unit is no
    river; `seat`: it is one, and treaties are called by towns.
    """
    name = text[start:end]
    return (
        _is_person(text, start, end, hits)
        or _is_ship_or_house(text, start, end)
        or (seat and name not in _NO_TOWNS and _DEED.match(text, end) is not None)
        or (not adjective and text.endswith("Air ", 0, start))
        or (text[end : end + 2] == ", " and _is_town(text, end, name))
        or (name in _OF_A_STATE and _is_state_of_a_federation(text, start, end, name))
        or (not adjective and text.startswith(_LAND_AND_WATER, end))
        or text.endswith(_WATERS, 0, start)
        or (name == "Turkey" and _BIRD.match(text, end) is not None)
        or (name == "Gulf" and text.startswith(" of ", end))
    )


def _is_ship_or_house(text: str, start: int, end: int) -> bool:
    """USS Georgia, The Moscow Times, Times of Israel, the University of Oslo, Kenya Airways."""
    return (
        _SHIP.search(text, max(0, start - _LONGEST_PREFIX), start) is not None
        or text.endswith((*_OUTLETS_OF, *_HOUSES_OF), 0, start)
        or _HOUSE.match(text, end) is not None
        or (_PAPER.match(text, end) is not None and not _is_headline(text))
    )


def _is_person(text: str, start: int, end: int, hits: Sequence[Hit]) -> bool:
    """Michael Jordan, Jordan Henderson, Mr Holland."""
    if " " in text[start:end]:
        return False
    return _is_family_name(text, start, end, hits) or _is_given_name(text, start, end, hits)


def _is_family_name(text: str, start: int, end: int, hits: Sequence[Hit]) -> bool:
    before, before_start = _word_before(text, start)
    if not before[:1].isupper():
        return False
    if _INITIAL.fullmatch(before):
        before, before_start = _word_before(text, before_start)
    if before in _GIVEN_BEFORE or before in _ADDRESSED:
        return True
    opens = before_start <= 0 or text[before_start - 2 : before_start - 1] in '.!?\n“"‘:'
    return (
        text[start:end] in _FAMILY_NAMES
        and before.replace("-", "").isalpha()
        and not before.isupper()
        and not opens
        and before not in _TITLES
        and before not in _BEFORE_A_STATE
        and not _ends(hits, start - 1)
        and not _is_headline(text)
    )


def _begins(hits: Sequence[Hit], at: int) -> bool:
    """Whether a name begins there."""
    index = bisect_left(hits, at, key=_start)
    return index < len(hits) and hits[index][0] == at


def _ends(hits: Sequence[Hit], at: int) -> bool:
    """Whether a name ends there."""
    first = bisect_left(hits, at - _LONGEST_NAME, key=_start)
    return any(last == at for _, last, _ in hits[first : bisect_left(hits, at, key=_start)])


def _start(hit: Hit) -> int:
    return hit[0]


def _is_given_name(text: str, start: int, end: int, hits: Sequence[Hit]) -> bool:
    if text[start:end] not in _GIVEN_NAMES:
        return False
    after = _word_after(text, end)
    if not after[:1].isupper() or after.isupper():
        return False
    if after in _TITLES or _begins(hits, end + 1):
        return False
    return not _is_headline(text) or not (
        after in _AFTER_A_STATE or after.endswith(("s", "ed", "ing"))
    )


@lru_cache(maxsize=4)  # asked once a name
def _is_headline(text: str) -> bool:
    """Whether all words of some length have capitals, which then say nothing."""
    words = _LONG_WORD.findall(text)
    return len(words) >= 4 and all(word[0].isupper() for word in words)


def _is_town(text: str, end: int, name: str) -> bool:
    """Paris, Texas."""
    match = _IN_AMERICA.match(text, end)
    if match is not None:
        return name != "Ottawa"
    return name in _NAMESAKES and _IN_GEORGIA.match(text, end) is not None


def _is_state_of_a_federation(text: str, start: int, end: int, name: str) -> bool:
    """Georgia's Senate race; Seattle, Washington; the state of Georgia."""
    if _OF_A_STATE[name].match(text, end) or text.endswith(("state of ", "State of "), 0, start):
        return True
    if name in _TOWNS and text.endswith(_TOWNS[name], 0, start):
        return True
    return name == "Georgia" and bool(
        (text.endswith(("Athens, ", "Rome, "), 0, start) and _IN_GEORGIA.match(text, start - 2))
        or _BY_A_STATE.match(text, end)
        or _AFTER_STATES.search(text, max(0, start - _LONGEST_STATE), start)
    )


def _word_after(text: str, end: int) -> str:
    if text[end : end + 1] != " ":
        return ""
    stop = end + 1
    while stop < len(text) and text[stop].isalpha():
        stop += 1
    return text[end + 1 : stop]


def _word_before(text: str, start: int) -> tuple[str, int]:
    """The word that a space parts from `start`, and where it begins."""
    if text[start - 1 : start] != " ":
        return "", start
    first = text.rfind(" ", 0, start - 1) + 1
    return text[first : start - 1].lstrip("“\"‘(['"), first
