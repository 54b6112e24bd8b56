"""Reads stretches of topics, outside of any consumer group."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from kafka import KafkaConsumer
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaTimeoutError
from kafka.partitioner.default import murmur2
from kafka.structs import TopicPartition

from pledgewatch.ids import milliseconds
from pledgewatch.records import Origin
from services.common import kafka
from services.common.errors import UserError
from services.common.reach import CONNECT_MS, asking_kafka
from services.common.settings import KafkaSettings

SILENCE_SECONDS = 30.0

Progress = Callable[[int, int], None]
"""(records read, records in all)."""


def partition_of(key: bytes, partitions: int) -> int:
    """The partition that producers choose for a key.

    >>> partition_of(b"21", 1000), partition_of(b"foobar", 1000)
    (340, 166)
    """
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


class Reader:
    """Reads from topics; see `reading`."""

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has.

        Raises:
            UserError: it is not there.
        """
        found = self._consumer.partitions_for_topic(topic)
        if not found:
            raise UserError(f"there is no topic {topic}: run `pledgewatch provision`")
        return len(found)

    def scan(
        self,
        topic: str,
        *,
        partitions: Collection[int] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        progress: Progress = lambda read, total: None,
    ) -> Iterator[ConsumerRecord]:
        """The records that are there now, in order within each partition.

        Args:
            partitions: which; all if None.
            since: leaves out what was written before; all that is kept if None.
            until: leaves out what was written later.
            progress: called now and then.
        """
        wanted = range(self.partitions(topic)) if partitions is None else partitions
        places = [TopicPartition(topic, number) for number in wanted]
        ends = self._offsets(places, until) if until else self._consumer.end_offsets(places)
        starts = self._offsets(places, since) if since else self._consumer.beginning_offsets(places)
        unread = {place for place in places if starts[place] < ends[place]}
        total = sum(ends[place] - starts[place] for place in unread)
        read = 0
        self._consumer.assign(sorted(unread))
        for place in unread:
            self._consumer.seek(place, starts[place])
        heard = time.monotonic()
        while unread:
            for records in self._consumer.poll(timeout_ms=500).values():
                heard = time.monotonic()
                read += len(records)
                for record in records:
                    if record.offset < ends[TopicPartition(record.topic, record.partition)]:
                        yield record
            progress(read, total)
            # Compaction and transactions leave gaps: the position tells the end, not the records.
            done = {place for place in unread if self._consumer.position(place) >= ends[place]}
            self._consumer.pause(*done)
            unread -= done
            if time.monotonic() - heard > SILENCE_SECONDS:
                raise KafkaTimeoutError(f"no record of {topic} for {SILENCE_SECONDS:.0f} s")

    def at(self, origin: Origin) -> ConsumerRecord | None:
        """The record at an offset; None where it is no longer kept."""
        place = TopicPartition(origin.topic, origin.partition)
        if origin.partition >= self.partitions(origin.topic):
            return None
        start = self._consumer.beginning_offsets([place])[place]
        if not start <= origin.offset < self._consumer.end_offsets([place])[place]:
            return None
        self._consumer.assign([place])
        self._consumer.seek(place, origin.offset)
        deadline = time.monotonic() + SILENCE_SECONDS
        while time.monotonic() < deadline:
            for records in self._consumer.poll(timeout_ms=500, max_records=1).values():
                return records[0] if records[0].offset == origin.offset else None
        return None

    def _offsets(self, places: list[TopicPartition], at: datetime) -> dict[TopicPartition, int]:
        """The first offset of each partition that was written at a time or later."""
        found = self._consumer.offsets_for_times({place: milliseconds(at) for place in places})
        ends = self._consumer.end_offsets(places)
        return {
            place: found[place].offset if found.get(place) is not None else ends[place]
            for place in places
        }


@contextmanager
def reading(settings: KafkaSettings) -> Iterator[Reader]:
    """A reader, closed at the end.

    Raises:
        UserError: Kafka cannot be reached, or refuses.
    """
    with asking_kafka(settings):
        consumer = kafka.consumer(
            settings, "pledgewatch-operate", None, bootstrap_timeout_ms=CONNECT_MS
        )
        try:
            yield Reader(consumer)
        finally:
            consumer.close()
