"""`pledgewatch index`."""

import typer

app = typer.Typer()


@app.command()
def index() -> None:
    """Write articles, mentions, outcomes and dead letters from Kafka into Elasticsearch.

    Runs until SIGTERM; then it finishes what is under way, commits, and ends.
    """
    import logging

    from services.common import logging as common_logging
    from services.common import running, settings
    from services.index.service import Indexer

    loaded = settings.load()
    common_logging.configure(loaded.log, "index")
    # what matters of it we say ourselves
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)
    running.return_freed_memory()
    stop = running.stop_on_signals()
    Indexer(loaded, stop).run()
    running.start_over_if_asked()
