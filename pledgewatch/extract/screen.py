"""The screen: a cheap test over a whole article that turns away most news and nearly no mention."""

import re

from pledgewatch.extract.rules import lexicon as lex

_ORDINARY = frozenset(
    """
    for of ground imagery training staff experts specialists equipment money funds funding loan
    loans euros dollars grant maintenance bases hardware gear company contribution arms teams
    contributions trucks rangers doctors team guards members support fighters help data hospital
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
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_HEAD = 200_000


def passes(title: str, text: str) -> bool:
    """Whether an article may hold a mention: it names forces, arms or a mission."""
    return not _WORDS.isdisjoint(_WORD.findall(f"{title} {text[:_HEAD]}".lower()))


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
