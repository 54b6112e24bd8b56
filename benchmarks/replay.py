"""`python -m benchmarks.replay`: how fast a replay is, and what it costs the live run."""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.pipeline.__main__ import FOLDER, Bench, running, steady
from pledgewatch.records import Run
from services.common import runs
from services.common.elasticsearch import DERIVED_INDICES, Indices
from services.local.artifacts import PROJECT
from services.replay.positions import Positions
from tests.processes import environment

NAME = "bench"
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
        replay = _start(bench)
        try:
            beside = steady(bench, arguments.rate, seconds, progress, first=count)
            done_beside = _run(bench).done
            took, rest = _finish(bench, progress)
            sizes = _bytes_per_article(bench)
        finally:
            replay.terminate()
            replay.wait(60)
        figures: dict[str, object] = {
            "machine": f"{os.cpu_count()} CPUs, {platform.machine()}, "
            f"Python {platform.python_version()}",
            "live_per_second": arguments.rate,
            "searchable_alone": alone["searchable_seconds"],
            "searchable_beside_a_replay": beside["searchable_seconds"],
            "replayed_beside_live": done_beside,
            "seconds_beside_live": round(seconds, 1),
            "replay_per_second_without_live": round(rest / took, 1) if rest and took else None,
            "without_outcome": beside["without_outcome"],
            **sizes,
        }
    table = Table("", "figure", title=str(figures.pop("machine")), title_justify="left")
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), str(value))
    console.print(table)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


def _start(bench: Bench) -> "subprocess.Popen[bytes]":
    """A replay of everything, with the model that is live."""
    with (FOLDER / "replay.log").open("wb") as log:
        return subprocess.Popen(  # our own command
            [
                sys.executable, "-m", "services.cli", "replay", "start", "--name", NAME,
                "--by", "benchmark", "--foreground",
            ],
            cwd=FOLDER,
            env={**os.environ, "PYTHONPATH": str(PROJECT), **environment(bench.settings)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )  # fmt: skip


def _run(bench: Bench) -> Run:
    return runs.read(bench.settings.kafka).known[NAME]


def _finish(bench: Bench, progress: Progress) -> tuple[float, int]:
    """Wait until the replay has caught up; seconds and articles of the backlog that it took."""
    begun, first = time.monotonic(), _run(bench)
    task = progress.add_task("the rest of the replay", total=first.articles - first.done)
    took = 0.0
    while (run := _run(bench)).state == "running":
        progress.update(task, completed=run.done - first.done)
        if run.done < run.articles:
            took = time.monotonic() - begun
        if time.monotonic() - begun > WAIT_SECONDS:
            raise SystemExit(f"the replay has not caught up: {run.done} of {run.articles}")
        time.sleep(STEP_SECONDS)  # how often it is looked at
    if run.state == "failed":
        raise SystemExit(f"the replay has failed: {run.problem}")
    progress.update(task, completed=first.articles - first.done)
    return took, first.articles - first.done


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
