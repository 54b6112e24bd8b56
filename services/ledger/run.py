"""`pledgewatch ledger`: events, or the board, of a file of mentions. No server."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from pledgewatch.ledger import Ledger
from pledgewatch.records import Entry, Pledge, encode
from services.common.board import in_order, show
from services.common.json_lines import BadLine
from services.common.kept import read_back
from services.common.reach import asking_kafka
from services.common.runs import live_topics
from services.common.settings import load
from services.ledger.lines import read


def run(
    path: Path | None,
    *,
    show_board: bool,
    json: bool,
    as_of: datetime | None,
    known_on: datetime | None,
) -> int:
    """Write events as they come, or the board at the end; 1 where lines were left out."""
    ledger, console = Ledger(), Console(stderr=True)
    name = str(path) if path else "standard input"
    done = bad = 0
    out = sys.stdout.buffer
    with console.status("reading") as status:
        for line in read(path, datetime.now(UTC)):
            if isinstance(line, BadLine):
                bad += 1
                console.print(
                    f"{name}, line {line.number}: {line.reason}",
                    markup=False,
                    soft_wrap=True,
                    highlight=False,
                )
                continue
            for event in ledger.apply(line).events:
                if not show_board:
                    out.write(encode(event) + b"\n")
            done += 1
            status.update(f"{done} articles")
            if not show_board and path is None:
                out.flush()
    out.flush()
    if show_board:
        _print(ledger.board(as_of=as_of, known_on=known_on), json=json)
    if bad:
        console.print(
            f"{name}: {done} articles read, {bad} lines left out", highlight=False, soft_wrap=True
        )
    return 1 if bad else 0


def show_board(*, json: bool, as_of: datetime | None, known_on: datetime | None) -> None:
    """Print the board that the ledger service keeps in Kafka.

    Raises:
        UserError: Kafka cannot be reached, or has no such topics.
    """
    settings = load().kafka
    topics = live_topics(settings)
    console = Console(stderr=True)
    with asking_kafka(settings), console.status("reading") as status:

        def progress(read: int, total: int) -> None:
            status.update(f"reading the ledger: {read} of {total} records")

        entries = read_back(settings, topics.ledger_entries, Entry, progress=progress)
        rows = read_back(settings, topics.pledges, Pledge, progress=progress)
    ledger = Ledger()
    ledger.load(
        (one for kept in entries.values() for one in kept),
        (event for kept in rows.values() for row in kept for event in row.history),
    )
    _print(ledger.board(as_of=as_of, known_on=known_on), json=json)


def _print(rows: Iterable[Pledge], *, json: bool) -> None:
    ordered = in_order(rows)
    if not json:
        show(ordered, Console())
        return
    for row in ordered:
        sys.stdout.buffer.write(encode(row) + b"\n")
    sys.stdout.buffer.flush()
