"""The screen: a cheap test over a whole article that turns away most news and nearly no mention."""

import re
from itertools import islice

from pledgewatch.extract.rules import lexicon as lex

_ORDINARY = frozenset(
    """
    for of ground imagery training staff experts specialists equipment money funds funding loan
    loans euros dollars grant maintenance bases hardware gear company contribution arms teams
    contributions trucks airports airlift rangers doctors team guards members support fighters help
    data hospital
    group system systems unit units package cover presence hub assets sharing capabilities intent
    rounds corps declaration financing goggles balloons
    """.split()  # noqa: SIM905
)
"""Words of assets that other news is full of."""
_LINKED = (
    "boots mission missions operation deployment deployments withdrawal intervention "
    "coalition airspace guarantees multinational "
    "military army armed troop minehunters sappers mines frontline "
    "demining mine-clearing observers peace-keeping naval patriot gripen leopard peacekeeping "
    "deploy deploys deployed deploying withdraw withdraws withdrew withdrawing"
)
_WORDS = (lex.PEOPLE | {phrase[-1] for phrase in lex.ASSETS} | set(_LINKED.split(" "))) - _ORDINARY
_NAMED = _WORDS | _ORDINARY | lex.MISSION | lex.MISSION_HEADS | lex.LEGISLATURES
_NAMED |= {"plan", "plans", "planners", "rules", "command", "detail", "details", "soldier", "peace"}
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_HEAD = 200_000


def passes(title: str, text: str) -> bool:
    """Whether an article may hold a mention: it names forces, arms or a mission."""
    return not _WORDS.isdisjoint(_WORD.findall(f"{title} {text[:_HEAD]}".lower()))


def names_force(sentence: str) -> bool:
    """Whether a sentence of such an article names forces, aid, a mission or who decides on it."""
    return not _NAMED.isdisjoint(_WORD.findall(sentence.lower()))


_MILITARY = re.compile(
    r"\b(?:troops?|soldiers?|peace-?keep\w*|battalions?|brigades?|battlegroups?|"
    r"frigates?|warships?|military|"
    r"armed forces|NATO|ceasefire|coalition of the willing|multinational force|"
    r"defen[cs]e minist\w+|army|"
    r"air defen[cs]e|missiles|ammunition|deployment|deploy(?:ed|s|ing)?)\b",
    re.IGNORECASE,
)


def is_military(text: str) -> bool:
    """Whether a text as a whole speaks of forces: three such words, or two in a short one."""
    needed = 3 if len(text) > 400 else 2
    return any(count >= needed for count, _ in enumerate(_MILITARY.finditer(text[:_HEAD]), 1))


_PEOPLE = (
    r"(?:troops|soldiers|forces|force|frigates?|warships?|ships|jets|officers|personnel|trainers|"
    r"instructors|battalions?|brigade|monitors|observers|sappers|engineers|minehunters?)"
)
_FOREIGN_MISSION = re.compile(
    r"\b(?:peace-?keep\w*|multinational|contingents?|battlegroup|boots on the ground|"
    rf"{_PEOPLE} for (?-i:[A-Z])\w*|coalition of the willing|"
    r"(?:stabili[sz]ation|protection|reassurance|security|monitoring|naval|training|escort|buffer|"
    r"international|european|foreign|western|un|u\.n\.|nato|eu|au|african union|observer|police|"
    r"maritime|military|multinational|intervention|support) (?:force|mission|operation)s?|"
    r"(?:foreign|western|european|nato|international) troops|security guarantees|military aid|"
    r"(?:will|would|to|could|may|is|are) (?:also )?(?:send|sending|deploy|contribute|station|"
    rf"provide|withdraw|withdrawing) (?:[\w,.'’-]+ ){{0,4}}{_PEOPLE})\b",
    re.IGNORECASE,
)
_SENDING = re.compile(
    rf"\b(?:deploy\w*|missions?|{_PEOPLE} (?:to|in|off) (?-i:[A-Z])|(?:sends|sending|sent|"
    rf"withdr[ae]w\w*|contribut\w+) (?:[\w,.'’-]+ ){{0,4}}{_PEOPLE}\b)",
    re.IGNORECASE,
)


def is_mission(title: str, text: str) -> bool:
    """Whether an article is about forces abroad: it names such a mission, and more than once."""
    whole = f"{title}\n{text[:_HEAD]}"
    named = sum(1 for _ in islice(_FOREIGN_MISSION.finditer(whole), 2))
    return named == 2 or (named == 1 and _SENDING.search(whole) is not None)


_EXERCISE = re.compile(
    r"\b(?:exercises?|drills?|maneuvers?|manoeuvres?|war ?games?)\b", re.IGNORECASE
)
_YEAR = re.compile(r"\b(1[89]\d\d|20[0-4]\d)s?\b")
_LONG_AGO = 5  # years


def tells_of_exercise(sentence: str) -> bool:
    """Whether a sentence is about a drill, so that the next one may be as well."""
    return _EXERCISE.search(sentence) is not None


def tells_of_past(sentence: str, year: int | None) -> bool:
    """Whether a sentence names only years long before `year`, that of publication."""
    years = [int(match[1]) for match in _YEAR.finditer(sentence)]
    return bool(years) and year is not None and max(years) < year - _LONG_AGO
