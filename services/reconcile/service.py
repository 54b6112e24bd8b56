"""The reconcile service: finds articles that classify passed over, and publishes them again.

An article is missing when the group of classify has committed past it, so that it will not come
back by itself, and no outcome has come for `grace_seconds`. Articles that still wait for classify
are backlog, not missing, and are not read yet: that bounds the memory.

It keeps no offsets. Each start reads the last day again (and everything that classify has yet to
do): then nothing can be forgotten between what was read and what was settled, two instances do no
harm, and a repeat of an article overwrites itself. What was lost before, while reconcile did not
run, `pledgewatch reconcile --once` finds.
"""

import logging as std_logging
import threading
import time
from time import monotonic

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError, KafkaTimeoutError

from services.common import kafka, logging
from services.common.errors import UserError
from services.common.http import HealthServer
from services.common.metrics import ReconcileMetrics
from services.common.reach import CONNECT_MS
from services.common.running import pauses, start_over_if_asked, stop_on_signals
from services.common.runs import Following
from services.common.samples import Sampler
from services.common.settings import Settings
from services.reconcile.accounts import Accounts, Place
from services.reconcile.reading import TIMEOUT_MS, client, partitions, read_article, read_outcome

LOOKBACK_SECONDS = 24 * 60 * 60

CLOCK_SECONDS = 60 * 60
"""How far the clocks of those who write articles and outcomes may differ."""

EARLY_MAX = 50_000
"""Outcomes read before their articles, at which outcomes are left until articles catch up."""

STEP_SECONDS = 1.0
RETRY_SECONDS_MAX = 10.0
SILENCE_SECONDS_MAX = 120.0


def run(settings: Settings) -> None:
    """Reconcile until SIGTERM.

    Raises:
        PortError: the port of the health pages cannot be had.
    """
    logging.configure(settings.log, "reconcile")
    std_logging.getLogger("kafka").setLevel(std_logging.CRITICAL)  # we say what it means
    stop = stop_on_signals()
    service = Reconcile(settings)
    pages = HealthServer(
        "reconcile",
        settings.reconcile,
        service.metrics.registry,
        healthy=service.healthy,
        ready=service.ready,
    )
    with pages, Sampler("reconcile", settings, service.metrics.registry):
        service.serve(stop)
    start_over_if_asked()


class Reconcile:
    """Reads both topics, and publishes again what is overdue."""

    def __init__(self, settings: Settings) -> None:
        self.metrics = ReconcileMetrics()
        self._settings = settings
        self._problem: str | None = "starting"
        self._beat = monotonic()

    def serve(self, stop: threading.Event) -> None:
        """Reconcile until `stop` is set; start over whenever Kafka was away."""
        waits = pauses(RETRY_SECONDS_MAX)
        following: Following | None = None
        while not stop.is_set():
            try:
                following = following or Following(self._settings, stop)
                with _Session(self._settings, self.metrics, following.topics) as session:
                    while not stop.wait(STEP_SECONDS):
                        session.step(stop)
                        self._beat = monotonic()
                        self._problem = None
                        waits = pauses(RETRY_SECONDS_MAX)
            except (KafkaError, UserError) as error:
                if self._problem is None or self._problem == "starting":
                    logging.get().warning("Kafka cannot be used, trying again", error=str(error))
                self._problem = f"Kafka cannot be used: {error}"
                self._beat = monotonic()
                stop.wait(next(waits))

    def healthy(self) -> str | None:
        """Whether the loop turns."""
        silence = monotonic() - self._beat
        if silence > SILENCE_SECONDS_MAX:
            return f"the loop has been silent for {silence:.0f} seconds"
        return None

    def ready(self) -> str | None:
        """Whether the topics are being read."""
        return self._problem


class _Session:
    """From one connection to Kafka until it breaks."""

    def __init__(self, settings: Settings, metrics: ReconcileMetrics, topics: kafka.Topics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._topics = topics
        self._group = self._topics.group("classify")
        self._accounts = Accounts()

    def __enter__(self) -> "_Session":
        connection = self._settings.kafka
        self._reader: KafkaConsumer = client(connection)
        self._fetcher: KafkaConsumer = client(connection)
        self._admin: KafkaAdminClient = kafka.admin(
            connection, "pledgewatch-reconcile", bootstrap_timeout_ms=CONNECT_MS
        )
        self._producer: KafkaProducer = kafka.producer(
            connection, "pledgewatch-reconcile", bootstrap_timeout_ms=CONNECT_MS
        )
        self._articles = partitions(self._reader, self._topics.articles)
        self._outcomes = partitions(self._reader, self._topics.outcomes)
        self._reader.assign(self._articles + self._outcomes)
        self._seek()
        return self

    def __exit__(self, *_: object) -> None:
        self._producer.close(timeout=0)
        self._admin.close()
        self._fetcher.close(autocommit=False, timeout_ms=0)
        self._reader.close(autocommit=False, timeout_ms=0)

    def _seek(self) -> None:
        """To the articles of the last day, or what classify has yet to do; outcomes likewise."""
        day_ago = int((time.time() - LOOKBACK_SECONDS) * 1000)
        times = dict.fromkeys(self._articles, day_ago)
        times |= dict.fromkeys(self._outcomes, day_ago - CLOCK_SECONDS * 1000)
        found = self._reader.offsets_for_times(times, timeout_ms=TIMEOUT_MS)
        starts = self._reader.beginning_offsets(self._articles, timeout_ms=TIMEOUT_MS)
        ends = self._reader.end_offsets(list(times), timeout_ms=TIMEOUT_MS)
        to_do = starts | self._committed()
        for tp in times:
            offset = found[tp].offset if found.get(tp) else ends[tp]
            if tp in to_do:
                offset = min(offset, to_do[tp])
                self._accounts.start(tp.partition, offset)
            self._reader.seek(tp, offset)

    def _committed(self) -> dict[TopicPartition, int]:
        """How far classify has committed in each partition of articles."""
        offsets = self._admin.list_group_offsets({self._group: self._articles})[self._group]
        return {tp: found.offset for tp, found in offsets.items() if found.offset >= 0}

    def step(self, stop: threading.Event) -> None:
        """Read what there is, settle, and publish again what is overdue.

        Raises:
            KafkaError: Kafka cannot be reached.
        """
        limits = self._committed()  # first: the outcomes of all before are on their topic by now
        ends = self._reader.end_offsets(self._articles + self._outcomes, timeout_ms=TIMEOUT_MS)
        self._read(limits, ends, stop)
        if stop.is_set():
            return
        before = monotonic() - self._settings.reconcile.grace_seconds
        backlog = sum(ends[tp] - self._reader.position(tp) for tp in self._articles)
        self._metrics.pending.set(max(0, backlog) + self._accounts.waiting)
        self._metrics.unaccounted.set(self._accounts.unaccounted(before))
        for article_id, waiting in self._accounts.overdue(before):
            self._republish(article_id, waiting.place)

    def _read(
        self,
        limits: dict[TopicPartition, int],
        ends: dict[TopicPartition, int],
        stop: threading.Event,
    ) -> None:
        """Read articles up to the limits, and outcomes up to the ends."""
        goals = {tp: limits.get(tp, 0) for tp in self._articles}
        goals |= {tp: ends[tp] for tp in self._outcomes}
        while not stop.is_set():
            left = {tp for tp, goal in goals.items() if self._reader.position(tp) < goal}
            if not left:
                return
            if self._accounts.early > EARLY_MAX and left & set(self._articles):
                left -= set(self._outcomes)
            self._reader.pause(*(goals.keys() - left))
            self._reader.resume(*left)
            for tp, records in self._reader.poll(timeout_ms=200).items():
                for record in records:
                    if record.offset >= goals[tp]:
                        self._reader.seek(tp, record.offset)
                        break
                    self._enter(tp, record)

    def _enter(self, tp: TopicPartition, record: ConsumerRecord) -> None:
        if tp.topic == self._topics.articles:
            read_article(self._accounts, record, monotonic())
        else:
            read_outcome(self._accounts, record)

    def _republish(self, article_id: str, place: Place) -> None:
        """Publish the record at `place` again, as it is.

        Raises:
            KafkaError: it could not be read or written.
        """
        partition, offset = place
        record = self._fetch(TopicPartition(self._topics.articles, partition), offset)
        if record is None:
            logging.get().warning(
                "an article without an outcome is no longer on its topic", article=article_id
            )
            self._accounts.gone(article_id)
            return
        self._producer.send(
            self._topics.articles, key=record.key, value=record.value, headers=record.headers
        ).get(timeout=TIMEOUT_MS / 1000)
        self._accounts.republished(article_id, monotonic())
        self._metrics.republished.inc()
        logging.get().warning(
            "an article had no outcome and was published again",
            article=article_id,
            partition=partition,
            offset=offset,
        )

    def _fetch(self, tp: TopicPartition, offset: int) -> ConsumerRecord | None:
        """The record at an offset; None if it was deleted.

        Raises:
            KafkaTimeoutError: Kafka does not answer.
        """
        if self._fetcher.beginning_offsets([tp], timeout_ms=TIMEOUT_MS)[tp] > offset:
            return None
        self._fetcher.assign([tp])
        self._fetcher.seek(tp, offset)
        deadline = monotonic() + TIMEOUT_MS / 1000
        while monotonic() < deadline:
            for record in self._fetcher.poll(timeout_ms=500, max_records=1).get(tp, ()):
                return record if record.offset == offset else None
        raise KafkaTimeoutError(f"offset {offset} of partition {tp.partition} did not come")
