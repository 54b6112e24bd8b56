"""What the model says of each token, in the order in which its outputs stand side by side."""

from itertools import accumulate

from pledgewatch.ontology import UNITS as ALL_UNITS
from pledgewatch.ontology import Condition, Contribution, Level, Obstacle

LEVELS = tuple(Level)
CONTRIBUTIONS = tuple(Contribution)
OBSTACLES = tuple(Obstacle)
CONDITIONS = tuple(Condition)
UNITS = tuple(sorted(ALL_UNITS))
EVIDENCE = ("level", "condition", "obstacle", "place", "speaker")
"""What words may be proof of; rules find places and speakers, learning them helps the rest."""
LINK = 32
"""Width of the vectors by which an actor and a quantity find each other."""

WIDTHS = {
    # at the first token: what the sentence states
    "sentence": 2,
    "sentence_obstacles": len(OBSTACLES),
    # at an actor's marker; the first token stands for an actor that nobody names
    "commits": 1,
    "contributions": len(CONTRIBUTIONS),
    "levels": len(LEVELS),
    "levels_by_contribution": len(LEVELS) * len(CONTRIBUTIONS),
    "hindered": 1,
    "conditions": len(CONDITIONS),
    "of_actor": LINK,
    # at a quantity's marker
    "of_quantity": LINK,
    "quantity_contributions": len(CONTRIBUTIONS),
    "quantity_units": len(UNITS),
    # at every token of the sentence: whether it is part of these words
    "evidence": len(EVIDENCE),
}
"""Outputs a token, by head."""

WIDTH = sum(WIDTHS.values())
SLICES = {
    name: slice(end - width, end)
    for (name, width), end in zip(WIDTHS.items(), accumulate(WIDTHS.values()), strict=True)
}
"""Where each head's outputs stand in the last axis."""
