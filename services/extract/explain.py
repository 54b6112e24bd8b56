"""Shows why the extractor says what it says: the sentence in colour, each field with its proof."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

from rich.console import Console
from rich.table import Table
from rich.text import Text as Coloured

from pledgewatch.extract import Found, Judgement, Reading, Text
from pledgewatch.extract.network import Network
from pledgewatch.records import Actor, ArticleRef, Attribution, Proof, Quantity, Span
from services.common.extractor import load
from services.common.terminal import printable

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
_WIDE, _NARROW = 80, 56
"""Columns of a terminal: on fewer, words have no room beside what came next; beside values."""
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
    needed = Network.load().manifest.thresholds
    if not readings:
        console.print("No sentence names a state, an organisation or forces: nothing was read.")
    for reading in readings:
        _show(reading, needed, console)
    found = any(reading.found for reading in readings)
    if found and _in_colour(console):
        marks = [Coloured.assemble((name, style)) for name, style in STYLES.items()]
        console.print(Coloured.assemble("marked: ", Coloured(" ").join(marks)))
    return found


def _show(reading: Reading, needed: Mapping[str, float], console: Console) -> None:
    console.print((_coloured if _in_colour(console) else _bracketed)(reading))
    console.print(
        f"states a commitment {_percent(reading.commitment)}, "
        f"an obstacle {_percent(reading.obstacle)}",
        style="dim",
        highlight=False,
    )
    for one in reading.found:
        mention = one.mention
        console.print(f"\n{mention.kind}, {_percent(mention.confidence)} sure", highlight=False)
        console.print(_table([*_rows(one)], console.width))
    if not reading.found:
        console.print(_missing(reading, needed), highlight=False)
    console.print()


def _in_colour(console: Console) -> bool:
    return console.color_system is not None and not console.no_color


def _coloured(reading: Reading) -> Coloured:
    """A sentence in which words have the colours of what they prove."""
    line = Coloured(printable(reading.text))
    for name, span in _marked(reading):
        line.stylize(STYLES[name], span.start - reading.start, span.end - reading.start)
    return line


def _bracketed(reading: Reading) -> Coloured:
    """The same without colours: what words prove stands behind them."""
    kinds: dict[tuple[int, int], list[str]] = {}
    for name, span in _marked(reading):
        names = kinds.setdefault((span.start - reading.start, span.end - reading.start), [])
        names += [name] if name not in names else []
    opening = Counter(start for start, _ in kinds)
    closing: dict[int, str] = {}
    for (_, end), names in sorted(kinds.items(), reverse=True):  # the inner ones close first
        closing[end] = f"{closing.get(end, '')}: {', '.join(names)}]"
    line = "".join(
        f"{closing.get(at, '')}{'[' * opening[at]}{character}"
        for at, character in enumerate(printable(reading.text))
    )
    return Coloured(line + closing.get(len(reading.text), ""))


def _missing(reading: Reading, needed: Mapping[str, float]) -> str:
    """What a mention needs that was not found in a sentence, as far as a reading tells."""
    bar = {name: _percent(chance) for name, chance in needed.items()}
    if reading.commitment < needed["sentence"] and reading.obstacle < needed["hinders"]:
        return f"no mention: a commitment needs {bar['sentence']}, an obstacle {bar['hinders']}"
    return (
        f"no mention: who contributes must be {bar['commits']} sure too "
        f"({bar['commits_unnamed']} where nobody is named), a refusal or withdrawal "
        f"{bar['retracts']}, and all of it {bar['off_topic']} where nothing near speaks of forces"
    )


def _table(rows: Sequence[_Row], width: int) -> Table:
    """Words take what room the other columns leave; where it is too little, there are fewer."""
    table = Table(box=None, pad_edge=False)
    shown: Sequence[str] = COLUMNS if width >= _WIDE else COLUMNS[:-1]
    if width < _NARROW:
        shown = ("field", "value, words", "sure")
    for name in shown:
        table.add_column(name, no_wrap="words" not in name, overflow="fold")
    for row in rows:
        sure, second = row.judgement.sure, row.judgement.second
        value, words = printable(row.value), printable(row.words)
        cells = {
            "field": Coloured.assemble((row.field, STYLES.get(row.proof, ""))),
            "value": Coloured(_folded(value)),
            "words": Coloured(words),
            "value, words": Coloured("\n".join(filter(None, (value, words and f"“{words}”")))),
            "sure": Coloured("rule" if sure is None else _percent(sure)),
            "next best": Coloured(
                _folded(printable(f"{second[0]} {_percent(second[1])}")) if second else ""
            ),
        }
        table.add_row(*(cells[name] for name in shown))
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


def _marked(reading: Reading) -> Iterator[tuple[str, Span]]:
    """What is marked in a sentence, by the kind of words."""
    for one in reading.found:
        yield from _proven(one.mention.proof)


def _proven(proof: Proof) -> Iterator[tuple[str, Span]]:
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
