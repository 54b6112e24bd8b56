"""For each candidate actor of a sentence: does it contribute, what, how firmly; what hinders it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pledgewatch.gazetteer import ActorName
from pledgewatch.ontology import Contribution, Level, Obstacle

Offsets = tuple[int, int]
"""Character offsets (code points, half-open) into the sentence."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the article says around a sentence.

    `recipients`: codes of the states at war or with a mission that the article is about;
    `military`: whether the article as a whole speaks of forces or arms; `title`: whether the
    sentence is the headline; `year`: the year of publication, None where unknown; `mission`:
    whether the article is about forces sent abroad; `actor`: the actor named last before the
    sentence, whom "the country" or "the government" means; `past`, `exercise`: whether the
    sentence goes on telling of years long gone, or of a drill.
    """

    recipients: tuple[str, ...] = ()
    military: bool = True
    title: bool = False
    year: int | None = None
    mission: bool = False
    actor: ActorName | None = None
    past: bool = False
    exercise: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One judgement: `actor` contributes at `level`, or `obstacle` stands in its way.

    The spans are evidence, empty where a model gives none; `anchor` is where the judgement was
    made, so that rules can look for numbers and places near it.
    """

    actor: ActorName | None
    score: float
    anchor: Offsets
    contribution: Contribution | None = None
    level: Level | None = None
    obstacle: Obstacle | None = None
    joint: bool = False  # shares its quantity with other actors
    scope: Offsets = (0, 0)  # the clause that the judgement is from
    asset: Offsets | None = None
    level_words: tuple[Offsets, ...] = ()
    modifiers: tuple[Offsets, ...] = ()
    obstacle_words: tuple[Offsets, ...] = field(default=())


class ActorModel(Protocol):
    """Judges each candidate actor of a flagged sentence."""

    def judge(self, sentence: str, actors: Sequence[ActorName], context: Context) -> list[Finding]:
        """Findings in `sentence`; offsets are into it, `actors` are the names in it."""
        ...
