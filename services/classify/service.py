"""The classify service: articles in; mentions, and one outcome for each article, out."""

import asyncio
import logging as std_logging
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, perf_counter
from typing import cast

from faust.types.tuples import Message

from pledgewatch.outcome import Outcome, Stage
from pledgewatch.records import Model, Origin
from services.classify.shell import RETRY_SECONDS_MAX, Progress, Writer, application, leave
from services.classify.stage import Extract, Headers, Input, Output, classify
from services.classify.watchdog import Watchdog, obstacle
from services.common import logging
from services.common.http import HealthServer
from services.common.kafka import Topics, page_key
from services.common.metrics import Metrics, ModelMetrics
from services.common.running import pauses, stop_on_signals
from services.common.samples import Sampler
from services.common.settings import Settings

CHATTY_LIBRARIES = ("faust", "mode", "aiokafka", "kafka")
"""They report each refused connection and slow partition; we say once what it means."""

DRAIN_SECONDS = 25.0
"""From SIGTERM until leaving without a last commit; supervisors wait 30."""

BEAT_SECONDS = 0.2

SILENCE_SECONDS_MAX = 10.0
"""An event loop that has been silent for longer is not alive."""


def run(settings: Settings, extract: Extract, model: Model) -> None:
    """Classify until SIGTERM; then finish the record in hand, commit and return.

    Raises:
        PortError: the port of the health pages cannot be had.
    """
    logging.configure(settings.log, "classify")
    for library in CHATTY_LIBRARIES:
        std_logging.getLogger(library).setLevel(std_logging.CRITICAL)
    asyncio.run(_run(settings, extract, model, stop_on_signals()))


async def _run(settings: Settings, extract: Extract, model: Model, stop: threading.Event) -> None:
    """With the loop running, since Faust takes the one it finds."""
    with tempfile.TemporaryDirectory(prefix="pledgewatch-classify-") as folder:
        service = Classify(settings, extract, model, Path(folder))
        pages = HealthServer(
            "classify",
            settings.classify,
            service.metrics.registry,
            healthy=service.healthy,
            ready=service.ready,
        )
        with pages, Sampler(Stage.CLASSIFY, settings, service.metrics.registry):
            await service.serve(stop)


class Classify:
    """Joins the stage to its Faust shell, its watchdog and its metrics."""

    def __init__(self, settings: Settings, extract: Extract, model: Model, datadir: Path) -> None:
        self.metrics = Metrics(Stage.CLASSIFY)
        self._model_metrics = ModelMetrics(self.metrics.registry)
        self._model_metrics.info.labels(model.name, model.version, model.sha256).set(1)
        self._kafka = settings.kafka
        self._problem = "starting"
        self._topics = Topics(settings.kafka.topic_prefix)
        self._extract = extract
        self._model = model
        self._worker = ThreadPoolExecutor(1, "extract")  # off the loop, which keeps heart-beating
        self._progress = Progress()
        self._app = application(settings.kafka, self._progress, self._handle, datadir)
        self._writer = Writer(self._app, self.metrics.retries.labels(Stage.CLASSIFY).inc)
        self._watchdog = Watchdog(
            settings.kafka, settings.classify.stall_seconds, self._progress, self.metrics, leave
        )

    async def serve(self, stop: threading.Event) -> None:
        """Run the app until `stop` is set; leave the process if the app does not survive."""
        if not await self._wait_for_kafka(stop):
            return
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

    async def _wait_for_kafka(self, stop: threading.Event) -> bool:
        """True when Kafka has the topics, False when `stop` is set before."""
        for pause in pauses(RETRY_SECONDS_MAX):
            self._progress.beat = monotonic()
            problem = await asyncio.to_thread(obstacle, self._kafka)
            if problem is None:
                break
            if problem != self._problem:
                logging.get().warning(problem)
            self._problem = problem
            await asyncio.sleep(pause)
            if stop.is_set():
                return False
        self._problem = f"no partitions of {self._topics.articles} are assigned yet"
        return True

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
        start = perf_counter()
        origin = Origin(topic=message.topic, partition=message.partition, offset=message.offset)
        record = Input(origin, message.key, message.value, cast(Headers, message.headers or ()))
        output = await asyncio.get_running_loop().run_in_executor(
            self._worker, classify, record, self._extract, self._model
        )
        await self._write(output)
        self._count(output, perf_counter() - start)

    async def _write(self, output: Output) -> None:
        """The outcome comes last: where there is one, the rest is there too."""
        write, topics = self._writer.write, self._topics
        await write(
            topics.mentions,
            "mention",
            [(page_key(m.actor, m.recipient), m) for m in output.mentions],
        )
        if (letter := output.dead_letter) is not None:
            await write(topics.dead_letters, "dead-letter", [(letter.id, letter)])
        if (outcome := output.outcome) is not None:
            await write(topics.outcomes, "outcome", [(outcome.article_id, outcome)])

    def _count(self, output: Output, seconds: float) -> None:
        metrics, stage, now = self.metrics, Stage.CLASSIFY, datetime.now(UTC)
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
