"""Correct what the extractor found, the most doubtful sentences first: more text for the corpus."""

from pathlib import Path

import click
import typer
from rich.console import Console
from rich.progress import track

from pledgewatch.extract import Reading
from pledgewatch.ontology import Contribution, Level
from pledgewatch.records import Actor, Mention, Span
from services.common.errors import UserError
from services.common.extractor import load
from services.common.json_lines import BadLine
from services.extract.articles import read, text_of
from training.labels import (
    CommitmentLabel,
    ConditionLabel,
    LabelledSentence,
    ObstacleLabel,
    QuantityLabel,
)
from training.notation import parse, written

KEYS = "[y] right  [n] states nothing  [e] edit  [s] skip  [q] stop"


def label(source: Path, target: Path, mission: str, console: Console) -> int:
    """Ask about each sentence that the model read; the number of sentences written to `target`."""
    extractor = load()
    articles = [one for one in read(source) if not isinstance(one, BadLine)]
    if not articles:
        raise UserError(f"{source}: no article in it")
    known = set(target.read_text(encoding="utf-8").splitlines() if target.exists() else [])
    queue: list[tuple[float, str, Reading]] = []
    for article in track(articles, "reading", console=console):
        text = text_of(article)
        for reading in extractor.explain(text):
            if not known.isdisjoint({_line(reading.text), f"@title {_line(reading.text)}"}):
                continue
            queue.append((_sureness(reading), _line(text.title), reading))
    queue.sort(key=lambda item: item[0])
    done = 0
    with target.open("a", encoding="utf-8") as file:
        file.write(f"@mission {mission}\n")
        for number, (_, headline, reading) in enumerate(queue, 1):
            sentence = _line(reading.text)
            alone = not headline or sentence == headline
            head = [] if alone else [f"@context {headline}"]
            shown = f"@title {sentence}" if sentence == headline else sentence
            console.rule(f"{number} of {len(queue)}")
            answer = _ask([*head, shown, *written(_labelled(reading))], len(head), console)
            if answer is None:
                break
            if answer:
                file.write("\n".join(answer) + "\n")
                file.flush()
                done += 1
    return done


def _ask(lines: list[str], head: int, console: Console) -> list[str] | None:
    """The lines to keep, none where it is skipped; None to stop."""
    while True:
        console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
        console.print(KEYS, style="dim", markup=False)
        key = typer.getchar()
        if key == "y":
            return lines
        if key == "n":
            return lines[: head + 1]
        if key == "s":
            return []
        if key in ("q", "\x04", ""):
            return None
        if key == "e":
            lines = _edited(lines, console)


def _edited(lines: list[str], console: Console) -> list[str]:
    text = "\n".join(lines) + "\n"
    while True:
        text = click.edit(text) or text
        errors = parse(f"@mission edited\n{text}", "edited").errors
        if not errors:
            return text.splitlines()
        for error in errors:
            console.print(error, style="red", markup=False)
        console.print("press any key to edit again", style="dim")
        typer.getchar()


def _sureness(reading: Reading) -> float:
    """Distance of the least certain judgement from a coin's throw."""
    chances = [
        reading.commitment,
        reading.obstacle,
        *(one.mention.confidence for one in reading.found),
    ]
    return min(abs(chance - 0.5) for chance in chances)


def _line(text: str) -> str:
    """Words on one line, which the notation does not take for a mark of its own."""
    return " ".join(text.split()).lstrip("+!?#=@ ")


def _labelled(reading: Reading) -> LabelledSentence:
    """What was found in a sentence, as labels."""
    mentions = [one.mention for one in reading.found]
    return LabelledSentence(
        id="",
        mission="",
        text=_line(reading.text),
        commitments=tuple(
            _commitment(mention, reading.text) for mention in mentions if mention.level
        ),
        obstacles=tuple(
            ObstacleLabel(
                obstacle=mention.obstacle,
                actor=_code(mention.actor),
                name=_words(mention.proof.actor),
                text=_words(*mention.proof.obstacle) or _line(reading.text),
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
        level_words=_words(*proof.level) or _line(sentence),
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
