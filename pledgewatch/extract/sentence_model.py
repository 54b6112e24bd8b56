"""For each sentence: how likely it states a commitment, and how likely an obstacle."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pledgewatch.extract import screen

LONGEST = 2000
"""Characters; what is longer is a table or a list, and no sentence."""


@dataclass(frozen=True, slots=True)
class SentenceScores:
    """Probabilities, 0 to 1."""

    commitment: float
    obstacle: float


class SentenceModel(Protocol):
    """Scores sentences; a batch may come from many articles."""

    def score(self, sentences: Sequence[str]) -> list[SentenceScores]:
        """One score a sentence, in order."""
        ...


class RuleSentenceModel:
    """`SentenceModel` as a lexical test: whether forces, arms or a mission are named."""

    def score(self, sentences: Sequence[str]) -> list[SentenceScores]:
        """One score a sentence, in order: 1 or 0."""
        return [self._score(sentence) for sentence in sentences]

    def _score(self, sentence: str) -> SentenceScores:
        if len(sentence) > LONGEST:
            return SentenceScores(0.0, 0.0)
        named = float(screen.names_force(sentence))
        return SentenceScores(named, named)
