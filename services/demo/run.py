"""Starts the pipeline on the sample site, waits until every article is accounted for, shows it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dotenv import dotenv_values
from elastic_transport import TransportError
from elasticsearch import ApiError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from pledgewatch.alerts import DEFAULTS, receivers_of
from services.common.errors import UserError
from services.common.settings import LOCAL_ENV_FILE, KafkaSettings, variable
from services.demo.desk import Desk
from services.demo.lag import Lag
from services.demo.results import Results
from services.demo.samples import load
from services.demo.show import show
from services.demo.site import Site

DEADLINE_SECONDS = 300
"""For everything to come out at the other end: an idle machine needs about 40."""

CONSOLE_PORT = variable("console", "port")

LOG = "up.log"

SETTINGS = {
    # The sample site is on loopback, which is refused otherwise, and needs no politeness.
    "PLEDGEWATCH_INGEST__ALLOWED_NETWORKS": '["127.0.0.0/8"]',
    "PLEDGEWATCH_INGEST__HOST_DELAY_SECONDS": "0",
    "PLEDGEWATCH_KAFKA__PARTITIONS": "3",
    # It lasts for less than a minute, and its services shall be seen at work.
    "PLEDGEWATCH_METRICS__SECONDS": "5",
    # A demo can stand beside a pipeline that has the usual ports.
    "PLEDGEWATCH_INGEST__HTTP_PORT": "0",
    "PLEDGEWATCH_CLASSIFY__HTTP_PORT": "0",
    "PLEDGEWATCH_LEDGER__HTTP_PORT": "0",
    "PLEDGEWATCH_NOTIFY__HTTP_PORT": "0",
    "PLEDGEWATCH_INDEX__HTTP_PORT": "0",
    "PLEDGEWATCH_RECONCILE__HTTP_PORT": "0",
    "PLEDGEWATCH_CONSOLE__HTTP_PORT": "0",
    "PLEDGEWATCH_CONSOLE__PORT": "0",
}


def run(*, data: Path, keep: bool) -> None:
    """The demo, start to end.

    Raises:
        UserError: something that it needs is missing or did not come up; says what to do.
    """
    console = Console()
    samples = load(newest=datetime.now(UTC))
    _empty(data)
    LOCAL_ENV_FILE.unlink(missing_ok=True)
    started = time.monotonic()
    with Site(samples) as site, Desk() as desk:
        feeds = data / "feeds.yaml"
        feeds.write_text(site.feeds_yaml(), encoding="utf-8")
        with _pipeline(data, feeds, desk.write_rules(data)) as pipeline:
            results = _wait_for_all(console, pipeline, desk, len(samples))
            show(console, results, desk.told, seconds=time.monotonic() - started)
            if keep:
                url = f"http://127.0.0.1:{_found(CONSOLE_PORT)}/"
                console.print(f"\nEverything keeps running: look at [bold]{url}[/]")
                console.print("[bold]Ctrl-C[/] stops it.")
                pipeline.wait()


def _empty(data: Path) -> None:
    if data.exists() and not (data / LOG).exists() and not _is_empty_folder(data):
        raise UserError(f"{data} holds something else than a demo: give --data a folder of its own")
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    (data / LOG).touch()  # first of all: it marks the folder as a demo's


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


@dataclass
class _Pipeline:
    """`pledgewatch up` as a child process."""

    process: subprocess.Popen[bytes]
    log: Path

    def wait(self) -> None:
        """Until it ends, or Ctrl-C."""
        try:
            self.process.wait()
        except KeyboardInterrupt:
            return

    def check(self, deadline: float) -> None:
        """Raise UserError, with its last words, if it has ended or the deadline has passed."""
        if self.process.poll() is not None:
            lines = self.log.read_text("utf-8", "replace").strip().splitlines() or ["no output"]
            raise UserError(f"the pipeline ended early: {lines[-1]} (all of it: {self.log})")
        if time.monotonic() > deadline:
            raise UserError(f"not finished after {DEADLINE_SECONDS} s: see {self.log}")


@contextmanager
def _pipeline(data: Path, feeds: Path, rules: Path) -> Iterator[_Pipeline]:
    command = [sys.executable, "-m", "services.cli", "up", "--data", str(data)]
    command += ["--kafka-port", "0", "--elasticsearch-port", "0", "--feeds", str(feeds)]
    log = data / LOG
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # our own command
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | SETTINGS | {variable("notify", "rules"): str(rules.absolute())},
        )
    try:
        yield _Pipeline(process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _wait_for_all(console: Console, pipeline: _Pipeline, desk: Desk, articles: int) -> Results:
    """Show what is being waited for until all is searchable and the desk is told of it."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", style="bold"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as progress:
        servers = progress.add_task("Kafka, Elasticsearch and services", total=1)
        published = progress.add_task("articles read from the feeds", total=articles, start=False)
        classified = progress.add_task("articles classified", total=articles, start=False)
        indexed = progress.add_task("mentions searchable", total=None, start=False)
        ledger = progress.add_task("pledges on the board", total=None, start=False)
        alerts = progress.add_task("alerts sent", total=None, start=False)
        results: Results | None = None
        lag: Lag | None = None
        while True:
            pipeline.check(deadline)
            if results is None:
                results = _connect()
            if results is not None and _refresh(results):
                _done(progress, servers, 1, 1)
                _done(progress, published, results.articles + results.rejected, articles)
                _done(progress, classified, results.classified + results.rejected, articles)
                _done(progress, indexed, len(results.mentions), results.expected_mentions)
                if results.complete(articles):
                    lag = lag or Lag(_kafka())
                    if not results.pledges and lag.records() == 0:
                        results.read_board()
                        _done(progress, ledger, len(results.pledges), len(results.pledges))
                    if results.pledges:
                        wanted = {e.id for e in results.events if receivers_of(e, DEFAULTS)}
                        _done(progress, alerts, len(desk.told), len(wanted))
                        if wanted <= desk.told.keys():
                            lag.close()
                            return results
            time.sleep(0.3)


def _connect() -> Results | None:
    """Where `pledgewatch up` says that its servers are, once it has said so."""
    url = _found("PLEDGEWATCH_ELASTICSEARCH__URL")
    return Results(url) if url else None


def _kafka() -> KafkaSettings:
    return KafkaSettings(bootstrap_servers=_found(variable("kafka", "bootstrap_servers")))


def _found(name: str) -> str:
    """A variable that `pledgewatch up` has written; empty before."""
    return dotenv_values(LOCAL_ENV_FILE).get(name) or ""


def _refresh(results: Results) -> bool:
    try:
        results.refresh()
    except (ApiError, TransportError):
        return False  # not up, or not provisioned, yet
    return True


def _done(progress: Progress, task: TaskID, completed: int, total: int) -> None:
    progress.start_task(task)
    progress.update(task, completed=completed, total=total)
