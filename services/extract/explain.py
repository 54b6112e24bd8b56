"""Shows why the extractor says what it says: the sentence in colour, each field with its proof."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text as Coloured

from pledgewatch.extract import Reading, Text
from pledgewatch.records import ArticleRef, Mention, Span
from services.common.extractor import load

STYLES = {
    "actor": "bold green",
    "level": "bold cyan",
    "quantity": "magenta",
    "place": "yellow",
    "condition": "blue",
    "obstacle": "bold red",
    "speaker": "italic",
}


def explain(text: str, title: str, console: Console) -> bool:
    """Print each sentence that was read and what was found in it; whether anything was."""
    readings = load().explain(Text(ArticleRef(id="-"), title, text))
    if not readings:
        console.print("No sentence names a state, an organisation or forces: nothing was read.")
    for reading in readings:
        _show(reading, console)
    console.print(
        Coloured.assemble("marked: ", *((f"{name} ", style) for name, style in STYLES.items()))
    )
    return any(reading.found for reading in readings)


def _show(reading: Reading, console: Console) -> None:
    line = Coloured(reading.text)
    for mention, _ in reading.found:
        for name, span in _proof(mention):
            line.stylize(STYLES[name], span.start - reading.start, span.end - reading.start)
    console.print(line)
    console.print(
        f"states a commitment {reading.commitment:.0%}, an obstacle {reading.obstacle:.0%}",
        style="dim",
    )
    for mention, second in reading.found:
        table = Table("field", "value", "proof", "second", box=None, pad_edge=False)
        for kind, field, value in _fields(mention):
            proof = "; ".join(span.text for name, span in _proof(mention) if name == kind)
            other = second.get(field)
            table.add_row(field, value, proof, f"{other[0]} {other[1]:.0%}" if other else "")
        table.add_row("confidence", f"{mention.confidence:.0%}", "", "")
        console.print(table)
    console.print()


def _fields(mention: Mention) -> Iterator[tuple[str, str, str]]:
    """Kind of proof, field, value."""
    actor = mention.actor
    yield "actor", "actor", f"{actor.name} ({actor.code})" if actor else "-"
    if mention.obstacle:
        yield "obstacle", "obstacle", mention.obstacle
    if mention.contribution:
        yield "", "contribution", mention.contribution
    if mention.level:
        yield "level", "level", mention.level
    if mention.quantity:
        low, high = mention.quantity.min, mention.quantity.max
        bounds = f"{'' if low is None else low}–{'' if high is None else high}"
        yield "quantity", "quantity", f"{bounds} {mention.quantity.unit}"
    if mention.recipient:
        yield "place", "recipient", f"{mention.recipient.name} ({mention.recipient.code})"
    for condition in mention.conditions:
        yield "condition", "condition", condition.kind
    if mention.attribution and mention.attribution.speaker:
        yield "speaker", "speaker", mention.attribution.speaker


def _proof(mention: Mention) -> Iterator[tuple[str, Span]]:
    proof = mention.proof
    single = {
        "actor": proof.actor,
        "quantity": proof.quantity,
        "place": proof.place,
        "speaker": proof.speaker,
    }
    yield from ((name, span) for name, span in single.items() if span)
    several = {"level": proof.level, "condition": proof.conditions, "obstacle": proof.obstacle}
    yield from ((name, span) for name, spans in several.items() for span in spans)
