"""Watches from outside the event loop whether the partitions held move, and measures their lag."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from services.classify.shell import Progress
from services.common import logging
from services.common.kafka import Topics, consumer
from services.common.metrics import Metrics
from services.common.settings import KafkaSettings

CHECK_SECONDS = 2.0
TIMEOUT_MS = 5_000


def obstacle(settings: KafkaSettings) -> str | None:
    """Why classify cannot start yet, as a sentence; None when Kafka answers and has the topics."""
    topics = Topics(settings.topic_prefix)
    try:
        client = _client(settings, topics)
        try:
            missing = set(topics.all()) - client.topics()
        finally:
            client.close()
    except KafkaError as error:
        return f"Kafka at {settings.bootstrap_servers} cannot be reached ({error})"
    if missing:
        return f"topics are missing ({', '.join(sorted(missing))}): run `pledgewatch provision`"
    return None


def _client(settings: KafkaSettings, topics: Topics) -> KafkaConsumer:
    """A client that looks at the group of classify without joining it."""
    return consumer(
        settings,
        "pledgewatch-classify-watchdog",
        topics.group("classify"),
        bootstrap_timeout_ms=TIMEOUT_MS,
    )


@dataclass(frozen=True)
class Standing:
    """Where a partition stands: the offset after the last record done, and after the last there."""

    done: int
    end: int

    @property
    def waiting(self) -> int:
        """Records that wait."""
        return max(0, self.end - self.done)


class Stall:
    """Tells which partition has had records waiting without moving for `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[TopicPartition, tuple[int, float]] = {}

    def reset(self) -> None:
        """Start afresh: Kafka was away, and nothing could move."""
        self._since.clear()

    def check(self, standings: dict[TopicPartition, Standing], now: float) -> TopicPartition | None:
        """A partition that is stuck, or None. Partitions left out count as moved."""
        since = {}
        for partition, standing in standings.items():
            if not standing.waiting:
                continue
            done, start = self._since.get(partition, (standing.done, now))
            if standing.done != done:
                start = now
            since[partition] = (standing.done, start)
            if now - start >= self._seconds:
                return partition
        self._since = since
        return None


class Watchdog(threading.Thread):
    """Calls `stuck` with a sentence when a partition does not move; exports the lag of each.

    While Kafka cannot be reached, or the process holds no partition, nothing is stuck.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        topics: Topics,
        stall_seconds: float,
        progress: Progress,
        metrics: Metrics,
        stuck: Callable[[str], None],
    ) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._settings = settings
        self._topics = topics
        self._stall = Stall(stall_seconds)
        self._stall_seconds = stall_seconds
        self._progress = progress
        self._metrics = metrics
        self._stuck = stuck
        self._stop = threading.Event()
        self._exported: set[TopicPartition] = set()

    def stop(self) -> None:
        """End the thread after the check under way."""
        self._stop.set()

    def run(self) -> None:
        """Check every two seconds."""
        client: KafkaConsumer | None = None
        away = False
        while not self._stop.wait(CHECK_SECONDS):
            try:
                if client is None:
                    client = _client(self._settings, self._topics)
                self.check(client)
                away = False
            except KafkaError as error:
                if not away:
                    logging.get().warning("Kafka cannot be reached", error=str(error))
                away = True
                self._stall.reset()

    def check(self, client: KafkaConsumer) -> None:
        """Look once.

        Raises:
            KafkaError: Kafka cannot be reached.
        """
        held = {TopicPartition(tp.topic, tp.partition): tp for tp in self._progress.assigned}
        ends = client.end_offsets(list(held), timeout_ms=TIMEOUT_MS) if held else {}
        starts = client.beginning_offsets(list(held), timeout_ms=TIMEOUT_MS) if held else {}
        standings = {}
        for partition, tp in held.items():
            done = self._progress.handled.get(tp)
            if done is None:
                done = client.committed(partition, timeout_ms=TIMEOUT_MS)
            standings[partition] = Standing(
                starts[partition] if done is None else done, ends[partition]
            )
        self._export(standings)
        if self._progress.held:
            self._stall.reset()
        partition = self._stall.check(standings, monotonic())
        if partition is not None:
            self._stuck(
                f"partition {partition.partition} of {partition.topic} has "
                f"{standings[partition].waiting} records waiting and has not moved for "
                f"{self._stall_seconds:g} seconds: leaving, to be started again"
            )

    def _export(self, standings: dict[TopicPartition, Standing]) -> None:
        for partition in self._exported - standings.keys():
            self._metrics.lag.remove(partition.topic, str(partition.partition))
        for partition, standing in standings.items():
            self._metrics.lag.labels(partition.topic, str(partition.partition)).set(
                standing.waiting
            )
        self._exported = set(standings)
