"""The command's ways of ingesting, as a terminal or a program sees them."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from pledgewatch.outcome import Outcome
from services.common.settings import Settings
from services.ingest import files as article_files
from services.ingest import service
from services.ingest.feeds_file import read_feeds
from services.ingest.files import BadLine

_errors = Console(stderr=True)


def check_feeds(settings: Settings, *, as_json: bool) -> None:
    """Read the list of feeds and say that it is good."""
    feeds = read_feeds(settings.ingest.feeds)
    if as_json:
        typer.echo(json.dumps({"feeds": [feed.model_dump() for feed in feeds]}))
    else:
        typer.echo(f"{settings.ingest.feeds}: {len(feeds)} feeds, all well")


def ingest_files(settings: Settings, paths: list[Path], *, archived: bool, as_json: bool) -> None:
    """Publish the articles of files, with a progress bar on a terminal."""
    for path in paths:
        article_files.kind(path)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=_errors,
        disable=not _errors.is_terminal,
    ) as progress:
        bars = {
            path: progress.add_task(path.name, total=path.stat().st_size or None) for path in paths
        }

        def complain(bad: BadLine) -> None:
            progress.console.print(f"{bad.place}: {bad.reject}", markup=False, soft_wrap=True)

        counts = asyncio.run(
            service.read_files(
                settings,
                paths,
                progress=lambda path, count: progress.update(bars[path], completed=count),
                complain=complain,
                archived=archived,
            )
        )
    _tell(counts, as_json=as_json)


def ingest_once(settings: Settings, *, as_json: bool) -> None:
    """Poll each feed one time. Ends with 1 where a feed failed."""
    feeds = read_feeds(settings.ingest.feeds)
    counts, failed = asyncio.run(service.poll_once(settings, feeds))
    counts["feeds_failed"] = failed  # added to, a Counter would lose its zeros
    _tell(counts, as_json=as_json)
    if failed:
        raise typer.Exit(1)


def ingest_until_stopped(settings: Settings) -> None:
    """Run the service. Feeds may be missing where articles are pushed."""
    path = settings.ingest.feeds
    feeds = [] if settings.ingest.push_enabled and not path.exists() else read_feeds(path)
    asyncio.run(service.serve(settings, feeds))


def _tell(counts: Counter[str], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({str(name): count for name, count in counts.items()}))
        return
    line = ", ".join(
        f"{counts[outcome]} {word}"
        for outcome, word in (
            (Outcome.PUBLISHED, "published"),
            (Outcome.DUPLICATE, "known already"),
            (Outcome.REJECTED, "rejected"),
        )
    )
    failed = counts.get("feeds_failed")
    typer.echo(line + (f"; {failed} feeds failed" if failed else ""))
