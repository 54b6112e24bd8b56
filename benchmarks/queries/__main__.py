"""How fast the searches that people need are on a million mentions, and how large their index is.

The searches are the product's own (`services/common/queries.py`), the index is made by its own
templates, and its documents by its own code. While they are timed, mentions come in, as they do in
real life: each second the index is refreshed, and what Elasticsearch had cached of it is stale.
"""

import argparse
import json
import os
import platform
import random
import shutil
import statistics
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch as Client
from elasticsearch.exceptions import GeneralAvailabilityWarning
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.queries import pages as console_pages
from benchmarks.queries.documents import START, WEEKS, World
from pledgewatch.documents import BUILDERS, as_json
from pledgewatch.ontology import Family, Kind
from pledgewatch.records import Record, encode
from services.common import queries
from services.common.elasticsearch import Indices, client
from services.common.settings import ElasticsearchSettings
from services.local.artifacts import PROJECT
from services.local.servers import Elasticsearch
from services.provision.indices import provision_indices

FOLDER = PROJECT / ".run" / "benchmarks" / "queries"
MENTIONS = 1_000_000
RUNS, WARM_UP = 200, 20
WRITES = 10.0
BATCH = 2_000
TARGET_MS, PAGE_TARGET_MS = 200, 300
SETTLE_SECONDS = 300
END = START + timedelta(weeks=WEEKS)

Search = tuple[str, queries.Body]
"""Index and body."""


def main() -> None:
    """Fill the index, time the searches, print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queries", description=__doc__)
    parser.add_argument("--mentions", type=int, default=MENTIONS, help="(default: 1000000)")
    parser.add_argument("--runs", type=int, default=RUNS, help="of each search (default: 200)")
    parser.add_argument(
        "--writes", type=float, default=WRITES, help="mentions a second meanwhile (default: 10)"
    )
    parser.add_argument("--fields", action="store_true", help="show the size of each field too")
    parser.add_argument(
        "--keep", action="store_true", help="leave the index there, and take it the next time"
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    console, world = Console(), World()
    with _started(keep=arguments.keep) as bench, Progress(console=console) as progress:
        rate = None
        if bench.count("mentions") < arguments.mentions:
            rate = bench.fill(world, arguments.mentions, progress)
        size = bench.size("mentions")
        fields = bench.fields("mentions") if arguments.fields else {}
        with bench.writing(world, arguments.writes):
            times = {
                name: bench.measure(name, make, arguments.runs, progress)
                for name, make in searches(world).items()
            }
            pages = bench.pages(world, arguments.runs, progress)
    figures: dict[str, object] = {
        "machine": f"{os.cpu_count()} CPUs, {platform.machine()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[1]:.1f}",
        "mentions": arguments.mentions,
        "pledges": len(world.rows.things),
        "indexed_per_second": round(rate) if rate else None,
        "bytes_per_mention": round(size / arguments.mentions, 1),
        "writes_per_second": arguments.writes,
        "milliseconds": times,
        "page_milliseconds": pages,
        **({"field_bytes": fields} if fields else {}),
    }
    _show(console, figures, times, pages, fields)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


def searches(world: World) -> dict[str, Callable[[random.Random], Search]]:
    """Name → makes one of that kind, as people would ask it."""

    def since(rng: random.Random) -> datetime | None:
        weeks = rng.choice((4, 13, 52, None))
        return END - timedelta(weeks=weeks) if weeks else None

    def board(rng: random.Random) -> Search:
        return "pledges", queries.board(
            recipient=world.recipients.choose(rng).code,
            families=[rng.choice(list(Family))] if rng.random() < 0.3 else [],
            on_the_table=rng.choice((None, True)),
            facets=20,
        )

    def history(rng: random.Random) -> Search:
        row = world.rows.choose(rng)
        return "pledge-events", queries.pledge_history(
            row.actor.code, row.recipient.code, row.family
        )

    def by_week(rng: random.Random) -> Search:
        return "mentions", queries.mentions_by_actor_and_week(
            recipient=rng.choice((None, world.recipients.choose(rng).code)),
            kind=rng.choice((None, Kind.COMMITMENT)),
            since=since(rng),
        )

    def sentences(rng: random.Random) -> Search:
        return "mentions", queries.sentences(
            _typed(world, rng),
            actor=world.actors.choose(rng).code if rng.random() < 0.3 else None,
            since=since(rng),
            newest_first=rng.random() < 0.3,
        )

    def obstacles(rng: random.Random) -> Search:
        return "mentions", queries.obstacles_by_actor(
            recipient=rng.choice((None, world.recipients.choose(rng).code)), since=since(rng)
        )

    return {
        "board by recipient": board,
        "history of a pledge": history,
        "mentions by actor and week": by_week,
        "free text over sentences": sentences,
        "obstacles by actor": obstacles,
    }


def _typed(world: World, rng: random.Random) -> str:
    """One to three words or a phrase, of a sentence that could be there."""
    words = next(world.mentions(1, seed=rng.randrange(10**9))).sentence.text.strip(".").split()
    if rng.random() < 0.2:
        start = rng.randrange(len(words) - 1)
        return f'"{words[start]} {words[start + 1]}"'
    return " ".join(rng.sample(words, rng.randrange(1, 4)))


class Bench:
    """The server, and what is asked of it."""

    def __init__(self, settings: ElasticsearchSettings, client: Client) -> None:
        self._settings = settings
        self._client = client
        self._indices = Indices(settings.index_prefix)

    def fill(self, world: World, count: int, progress: Progress) -> float:
        """Write all documents, then wait until the index rests; mentions a second."""
        pledges = list(world.pledges())
        self._write("pledges", (row for row, _ in pledges))
        self._write("pledge-events", chain.from_iterable(events for _, events in pledges))
        task = progress.add_task("filling the index", total=count)
        index = self._indices.write("mentions")
        self._client.indices.put_settings(index=index, settings={"refresh_interval": "-1"})
        began = time.monotonic()
        with ThreadPoolExecutor(1) as sender:
            sent: list[Future[None]] = []
            for body in self._bodies("mentions", world.mentions(count)):
                for earlier in sent:
                    earlier.result()
                    progress.advance(task, BATCH)
                sent = [sender.submit(self._send, body)]
            for last in sent:
                last.result()
        rate = count / (time.monotonic() - began)
        progress.update(task, completed=count)
        self._client.indices.put_settings(index=index, settings={"refresh_interval": None})
        everything = ",".join(map(self._indices.read, ("mentions", "pledges", "pledge-events")))
        self._client.indices.refresh(index=everything)
        self._client.indices.flush(index=everything)
        deadline = time.monotonic() + SETTLE_SECONDS
        while self._merging(everything) and time.monotonic() < deadline:
            time.sleep(1)
        if (found := self.count("mentions")) < count:
            raise SystemExit(f"the index has {found:,} of {count:,} mentions")
        return rate

    def count(self, name: str) -> int:
        """Documents that searches see."""
        return int(self._client.count(index=self._indices.read(name))["count"])

    def _write(self, name: str, records: Iterable[Record]) -> None:
        for body in self._bodies(name, records):
            self._send(body)

    def _bodies(self, name: str, records: Iterable[Record]) -> Iterator[bytes]:
        """Bulk requests, made as the index service makes them."""
        index, now, build = self._indices.write(name).encode(), as_json(END), BUILDERS[name]
        source = iter(records)
        while batch := [build(encode(one), index, now).body for one in islice(source, BATCH)]:
            yield b"".join(batch)

    def _send(self, body: bytes) -> None:
        answer = self._client.bulk(body=body, filter_path="errors")  # type: ignore[arg-type]
        if answer["errors"]:
            raise SystemExit("Elasticsearch refused documents")

    def _merging(self, index: str) -> bool:
        stats: Any = self._client.indices.stats(index=index, metric="merge")
        return bool(stats["_all"]["primaries"]["merges"]["current"])

    def size(self, name: str) -> float:
        """Bytes of an index on disk."""
        stats: Any = self._client.indices.stats(index=self._indices.read(name), metric="store")
        return float(stats["_all"]["primaries"]["store"]["size_in_bytes"])

    def fields(self, name: str) -> dict[str, int]:
        """Bytes of each field of an index, the largest first."""
        warnings.simplefilter("ignore", GeneralAvailabilityWarning)  # it is a technical preview
        usage: Any = self._client.indices.disk_usage(
            index=self._indices.read(name), run_expensive_tasks=True
        ).body
        (index,) = (value for key, value in usage.items() if key != "_shards")
        sizes = {field: int(one["total_in_bytes"]) for field, one in index["fields"].items()}
        return dict(sorted(sizes.items(), key=lambda one: -one[1]))

    def _cpu(self) -> float:
        """Milliseconds of CPU that Elasticsearch has used."""
        stats: Any = self._client.nodes.stats(metric="process")
        return float(
            sum(node["process"]["cpu"]["total_in_millis"] for node in stats["nodes"].values())
        )

    @contextmanager
    def writing(self, world: World, rate: float) -> Iterator[None]:
        """Mentions that come in meanwhile."""
        stop = threading.Event()
        new = world.mentions(10**9, seed=5)

        def write() -> None:
            while rate and not stop.wait(1 / rate):
                self._write("mentions", [next(new)])

        thread = threading.Thread(target=write)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def measure(
        self,
        name: str,
        make: Callable[[random.Random], Search],
        runs: int,
        progress: Progress,
    ) -> dict[str, float]:
        """Milliseconds that searches of a kind take, seen from here.

        `cpu`: mean of what Elasticsearch works meanwhile, what comes in included.
        """
        rng = random.Random(name)  # noqa: S311  # variety, not secrecy
        task = progress.add_task(name, total=runs + WARM_UP)
        seen, hits, used = [], [], 0.0
        for number in range(runs + WARM_UP):
            if number == WARM_UP:
                used = self._cpu()
            index, body = make(rng)
            began = time.perf_counter()
            found = self._client.search(
                index=self._indices.read(index), body=body, request_cache=False
            )
            if number >= WARM_UP:
                seen.append(1000 * (time.perf_counter() - began))
                hits.append(found["hits"]["total"]["value"])
            progress.advance(task)
        used = self._cpu() - used
        return {
            **_quantiles(seen),
            "cpu": round(used / runs, 1),
            "runs": runs,
            "median_hits": statistics.median(hits),
        }

    def pages(self, world: World, runs: int, progress: Progress) -> dict[str, dict[str, float]]:
        """Milliseconds until a page of the console is read."""
        times = console_pages.measure(
            FOLDER, self._settings, self._client, world, runs, WARM_UP, progress
        )
        return {name: _quantiles(seen) for name, seen in times.items()}


def _quantiles(seen: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seen, n=100, method="inclusive")
    return {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "max": round(max(seen), 1)}


@contextmanager
def _started(*, keep: bool) -> Iterator[Bench]:
    if not keep:
        shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        with Elasticsearch(FOLDER) as server:
            settings = ElasticsearchSettings(url=server.address)
            provision_indices(settings, dry_run=False)
            with client(settings, request_timeout=300) as made:
                yield Bench(settings, made)
    finally:
        if not keep:
            shutil.rmtree(FOLDER, ignore_errors=True)


def _show(
    console: Console,
    figures: dict[str, object],
    times: dict[str, dict[str, float]],
    pages: dict[str, dict[str, float]],
    fields: dict[str, int],
) -> None:
    table = Table("search", "p50 ms", "p95 ms", "longest ms", "CPU ms", "hits (median)", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, one in times.items():
        slow = one["p95"] > TARGET_MS
        table.add_row(
            name,
            f"{one['p50']:.1f}",
            f"{one['p95']:.1f}",
            f"{one['max']:.1f}",
            f"{one['cpu']:.1f}",
            f"{one['median_hits']:,.0f}",
            style="red" if slow else None,
        )
    console.print(table)
    table = Table("page", "p50 ms", "p95 ms", "longest ms", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, one in pages.items():
        slow = one["p95"] > PAGE_TARGET_MS
        cells = (f"{one[figure]:.1f}" for figure in ("p50", "p95", "max"))
        table.add_row(name, *cells, style="red" if slow else None)
    console.print(table)
    for name in ("machine", "mentions", "pledges", "indexed_per_second"):
        console.print(f"{name.replace('_', ' ')}: {figures[name]}", highlight=False)
    size = figures["bytes_per_mention"]  # as many megabytes for a million
    console.print(f"index: {size} MB for a million mentions", highlight=False)
    for field, count in list(fields.items())[:40]:
        console.print(f"{count / 1e6:10.1f} MB  {field}", highlight=False)


if __name__ == "__main__":
    main()
