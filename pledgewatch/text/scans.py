"""What reading machines take for something else: digits in words, letters in numbers.

Only what is evident is put right: a word that then is one of those that news of forces is made of,
or that holds a 0 between small letters, and a number that has more digits than letters to doubt.
Codes (F-16, C130, M1A1), measures (10th, 5km) and addresses stay.
"""

import re
from collections.abc import Iterator
from itertools import product
from string import ascii_letters, digits, whitespace

_TOKEN = re.compile(
    r"(?<![\w@#&%/\\.,:=+])(?<![A-Za-z][-‑])"  # a number
    r"[0-9OolI]+(?:,[0-9OolI]{3})*(?:\.[0-9]+)?(?![\w@/\\=]|,[0-9OolI])"
    r"|(?<![\w@#&%/\\.:=+])(?=[A-Za-z]*[01])(?![01]{2})[A-Za-z01]+(?![\w@/\\=]|[.:]\w)"
)
_ZERO_WITHIN = re.compile(r"[A-Za-z][a-z]*(?:0{1,2}[a-z]+)+")
_DIGIT = r"(?:[0-9O]|o(?=[0-9oO])|(?<=[0-9O]o)o|[lI](?=[0-9O]))"
_EVIDENT = re.compile(
    rf"(?:[1-9]|l(?=[0-9O]{{2}}|[0-9O],)|[lI](?=,)){_DIGIT}*(?:,{_DIGIT}{{3}})*(?:\.[0-9]+)?"
)
_SHAPE = bytes.maketrans(
    (ascii_letters + digits + whitespace).encode(),
    b"a" * len(ascii_letters) + b"0" * len(digits) + b" " * len(whitespace),
)
_LETTER_BY_DIGIT = re.compile(rb"0(?:(?=a)|(?<=a0)|(?<=a,0))")
_AS_DIGITS = str.maketrans("OolI", "0011")
_LETTERS = {"0": "o", "1": "li"}
_ONES_MAX = 3

_COMMON = frozenset(
    """
    about africa african agencies agency aid air aircraft airfield airlift airport all alliance
    allied allies also artillery asia at australia authorities available battalion battalions
    belgium billion block blocked border both brazil bring britain british brussels by call called
    can capital chile china civil civilian civilians coalition colonel colombia commission
    commit commitment commitments commits committed conditions conflict congo consider contingent
    contribute contributing contribution contributions control council couldn countries could
    country debt decide decided decision decline declined declines delegation deliver deploy
    deployed deploying deployment deployments deploys didn diplomat diplomats does doesn don
    double drill drills eight eighteen engineers eleven estonia ethiopia fail failed field fifteen
    fifty fight fighting final finland five following follow for force forces foreign forty four
    from frigate frigates frontline full general georgia germany global going government
    haiti helicopter helicopters help him his hold honduras hospital hostilities how if in india
    indonesia infantry initial instead into international invasion invited iran iraq ireland israel
    italian italy its join joined joining joint jordan kill killed last later latvia law lawmakers
    lead leader leaders least leave led legal legislators less level libya like likely line list
    lithuania little local logistical logistics long look low made mali malaysia maritime medical
    middle might military militia million millions minister ministers ministry missile missiles
    mission missions mobile mongolia monitor monitors month months more morocco multinational
    national nations nato naval never niger nigeria nine no nobody non none nor north northern
    norway norwegian not nothing now of off offer offered offers official officials officer
    officers oil on one only operation operations oppose opposed opposition or orders other our
    out over own parliament parliamentary patrol patrols people personnel philippines pilot
    pilots plan planned planning plans platoon pledge pledged pledges poland police policy polish
    political portugal president prime promise promised promises proposal protect protection
    provide provided provides providing radio rapid refusal reinforce reinforcements region
    regional reliable remain removed resolution revoke role rotation rule ruled rules ruling russia
    russian sailors said senegal serbia ship ships since six sixty slovakia slovenia so social
    soldier soldiers somalia some soon south southern spain special specialists spokesman
    spokeswoman staff state still stop sudan supplies supply support supported switzerland syria
    taiwan tell territory their third this thousand thousands threshold to togo told too total
    training trainers transition troop troops tunisia two ukraine ukrainian union unit united units
    unless until vehicle vehicles vessel vessels victory violence vote voted votes while who whole
    whom will willing with withdraw withdrawal withdrawing withdrawn withdrew within without won
    world would wouldn year years zone
    """.split()  # noqa: SIM905
)


def misread(text: str) -> Iterator[tuple[int, int, str]]:
    """Words and numbers with a letter or digit in the place of the other, and what they are.

    >>> list(misread("20O0 troops t0 Mali"))
    [(0, 4, '2000'), (12, 14, 'to')]
    """
    for start, end in _doubtful(text):
        for match in _TOKEN.finditer(text, start, end):
            meant = _number(match[0]) or _word(match[0])
            if meant is not None:
                yield *match.span(), meant


def _doubtful(text: str) -> Iterator[tuple[int, int]]:
    """Stretches without white space in which a letter stands by a digit."""
    shape = text.encode("ascii", "replace").translate(_SHAPE)
    end = 0
    for match in _LETTER_BY_DIGIT.finditer(shape):
        if match.start() < end:
            continue
        start = shape.rfind(b" ", end, match.start()) + 1 or end
        end = shape.find(b" ", match.start())
        end = len(shape) if end < 0 else end
        yield start, end


def _number(written: str) -> str | None:
    meant = written.translate(_AS_DIGITS)
    return meant if meant != written and _EVIDENT.fullmatch(written) else None


def _word(written: str) -> str | None:
    """The word that is meant; None where that is not evident."""
    letters = "".join(filter(str.isalpha, written))
    is_capital = len(letters) > 1 and letters.isupper()
    if not (is_capital or letters.islower() or (len(letters) > 1 and letters.istitle())):
        return None
    if written.count("1") <= _ONES_MAX:
        cased = str.upper if is_capital else str.capitalize if letters.istitle() else str.lower
        for reading in product(*(_LETTERS.get(one, one) for one in written.lower())):
            word = "".join(reading)
            if word in _COMMON:
                return cased(word)
    is_evident = not is_capital and _ZERO_WITHIN.fullmatch(written)
    return written.replace("0", "o") if is_evident else None
