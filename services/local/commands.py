"""`pledgewatch up` and `pledgewatch servers`: the pipeline on this machine, without Docker."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from services.local.servers import LocalServer

app = typer.Typer()

Data = Annotated[Path, typer.Option(help="Folder for the servers' data, config and logs.")]
KafkaPort = Annotated[
    int, typer.Option(min=0, max=65535, help="Port of Kafka on loopback; 0 is any free one.")
]
ElasticsearchPort = Annotated[
    int,
    typer.Option(min=0, max=65535, help="Port of Elasticsearch on loopback; 0 is any free one."),
]


@app.command()
def up(
    data: Data = Path(".run"),
    kafka_port: KafkaPort = 9092,
    elasticsearch_port: ElasticsearchPort = 9200,
    feeds: Annotated[
        Path | None, typer.Option(help="Feeds to poll; default: PLEDGEWATCH_INGEST__FEEDS.")
    ] = None,
    servers: Annotated[
        bool,
        typer.Option(
            "--servers/--no-servers", help="Start Kafka and Elasticsearch, or use those set."
        ),
    ] = True,
) -> None:
    """Run everything on this machine until Ctrl-C: the servers, then all services.

    Other commands in this folder, such as `pledgewatch status`, find it by `.run/env`. A service
    that dies is started again.
    """
    import os
    import sys
    import time

    from services.common.settings import load, variable
    from services.local import pipeline

    environment = pipeline.http_ports(load())
    if feeds is not None:
        environment[variable("ingest", "feeds")] = str(feeds.absolute())
    if sys.stdout.isatty():
        os.environ.setdefault(variable("log", "format"), "console")
    with _until_interrupted(), _servers(data, kafka_port, elasticsearch_port, servers) as started:
        environment |= _addresses(started)
        pipeline.provision(environment)
        services = pipeline.Pipeline(environment)
        with _published(environment if started else {}):
            try:
                for line in pipeline.listening(environment):
                    typer.echo(line)
                while True:
                    services.check()
                    _check(started)
                    time.sleep(0.2)
            finally:
                _ignore_signals()
                services.stop()


@app.command()
def servers(
    data: Data = Path(".run"),
    kafka_port: KafkaPort = 9092,
    elasticsearch_port: ElasticsearchPort = 9200,
) -> None:
    """Run only Kafka and Elasticsearch until Ctrl-C, and print how to reach them.

    Commands in this folder find them by `.run/env`; elsewhere, export the lines that are printed.
    """
    import time

    with _until_interrupted(), _servers(data, kafka_port, elasticsearch_port, True) as started:
        addresses = _addresses(started)
        with _published(addresses):
            for name, value in addresses.items():
                typer.echo(f"export {name}={value}")
            while True:
                _check(started)
                time.sleep(0.2)


@contextmanager
def _until_interrupted() -> Iterator[None]:
    """SIGTERM and Ctrl-C unwind the block, which is a good end."""
    import signal

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)


def _ignore_signals() -> None:
    """A second Ctrl-C must not leave half of it running."""
    import signal

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _servers(
    data: Path, kafka_port: int, elasticsearch_port: int, wanted: bool
) -> "Iterator[list[LocalServer]]":
    from services.local.artifacts import fetch_with_progress
    from services.local.servers import Elasticsearch, Kafka, start_all

    if not wanted:
        yield []
        return
    fetch_with_progress()
    started: list[LocalServer] = [
        Kafka(data / "kafka", port=kafka_port),
        Elasticsearch(data / "elasticsearch", port=elasticsearch_port),
    ]
    typer.echo("starting Kafka and Elasticsearch ...", err=True)
    start_all(*started)
    try:
        yield started
    finally:
        _ignore_signals()
        for server in reversed(started):
            server.stop()


def _addresses(started: "list[LocalServer]") -> dict[str, str]:
    """The variables by which settings find the servers."""
    from services.common.settings import variable

    if not started:
        return {}
    kafka, elasticsearch = started
    return {
        variable("kafka", "bootstrap_servers"): kafka.address,
        variable("elasticsearch", "url"): elasticsearch.address,
    }


@contextmanager
def _published(variables: dict[str, str]) -> Iterator[None]:
    """`.run/env` has these variables, as long as they hold."""
    from services.common.settings import LOCAL_ENV_FILE

    if not variables:
        yield
        return
    LOCAL_ENV_FILE.parent.mkdir(parents=True, exist_ok=True)
    new = LOCAL_ENV_FILE.with_suffix(".new")
    new.write_text("".join(f"{name}={value}\n" for name, value in variables.items()), "utf-8")
    new.replace(LOCAL_ENV_FILE)
    try:
        yield
    finally:
        LOCAL_ENV_FILE.unlink(missing_ok=True)


def _check(started: "list[LocalServer]") -> None:
    from services.local.errors import LocalServerError

    for server in started:
        if not server.running:
            raise LocalServerError(f"{server.title} has ended by itself: see {server.log}")
