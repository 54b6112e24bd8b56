"""Prints the board and its events for people to read."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pledgewatch.alerts.messages import words
from pledgewatch.ontology import Event, Level
from pledgewatch.records import Pledge, PledgeEvent

STYLES = {
    Level.DEPLOYED: "bold green",
    Level.APPROVED: "green",
    Level.SIGNED: "green",
    Level.ANNOUNCED: "cyan",
    Level.WILLING: "yellow",
    Level.CONSIDERING: "dim yellow",
    Level.DECLINED: "red",
    Level.WITHDRAWN: "bold red",
}


def in_order(rows: Iterable[Pledge]) -> list[Pledge]:
    """By recipient, the firmest first."""
    return sorted(
        rows,
        key=lambda row: (
            row.recipient.name if row.recipient else "~",
            row.level.rank if row.level else len(Level),
            row.actor.name if row.actor else "~",
            row.family or "",
        ),
    )


def show(rows: Sequence[Pledge], console: Console) -> None:
    """Print the board as a table."""
    if not rows:
        console.print("Nobody has pledged anything, as far as these articles say.")
        return
    table = Table(box=box.SIMPLE_HEAD, expand=True, padding=(0, 1, 1, 0))
    table.add_column("who → for whom\nwhat", min_width=18, max_width=28)
    table.add_column("how firm\nwhat is in the way", min_width=16, max_width=26)
    table.add_column("because", ratio=1, min_width=30)
    for row in rows:
        actor = row.actor.name if row.actor else "nobody named"
        recipient = row.recipient.name if row.recipient else "not said"
        what = " ".join(part for part in (row.family, words(row.quantity)) if part)
        sources = (
            f"{row.independent_sources} {'source' if row.independent_sources == 1 else 'sources'}"
        )
        articles = f"{row.articles} {'article' if row.articles == 1 else 'articles'}"
        table.add_row(
            f"{actor} → {recipient}\n{what}",
            _standing(row),
            Text.assemble(
                row.sentence,
                (f"\n{sources}, {articles}, last {row.last_confirmed:%Y-%m-%d}", "dim"),
            ),
        )
    console.print(table)


def show_events(events: Sequence[PledgeEvent], console: Console) -> None:
    """Print what changed, the newest last."""
    table = Table(box=box.SIMPLE_HEAD, expand=True, padding=(0, 1, 1, 0))
    table.add_column("when", min_width=10)
    table.add_column("what changed", min_width=26, max_width=40)
    table.add_column("because", ratio=1, min_width=30)
    for event in sorted(events, key=lambda one: one.at):
        sources = event.independent_sources
        table.add_row(
            f"{event.at:%Y-%m-%d}",
            Text.assemble(
                (event.event, "bold"),
                f"\n{event.actor.name} → {event.recipient.name if event.recipient else 'not said'}",
                f"\n{describe(event)}",
                ("" if event.confirmed else "\nunconfirmed", "dim"),
                ("\nlate: alerts nobody" if event.late else "", "dim"),
            ),
            Text.assemble(
                event.sentence, (f"\n{sources} {'source' if sources == 1 else 'sources'}", "dim")
            ),
        )
    console.print(table)


def describe(event: PledgeEvent) -> str:
    """What changed, in a few words: `willing → signed`, `up to 800 personnel`."""
    number = words(event.quantity)
    if event.event in (Event.LARGER, Event.SMALLER):
        return f"{event.family} {words(event.quantity_before) or 'a number'} → {number or 'fewer'}"
    if event.obstacle is not None:
        return f"{event.family} {event.level}: {event.obstacle}"
    levels = " → ".join(one for one in (event.from_level, event.to_level) if one)
    return " ".join(part for part in (event.family, levels, number) if part)


def _standing(row: Pledge) -> Text:
    text = Text(row.level or "", style=STYLES[row.level] if row.level else "")
    for condition in row.conditions:
        text.append(f"\nif {condition}", style="italic")
    if row.disputed:
        text.append("\ndisputed", style="red")
    if not row.confirmed:
        text.append("\nunconfirmed", style="dim")
    for one in row.obstacles:
        text.append(f"\n{one.obstacle}", style="red")
    return text
