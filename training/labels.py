"""The labelled corpus's records, one JSON line each: a sentence or an article, with its labels."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from pledgewatch.ontology import Condition, Contribution, Level, Obstacle

CORPUS = Path(__file__).parent / "corpus"
TWICE = CORPUS / "twice"
"""Beside each file that two readers labelled, by its name, what they differed on."""


class QuantityLabel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`pledgewatch.records.Quantity`: lowest and highest number, None where open."""

    min: int | None = None
    max: int | None = None
    unit: str
    approximate: bool = False
    text: str | None = None


class ConditionLabel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a commitment waits for, and the words that say so."""

    kind: Condition
    text: str | None = None


class CommitmentLabel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One commitment of a sentence; `name` is the actor's words, `level_words` those that set it.

    Words are None where a labeller gave none.

    In an article the actor may be named by a pronoun: `actor` is then whom the article means.
    """

    actor: str | None = None
    name: str | None = None
    contribution: Contribution
    level: Level
    level_words: str | None = None
    quantity: QuantityLabel | None = None
    place: str | None = None
    recipient: str | None = None
    conditions: tuple[ConditionLabel, ...] = ()
    speaker: str | None = None


class ObstacleLabel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One obstacle of a sentence; `actor` is whose contribution it hinders, `text` its words."""

    obstacle: Obstacle
    actor: str | None = None
    name: str | None = None
    text: str | None = None
    speaker: str | None = None


class LabelledSentence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sentence with all that it states; no labels means that it states nothing.

    `context` is the headline it stood under, None where the sentence stands alone; `title` says
    that it is itself a headline; `ambiguous` ones are neither trained nor scored on.
    """

    id: str
    mission: str
    text: str
    context: str | None = None
    title: bool = False
    commitments: tuple[CommitmentLabel, ...] = ()
    obstacles: tuple[ObstacleLabel, ...] = ()
    ambiguous: bool = False
    note: str | None = None


class LabelledArticle(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An article: the headline and every sentence, labelled throughout, in reading order.

    `paragraphs` holds the number of sentences of each paragraph, the headline not counted.
    """

    id: str
    mission: str
    sentences: tuple[LabelledSentence, ...]
    paragraphs: tuple[int, ...]


class Twice(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence as two readers labelled it who did not agree; a third one settled it."""

    first: LabelledSentence
    second: LabelledSentence


def sentences(folder: Path, files: str = "*.jsonl") -> Iterator[LabelledSentence]:
    """All labelled sentences under a folder: those of articles, and those that stand alone."""
    for article in articles(folder, files):
        yield from article.sentences
    for file in sorted(folder.glob(files)):
        if file.name.startswith("sentences-"):
            for line in file.read_bytes().splitlines():
                yield msgspec.json.decode(line, type=LabelledSentence)


def stating(folder: Path) -> Iterator[LabelledSentence]:
    """The sentences of batches in which anything is stated; without those of silent news."""
    for file in sorted(folder.glob("*.jsonl")):
        batch = list(sentences(folder, file.name))
        if any(one.commitments or one.obstacles for one in batch):
            yield from batch


def articles(folder: Path, files: str = "*.jsonl") -> Iterator[LabelledArticle]:
    """All labelled articles under a folder."""
    for file in sorted(folder.glob(files)):
        if file.name.startswith("articles-"):
            for line in file.read_bytes().splitlines():
                yield msgspec.json.decode(line, type=LabelledArticle)


def encode(record: LabelledSentence | LabelledArticle | Twice) -> bytes:
    """One line of a corpus file."""
    plain: Any = msgspec.to_builtins(record)
    return msgspec.json.encode(plain) + b"\n"


def faults(label: LabelledSentence) -> list[str]:
    """What is wrong with a label: words that do not stand in the sentence."""
    words: list[str | None] = []
    for stated in label.commitments:
        words += [stated.name, stated.level_words, stated.place, stated.speaker]
        words += [stated.quantity.text] if stated.quantity else []
        words += [condition.text for condition in stated.conditions]
    for hindrance in label.obstacles:
        words += [hindrance.name, hindrance.text, hindrance.speaker]
    return [f"{one!r} is not in the sentence" for one in words if one and one not in label.text]
