"""The screen: a cheap test over a whole article that turns away most news and nearly no mention."""

import re

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
_BRIEF = 600
"""Characters of a text so short that reading it is no work."""


def passes(title: str, text: str) -> bool:
    """Whether an article may hold a mention: it names forces, arms or a mission, or is brief."""
    return len(text) <= _BRIEF or not _WORDS.isdisjoint(
        _WORD.findall(f"{title} {text[:_HEAD]}".lower())
    )


def names_force(sentence: str) -> bool:
    """Whether a sentence of such an article names forces, aid, a mission or who decides on it."""
    return not _NAMED.isdisjoint(_WORD.findall(sentence.lower()))
