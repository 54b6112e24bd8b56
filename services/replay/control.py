"""What people do with replays: start, watch, stop, resume them; ask for their promotion."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from pledgewatch.extract import Extractor
from pledgewatch.records import Run
from services.common import runs
from services.common.errors import UserError
from services.common.extractor import load as load_extractor
from services.common.reach import asking_kafka
from services.common.settings import Settings
from services.replay.plan import bounds
from services.replay.positions import Positions
from services.replay.state import AT_WORK, is_driven

ANSWER_SECONDS = 60
"""How long a driver may take to answer a request."""

PROMOTE_SECONDS = 1_800
"""Longer than a driver waits for all that it waits for."""

STEP_SECONDS = 0.5


def known(settings: Settings) -> list[Run]:
    """All replays, the newest first."""
    return sorted(
        runs.read(settings.kafka).known.values(), key=lambda run: run.started, reverse=True
    )


def find(settings: Settings, id: str) -> Run:
    """A run.

    Raises:
        UserError: there is none of this name.
    """
    return runs.read(settings.kafka).find(id)


def draft(settings: Settings, run: Run) -> tuple[Run, Extractor | None]:
    """A run with where its backlog lies and its model, and the extractor where it has one.

    Raises:
        UserError: the model is missing, or Kafka cannot be asked.
    """
    extractor = None
    if "classify" in run.stages:
        extractor = load_extractor(Path(run.model_path) if run.model_path else None)
        run = replace(run, model=extractor.model)
    with asking_kafka(settings.kafka), Positions(settings.kafka) as positions:
        topics = runs.read(settings.kafka).topics(settings.kafka.topic_prefix, run.base)
        starts, ends = bounds(positions, run, topics)
    articles = sum(ends) - sum(starts)
    days = settings.kafka.articles_retention_days
    if days >= 0:
        run = replace(run, reach=run.started - timedelta(days=days))
    return replace(run, starts=tuple(starts), ends=tuple(ends), articles=articles), extractor


def refuse_beside_others(settings: Settings, run: Run, *, alongside: bool) -> None:
    """Raises UserError where another replay of one of its stages is at work, or has its name.

    `alongside`: others may be at work.
    """
    for other in known(settings):
        if other.id == run.id:
            raise UserError(f"there was a run {run.id!r} already: give it another --name")
        shared = set(other.stages) & set(run.stages)
        if other.state in AT_WORK and shared and not alongside:
            raise UserError(
                f"the replay {other.id} is at work on {', '.join(sorted(shared))}: stop it"
                f" (`pledgewatch replay stop {other.id}`), or say --alongside"
            )


def begin(settings: Settings, run: Run, by: str) -> None:
    """Write a new run down."""
    what = [f"stages {', '.join(run.stages)}"]
    what += [
        f"{name} {value}" for name, value in (("since", run.since), ("until", run.until)) if value
    ]
    what += [f"sources {', '.join(run.sources)}"] if run.sources else []
    what += [f"model {run.model.name} {run.model.version}"] if run.model else []
    runs.write(settings.kafka, [run], [runs.action(run.id, "start", by, "; ".join(what))])


def detach(settings: Settings, id: str) -> Path:
    """Start a driver that lives on without us; where its log is."""
    folder = settings.replay.logs
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{id}.log"
    with path.open("ab") as log:
        subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-m", "services.cli", "replay", "drive", id],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return path


def resume(settings: Settings, id: str, by: str) -> Run:
    """A run that was stopped, failed, or lost its driver, about to go on.

    Raises:
        UserError: there is nothing to resume.
    """
    run = find(settings, id)
    if is_driven(run):
        raise UserError(f"{id} is at work on {run.host}: `pledgewatch replay attach {id}` shows it")
    if run.state in ("live", "retired", "discarded"):
        raise UserError(f"{id} is {run.state}: there is nothing to resume")
    runs.write(settings.kafka, [], [runs.action(id, "resume", by)])
    return run


def stop(settings: Settings, id: str, by: str) -> Run:
    """Stop a run; it can be resumed.

    Raises:
        UserError: it is not at work, or its driver does not answer.
    """
    run = find(settings, id)
    if run.state not in AT_WORK:
        raise UserError(f"{id} is {run.state}: there is nothing to stop")
    if not is_driven(run):
        stopped = replace(run, state="stopped", host=None, updated=datetime.now(UTC))
        runs.write(settings.kafka, [stopped], [runs.action(id, "stop", by)])
        return stopped
    runs.write(settings.kafka, [], [runs.action(id, "stop", by)])
    return wait(settings, id, lambda run: run.state not in AT_WORK, "stop")


def ask_to_promote(
    settings: Settings, id: str, by: str, detail: str | None, watch: Callable[[Run], None]
) -> Run:
    """Have a run that has caught up take the place of the live one.

    Raises:
        UserError: it has not caught up, has no driver, or its driver does not answer.
    """
    run = find(settings, id)
    if run.state not in ("caught_up", "promoting"):
        raise UserError(f"{id} is {run.state}: it can be promoted once it has caught up")
    if not is_driven(run):
        raise UserError(
            f"nobody drives {id}, so it falls behind: `pledgewatch replay resume {id}` first"
        )
    runs.write(settings.kafka, [], [runs.action(id, "promote", by, detail)])
    if run.state == "caught_up":
        before = run.problem
        wait(
            settings,
            id,
            lambda now: now.state != "caught_up" or now.problem != before,
            "begin to promote",
        )
    return wait(
        settings, id, lambda now: now.state != "promoting", "promote", watch, PROMOTE_SECONDS
    )


def wait(
    settings: Settings,
    id: str,
    over: Callable[[Run], bool],
    what: str,
    watch: Callable[[Run], None] = lambda run: None,
    seconds: float = ANSWER_SECONDS,
) -> Run:
    """The run, once it is as wanted.

    Raises:
        UserError: it does not become so.
    """
    deadline = time.monotonic() + seconds
    while not over(run := find(settings, id)):
        watch(run)
        if time.monotonic() > deadline:
            raise UserError(
                f"{id} did not {what} within {seconds:.0f} s: see its log, or end its driver on"
                f" {run.host} and `pledgewatch replay resume {id}`"
            )
        time.sleep(STEP_SECONDS)  # a record of a run is looked for, nobody calls
    return run
