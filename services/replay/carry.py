"""Carries over what a replay does not derive anew: from the topics of its base to its own."""

import threading
from typing import Any

from kafka import KafkaConsumer, KafkaProducer
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata, TopicPartition
from msgspec.structs import replace

from pledgewatch.outcome import Reject
from pledgewatch.records import ArticleOutcome, Mention, Run, decode, encode
from pledgewatch.replay.selection import Selection
from services.common import cloudevents, kafka
from services.common.logging import get
from services.common.reach import CONNECT_MS
from services.common.running import pauses
from services.common.runs import SOURCE
from services.common.settings import KafkaSettings

POLL_MS = 500
RETRY_SECONDS_MAX = 5.0
ACKNOWLEDGE_SECONDS = 60


class Carry(threading.Thread):
    """Copies mentions and outcomes of a base's articles that the run does not take, for ever.

    What a person put right is copied whatever article it is of; where there is no run, that alone.
    A record that is copied twice overwrites itself. `copied` counts.
    """

    def __init__(
        self, settings: KafkaSettings, run: Run | None, base: kafka.Topics, own: kafka.Topics
    ) -> None:
        super().__init__(name="carry", daemon=True)
        self.copied = 0
        self.problem: str | None = None
        self._settings = settings
        self._selection = Selection.of(run) if run else None
        self._own = own
        self._routes: dict[str, tuple[str, str, type[Mention] | type[ArticleOutcome]]] = {
            base.mentions: (own.mentions, "mention", Mention),
            base.outcomes: (own.outcomes, "outcome", ArticleOutcome),
        }
        self._stop_wanted = threading.Event()

    def stop(self) -> None:
        """End after the records in hand."""
        self._stop_wanted.set()
        self.join()

    def run(self) -> None:
        """Copy until `stop`; start over from what is committed where Kafka was away."""
        for pause in pauses(RETRY_SECONDS_MAX):
            try:
                self._copy_until_stopped()
            except KafkaError as error:
                self.problem = f"Kafka cannot be used: {error}"
                get().warning("cannot carry over just now", why=repr(error))
            if self._stop_wanted.wait(pause):
                return

    def _copy_until_stopped(self) -> None:
        consumer = kafka.consumer(
            self._settings,
            "pledgewatch-carry",
            self._own.group("carry"),
            bootstrap_timeout_ms=CONNECT_MS,
        )
        producer = kafka.producer(
            self._settings, "pledgewatch-carry", bootstrap_timeout_ms=CONNECT_MS
        )
        try:
            self._assign(consumer)
            while not self._stop_wanted.is_set():
                polled = consumer.poll(timeout_ms=POLL_MS)
                sent = [
                    future
                    for records in polled.values()
                    for record in records
                    if (future := self._copy(producer, record)) is not None
                ]
                for future in sent:
                    future.get(timeout=ACKNOWLEDGE_SECONDS)
                self.copied += len(sent)
                self.problem = None
                if polled:
                    consumer.commit(
                        {
                            place: OffsetAndMetadata(records[-1].offset + 1, "", -1)
                            for place, records in polled.items()
                        }
                    )
        finally:
            producer.close(timeout=1)
            consumer.close(timeout_ms=1_000)

    def _carries(self, one: Mention | ArticleOutcome) -> bool:
        if self._selection is not None:
            return self._selection.carries(one)
        return isinstance(one, Mention) and one.correction is not None

    def _assign(self, consumer: KafkaConsumer) -> None:
        consumer.assign(
            [
                TopicPartition(topic, number)
                for topic in self._routes
                for number in consumer.partitions_for_topic(topic) or ()
            ]
        )

    def _copy(self, producer: KafkaProducer, record: ConsumerRecord) -> Any:
        """The future of a copy; None where there is nothing to be carried over."""
        topic, kind, type_ = self._routes[record.topic]
        try:
            one = decode(record.value, type_)
        except Reject:  # the base has its dead letter
            return None
        if not self._carries(one):
            return None
        return producer.send(
            topic,
            key=record.key,
            value=encode(replace(one, run=self._own.classify)),
            partition=record.partition,
            headers=cloudevents.headers(kind, one.id, SOURCE),
        )
