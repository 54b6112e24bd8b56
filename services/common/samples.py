"""Samples of a service's own metrics on a topic, so that they can be looked at beside the news.

Prometheus keeps the metrics themselves; the samples are for dashboards over Elasticsearch.
"""

import math
import os
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaProducer
from prometheus_client import CollectorRegistry

from pledgewatch.ids import sample_id
from pledgewatch.outcome import Outcome, Stage
from pledgewatch.records import LIVE, Sample, encode
from services.common import cloudevents, kafka
from services.common.logging import get
from services.common.settings import Settings

REQUEST_MS, SEND_MS = 4_000, 5_000
CLOSE_SECONDS = 6
"""How long the end of a service waits for its last sample: for one try, where Kafka is away."""

Labels = tuple[tuple[str, str], ...]


class Reading:
    """The value of every series of a registry at one moment.

    Args:
        values: of each series, by its name and its labels in the order of their names.
    """

    def __init__(self, values: Mapping[tuple[str, Labels], float]) -> None:
        self.values = dict(values)

    @classmethod
    def of(cls, registry: CollectorRegistry) -> "Reading":
        """What the registry says now."""
        return cls(
            {
                (one.name, tuple(sorted(one.labels.items()))): float(one.value)
                for family in registry.collect()
                for one in family.samples
            }
        )

    def total(self, name: str, **labels: str) -> float | None:
        """The sum of the series of that name which have these labels; None if there are none."""
        found = [
            value
            for (each, has), value in self.values.items()
            if each == name and labels.items() <= set(has)
        ]
        return sum(found) if found else None

    def label(self, name: str, label: str) -> str | None:
        """The label's value in the series of that name which is set; None if none is."""
        return next(
            (
                dict(labels).get(label)
                for (each, labels), value in self.values.items()
                if each == name and value
            ),
            None,
        )

    def since(self, before: "Reading") -> "Reading":
        """How much each series has grown; one that began anew, by what it has now."""
        earlier = before.values
        return Reading(
            {
                series: value - earlier.get(series, 0.0)
                if value >= earlier.get(series, 0.0)
                else value
                for series, value in self.values.items()
            }
        )

    def mean(self, name: str) -> float | None:
        """Of what a histogram has observed; None if that is nothing."""
        count = self.total(f"{name}_count")
        return (self.total(f"{name}_sum") or 0.0) / count if count else None

    def quantile(self, name: str, share: float) -> float | None:
        """Below which value so much of what a histogram has observed lies; None if that is nothing.

        Taken as spread evenly within each bucket; beyond the last bound, as at that bound.
        """
        counts: dict[float, float] = {}
        for (each, labels), value in self.values.items():
            if each == f"{name}_bucket":
                bound = float(dict(labels)["le"])
                counts[bound] = counts.get(bound, 0.0) + value
        wanted = share * max(counts.values(), default=0.0)
        if not wanted:
            return None
        low = below = 0.0
        for bound, count in sorted(counts.items()):
            if count >= wanted:
                if math.isinf(bound):
                    return low
                return low + (bound - low) * (wanted - below) / (count - below)
            low, below = bound, count
        return low


def sample(
    before: Reading,
    now: Reading,
    *,
    service: str,
    instance: str,
    run: str,
    at: datetime,
    seconds: float,
) -> Sample:
    """What happened from one reading to another, and how it stands now."""
    grown = now.since(before)
    outcomes = {
        outcome.value: _count(grown.total("pledgewatch_records_total", outcome=outcome))
        for outcome in Outcome
    }
    handled = _count(grown.total("pledgewatch_records_total"))
    memory = now.total("process_resident_memory_bytes")
    return Sample(
        id=sample_id(service, instance, at),
        service=service,
        instance=instance,
        run=run,
        at=at,
        seconds=seconds,
        **outcomes,
        handled=handled,
        retries=_count(grown.total("pledgewatch_retries_total")),
        dead_letters=_count(grown.total("pledgewatch_dead_letters_total")),
        mentions=_count(grown.total("pledgewatch_mentions_total")),
        lag=_count(now.total("pledgewatch_consumer_lag_records")),
        handling_ms=_handling_ms(service, grown, handled),
        age_p50=grown.quantile("pledgewatch_end_to_end_seconds", 0.5),
        age_p95=grown.quantile("pledgewatch_end_to_end_seconds", 0.95),
        confidence=grown.mean("pledgewatch_mention_confidence"),
        model_version=now.label("pledgewatch_model_info", "version"),
        memory_mb=memory / 1e6 if memory is not None else None,
    )


def _handling_ms(service: str, grown: Reading, handled: int | None) -> float | None:
    name = "pledgewatch_stage_duration_seconds"
    if service == Stage.INDEX:  # it times bulk requests, of many records each
        seconds = grown.total(f"{name}_sum")
        return 1000 * seconds / handled if seconds and handled else None
    mean = grown.mean(name)
    return None if mean is None else 1000 * mean


def _count(value: float | None) -> int | None:
    return None if value is None else int(value)


class Sampler:
    """Publishes samples of a service, by a thread and a producer of its own; a context manager.

    The service never waits for it but for a moment at its end, and never fails by it. A sample that
    Kafka does not take is sent again, as it is, and the next one begins where it ended, so that
    their counts add up, however long Kafka was away. `run`: the one that the service works for.
    """

    def __init__(self, service: str, settings: Settings, registry: CollectorRegistry) -> None:
        self._service = service
        self._settings = settings.kafka
        self._registry = registry
        self.run = settings.replay.run or LIVE
        self._seconds = settings.metrics.seconds
        self._topic = kafka.Topics(settings.kafka.topic_prefix).metrics
        self._instance = f"{socket.gethostname()}:{os.getpid()}"
        self._stop = threading.Event()
        self._before = Reading.of(registry)
        self._since = time.monotonic()
        self._unsent: Sample | None = None
        self._producer: KafkaProducer | None = None
        self._problem: str | None = None
        self._thread = threading.Thread(target=self._work, name="samples", daemon=True)

    def __enter__(self) -> "Sampler":
        if self._seconds:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._seconds:
            self._stop.set()
            self._thread.join(CLOSE_SECONDS)

    def _work(self) -> None:
        while not self._stop.wait(self._seconds):
            if not self._publish() and self._stop.is_set():
                break  # Kafka is away, and the service waits for us
        else:
            if self._unsent is None or self._publish():
                self._publish()  # what happened since the last one
        if self._producer is not None:
            with suppress(Exception):  # what it has not sent by now stays unsent
                self._producer.close(timeout=0)

    def _publish(self) -> bool:
        """Send the sample that waits, or a new one; whether Kafka has it."""
        try:
            if self._unsent is None:
                self._unsent = self._take()
            self._send(self._unsent)
        except Exception as error:  # whatever it is, it must not touch the service
            problem = repr(error)
            if problem != self._problem:
                get().warning("a sample of the metrics waits for Kafka", why=problem)
            self._problem = problem
            return False
        self._unsent = self._problem = None
        return True

    def _take(self) -> Sample:
        now, moment = Reading.of(self._registry), time.monotonic()
        taken = sample(
            self._before,
            now,
            service=self._service,
            instance=self._instance,
            run=self.run,
            at=datetime.now(UTC),
            seconds=round(moment - self._since, 3),
        )
        self._before, self._since = now, moment
        return taken

    def _send(self, one: Sample) -> None:
        if self._producer is None:
            self._producer = kafka.producer(
                self._settings,
                f"pledgewatch-{self._service}-metrics",
                enable_idempotence=False,  # a sample that is sent twice overwrites itself
                bootstrap_timeout_ms=SEND_MS,
                max_block_ms=SEND_MS,
                request_timeout_ms=REQUEST_MS,
                delivery_timeout_ms=SEND_MS,
            )
        sent: Any = self._producer.send(
            self._topic,
            key=one.id.encode(),
            value=encode(one),
            headers=cloudevents.headers(
                "sample", one.id, f"/pledgewatch/{self._service}", at=one.at
            ),
        )
        sent.get(timeout=2 * SEND_MS / 1000)
