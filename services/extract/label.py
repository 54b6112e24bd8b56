"""Correct what the extractor found, the most doubtful sentences first: more text for the corpus."""

from collections.abc import Iterator
from pathlib import Path

import click
import typer
from rich.console import Console
from rich.progress import track

from pledgewatch.extract import Reading
from pledgewatch.records import Mention
from services.common.errors import UserError
from services.common.extractor import load
from services.common.json_lines import BadLine
from services.extract.articles import read, text_of
from training.notation import parse

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
            answer = _ask([*head, shown, *_lines(reading)], len(head), console)
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
    chances = [reading.commitment, reading.obstacle, *(m.confidence for m, _ in reading.found)]
    return min(abs(chance - 0.5) for chance in chances)


def _line(text: str) -> str:
    """Words on one line, which the notation does not take for a mark of its own."""
    return " ".join(text.split()).lstrip("+!?#=@ ")


def _lines(reading: Reading) -> Iterator[str]:
    """What was found, in the corpus's notation."""
    for mention, _ in reading.found:
        proof = mention.proof
        code = mention.actor.code if mention.actor else "-"
        name = _line(proof.actor.text) if proof.actor else "-"
        if mention.obstacle:
            words = _line(proof.obstacle[0].text if proof.obstacle else reading.text)
            parts = [f"! {mention.obstacle}", code, name, words]
        else:
            words = _line(proof.level[0].text if proof.level else reading.text)
            parts = [f"+ {code}", name, str(mention.contribution), str(mention.level), words]
            parts += _optional(mention)
        if proof.speaker and mention.attribution and mention.attribution.speaker:
            parts.append(f"by={_line(proof.speaker.text)}")
        yield " | ".join(parts)


def _optional(mention: Mention) -> Iterator[str]:
    quantity, proof = mention.quantity, mention.proof
    if quantity and proof.quantity:
        low = "" if quantity.min is None else quantity.min
        high = "" if quantity.max is None else quantity.max
        about = "~" if quantity.approximate else ""
        yield f"q={about}{low}-{high} {quantity.unit}: {_line(proof.quantity.text)}"
    if proof.place:
        yield f"at={_line(proof.place.text)}"
    if mention.recipient:
        yield f"to={mention.recipient.code}"
    for condition, span in zip(mention.conditions, proof.conditions, strict=True):
        yield f"if={condition.kind}: {_line(span.text)}"
