"""The classify service: articles in; mentions, and one outcome for each article, out."""

import asyncio
import logging as std_logging
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, perf_counter
from typing import cast

from faust.types.tuples import Message
from kafka.errors import KafkaError

from pledgewatch.outcome import Outcome, Stage
from pledgewatch.records import Model, Origin
from pledgewatch.replay.selection import Selection
from services.classify.shell import RETRY_SECONDS_MAX, Progress, Writer, application, leave
from services.classify.stage import Extract, Headers, Input, Output, Work, classify
from services.classify.watchdog import Watchdog, obstacle
from services.common import logging
from services.common.errors import UserError
from services.common.http import HealthServer
from services.common.kafka import page_key
from services.common.metrics import Metrics, ModelMetrics
from services.common.running import pauses, stop_on_signals
from services.common.runs import Following
from services.common.samples import Sampler
from services.common.settings import Settings

CHATTY_LIBRARIES = ("faust", "mode", "aiokafka", "kafka")
"""They report each refused connection and slow partition; we say once what it means."""

DRAIN_SECONDS = 25.0
"""From SIGTERM until leaving without a last commit; supervisors wait 30."""

BEAT_SECONDS = 0.2

SILENCE_SECONDS_MAX = 10.0
"""An event loop that has been silent for longer is not alive."""


Load = Callable[[Path | None], tuple[Extract, Model]]
"""The extractor with the model in a folder; with the shipped one where there is none."""


def run(settings: Settings, load: Load) -> None:
    """Classify until SIGTERM; then finish the record in hand, commit and return.

    Raises:
        PortError: the port of the health pages cannot be had.
    """
    logging.configure(settings.log, "classify")
    for library in CHATTY_LIBRARIES:
        std_logging.getLogger(library).setLevel(std_logging.CRITICAL)
    asyncio.run(_run(settings, load, stop_on_signals()))


async def _run(settings: Settings, load: Load, stop: threading.Event) -> None:
    """With the loop running, since Faust takes the one it finds."""
    with tempfile.TemporaryDirectory(prefix="pledgewatch-classify-") as folder:
        service = Classify(settings, load, Path(folder), stop)
        pages = HealthServer(
            "classify",
            settings.classify,
            service.metrics.registry,
            healthy=service.healthy,
            ready=service.ready,
        )
        with pages, Sampler(Stage.CLASSIFY, settings, service.metrics.registry) as sampler:
            await service.serve(sampler)


class Classify:
    """Joins the stage to its Faust shell, its watchdog and its metrics."""

    def __init__(
        self, settings: Settings, load: Load, datadir: Path, stop: threading.Event
    ) -> None:
        self.metrics = Metrics(Stage.CLASSIFY)
        self._model_metrics = ModelMetrics(self.metrics.registry)
        self._settings = settings
        self._problem = "starting"
        self._load = load
        self._datadir = datadir
        self._stop = stop
        self._worker = ThreadPoolExecutor(1, "extract")  # off the loop, which keeps heart-beating
        self._progress = Progress()
        self._next = monotonic()

    def _prepare(self, following: Following) -> None:
        """Get ready to work for a run.

        Raises:
            UserError: its model is not here.
        """
        run = following.run
        maker = following.known.known.get(following.topics.classify)  # of the mentions there
        extract, model = self._load(Path(maker.model_path) if maker and maker.model_path else None)
        if maker and maker.model and maker.model.sha256 != model.sha256:
            raise UserError(
                f"the run {maker.id} was started with the model {maker.model.version}"
                f" ({maker.model.sha256[:12]}), and here is {model.version} ({model.sha256[:12]}):"
                f" put it at {maker.model_path or 'its place in the package'}"
            )
        self._model_metrics.info.labels(model.name, model.version, model.sha256).set(1)
        self._following, self._topics = following, following.topics
        selection = None if run is None or following.is_live else Selection.of(run)
        self._work = Work(extract, model, self._topics.classify, selection)
        kafka = self._settings.kafka
        self._app = application(kafka, self._topics, self._progress, self._handle, self._datadir)
        self._writer = Writer(self._app, self.metrics.retries.labels(Stage.CLASSIFY).inc)
        self._watchdog = Watchdog(
            kafka,
            self._topics,
            self._settings.classify.stall_seconds,
            self._progress,
            self.metrics,
            leave,
        )

    async def serve(self, sampler: Sampler) -> None:
        """Run the app until `stop` is set; leave the process if the app does not survive.

        Raises:
            UserError: there is no such run, or its model is not here.
        """
        stop = self._stop
        following = await self._wait_for_kafka()
        if following is None:
            return
        self._prepare(following)
        sampler.run = following.topics.index
        self._watchdog.start()
        await self._app.start()
        while not stop.is_set():
            if self._app.crashed:
                leave("Faust has crashed: leaving, to be started again", self._app.crash_reason)
            self._progress.beat = monotonic()
            await asyncio.sleep(BEAT_SECONDS)
        self._progress.ready = False
        self._watchdog.stop()
        try:
            await asyncio.wait_for(self._app.stop(), DRAIN_SECONDS)
        except TimeoutError:
            leave("the record in hand could not be finished in time: it is done again at the start")

    async def _wait_for_kafka(self) -> Following | None:
        """What is to be done, once Kafka has the topics; None when `stop` is set before."""
        for pause in pauses(RETRY_SECONDS_MAX):
            self._progress.beat = monotonic()
            problem = await asyncio.to_thread(obstacle, self._settings.kafka)
            if problem is None:
                try:
                    following = await asyncio.to_thread(Following, self._settings, self._stop)
                except KafkaError as error:
                    problem = f"the runs cannot be read ({error})"
                else:
                    self._problem = f"no partitions of {following.topics.articles} are assigned yet"
                    return following
            if problem != self._problem:
                logging.get().warning(problem)
            self._problem = problem
            await asyncio.sleep(pause)
            if self._stop.is_set():
                return None
        return None

    def healthy(self) -> str | None:
        """Whether the event loop turns."""
        silence = monotonic() - self._progress.beat
        if silence > SILENCE_SECONDS_MAX:
            return f"the event loop has been silent for {silence:.0f} seconds"
        return None

    def ready(self) -> str | None:
        """Whether partitions are assigned and consumed."""
        if not self._progress.ready:
            return self._problem
        return None

    async def _handle(self, message: Message) -> None:
        """Classify one record; return when all that comes of it is acknowledged."""
        await self._hold_back()
        start = perf_counter()
        origin = Origin(topic=message.topic, partition=message.partition, offset=message.offset)
        record = Input(origin, message.key, message.value, cast(Headers, message.headers or ()))
        output = await asyncio.get_running_loop().run_in_executor(
            self._worker, classify, record, self._work
        )
        await self._write(output)
        self._count(output, perf_counter() - start)

    async def _hold_back(self) -> None:
        """Wait until the run's pace lets the next article through: live goes before replays."""
        while (run := self._following.run) is not None and run.pace is not None:
            if self._stop.is_set():
                return
            if run.pace > 0:
                await asyncio.sleep(max(0.0, self._next - monotonic()))
                self._next = max(self._next, monotonic() - 1) + run.workers / run.pace
                break
            self._progress.held = True
            await asyncio.sleep(BEAT_SECONDS)
        self._progress.held = False

    async def _write(self, output: Output) -> None:
        """The outcome comes last: where there is one, the rest is there too."""
        write, topics = self._writer.write, self._topics
        await write(
            topics.mentions,
            "mention",
            [(page_key(m.actor, m.recipient), m) for m in output.mentions],
        )
        # a replay refuses what live has refused, and would open its letters again
        if (letter := output.dead_letter) is not None and self._following.is_live:
            await write(topics.dead_letters, "dead-letter", [(letter.id, letter)])
        if (outcome := output.outcome) is not None:
            await write(topics.outcomes, "outcome", [(outcome.article_id, outcome)])

    def _count(self, output: Output, seconds: float) -> None:
        metrics, stage, now = self.metrics, Stage.CLASSIFY, datetime.now(UTC)
        if output.article is not None and output.outcome is None:
            return  # it is not of this replay
        outcome = output.outcome.outcome if output.outcome else Outcome.REJECTED
        metrics.records.labels(stage, outcome).inc()
        metrics.duration.labels(stage).observe(seconds)
        metrics.last_record.labels(stage).set(now.timestamp())
        if output.article is not None:
            age = (now - output.article.first_seen).total_seconds()
            metrics.end_to_end.labels(stage).observe(age)
        if output.dead_letter is not None:
            metrics.dead_letters.labels(stage, output.dead_letter.reason).inc()
        for mention in output.mentions:
            self._model_metrics.mentions.labels(mention.kind).inc()
            self._model_metrics.confidence.observe(mention.confidence)
