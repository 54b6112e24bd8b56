"""Ingest as a whole: what it is made of, how it starts, drains and ends."""

import asyncio
import signal
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from kafka.errors import KafkaError
from msgspec import structs

from pledgewatch.outcome import Outcome, Stage
from services.common import logging
from services.common.http import HealthServer
from services.common.kafka import Topics
from services.common.kept import records
from services.common.metrics import Metrics
from services.common.running import pauses
from services.common.runs import Following
from services.common.samples import Sampler
from services.common.settings import KafkaSettings, Settings
from services.ingest import files
from services.ingest.articles import Item
from services.ingest.feeds_file import FeedConfig
from services.ingest.fetch import Fetcher
from services.ingest.files import BadLine, FileError
from services.ingest.intake import Intake
from services.ingest.parsing import Parser
from services.ingest.polling import Poller
from services.ingest.publish import Publisher
from services.ingest.push import Push
from services.ingest.state import State

DRAIN_SECONDS_MAX = 8.0
HOUSEKEEPING_SECONDS = 3600.0
KAFKA_PAUSE_SECONDS_MAX = 10.0
ITEMS_AT_ONCE = 200

log = logging.get()


@dataclass(frozen=True)
class Parts:
    """What every way of ingesting is made of."""

    stop: asyncio.Event
    recovered: asyncio.Event
    metrics: Metrics
    publisher: Publisher
    parser: Parser
    intake: Intake

    @property
    def problem(self) -> str | None:
        """A sentence while it cannot work, else None."""
        if not self.recovered.is_set():
            return "what is known is still to be read back from Kafka"
        return self.publisher.problem


async def serve(settings: Settings, feeds: Sequence[FeedConfig]) -> None:
    """Poll the feeds and take in what is pushed, until SIGTERM; then drain."""
    state, parts = _parts(settings)
    health = HealthServer(
        Stage.INGEST,
        settings.ingest,
        parts.metrics.registry,
        healthy=lambda: None,
        ready=lambda: parts.problem,
    )
    async with AsyncExitStack() as stack:
        stack.enter_context(health)
        stack.enter_context(Sampler(Stage.INGEST, settings, parts.metrics.registry))
        await stack.enter_async_context(_running(settings, state, parts))
        if settings.ingest.push_enabled:
            push = Push(settings.ingest, parts.intake, parts.publisher)
            await stack.enter_async_context(push.serving())
            log.info("taking articles at POST /articles", port=push.port)
        poller = await _poller(settings, parts, stack)
        polling = asyncio.create_task(poller.run(list(feeds), parts.stop))
        housekeeping = asyncio.create_task(_housekeep(parts))
        log.info("ingest runs", feeds=len(feeds), articles_known=parts.intake.articles_known)
        stopping = asyncio.create_task(parts.stop.wait())
        # Only an error ends one of the others before the stop
        watched = {stopping, housekeeping, *([polling] if feeds else [])}
        await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        await _finish(polling)
        await _finish(housekeeping, seconds=0)
        log.info("ingest ends")


async def poll_once(settings: Settings, feeds: Sequence[FeedConfig]) -> tuple[Counter[str], int]:
    """Poll each feed one time; counts by outcome, and the number of feeds that failed."""
    state, parts = _parts(settings)
    async with _running(settings, state, parts), AsyncExitStack() as stack:
        poller = await _poller(settings, parts, stack)
        polling = asyncio.create_task(poller.once(list(feeds), parts.stop))
        await _finish_or_stop(polling, parts.stop)
        return _counts(parts.metrics), 0 if polling.cancelled() else polling.result()


async def read_files(
    settings: Settings,
    paths: Sequence[Path],
    *,
    progress: Callable[[Path, int], None],
    complain: Callable[[BadLine], None],
    archived: bool = False,
) -> Counter[str]:
    """Publish the articles of files; counts by outcome.

    Args:
        settings: all settings.
        paths: the files.
        progress: told how many bytes of a file have been read.
        complain: told of each line that is no article.
        archived: what they tell is history, and alerts nobody.
    """
    state, parts = _parts(settings)
    async with _running(settings, state, parts):
        reading = asyncio.create_task(
            _read_files(settings, parts, paths, progress, complain, archived=archived)
        )
        await _finish_or_stop(reading, parts.stop)
        return _counts(parts.metrics)


async def _read_files(
    settings: Settings,
    parts: Parts,
    paths: Sequence[Path],
    progress: Callable[[Path, int], None],
    complain: Callable[[BadLine], None],
    *,
    archived: bool,
) -> None:
    room = asyncio.Semaphore(ITEMS_AT_ONCE)

    async def take(item: Item | BadLine) -> None:
        try:
            if isinstance(item, BadLine):
                complain(item)
                await parts.intake.reject(item.url, item.reject, item.raw)
            else:
                await parts.intake.accept(structs.replace(item, archived=archived))
        finally:
            room.release()

    unreadable: FileError | None = None
    async with asyncio.TaskGroup() as tasks:
        try:
            for path in paths:
                async for item in _items(settings, parts.parser, path, progress):
                    await room.acquire()
                    if parts.stop.is_set():
                        return
                    tasks.create_task(take(item))
        except FileError as error:  # what was read before is finished; a group would wrap it
            unreadable = error
    if unreadable is not None:
        raise unreadable


async def _items(
    settings: Settings, parser: Parser, path: Path, progress: Callable[[Path, int], None]
) -> AsyncIterator[Item | BadLine]:
    if files.holds_lines(path):
        for item in files.read_lines(path, lambda count: progress(path, count)):
            yield item
    elif files.is_archive(path):
        bytes_max = settings.ingest.page_bytes_max
        pages = files.read_archive(path, parser, bytes_max, lambda count: progress(path, count))
        async for item in pages:
            yield item
    else:
        yield await files.read_document(path, parser, settings.ingest.page_bytes_max)


def _parts(settings: Settings) -> tuple[State, Parts]:
    metrics = Metrics(Stage.INGEST)
    state = State(timedelta(days=settings.ingest.story_window_days))
    publisher = Publisher(settings.kafka, metrics)
    return state, Parts(
        stop=asyncio.Event(),
        recovered=asyncio.Event(),
        metrics=metrics,
        publisher=publisher,
        parser=Parser(settings.ingest),
        intake=Intake(settings, publisher, state, metrics),
    )


@asynccontextmanager
async def _running(settings: Settings, state: State, parts: Parts) -> AsyncIterator[None]:
    """Listen to signals, read the state back, and close everything in the end."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, parts.stop.set)
    async with parts.publisher, parts.parser:
        await _recover(settings, state, parts)
        yield


async def _recover(settings: Settings, state: State, parts: Parts) -> None:
    """Read the state back; wait for Kafka as long as it takes."""
    for pause in pauses(KAFKA_PAUSE_SECONDS_MAX):
        if parts.stop.is_set():
            return
        try:
            await asyncio.to_thread(_load, settings.kafka, state)
            await asyncio.to_thread(_follow_runs, settings, parts.intake)
        except KafkaError as error:
            log.warning(
                "waiting for Kafka", servers=settings.kafka.bootstrap_servers, error=str(error)
            )
            parts.metrics.retries.labels(Stage.INGEST).inc()
            await _sleep(parts.stop, pause)
        else:
            parts.recovered.set()
            return


def _load(settings: KafkaSettings, state: State) -> None:
    topic = Topics(settings.topic_prefix).ingest_state
    kept = records(settings, topic)
    state.load((one.key.decode("utf-8", "replace"), one.value) for one in kept if one.key)


def _follow_runs(settings: Settings, intake: Intake) -> None:
    """Outcomes go where those of the live run are."""

    def changed(topics: Topics) -> None:
        intake.topics = topics

    changed(Following(settings, threading.Event(), changed=changed).topics)


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    """Until the time is over, or the stop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _poller(settings: Settings, parts: Parts, stack: AsyncExitStack) -> Poller:
    fetcher = await stack.enter_async_context(Fetcher(settings.ingest))
    return Poller(
        settings.ingest, fetcher, parts.parser, parts.intake, parts.publisher, parts.metrics
    )


async def _housekeep(parts: Parts) -> None:
    while True:
        await parts.intake.forget_old()
        await asyncio.sleep(HOUSEKEEPING_SECONDS)


async def _finish_or_stop(work: "asyncio.Task[Any]", stop: asyncio.Event) -> None:
    """Wait for work to end; after a stop, no longer than its time to drain."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    await _finish(work)


async def _finish(work: "asyncio.Task[Any]", seconds: float = DRAIN_SECONDS_MAX) -> None:
    """Give work under way its time, then end it; its error, if it had one, is raised."""
    await asyncio.wait({work}, timeout=seconds)
    if not work.done():
        work.cancel()
        await asyncio.wait({work})
    if not work.cancelled():
        work.result()


def _counts(metrics: Metrics) -> Counter[str]:
    counts: Counter[str] = Counter()
    for outcome in (Outcome.PUBLISHED, Outcome.DUPLICATE, Outcome.REJECTED):
        value = metrics.registry.get_sample_value(
            "pledgewatch_records_total", {"stage": Stage.INGEST, "outcome": outcome}
        )
        counts[outcome] = int(value or 0)
    return counts
