"""How many sources say so, independently of each other, and whether that is enough."""

from collections.abc import Iterable

from pledgewatch.ontology import Kind
from pledgewatch.records import Entry

CONFIRMING = 2
"""So many independent sources confirm what none of them is trusted for alone."""
TRUSTED = 0.5
"""A source of this trust, or of unknown trust, confirms alone."""


def independent(entries: Iterable[Entry]) -> int:
    """How many independent sources: a text counts for the outlet that had it first.

    Copies are told by their story, or by the same words. What an outlet says twice counts once.
    """
    text: dict[str, str] = {}  # story or wording → another of the same text, nearer to the root

    def root(name: str) -> str:
        while (parent := text.setdefault(name, name)) != name:
            name = parent
        return name

    in_order = sorted(entries, key=lambda one: (one.at, one.known_at, one.mention))
    for one in in_order:
        text[root(f"wording {one.wording}")] = root(f"story {one.story}")
    origins: dict[str, str] = {}
    for one in in_order:
        origins.setdefault(root(f"story {one.story}"), one.outlet.casefold())
    return len(set(origins.values()))


def are_enough(entries: Iterable[Entry]) -> bool:
    """Whether what they say counts as confirmed.

    One trusted source is enough where the actor itself speaks in it, or it is about an obstacle.
    """
    said = list(entries)
    if any(
        (one.trust is None or one.trust >= TRUSTED) and (one.own or one.kind is Kind.OBSTACLE)
        for one in said
    ):
        return True
    return independent(said) >= CONFIRMING
