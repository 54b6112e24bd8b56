"""`pledgewatch reconcile`: the check that every article has an outcome."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from services.reconcile.reading import Report

app = typer.Typer()


@app.command()
def reconcile(
    once: Annotated[
        bool, typer.Option("--once", help="Read both topics once, print what is missing, and end.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --once: print JSON.")] = False,
) -> None:
    """Publish articles again that have no outcome, until SIGTERM.

    With `--once`, only tell: articles in, outcomes out by kind, ids of articles without an outcome;
    exit code 1 if there are any. Articles that still wait for classify count as missing then.
    """
    import json
    import logging
    from dataclasses import asdict

    from services.common.reach import asking_kafka
    from services.common.settings import load
    from services.reconcile.reading import report
    from services.reconcile.service import run

    if as_json and not once:
        raise typer.BadParameter("--json goes with --once")
    settings = load()
    if not once:
        run(settings)
        return
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # each failed attempt; we report it once
    with asking_kafka(settings.kafka):
        found = report(settings.kafka)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2))
    else:
        _show(found)
    if found.missing:
        raise typer.Exit(1)


def _show(found: "Report") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("", "articles", box=None)
    table.columns[1].justify = "right"
    table.add_row("published", str(found.articles))
    for outcome, count in found.outcomes.items():
        table.add_row(outcome.replace("_", " "), str(count))
    table.add_row("without an outcome", str(len(found.missing)))
    console = Console()
    console.print(table)
    for article_id in found.missing:
        console.print(article_id)
