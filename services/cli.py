"""The `pledgewatch` command: mounts each service's commands."""

import sys
from importlib import import_module

import typer

from services.common.errors import UserError

app = typer.Typer(
    name="pledgewatch",
    help="Who has pledged which forces to whom, how firmly, and what stands in the way.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

COMMAND_MODULES = (
    "services.demo.commands",
    "services.extract.commands",
    "services.ingest.commands",
    "services.classify.commands",
    "services.ledger.commands",
    "services.notify.commands",
    "services.index.commands",
    "services.reconcile.commands",
    "services.console.commands",
    "services.local.commands",
    "services.provision.commands",
    "services.operate.commands",
    "services.replay.commands",
    "services.kibana.commands",
)
"""Each has a typer app `app` whose commands become `pledgewatch NAME`; imports are cheap."""

for module in COMMAND_MODULES:
    app.add_typer(import_module(module).app)


def main() -> None:
    """Entry point: expected problems end in one sentence and exit code 2, bugs in a traceback."""
    try:
        app()
    except UserError as error:
        typer.echo(f"pledgewatch: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
