"""`pledgewatch demo`: the whole pipeline on real servers, fed by the sample outlets."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def demo(
    keep: Annotated[
        bool,
        typer.Option(
            "--keep", envvar="KEEP", help="Leave everything running afterwards, until Ctrl-C."
        ),
    ] = False,
    data: Annotated[
        Path, typer.Option(help="Folder for the servers' data and logs; emptied at the start.")
    ] = Path(".run/demo"),
) -> None:
    """Run the whole pipeline on real servers and show what it found.

    Starts Kafka and Elasticsearch, creates topics and indices, starts the services, lets them read
    the sample articles from feeds and pages of a local web site, prints the mentions, and stops
    everything.
    """
    from services.demo.run import run

    run(data=data, keep=keep)
