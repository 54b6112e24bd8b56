"""Sends refused records to the dead-letters topic, and waits until they are there."""

import threading
from collections.abc import Sequence
from typing import Any

from kafka import KafkaProducer
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

from pledgewatch.outcome import Reject, Stage
from pledgewatch.records import DeadLetter, Origin, encode
from services.common import cloudevents
from services.common.dead_letters import dead_letter
from services.common.logging import get
from services.common.metrics import Metrics
from services.common.running import pauses
from services.index.bulk import GivenUp

SOURCE = "/pledgewatch/index"

_ACKNOWLEDGE_SECONDS = 150
"""Longer than the producer itself tries (120 s)."""


class Letters:
    """Writes dead letters. Safe to use from several threads."""

    def __init__(
        self, producer: KafkaProducer, topic: str, pause_max: float, metrics: Metrics
    ) -> None:
        self._producer = producer
        self._topic = topic
        self._pause_max = pause_max
        self._metrics = metrics
        self._log = get()

    def write(
        self, rejects: Sequence[tuple[ConsumerRecord, Reject]], give_up: threading.Event
    ) -> None:
        """Write the dead letter of each record; returns when all are acknowledged.

        What is refused on the dead-letters topic itself is only counted and logged: a letter
        about a letter would be refused again.

        Raises:
            GivenUp: `give_up` was set before.
        """
        unsent = []
        for record, reject in rejects:
            self._metrics.dead_letters.labels(Stage.INDEX, reject.reason).inc()
            if record.topic == self._topic:
                self._log.error("dead letter cannot be indexed", why=str(reject), **_place(record))
            else:
                self._log.warning("record is dead-lettered", why=str(reject), **_place(record))
                unsent.append(_letter(record, reject))
        for pause in pauses(self._pause_max):
            if not unsent:
                return
            unsent = self._send(unsent)
            if unsent and give_up.wait(pause):
                raise GivenUp

    def _send(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Send all at once; those that have to be sent again."""
        unsent: list[DeadLetter] = []
        sent: list[tuple[DeadLetter, Any]] = []
        for letter in letters:
            try:
                sent.append((letter, self._produce(letter)))
            except KafkaError as error:
                unsent.append(self._failed(letter, error))
        for letter, acknowledgement in sent:
            try:
                acknowledgement.get(timeout=_ACKNOWLEDGE_SECONDS)
            except KafkaError as error:
                unsent.append(self._failed(letter, error))
        return unsent

    def _produce(self, letter: DeadLetter) -> Any:
        return self._producer.send(
            self._topic,
            key=letter.id.encode(),
            value=encode(letter),
            headers=cloudevents.headers("dead-letter", letter.id, SOURCE, at=letter.at),
        )

    def _failed(self, letter: DeadLetter, error: KafkaError) -> DeadLetter:
        self._log.warning("dead letter will be sent again", why=repr(error), id=letter.id)
        return letter


def _letter(record: ConsumerRecord, reject: Reject) -> DeadLetter:
    return dead_letter(
        Stage.INDEX,
        reject,
        origin=Origin(topic=record.topic, partition=record.partition, offset=record.offset),
        key=record.key,
        value=record.value,
        headers=[(name, value or b"") for name, value in record.headers],
    )


def _place(record: ConsumerRecord) -> dict[str, Any]:
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset}
