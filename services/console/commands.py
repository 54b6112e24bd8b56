"""`pledgewatch console`: the web pages for people."""

import typer

app = typer.Typer()


@app.command()
def console() -> None:
    """Serve the board, its changes and their evidence as web pages, until SIGTERM.

    Reads Elasticsearch; opens on http://127.0.0.1:8600, on this machine alone. Every page is JSON
    as well (`Accept: application/json`, or `?format=json`). PLEDGEWATCH_CONSOLE__TOKEN lets people
    correct mentions there.
    """
    from services.common import logging, settings
    from services.console.service import run

    loaded = settings.load()
    logging.configure(loaded.log, "console")
    run(loaded)
