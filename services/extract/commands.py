"""`pledgewatch extract`: articles from a file or standard input, their mentions as JSON Lines."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def extract(
    file: Annotated[
        str,
        typer.Argument(
            metavar="[FILE|-]",
            help="JSON Lines, plain text (.txt) or HTML (.html, .htm), each also .gz; -: standard "
            "input (JSON Lines).",
        ),
    ] = "-",
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first line that is no article.")
    ] = False,
) -> None:
    """Find who pledges which forces to whom in articles; needs no server.

    Each line in is one article: `{"id": ..., "text": ...}`, with `title`, `url`, `published`,
    `source` and `language` where known. Each line out is `{"id": ..., "mentions": [...]}`, with
    what was given. A line that is no article is reported on standard error and left out; the exit
    code is then 1.

        echo '{"id": 1, "text": "Norway will send 200 soldiers to Mali."}' | pledgewatch extract
    """
    from services.extract.run import run

    raise typer.Exit(run(None if file == "-" else Path(file), strict=strict))
