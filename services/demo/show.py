"""Prints what came out: commitments and obstacles, how many articles said nothing, what next."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pledgewatch.alerts.rules import why_nobody
from pledgewatch.ontology import Level
from services.common.board import STYLES, in_order, show_events
from services.common.board import show as show_board
from services.demo.results import Results

LADDER = list(Level)


def show(
    console: Console, results: Results, told: Mapping[str, dict[str, Any]], *, seconds: float
) -> None:
    """Print the tables, the alerts that the desk got, the counts and where to look next."""
    commitments = [m for m in results.mentions if m["kind"] == "commitment"]
    obstacles = [m for m in results.mentions if m["kind"] == "obstacle"]
    commitments.sort(
        key=lambda m: (_name(m["recipient"]), LADDER.index(m["level"]), _name(m["actor"]))
    )
    obstacles.sort(key=lambda m: (m["obstacle"], _name(m["actor"])))
    console.print(_table("Who pledged what", commitments))
    console.print(_table("What stands in the way", obstacles))
    console.print("[bold]The board: what is on the table[/]")
    show_board(in_order(row for row in results.pledges if row.articles), console)
    console.print("[bold]Alerts that were sent, and why each[/]")
    show_events([one for one in results.events if one.id in told], console)
    untold = Counter(
        why_nobody(one) or f"no rule asks for {one.event}"
        for one in results.events
        if one.id not in told
    )
    for why, count in untold.most_common():
        console.print(f"  {count} more changes alerted nobody: {why}", style="dim")
    _summary(console, results, len(told), seconds)


def _table(title: str, mentions: list[dict[str, Any]]) -> Table:
    """A table that leaves room for the sentence: what belongs together shares a column."""
    table = Table(
        title=title,
        box=box.SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        expand=True,
        show_lines=False,
        padding=(0, 1, 1, 0),
    )
    commitment = bool(mentions) and mentions[0]["kind"] == "commitment"
    if commitment:
        table.add_column("actor\nrecipient", max_width=18)
        table.add_column("contribution\nquantity", max_width=20, min_width=13)
        table.add_column("level\ncondition", max_width=14, min_width=11)
    else:
        table.add_column("actor", max_width=18)
        table.add_column("obstacle", max_width=22, min_width=13)
    table.add_column("sentence", ratio=1, min_width=24)
    table.add_column("source", max_width=18)
    for mention, sources in _folded(mentions):
        row: list[str | Text] = []
        if commitment:
            level = Text(mention["level"], style=STYLES[Level(mention["level"])])
            for condition in mention["conditions"]:
                level.append(f"\nif {condition['kind']}", style="italic")
            row += [
                "\n→ ".join(_names(mention)),
                f"{mention['contribution']}\n{_quantity(mention['quantity'])}",
                level,
            ]
        else:
            row += [_name(mention["actor"]), mention["obstacle"]]
        row += [_sentence(mention), sources]
        table.add_row(*row)
    return table


def _names(mention: dict[str, Any]) -> list[str]:
    return [_name(mention["actor"])] + [
        recipient["name"] for recipient in [mention["recipient"]] if recipient
    ]


def _folded(mentions: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    """One mention for what a story says several times, in copies too, and all its sources."""
    said: dict[tuple[object, ...], list[dict[str, Any]]] = {}
    for mention in mentions:
        what = mention["contribution"] or mention["obstacle"]
        key = (mention["article"]["story_id"], _name(mention["actor"]), what, mention["level"])
        said.setdefault(key, []).append(mention)
    for group in said.values():
        sources = sorted({mention["article"]["source"] or "-" for mention in group})
        yield group[0], escape("\n".join(sources))


def _name(actor: dict[str, str] | None) -> str:
    return actor["name"] if actor else "-"


def _quantity(quantity: dict[str, Any] | None) -> str:
    if quantity is None:
        return ""
    low, high, unit = quantity["min"], quantity["max"], quantity["unit"]
    about = "~" if quantity["approximate"] else ""
    if low == high:
        return f"{about}{low:,} {unit}"
    if high is None:
        return f"{about}{low:,}+ {unit}"
    return f"{about}{low or 0:,}-{high:,} {unit}"


def _sentence(mention: dict[str, Any]) -> Text:
    """The sentence, with the words that set the level or name the obstacle underlined."""
    sentence = mention["sentence"]
    text = Text(sentence["text"])
    for span in [*mention["proof"]["level"], *mention["proof"]["obstacle"]]:
        text.stylize(
            "underline", span["start"] - sentence["start"], span["end"] - sentence["start"]
        )
    return text


def _summary(console: Console, results: Results, alerts: int, seconds: float) -> None:
    outcomes = Counter(outcome["outcome"] for outcome in results.outcomes)
    counts = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    console.print(
        f"[bold]{results.articles}[/] articles in {seconds:.0f} s from the start: {counts}; "
        f"[bold]{len(results.mentions)}[/] mentions, [bold]{len(results.pledges)}[/] pledges, "
        f"[bold]{len(results.events)}[/] changes, [bold]{alerts}[/] alerts."
    )
    url = results.mentions[0]["article"]["url"] if results.mentions else "URL"
    console.print("\n[bold]Where to look next[/]")
    for command, what in (
        ("KEEP=1 make demo", "leaves it running, with all this in the browser; then also:"),
        ("pledgewatch status", "services, topics, lag, indices on one screen"),
        (f"pledgewatch trace {url}", "where one article went"),
        ("pledgewatch board --as-of 2026-01-31", "what was on the table on a day"),
        (
            "pledgewatch extract FILE | pledgewatch ledger --board",
            "the board of your own texts, no server needed",
        ),
    ):
        console.print(f"  {escape(command)}", style="cyan", end="")
        console.print(f"  {what}")
    console.print("  README.md says how to point it at your own feeds.")
