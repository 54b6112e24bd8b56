"""A sentence that the model read, as one question to a person; its answer in the notation."""

from collections.abc import Sequence
from dataclasses import dataclass

from pledgewatch.extract import Reading, Text
from pledgewatch.ontology import Condition, Contribution, Level, Obstacle
from pledgewatch.records import Actor, Mention, Span
from pledgewatch.text.sentences import split_sentences
from services.common.terminal import printable
from training.labels import (
    CommitmentLabel,
    ConditionLabel,
    LabelledSentence,
    ObstacleLabel,
    QuantityLabel,
)
from training.notation import parse, written

HELP = (
    "## + CODE | name | contribution | level | level words | q=MIN-MAX unit: words | at=words | "
    "to=CODE | if=condition: words | by=words",
    "## ! obstacle | CODE | name | words | by=words",
    *(
        f"## {kind.__name__.lower()}: {' '.join(kind)}"
        for kind in (Contribution, Level, Condition, Obstacle)
    ),
    "## training/corpus/README.md teaches the notation; lines with ## are left out",
)
"""Stands below what is edited. The notation has no comments: a single # is a note that is kept."""
_AROUND = 1000
"""Characters of the article in which the sentence before, or after, is looked for."""


@dataclass(frozen=True, slots=True)
class Question:
    """A sentence with what was found in it, and those beside it.

    `sureness`: distance of the least certain judgement from a coin's throw.
    """

    sureness: float
    found: LabelledSentence
    before: str
    after: str


def question(text: Text, reading: Reading) -> Question:
    """What to ask of a sentence of an article."""
    before, after = _around(text.text, reading)
    return Question(_sureness(reading), _labelled(reading, _line(text.title)), before, after)


def block(one: LabelledSentence) -> list[str]:
    """A sentence and its labels in the notation."""
    return [
        *([f"@context {one.context}"] if one.context else []),
        f"@title {one.text}" if one.title else one.text,
        *written(one),
        *([f"# {one.note}"] if one.note else []),
    ]


def edited(text: str) -> tuple[LabelledSentence | None, Sequence[str]]:
    """The one sentence of an edit, and what is wrong with it."""
    lines = [line for line in text.splitlines() if not line.startswith("##")]
    batch = parse("\n".join(["@mission edited", *lines]), "edited")
    errors = [error.partition(": ")[2] for error in batch.errors]  # without the line's number
    if any(line.strip().startswith("@mission") for line in lines):
        errors.append("an edit has no @mission: `label --mission` gives it")
    if batch.articles or len(batch.sentences) != 1:
        errors.append("an edit is one sentence on one line, with its labels below it")
    return (None, errors) if errors else (batch.sentences[0], ())


def _around(text: str, reading: Reading) -> tuple[str, str]:
    """The sentences before and after one of an article's text; of its title, none."""
    start, end = reading.start, reading.start + len(reading.text)
    if text[start:end] != reading.text:
        return "", ""
    before = split_sentences(text[max(0, start - _AROUND) : start])[-1:]
    after = split_sentences(text[end : end + _AROUND])[:1]
    return _line("".join(one.text for one in before)), _line("".join(one.text for one in after))


def _sureness(reading: Reading) -> float:
    chances = [
        reading.commitment,
        reading.obstacle,
        *(one.mention.confidence for one in reading.found),
    ]
    return min(abs(chance - 0.5) for chance in chances)


def _line(text: str) -> str:
    """Words on one line, which neither a terminal nor the notation takes for a mark of its own."""
    seen = printable(text).replace("\N{REPLACEMENT CHARACTER}", "")
    return " ".join(seen.split()).lstrip("+!?#=@ ")


def _labelled(reading: Reading, headline: str) -> LabelledSentence:
    """What was found in a sentence, as labels."""
    mentions = [one.mention for one in reading.found]
    sentence = _line(reading.text)
    title = sentence == headline
    return LabelledSentence(
        id="",
        mission="",
        text=sentence,
        context=None if title else headline or None,
        title=title,
        commitments=tuple(_commitment(mention, sentence) for mention in mentions if mention.level),
        obstacles=tuple(
            ObstacleLabel(
                obstacle=mention.obstacle,
                actor=_code(mention.actor),
                name=_words(mention.proof.actor),
                text=_words(*mention.proof.obstacle) or sentence,
                speaker=_speaker(mention),
            )
            for mention in mentions
            if mention.obstacle
        ),
    )


def _commitment(mention: Mention, sentence: str) -> CommitmentLabel:
    quantity, proof = mention.quantity, mention.proof
    return CommitmentLabel(
        actor=_code(mention.actor),
        name=_words(proof.actor),
        contribution=mention.contribution or Contribution.UNSPECIFIED,
        level=mention.level or Level.ANNOUNCED,
        level_words=_words(*proof.level) or sentence,
        quantity=QuantityLabel(
            min=quantity.min,
            max=quantity.max,
            unit=quantity.unit,
            approximate=quantity.approximate,
            text=_words(proof.quantity),
        )
        if quantity and proof.quantity
        else None,
        place=_words(proof.place),
        recipient=_code(mention.recipient),
        conditions=tuple(
            ConditionLabel(kind=condition.kind, text=_words(span))
            for condition, span in zip(mention.conditions, proof.conditions, strict=True)
        ),
        speaker=_speaker(mention),
    )


def _code(actor: Actor | None) -> str | None:
    return actor.code if actor else None


def _speaker(mention: Mention) -> str | None:
    told = mention.attribution and mention.attribution.speaker
    return _words(mention.proof.speaker) if told else None


def _words(*spans: Span | None) -> str | None:
    """The first of some words, on one line."""
    first = next(iter(spans), None)
    return _line(first.text) if first else None
