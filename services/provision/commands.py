"""`pledgewatch provision`: topics, templates, indices and aliases."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from services.common.settings import Settings
    from services.provision.change import Change

app = typer.Typer()

COLORS = {
    "created": "green",
    "changed": "yellow",
    "deleted": "yellow",
    "unchanged": "dim",
    "attention": "bold red",
}


@app.command()
def provision(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON list of what was done.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    kafka_only: Annotated[
        bool, typer.Option("--kafka-only", help="Leave Elasticsearch alone.")
    ] = False,
    elasticsearch_only: Annotated[
        bool, typer.Option("--elasticsearch-only", help="Leave Kafka alone.")
    ] = False,
    run_id: Annotated[
        str | None, typer.Option("--run", help="Only the topics and indices of this replay.")
    ] = None,
    prune: Annotated[
        bool,
        typer.Option(
            "--prune",
            help="Delete documents that are older than PLEDGEWATCH_RETENTION__* says from "
            "Elasticsearch, and do nothing else. Safe to repeat: run it once a day.",
        ),
    ] = False,
    wait: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Wait so long for each server to start.")
    ] = 0,
) -> None:
    """Create or update topics, index templates, indices and aliases; or delete old documents.

    Safe to repeat: what is there already is brought to the settings, or left alone and reported
    where that cannot be done in place.
    """
    import json
    import logging
    from dataclasses import asdict

    from services.common.settings import load
    from services.provision.provision import provision as run

    for name in ("kafka", "elastic_transport"):  # each failed attempt; we report the outcome
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if kafka_only and elasticsearch_only:
        raise typer.BadParameter("--kafka-only and --elasticsearch-only leave nothing to do")
    if prune and kafka_only:
        raise typer.BadParameter("--prune is of Elasticsearch, and --kafka-only leaves that alone")
    if prune:
        changes = _prune(load(), dry_run=dry_run, wait=wait)
    else:
        changes = run(
            load(),
            dry_run=dry_run,
            kafka=not elasticsearch_only,
            elasticsearch=not kafka_only,
            run=run_id,
            wait=wait,
        )
    if as_json:
        typer.echo(json.dumps([asdict(change) for change in changes], indent=2))
    else:
        _show(changes, dry_run=dry_run)


def _prune(settings: "Settings", *, dry_run: bool, wait: float) -> "list[Change]":
    """Prune, with a bar on standard error where a person looks."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

    from services.provision.change import until_reached
    from services.provision.prune import prune

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:

        def progress(index: str, done: int, total: int) -> None:
            if index not in tasks:
                tasks[index] = bars.add_task(index, total=total)
            bars.update(tasks[index], completed=done)

        return until_reached(lambda: prune(settings, dry_run=dry_run, progress=progress), wait)


def _show(changes: "list[Change]", *, dry_run: bool) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    width = max((len(change.what) for change in changes), default=0)
    for change in changes:
        line = f"{change.state:<10} {change.what:<{width}}  {change.detail}"
        console.print(line.rstrip(), style=COLORS[change.state], markup=False)
    if dry_run:
        console.print("Nothing was changed: --dry-run.")
