"""The screen: a cheap test over a whole article that turns away most news and nearly no mention."""

import re

from pledgewatch.extract.rules import lexicon as lex

_ORDINARY = frozenset(
    [
        "training",
        "staff",
        "experts",
        "specialists",
        "equipment",
        "money",
        "funds",
        "funding",
        "loan",
        "loans",
        "euros",
        "dollars",
        "grant",
        "maintenance",
        "bases",
        "hardware",
        "gear",
        "company",
        "contribution",
        "contributions",
        "trucks",
        "rangers",
        "doctors",
        "team",
        "teams",
        "guards",
        "members",
        "support",
        "fighters",
        "arms",
    ]
)
_LINKED = (
    "mission missions operation deployment deployments withdrawal intervention "
    "coalition airspace guarantees multinational "
    "military army armed troop minehunters sappers mines frontline "
    "demining mine-clearing observers peace-keeping"
)
_WORDS = (lex.PEOPLE | {phrase[-1] for phrase in lex.ASSETS} | set(_LINKED.split())) - _ORDINARY
_FORCES = re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, _WORDS))) + r")\b", re.IGNORECASE)
_HEAD = 200_000


def passes(title: str, text: str) -> bool:
    """Whether an article may hold a mention: it names forces, arms or a mission."""
    return bool(_FORCES.search(title) or _FORCES.search(text[:_HEAD]))


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
