"""Reads back what services keep in compacted topics."""

import time
from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaTimeoutError
from kafka.structs import TopicPartition

from pledgewatch.records import Record, decode
from services.common import kafka
from services.common.errors import UserError
from services.common.reach import CONNECT_MS
from services.common.settings import KafkaSettings

RECORDS_MAX = 5_000
SILENCE_SECONDS = 30.0

R = TypeVar("R", bound=Record)
Progress = Callable[[int, int], None]
"""(records read, records in all); called at least once a second."""


def read_back(
    settings: KafkaSettings,
    topic: str,
    record: type[R],
    *,
    partitions: Collection[int] | None = None,
    progress: Progress = lambda read, total: None,
) -> dict[int, list[R]]:
    """The newest record of each key, by partition; of all partitions where none are given.

    Raises:
        UserError: there is no such topic.
        kafka.errors.KafkaError: Kafka cannot be reached, or falls silent.
    """
    found: dict[int, dict[bytes, R]] = {number: {} for number in partitions or ()}
    for one in records(settings, topic, partitions=partitions, progress=progress):
        of_partition = found.setdefault(one.partition, {})
        if one.value is None:
            of_partition.pop(one.key, None)
        else:
            of_partition[one.key] = decode(one.value, record)
    return {number: list(kept.values()) for number, kept in found.items()}


def records(
    settings: KafkaSettings,
    topic: str,
    *,
    partitions: Collection[int] | None = None,
    progress: Progress = lambda read, total: None,
) -> Iterator[ConsumerRecord]:
    """All records of a topic up to where it ends now; of all partitions where none are given.

    Raises:
        UserError: there is no such topic.
        kafka.errors.KafkaError: Kafka cannot be reached, or falls silent.
    """
    client = kafka.consumer(
        settings,
        "pledgewatch-kept",
        None,
        max_poll_records=RECORDS_MAX,
        bootstrap_timeout_ms=CONNECT_MS,
    )
    try:
        known = client.partitions_for_topic(topic)
        if not known:
            raise UserError(f"there is no topic {topic}: run `pledgewatch provision`")
        wanted = known if partitions is None else partitions
        places = [TopicPartition(topic, number) for number in sorted(wanted)]
        if not places:
            return
        client.assign(places)
        client.seek_to_beginning(*places)
        ends = client.end_offsets(places)
        total, read = sum(ends.values()), 0
        heard = time.monotonic()
        while any(client.position(place) < ends[place] for place in places):
            for polled in client.poll(timeout_ms=1_000).values():
                heard = time.monotonic()
                read += len(polled)
                yield from polled
            if time.monotonic() - heard > SILENCE_SECONDS:
                raise KafkaTimeoutError(f"nothing came from {topic} for {SILENCE_SECONDS:.0f} s")
            progress(read, total)
    finally:
        client.close()
