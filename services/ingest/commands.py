"""`pledgewatch ingest`: feeds, files and HTTP push onto the articles topic."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def ingest(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="JSON Lines (.jsonl), .txt, .html, each also .gz or .zst, or .warc; none: run the"
            " service."
        ),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Poll each feed one time, then end.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only check the list of feeds, then end.")
    ] = False,
    as_of_published: Annotated[
        bool,
        typer.Option(
            "--as-of-published",
            help="With FILE: an archive. What it tells is history, and nobody is alerted.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="What came of it as JSON (with FILE, --once, --check).")
    ] = False,
) -> None:
    """Bring news in: from feeds and sitemaps, from files, or over HTTP.

    Without an argument it runs as a service until SIGTERM: it polls the feeds that
    `PLEDGEWATCH_INGEST__FEEDS` names and, where it is switched on, takes articles at
    `POST /articles`.

    A line of a file is one article: `{"url": ..., "text": ...}`, with `title`, `published`,
    `source` and `language` where known (and `id` in place of `url`). A line that is no article
    is reported, kept as a dead letter, and the rest goes on.

        pledgewatch ingest --as-of-published archive-2024.jsonl.gz
    """
    from services.common import logging
    from services.common.settings import load
    from services.ingest import terminal

    if files and (once or check):
        raise typer.BadParameter("--once and --check are for feeds, not for files")
    if as_of_published and not files:
        raise typer.BadParameter("--as-of-published is for files")
    settings = load()
    if check:
        terminal.check_feeds(settings, as_json=as_json)
        return
    logging.configure(settings.log, "ingest")
    if files:
        terminal.ingest_files(settings, files, archived=as_of_published, as_json=as_json)
    elif once:
        terminal.ingest_once(settings, as_json=as_json)
    else:
        terminal.ingest_until_stopped(settings)
