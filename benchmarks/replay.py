"""`python -m benchmarks.replay`: how fast a replay is, and what it costs the live run."""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.pipeline.__main__ import FOLDER, Bench, running, steady
from services.common import runs
from services.common.elasticsearch import DERIVED_INDICES, Indices
from services.local.artifacts import PROJECT
from services.replay.positions import Positions
from tests.processes import environment

BESIDE, ALONE = "beside", "alone"
"""A replay while live traffic flows, and one without."""
STEP_SECONDS = 0.5
WAIT_SECONDS = 1_800


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__)
    parser.add_argument("--rate", type=float, default=10, help="live articles a second")
    parser.add_argument("--minutes", type=float, default=4, help="how long each part is")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    console = Console()
    seconds = arguments.minutes * 60
    count = int(arguments.rate * seconds)
    with running() as bench, Progress(console=console) as progress:
        alone = steady(bench, arguments.rate, seconds, progress)
        with _replaying(bench, BESIDE):
            beside = steady(bench, arguments.rate, seconds, progress, first=count)
            _finish(bench, BESIDE, progress)
            sizes = _bytes_per_article(bench)
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
            "without_outcome": beside["without_outcome"],
            **sizes,
        }
    table = Table("", "figure", title=str(figures.pop("machine")), title_justify="left")
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), str(value))
    console.print(table)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


@contextmanager
def _replaying(bench: Bench, name: str) -> Iterator[None]:
    """A replay of everything, with the model that is live."""
    driver = _command(bench, "start", "--name", name, "--by", "benchmark", "--foreground")
    try:
        yield
    finally:
        driver.terminate()
        driver.wait(60)


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
