"""`pledgewatch index`."""

import typer

app = typer.Typer()


@app.command()
def index() -> None:
    """Write articles, mentions, outcomes and dead letters from Kafka into Elasticsearch.

    Runs until SIGTERM; then it finishes what is under way, commits, and ends.
    """
    from services.common import logging, running, settings
    from services.index.service import Indexer

    loaded = settings.load()
    logging.configure(loaded.log, "index")
    stop = running.stop_on_signals()
    Indexer(loaded, stop).run()
