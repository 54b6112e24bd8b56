"""`pledgewatch classify`: the stream processor that finds mentions in articles."""

import typer

app = typer.Typer()


@app.command()
def classify() -> None:
    """Read articles from Kafka and write their mentions and outcomes, until SIGTERM.

    Start as many as there is work for, up to the number of partitions. On SIGTERM the record in
    hand is finished and committed. Killed at any moment, nothing is lost: what was not committed
    is done again, with the same ids.
    """
    from services.classify.extraction import extraction
    from services.classify.service import run
    from services.common.running import start_over_if_asked
    from services.common.settings import load

    run(load(), extraction)
    start_over_if_asked()
