"""`python -m benchmarks.pipeline`: articles per second, time until searchable, memory."""

import argparse
import json
import os
import platform
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from secrets import token_hex
from typing import Any

from elasticsearch import ApiError
from elasticsearch import Elasticsearch as Client
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from pydantic import SecretStr
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.pipeline.articles import Synthetic, synthetic
from pledgewatch import ids
from pledgewatch.outcome import Stage
from pledgewatch.text.urls import canonical_url
from services.common import elasticsearch as common_elasticsearch
from services.common import kafka
from services.common.elasticsearch import Indices
from services.common.settings import (
    ClassifySettings,
    ElasticsearchSettings,
    IndexSettings,
    IngestSettings,
    KafkaSettings,
    LedgerSettings,
    LogSettings,
    NotifySettings,
    ReconcileSettings,
    Settings,
)
from services.demo.desk import Desk
from services.local.artifacts import PROJECT
from services.local.servers import Elasticsearch, Kafka, free_port, start_all
from services.provision.provision import provision
from services.reconcile.reading import report
from tests.processes import Service, environment

FOLDER = PROJECT / ".run" / "benchmarks" / "pipeline"
SERVICES = ("ingest", "classify", "ledger", "notify", "index", "reconcile")
ARGUMENTS = {"ledger": ("--serve",), "notify": ("serve",)}
SAMPLE_EVERY = 5
"""One article in so many is timed until it can be searched."""
SENDERS = 4
"""Connections that articles are pushed over."""
POLL_SECONDS = 0.25
PATIENCE_MS = 60_000
"""How long Kafka may take to answer at first, while all services start."""
MEMORY_SECONDS = 5.0
BACKLOG = 6_000
"""Articles in the drain of each stage alone."""
WARM_UP_SHARE = 0.25
"""Memory is judged after this share of the run."""


@dataclass
class Memory:
    """Resident memory of one service: time in seconds, megabytes."""

    samples: list[tuple[float, float]] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """Largest, last, and growth in megabytes an hour after the warm-up."""
        late = self.samples[int(len(self.samples) * WARM_UP_SHARE) :]
        slope = 0.0
        if len(late) > 2:
            slope = statistics.linear_regression(*zip(*late, strict=True)).slope * 3600
        sizes = [size for _, size in self.samples]
        return {
            "max_mb": round(max(sizes), 1),
            "last_mb": round(sizes[-1], 1),
            "growth_mb_per_hour": round(slope, 1),
        }


class Bench:
    """The servers and services under test."""

    def __init__(
        self, settings: Settings, client: Client, services: dict[str, Service], desk: Desk
    ) -> None:
        self.settings = settings
        self.desk = desk
        self.client = client
        self.services = services
        self.topics = kafka.Topics(settings.kafka.topic_prefix)
        self._consumer: KafkaConsumer = kafka.consumer(
            settings.kafka, "bench", None, bootstrap_timeout_ms=PATIENCE_MS
        )
        self._admin: KafkaAdminClient = kafka.admin(
            settings.kafka, bootstrap_timeout_ms=PATIENCE_MS
        )

    def count(self, *topics: str) -> int:
        """Records on topics."""
        partitions = [
            TopicPartition(topic, number)
            for topic in topics
            for number in self._consumer.partitions_for_topic(topic)
        ]
        return int(sum(self._consumer.end_offsets(partitions).values()))

    def committed(self, service: str) -> int:
        """Records that a service has committed."""
        group = self.topics.group(service)
        offsets = self._admin.list_group_offsets(group)[group]
        return sum(max(0, found.offset) for found in offsets.values())

    def close(self) -> None:
        """Close the clients."""
        self._consumer.close()
        self._admin.close()


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__)
    parser.add_argument("--rate", type=float, default=35, help="articles a second (default: 35)")
    parser.add_argument("--minutes", type=float, default=10, help="how long (default: 10)")
    parser.add_argument(
        "--warm-up",
        type=float,
        default=2,
        help="minutes that do not count: Java compiles (default: 2)",
    )
    parser.add_argument("--backlog", type=int, default=BACKLOG, help="articles in each drain")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    console = Console()
    with running() as bench, Progress(console=console) as progress:
        warm_up = arguments.warm_up * 60
        steady(bench, arguments.rate, warm_up, progress)
        steadily = steady(
            bench,
            arguments.rate,
            arguments.minutes * 60,
            progress,
            first=int(arguments.rate * warm_up),
        )
        drains = _drains(bench, arguments.backlog, progress)
    figures: dict[str, object] = {
        "machine": f"{os.cpu_count()} CPUs, {platform.machine()}, "
        f"Python {platform.python_version()}",
        "steady": steadily,
        "drain_articles_per_second": drains,
    }
    _show(console, figures)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


@contextmanager
def running() -> Iterator[Bench]:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with ExitStack() as stack:
        broker, search = Kafka(FOLDER / "kafka"), Elasticsearch(FOLDER / "elasticsearch")
        stack.callback(broker.stop)
        stack.callback(search.stop)
        start_all(broker, search)
        desk = stack.enter_context(Desk())
        settings = Settings(
            kafka=KafkaSettings(bootstrap_servers=broker.address),
            elasticsearch=ElasticsearchSettings(url=search.address),
            ingest=IngestSettings(
                http_port=0,
                push_enabled=True,
                push_port=free_port(),
                push_token=SecretStr(token_hex(16)),
                feeds=FOLDER / "feeds.yaml",
            ),
            classify=ClassifySettings(http_port=0),
            ledger=LedgerSettings(http_port=0),
            notify=NotifySettings(http_port=0, rules=desk.write_rules(FOLDER)),
            index=IndexSettings(http_port=0),
            reconcile=ReconcileSettings(http_port=0),
            log=LogSettings(format="json"),
        )
        settings.ingest.feeds.write_text("feeds: []\n")
        provision(settings, dry_run=False, kafka=True, elasticsearch=True, wait=60)
        services = {
            name: Service(name, environment(settings), FOLDER, ARGUMENTS.get(name, ()))
            for name in SERVICES
        }
        for service in services.values():
            stack.callback(service.kill)
            service.start()
        for service in services.values():
            service.wait_ready(120)
        client = stack.enter_context(common_elasticsearch.client(settings.elasticsearch))
        bench = Bench(settings, client, services, desk)
        stack.callback(bench.close)
        yield bench


# --- A steady rate -------------------------------------------------------------------------------


def steady(
    bench: Bench, rate: float, seconds: float, progress: Progress, *, first: int = 0
) -> dict[str, Any]:
    """Publish at a steady rate over HTTP; watch memory and the time until articles are found.

    `first`: how many articles were published before.
    """
    total = int(rate * seconds)
    task = progress.add_task(f"{rate:g} articles a second", total=total)
    memory = {name: Memory() for name in SERVICES}
    search = Search(bench)
    told_before = set(bench.desk.told)
    stop = threading.Event()
    watchers = [
        threading.Thread(target=_every, args=(stop, MEMORY_SECONDS, lambda: _weigh(bench, memory))),
        threading.Thread(target=_every, args=(stop, POLL_SECONDS, search.look)),
    ]
    for watcher in watchers:
        watcher.start()
    start = time.monotonic()
    late = 0.0
    with _push(bench.settings) as push, ThreadPoolExecutor(SENDERS) as senders:
        sent_all = []
        for number, made in enumerate(synthetic(total, first=first)):
            due = start + number / rate
            wait = due - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            late = max(late, -wait)
            if number % SAMPLE_EVERY == 0:
                search.expect(made, time.time())
            sent_all.append(senders.submit(push, made))
            progress.advance(task)
        for sent in sent_all:
            sent.result()
    took = time.monotonic() - start
    outcomes_at_end = bench.count(bench.topics.outcomes) - first
    until(lambda: bench.count(bench.topics.outcomes) >= first + total, 60)
    until(lambda: not search.expected, 60)
    stop.set()
    for watcher in watchers:
        watcher.join()
    found = report(bench.settings.kafka)
    alert_times = _alert_times(bench.desk, told_before)
    return {
        "articles": total,
        "seconds": round(took, 1),
        "published_per_second": round(total / took, 1),
        "classified_per_second": round(outcomes_at_end / took, 1),
        "latest_send_seconds": round(late, 2),
        "without_outcome": len(found.missing),
        "outcomes": found.outcomes,
        "samples_not_found": len(search.expected),
        "searchable_seconds": _quantiles(search.times),
        "alerts": len(alert_times),
        "alert_seconds": _quantiles(alert_times),
        "memory": {name: series.summary() for name, series in memory.items()},
    }


def _alert_times(desk: Desk, before: set[str]) -> list[float]:
    """Seconds from the first sight of an article to the alert that it caused, since `before`."""
    return [
        (desk.at[id] - datetime.fromisoformat(one["event"]["known_at"])).total_seconds()
        for id, one in desk.told.items()
        if id not in before
    ]


class Search:
    """Looks for the outcomes of sampled articles until they are found."""

    def __init__(self, bench: Bench) -> None:
        self._client = bench.client
        indices = Indices(bench.settings.elasticsearch.index_prefix)
        self._index = indices.read("outcomes")
        self._lock = threading.Lock()
        self.expected: dict[str, float] = {}
        self.times: list[float] = []

    def expect(self, made: Synthetic, sent: float) -> None:
        """Look for this article's outcome from now on."""
        article = ids.article_id(canonical_url(made.url))
        with self._lock:
            self.expected[ids.outcome_id(article, Stage.CLASSIFY)] = sent

    def look(self) -> None:
        """Search once."""
        with self._lock:
            looked_for = list(self.expected)
        if not looked_for:
            return
        try:
            hits = self._client.search(
                index=self._index,
                query={"ids": {"values": looked_for}},
                source=False,
                size=len(looked_for),
            )["hits"]["hits"]
        except ApiError:
            return
        now = time.time()
        with self._lock:
            self.times += [now - self.expected.pop(hit["_id"]) for hit in hits]


@contextmanager
def _push(settings: Settings) -> Iterator[Callable[[Synthetic], None]]:
    token = settings.ingest.push_token
    assert token is not None  # noqa: S101  # set above
    headers = {
        "Authorization": f"Bearer {token.get_secret_value()}",
        "Content-Type": "application/json",
    }
    mine = threading.local()
    connections: list[HTTPConnection] = []

    def push(made: Synthetic) -> None:
        if not hasattr(mine, "connection"):
            mine.connection = HTTPConnection(
                settings.ingest.push_host, settings.ingest.push_port, timeout=60
            )
            connections.append(mine.connection)
        mine.connection.request("POST", "/articles", json.dumps(_given(made)), headers)
        answer = mine.connection.getresponse()
        body = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"ingest answered {answer.status}: {body[:300]!r}")

    try:
        yield push
    finally:
        for connection in connections:
            connection.close()


def _given(made: Synthetic) -> dict[str, str]:
    """An article as it is pushed, or stands in a file: published now."""
    return {
        "url": made.url,
        "title": made.title,
        "text": made.text,
        "published": datetime.now(UTC).isoformat(),
        "source": "Example News",
    }


def write_backlog(count: int) -> Path:
    """A file of so many articles, none of which `steady` publishes."""
    path = FOLDER / "backlog.jsonl"
    with path.open("w") as file:
        for made in synthetic(count, seed=1):
            file.write(json.dumps(_given(made)) + "\n")
    return path


def _weigh(bench: Bench, memory: dict[str, Memory]) -> None:
    for name, service in bench.services.items():
        status = Path(f"/proc/{service.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
        memory[name].samples.append((time.monotonic(), int(line.split()[1]) / 1024))


# --- Each stage alone ----------------------------------------------------------------------------


def _drains(bench: Bench, backlog: int, progress: Progress) -> dict[str, float]:
    """Articles per second of each stage alone, with all the work waiting."""
    for name in SERVICES:
        bench.services[name].terminate(60)
    topics = bench.topics
    path = write_backlog(backlog)
    documents = (
        topics.articles,
        topics.mentions,
        topics.outcomes,
        topics.pledges,
        topics.pledge_events,
        topics.metrics,
    )

    ingest = Service("ingest", environment(bench.settings), FOLDER, (str(path),))
    drains = {"ingest": _drain(ingest, lambda: bench.count(topics.articles), backlog, progress)}
    classify = bench.services["classify"]
    drains["classify"] = _drain(classify, lambda: bench.count(topics.outcomes), backlog, progress)
    classify.terminate(60)
    waiting = bench.count(*documents) - bench.committed("index")
    index = bench.services["index"]
    per_document = _drain(index, lambda: _counted(index), waiting, progress)
    drains["index"] = per_document * backlog / waiting
    drains["index_documents"] = per_document
    return {name: round(rate, 1) for name, rate in drains.items()}


def _counted(service: Service) -> int:
    """Records that a service has counted since its start."""
    lines = service.get("/metrics")[1].splitlines()
    return int(
        sum(
            float(line.rsplit(" ", 1)[1])
            for line in lines
            if line.startswith("pledgewatch_records_total{")
        )
    )


def _drain(service: Service, done: Callable[[], int], work: int, progress: Progress) -> float:
    """Start a service and wait until it has done so much more.

    Returns:
        a second, between the first tenth and nine tenths.
    """
    task = progress.add_task(f"{service.name} alone", total=work)
    before = done()
    service.start()
    marks: list[tuple[float, int]] = []
    deadline = time.monotonic() + 300
    while (count := done() - before) < work:
        marks.append((time.monotonic(), count))
        progress.update(task, completed=count)
        if time.monotonic() > deadline:
            raise SystemExit(f"{service.name} did {count} of {work} in time: {service.log[-2000:]}")
        time.sleep(0.05)
    marks.append((time.monotonic(), count))
    progress.update(task, completed=work)
    inner = [mark for mark in marks if 0.1 * work <= mark[1] <= 0.9 * work]
    (start, low), (end, high) = (inner[0], inner[-1]) if len(inner) > 1 else (marks[0], marks[-1])
    return (high - low) / max(end - start, 0.001)


# --- Figures -------------------------------------------------------------------------------------


def _every(stop: threading.Event, seconds: float, act: Callable[[], None]) -> None:
    while not stop.wait(seconds):
        act()


def until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _quantiles(times: list[float]) -> dict[str, float]:
    if len(times) < 2:
        return {}
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {
        "p50": round(cuts[49], 2),
        "p95": round(cuts[94], 2),
        "p99": round(cuts[98], 2),
        "max": round(max(times), 2),
        "samples": len(times),
    }


def _show(console: Console, figures: dict[str, object]) -> None:
    steady = figures["steady"]
    assert isinstance(steady, dict)  # noqa: S101  # narrows for mypy
    table = Table("", "figure", title=str(figures["machine"]), title_justify="left")
    for name in ("articles", "published_per_second", "classified_per_second", "without_outcome"):
        table.add_row(name.replace("_", " "), str(steady[name]))
    for name, value in steady["searchable_seconds"].items():
        table.add_row(f"publish to searchable, {name}", str(value))
    for name, value in steady["alert_seconds"].items():
        table.add_row(f"first seen to alert, {name}", str(value))
    for name, series in steady["memory"].items():
        table.add_row(
            f"memory of {name}",
            f"{series['max_mb']} MB at most, {series['growth_mb_per_hour']:+} MB an hour",
        )
    drains = figures["drain_articles_per_second"]
    assert isinstance(drains, dict)  # noqa: S101  # narrows for mypy
    for name, rate in drains.items():
        unit = "documents" if name == "index_documents" else "articles"
        table.add_row(f"{name.removesuffix('_documents')} alone, {unit} a second", str(rate))
    console.print(table)


if __name__ == "__main__":
    main()
