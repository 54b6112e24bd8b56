"""`pledgewatch ledger`: events, or the board, of a file of mentions. No server."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from pledgewatch.ledger import Ledger
from pledgewatch.records import encode
from services.ledger.lines import BadLine, read
from services.ledger.show import in_order, show


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
        rows = in_order(ledger.board(as_of=as_of, known_on=known_on))
        if json:
            for row in rows:
                out.write(encode(row) + b"\n")
            out.flush()
        else:
            show(rows, Console())
    if bad:
        console.print(
            f"{name}: {done} articles read, {bad} lines left out", highlight=False, soft_wrap=True
        )
    return 1 if bad else 0
