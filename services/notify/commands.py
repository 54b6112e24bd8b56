"""`pledgewatch notify`: the service, a dry run of its rules, and the log of deliveries."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()
notify = typer.Typer(
    help="Tell Alertmanager and webhooks of pledges, each event once.", no_args_is_help=True
)
app.add_typer(notify, name="notify")

Rules = Annotated[
    Path | None,
    typer.Option(help="Receivers and rules (YAML); default: PLEDGEWATCH_NOTIFY__RULES."),
]


@notify.command()
def serve() -> None:
    """Run as a service: from Kafka to receivers, until SIGTERM."""
    from services.common import logging as common_logging
    from services.common import running, settings
    from services.notify.service import NotifyService

    loaded = settings.load()
    common_logging.configure(loaded.log, "notify")
    running.return_freed_memory()
    NotifyService(loaded, running.stop_on_signals()).run()
    running.start_over_if_asked()


@notify.command("test-rule")
def dry_run(
    file: Annotated[
        str,
        typer.Argument(
            metavar="[FILE|-]",
            help="Events as JSON Lines, as `pledgewatch ledger` writes them; -: standard input.",
        ),
    ] = "-",
    rules: Rules = None,
) -> None:
    """Show who would be told of which events, and why not; sends nothing.

    pledgewatch extract articles.jsonl | pledgewatch ledger | pledgewatch notify test-rule
    """
    from services.notify.show import dry_run as show

    raise typer.Exit(show(None if file == "-" else Path(file), rules))


@notify.command("log")
def log(
    receiver: Annotated[str | None, typer.Option(help="Only this receiver.")] = None,
    status: Annotated[
        str | None, typer.Option(help="Only these: pending, delivered, failed or gone.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many, the newest.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines.")] = False,
) -> None:
    """Show what became of telling each receiver of each event."""
    from services.notify.show import show_log

    show_log(receiver=receiver, status=status, limit=limit, as_json=as_json)
