"""What a replay would change, as people read it: in a terminal, as JSON, as a page."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from html import escape
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.table import Table

from pledgewatch.alerts.messages import summary
from pledgewatch.records import Mention, Run
from pledgewatch.replay.diff import (
    Diff,
    EventChange,
    MentionChange,
    PledgeChange,
    What,
    by_actor,
    by_source,
    by_week,
    worst_first,
)

if TYPE_CHECKING:
    from services.replay.compare import Accounts

KINDS: tuple[What, ...] = ("gained", "lost", "relevelled", "renumbered", "changed")
STYLES = {"gained": "green", "lost": "red", "relevelled": "yellow", "renumbered": "yellow"}
ROWS = 10
PAGE_ROWS = 500
_NUMBERS = (
    "articles", "without outcome", "mentions", "named by outcomes", "missing", "pledges", "events",
)  # fmt: skip


def headline(found: Diff) -> str:
    """All of it in a sentence."""
    if found.empty:
        return f"Nothing would change: {found.mentions_before} mentions are the same."
    counts = found.changes
    alerts = Counter(one.alert for one in found.events)
    return (
        f"Of {found.mentions_before} mentions {counts.mentions_lost} are lost and"
        f" {counts.mentions_changed} changed, {counts.mentions_gained} are gained. On the board"
        f" {counts.pledges_gained} rows are new, {counts.pledges_lost} gone and"
        f" {counts.pledges_changed} different. {alerts['would fire']} alerts would have fired that"
        f" did not, {alerts['would not fire']} would not have."
    )


def show(found: Diff, accounts: Sequence["Accounts"], sentences: int) -> None:
    """Print it."""
    console = Console(highlight=False)
    console.print(headline(found), soft_wrap=True)
    console.print(_accounts(accounts))
    if found.empty:
        return
    for title, counts in _counts(found.mentions):
        console.print(_table(title, counts))
    for one in found.pledges[:ROWS]:
        console.print(f"[{STYLES.get(one.what, 'yellow')}]{one.what}[/] {escape_markup(row(one))}")
    for event in found.events[:ROWS]:
        style = STYLES.get(event.what, "yellow")
        line = f"[{style}]{event.what}[/] {escape_markup(summary(event.event))} ({event.alert})"
        console.print(line, soft_wrap=True)
    for kind in KINDS:
        chosen = worst_first([one for one in found.mentions if one.what == kind])[:sentences]
        for mention in chosen:
            console.print(
                f"[{STYLES.get(kind, 'yellow')}]{kind}[/] {escape_markup(says(mention))}",
                soft_wrap=True,
            )


def escape_markup(text: str) -> str:
    """Text in which brackets are no markup."""
    return text.replace("[", "\\[")


def row(change: PledgeChange) -> str:
    """A row of the board, before and after, in a line."""
    one = change.pledge
    actor = one.actor.name if one.actor else "somebody"
    recipient = one.recipient.name if one.recipient else "an unknown recipient"
    levels = " → ".join(
        (side.level or "only obstacles") if side else "nothing"
        for side in (change.before, change.after)
    )
    return f"{actor} to {recipient}, {one.family or 'obstacles'}: {levels}"


def says(change: MentionChange) -> str:
    """A mention, before and after, with its sentence and how sure the model is."""
    before, after = (_brief(one) for one in (change.before, change.after))
    one = change.mention
    return f"{before} → {after} [{one.confidence:.2f}] {one.sentence.text}"


def _brief(one: Mention | None) -> str:
    if one is None:
        return "nothing"
    actor = one.actor.code if one.actor else "-"
    what = one.contribution or one.obstacle
    number = f" {one.quantity.text}" if one.quantity else ""
    return f"{actor} {what}{f' {one.level}' if one.level else ''}{number}"


def _counts(changes: Sequence[MentionChange]) -> list[tuple[str, Counter[tuple[str, What]]]]:
    return [
        ("actor", by_actor(changes)),
        ("source", by_source(changes)),
        ("week", by_week(changes)),
    ]


def _rows(counts: Counter[tuple[str, What]]) -> list[tuple[str, list[int]]]:
    """A row for each name: how many of each kind; the most changed first."""
    totals: Counter[str] = Counter()
    for (name, _), count in counts.items():
        totals[name] += count
    return [(name, [counts[name, kind] for kind in KINDS]) for name, _ in totals.most_common()]


def _table(title: str, counts: Counter[tuple[str, What]]) -> Table:
    table = Table(title, *KINDS, box=None, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, numbers in _rows(counts)[:ROWS]:
        table.add_row(escape_markup(name), *(str(number or "") for number in numbers))
    return table


def _numbers(one: "Accounts") -> tuple[int, ...]:
    return (
        one.articles, one.unaccounted, one.mentions, one.listed, one.missing, one.pledges,
        one.events,
    )  # fmt: skip


def _accounts(accounts: Sequence["Accounts"]) -> Table:
    table = Table("run", *_NUMBERS, box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for one in accounts:
        numbers = _numbers(one)
        table.add_row(one.run, *(str(number) for number in numbers))
    return table


def as_json_lines(found: Diff, accounts: Sequence["Accounts"]) -> None:
    """Write it as JSON Lines: a summary first, then a line for each difference."""
    out = sys.stdout.buffer
    summary = {
        "empty": found.empty,
        "mentions_before": found.mentions_before,
        "changes": msgspec.to_builtins(found.changes),
        "accounts": [asdict(one) | {"problems": one.problems} for one in accounts],
    }
    out.write(json.dumps(summary).encode() + b"\n")
    kinds: Iterable[tuple[str, Sequence[MentionChange | PledgeChange | EventChange]]] = (
        ("mention", worst_first(found.mentions)),
        ("pledge", found.pledges),
        ("event", found.events),
    )
    for kind, changes in kinds:
        for one in changes:
            line = {"kind": kind, **msgspec.to_builtins(one)}
            if isinstance(one, EventChange):
                line["alert"] = one.alert
            out.write(msgspec.json.encode(line) + b"\n")
    out.flush()


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; }}
table {{ border-collapse: collapse; margin: 1rem 0; width: 100%; }}
th, td {{ text-align: left; padding: .3rem .6rem; vertical-align: top; }}
th, td {{ border-bottom: 1px solid #8884; }}
td.number, th.number {{ text-align: right; }}
.lead {{ font-size: 1.15rem; }}
</style></head><body>
<h1>{title}</h1>
<p class="lead">{lead}</p>
{parts}
</body></html>
"""


def as_html(run: Run, found: Diff, accounts: Sequence["Accounts"]) -> str:
    """A page of its own, for a browser or a mail."""
    parts = [
        _part(
            "Do the counts add up?",
            ("run", *_NUMBERS),
            [(one.run, *_numbers(one)) for one in accounts],
        ),
        _part(
            "Alerts and events",
            ("change", "event", "alert", "sentence"),
            [(one.what, summary(one.event), one.alert, one.event.sentence) for one in found.events],
        ),
        _part(
            "Board",
            ("change", "row", "sentence"),
            [(one.what, row(one), one.pledge.sentence) for one in found.pledges],
        ),
    ]
    parts += [
        _part(
            f"Mentions by {title}", (title, *KINDS), [(name, *each) for name, each in _rows(counts)]
        )
        for title, counts in _counts(found.mentions)
    ]
    parts += [
        _part(
            f"Mentions {kind}: the least sure first",
            ("before", "after", "confidence", "sentence", "source"),
            [
                (
                    _brief(one.before),
                    _brief(one.after),
                    f"{one.mention.confidence:.2f}",
                    one.mention.sentence.text,
                    one.mention.article.source or "",
                )
                for one in worst_first([one for one in found.mentions if one.what == kind])
            ],
        )
        for kind in KINDS
    ]
    model = f" with {run.model.name} {run.model.version}" if run.model else ""
    title = f"What the replay {run.id}{model} would change"
    return _PAGE.format(title=escape(title), lead=escape(headline(found)), parts="\n".join(parts))


def _part(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A heading and a table; nothing where there are no rows."""
    if not rows:
        return ""
    head = "".join(f"<th>{escape(one)}</th>" for one in columns)
    body = "\n".join(
        "<tr>"
        + "".join(
            f'<td class="number">{one or ""}</td>'
            if isinstance(one, int)
            else f"<td>{escape(str(one))}</td>"
            for one in cells
        )
        + "</tr>"
        for cells in rows[:PAGE_ROWS]
    )
    left = len(rows) - PAGE_ROWS
    more = f"<p>And {left} more: <code>--json</code> has all.</p>" if left > 0 else ""
    return f"<h2>{escape(title)}</h2>\n<table><tr>{head}</tr>\n{body}</table>{more}"
