"""Shows why the extractor says what it says: the sentence in colour, each field with its proof."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import fill

from rich.console import Console
from rich.table import Table
from rich.text import Text as Coloured

from pledgewatch.extract import Found, Judgement, Reading, Text
from pledgewatch.records import Actor, ArticleRef, Attribution, Proof, Quantity, Span
from services.common.extractor import load

STYLES = {
    "actor": "bold green",
    "level": "bold cyan",
    "modifiers": "underline",
    "quantity": "magenta",
    "place": "yellow",
    "condition": "blue",
    "obstacle": "bold red",
    "speaker": "italic",
}
COLUMNS = ("field", "value", "words", "sure", "next best")
WIDEST = 22
"""Characters of a value, so that its words have room on 80 columns."""
_RULE = Judgement(None)


@dataclass(frozen=True, slots=True)
class _Row:
    """A field of a mention as it is shown; `proof`: the kind of words in `STYLES` it goes by."""

    field: str
    value: str
    words: str
    judgement: Judgement = _RULE
    proof: str = ""


def explain(text: str, title: str, console: Console) -> bool:
    """Print each sentence that was read and what was found in it; whether anything was."""
    readings = load().explain(Text(ArticleRef(id="-"), title, text))
    if not readings:
        console.print("No sentence names a state, an organisation or forces: nothing was read.")
    for reading in readings:
        _show(reading, console)
    found = any(reading.found for reading in readings)
    if found and console.color_system is not None:
        marks = [Coloured.assemble((name, style)) for name, style in STYLES.items()]
        console.print(Coloured.assemble("marked: ", Coloured(" ").join(marks)))
    return found


def _show(reading: Reading, console: Console) -> None:
    line = Coloured(reading.text)
    for one in reading.found:
        for name, span in _marked(one.mention.proof):
            line.stylize(STYLES[name], span.start - reading.start, span.end - reading.start)
    console.print(line)
    console.print(
        f"states a commitment {_percent(reading.commitment)}, "
        f"an obstacle {_percent(reading.obstacle)}",
        style="dim",
        highlight=False,
    )
    for one in reading.found:
        mention = one.mention
        console.print(f"\n{mention.kind}, {_percent(mention.confidence)} sure", highlight=False)
        console.print(_table([*_rows(one)]))
    console.print()


def _table(rows: Sequence[_Row]) -> Table:
    """Words take what room the other columns leave."""
    table = Table(box=None, pad_edge=False)
    for name in COLUMNS:
        table.add_column(name, no_wrap=name != "words")
    for row in rows:
        sure, second = row.judgement.sure, row.judgement.second
        table.add_row(
            Coloured.assemble((row.field, STYLES.get(row.proof, ""))),
            Coloured(_folded(row.value)),
            Coloured(row.words),
            "rule" if sure is None else _percent(sure),
            Coloured(_folded(f"{second[0]} {_percent(second[1])}") if second else ""),
        )
    return table


def _rows(found: Found) -> Iterator[_Row]:
    mention, judged = found.mention, found.judged
    proof = mention.proof

    def row(field: str, value: str, spans: Sequence[Span | None], kind: str = "") -> _Row:
        judgement = judged.get(field, _RULE)
        return _Row(field, value, _words(spans) or judgement.words, judgement, kind)

    yield row("actor", _actor(mention.actor), [proof.actor], "actor")
    if mention.obstacle:
        yield row("obstacle", mention.obstacle, proof.obstacle, "obstacle")
    if mention.contribution:
        yield row("contribution", mention.contribution, [])
    if mention.level:
        yield row("level", mention.level, proof.level, "level")
    if proof.modifiers:
        yield row("modifiers", "", proof.modifiers, "modifiers")
    if mention.quantity or "quantity" in judged:
        yield row("quantity", _bounds(mention.quantity), [proof.quantity], "quantity")
    if mention.quantity:
        yield row("unit", mention.quantity.unit, [proof.quantity], "quantity")
    if mention.place:
        yield row("place", mention.place, [proof.place], "place")
    if mention.recipient:
        yield row("recipient", _actor(mention.recipient), [proof.place], "place")
    for condition, span in zip(mention.conditions, proof.conditions, strict=True):
        judgement = judged.get(condition.kind, _RULE)
        yield _Row("condition", condition.kind, _words([span]), judgement, "condition")
    if mention.attribution:
        yield row("speaker", _told(mention.attribution), [proof.speaker], "speaker")


def _words(spans: Sequence[Span | None]) -> str:
    return "; ".join(span.text for span in spans if span)


def _actor(actor: Actor | None) -> str:
    return f"{actor.name} ({actor.code})" if actor else "-"


def _bounds(quantity: Quantity | None) -> str:
    if quantity is None:
        return "-"
    low, high = ("none" if one is None else str(one) for one in (quantity.min, quantity.max))
    notes = [name for name in ("approximate", "further") if getattr(quantity, name)]
    return ", ".join([low if low == high else f"{low}–{high}", *notes])


def _told(attribution: Attribution) -> str:
    return f"{attribution.speaker or '-'} ({attribution.voice})"


def _percent(chance: float) -> str:
    """A probability; that it is neither 0 nor 1 is seen."""
    if chance < 0.005:
        return "<1%"
    return ">99%" if chance > 0.995 else f"{chance:.0%}"


def _folded(value: str) -> str:
    return fill(value, WIDEST, break_long_words=False, break_on_hyphens=False)


def _marked(proof: Proof) -> Iterator[tuple[str, Span]]:
    """What is marked in the sentence, by the kind of words."""
    spans: dict[str, Sequence[Span | None]] = {
        "actor": [proof.actor],
        "level": proof.level,
        "modifiers": proof.modifiers,
        "quantity": [proof.quantity],
        "place": [proof.place],
        "condition": proof.conditions,
        "obstacle": proof.obstacle,
        "speaker": [proof.speaker],
    }
    yield from ((name, span) for name, some in spans.items() for span in some if span)
