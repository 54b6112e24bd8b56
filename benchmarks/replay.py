"""`python -m benchmarks.replay`: how fast a replay is, and what it costs the live run."""

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.pipeline.__main__ import FOLDER, Bench, running, steady, until, write_backlog
from services.common import runs
from services.common.elasticsearch import DERIVED_INDICES, Indices
from services.local.artifacts import PROJECT
from services.replay.positions import Positions
from tests.processes import Service, environment

BESIDE, ALONE = "beside", "alone"
"""A replay while live traffic flows, and one without."""
STEP_SECONDS = 0.5
WAIT_SECONDS = 1_800


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__)
    parser.add_argument("--rate", type=float, default=10, help="live articles a second")
    parser.add_argument("--minutes", type=float, default=4, help="how long each part is")
    parser.add_argument("--backlog", type=int, default=0, help="articles before all that")
    parser.add_argument("--kills", type=int, default=0, help="of the replay, beside live traffic")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    console = Console()
    seconds = arguments.minutes * 60
    count = int(arguments.rate * seconds)
    with running() as bench, Progress(console=console) as progress:
        before = arguments.backlog
        _fill(bench, before)
        alone = steady(bench, arguments.rate, seconds, progress, first=before)
        with _replaying(bench, BESIDE, arguments.kills, seconds):
            beside = steady(bench, arguments.rate, seconds, progress, first=before + count)
            _finish(bench, BESIDE, progress)
            sizes = _bytes_per_article(bench)
            limits = ("--max-lost", "0%", "--max-changed", "0%")
            same = _command(bench, "diff", BESIDE, *limits).wait() == 0
        _command(bench, "discard", BESIDE, "--by", "benchmark").wait(60)
        with _replaying(bench, ALONE):
            per_second = _finish(bench, ALONE, progress)
        figures: dict[str, object] = {
            "machine": f"{os.cpu_count()} CPUs, {platform.machine()}, "
            f"Python {platform.python_version()}",
            "live_per_second": arguments.rate,
            "searchable_alone": alone["searchable_seconds"],
            "searchable_beside_a_replay": beside["searchable_seconds"],
            "replayed_per_second_without_live": per_second,
            "articles_replayed_beside_live": before + 2 * count,
            "the_same_comes_out": same,
            "without_outcome": beside["without_outcome"],
            **sizes,
        }
    table = Table("", "figure", title=str(figures.pop("machine")), title_justify="left")
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), str(value))
    console.print(table)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


def _fill(bench: Bench, count: int) -> None:
    """Have the live services read so many articles from a file."""
    path = write_backlog(count)
    files = Service(
        "ingest", environment(bench.settings) | {"PLEDGEWATCH_INGEST__PUSH_ENABLED": "false"},
        FOLDER, (str(path),),
    )  # fmt: skip
    files.start()
    if files.wait(WAIT_SECONDS):
        raise SystemExit(f"the backlog is not published: {files.log[-2000:]}")
    until(lambda: bench.count(bench.topics.outcomes) >= count, WAIT_SECONDS)


@contextmanager
def _replaying(bench: Bench, name: str, kills: int = 0, seconds: float = 0) -> Iterator[None]:
    """A replay of everything, with the model that is live; killed and resumed meanwhile."""
    drivers = [_command(bench, "start", "--name", name, "--by", "benchmark", "--foreground")]
    over = threading.Event()

    def kill() -> None:
        for _ in range(kills):
            if over.wait(random.uniform(0.5, 1) * seconds / kills):  # noqa: S311
                return
            drivers[-1].kill()
            drivers[-1].wait()
            words = ("resume", name, "--by", "benchmark", "--foreground")
            drivers.append(_command(bench, *words))

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()
        drivers[-1].terminate()
        drivers[-1].wait(60)


def _command(bench: Bench, *words: str) -> "subprocess.Popen[bytes]":
    with (FOLDER / "replay.log").open("ab") as log:
        return subprocess.Popen(  # our own command
            [sys.executable, "-m", "services.cli", "replay", *words],
            cwd=FOLDER,
            env={**os.environ, "PYTHONPATH": str(PROJECT), **environment(bench.settings)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _finish(bench: Bench, name: str, progress: Progress) -> float | None:
    """Wait until a replay has caught up; articles a second, from a tenth of them to the last."""
    deadline = time.monotonic() + WAIT_SECONDS
    task = progress.add_task(f"replay: {name}", total=None)
    marks: list[tuple[float, int]] = []
    while (
        run := runs.read(bench.settings.kafka).known.get(name)
    ) is None or run.state == "running":
        if run is not None:
            progress.update(task, completed=run.done, total=run.articles)
            if not marks or run.done > marks[-1][1]:
                marks.append((time.monotonic(), run.done))
        if time.monotonic() > deadline:
            raise SystemExit(f"the replay {name} has not caught up")
        time.sleep(STEP_SECONDS)  # how often it is looked at
    if run.state == "failed":
        raise SystemExit(f"the replay {name} has failed: {run.problem}")
    inner = [mark for mark in marks if run.articles / 10 <= mark[1]]
    if len(inner) < 2:
        return None
    (start, low), (end, high) = inner[0], inner[-1]
    return round((high - low) / (end - start), 1)


def _bytes_per_article(bench: Bench) -> dict[str, int]:
    """What an article takes on disk: in Kafka, and in Elasticsearch, once and for each run."""
    articles = bench.count(bench.topics.articles)
    names = Indices(bench.settings.elasticsearch.index_prefix)

    def indexed(*short: str) -> int:
        found = bench.client.indices.stats(
            index=[names.write(name) for name in short], metric=["store"]
        )
        return int(found["_all"]["total"]["store"]["size_in_bytes"]) // articles

    with Positions(bench.settings.kafka) as positions:
        return {
            "kafka_bytes_per_article": positions.size(bench.topics.articles) // articles,
            "kafka_bytes_per_article_and_run": sum(map(positions.size, bench.topics.derived()))
            // articles,
            "index_bytes_per_article": indexed("articles"),
            "index_bytes_per_article_and_run": indexed(*DERIVED_INDICES),
        }


if __name__ == "__main__":
    main()
