"""What people see of replays: a progress bar, the list, one run, a plan."""

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from pledgewatch.outcome import Reject
from pledgewatch.records import Action, Run, decode
from services.common import kafka, kept, runs
from services.common.reach import asking_kafka
from services.common.settings import Settings
from services.replay import control
from services.replay.compare import accounts
from services.replay.plan import Plan
from services.replay.positions import Positions
from services.replay.state import AT_WORK, is_driven

STEP_SECONDS = 1.0
START_SECONDS = 30
"""A driver that has not written anything for so long after its start has died."""

_errors = Console(stderr=True)


def watch(settings: Settings, id: str) -> str:
    """Show the progress of a run until it has caught up or ended; how it stands then."""
    topics = None
    begun = time.monotonic()
    with (
        asking_kafka(settings.kafka),
        Positions(settings.kafka) as positions,
        Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=_errors,
        ) as bar,
    ):
        task = bar.add_task(id, total=None, note="starting")
        while True:
            known = runs.read(settings.kafka)
            run = known.find(id)
            topics = topics or known.topics(settings.kafka.topic_prefix, id)
            lags = {
                name: positions.lag(topics.group(name), topic)
                for name, topic in (
                    ("classify", topics.articles),
                    ("ledger", topics.mentions),
                    ("index", topics.mentions),
                )
                if name in run.stages
            }
            note = ", ".join(f"{name} {lag} behind" for name, lag in lags.items() if lag)
            if run.pace == 0:
                note = f"rests while live catches up; {note}"
            elif run.per_second:
                note = f"{run.per_second}/s; {note}"
            bar.update(task, completed=run.done, total=max(run.articles, run.done), note=note)
            if run.state not in ("running", "promoting"):
                return stands(run)
            if not is_driven(run) and time.monotonic() - begun > START_SECONDS:
                return (
                    f"nobody drives {id}: see {settings.replay.logs / f'{id}.log'}, then"
                    f" `pledgewatch replay resume {id}`"
                )
            time.sleep(STEP_SECONDS)  # how often people see it move


def stands(run: Run) -> str:
    """How a run stands, and what can be done next."""
    match run.state:
        case "caught_up":
            return (
                f"{run.id} has caught up: `pledgewatch replay diff {run.id}` shows what it would"
                f" change, `pledgewatch replay promote {run.id}` switches over"
            )
        case "failed":
            return f"{run.id} has failed: {run.problem}; `pledgewatch replay resume {run.id}`"
        case "stopped":
            return f"{run.id} is stopped: `pledgewatch replay resume {run.id}` goes on with it"
        case _:
            return f"{run.id} is {run.state}"


def show_plan(run: Run, found: Plan) -> None:
    """Print what a run would take."""
    begins = "articles" if "classify" in run.stages else "mentions"
    lines = [f"{run.id}: {found.records} {begins} in the backlog, stages {', '.join(run.stages)}"]
    if "classify" in run.stages:
        lines.append(
            f"of them about {found.share:.0%} are classified again, the rest is carried over"
        )
    if found.seconds is not None:
        lines.append(
            f"about {_duration(found.seconds)} at {found.per_second}/s, when nothing else runs"
        )
    lines.append(
        f"disk: about {found.kafka_bytes / 1e6:.0f} MB in Kafka and"
        f" {found.index_bytes / 1e6:.0f} MB in Elasticsearch, as much as what is live has"
    )
    for line in lines:
        _errors.print(line, highlight=False, soft_wrap=True)


def _duration(seconds: float) -> str:
    minutes, hours = seconds / 60, seconds / 3600
    if hours >= 2:
        return f"{hours:.1f} hours"
    return f"{minutes:.0f} minutes" if minutes >= 2 else f"{seconds:.0f} seconds"


def show_list(found: Sequence[Run], *, as_json: bool) -> None:
    """Print all runs."""
    if as_json:
        print(json.dumps([msgspec.to_builtins(run) for run in found]))  # noqa: T201
        return
    table = Table("run", "state", "stages", "model", "done", "of", "started", "by", box=None)
    for run in found:
        state: str = run.state
        if run.state in AT_WORK and not is_driven(run):
            state = f"{state}, nobody drives it"
        table.add_row(
            run.id,
            state,
            ",".join(run.stages),
            run.model.version if run.model else "",
            str(run.done),
            str(run.articles),
            f"{run.started:%Y-%m-%d %H:%M}",
            run.by,
        )
    if not found:
        _errors.print("there was no replay yet: everything that is read is of the run `live`")
        return
    Console().print(table)


def show_run(settings: Settings, id: str, *, as_json: bool) -> bool:
    """Print one run, its accounts and its audit trail; whether its counts add up."""
    run = control.find(settings, id)
    counts = accounts(settings, id) if run.state != "discarded" else None
    actions = _actions(settings, id)
    if as_json:
        found = {
            "run": msgspec.to_builtins(run),
            "accounts": asdict(counts) | {"problems": counts.problems} if counts else None,
            "actions": [msgspec.to_builtins(one) for one in actions],
        }
        print(json.dumps(found))  # noqa: T201
        return not (counts and counts.problems)
    console = Console(highlight=False, soft_wrap=True)
    console.print(stands(run))
    for name, value in msgspec.to_builtins(run).items():
        if value not in (None, [], ()) and name not in ("id", "starts", "ends"):
            console.print(f"{name:<12} {value}", markup=False)
    if counts:
        console.print(
            f"{counts.articles} articles, {counts.outcomes} outcomes, {counts.listed} mentions"
            f" named by them, {counts.mentions} mentions in the index"
        )
        for problem in counts.problems:
            console.print(problem, style="red")
    for one in actions:
        console.print(
            f"{one.at:%Y-%m-%d %H:%M:%S} {one.action} by {one.by} {one.detail or ''}", markup=False
        )
    return not (counts and counts.problems)


def _actions(settings: Settings, id: str) -> list[Action]:
    """The audit trail of a run, in order."""
    topic = kafka.Topics(settings.kafka.topic_prefix).audit
    found: list[Action] = []
    with asking_kafka(settings.kafka):
        for record in kept.records(settings.kafka, topic):
            with suppress(Reject):
                found.append(decode(record.value, Action))
    return sorted((one for one in found if one.run == id), key=lambda one: one.at)
