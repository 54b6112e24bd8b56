"""Reads the compacted state topic back, from its beginning to where it ended at the start."""

import time
from collections.abc import Iterator

from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError

from services.common import kafka
from services.common.errors import UserError
from services.common.settings import KafkaSettings

POLL_MILLISECONDS = 1_000
RECORDS_MAX = 5_000
IDLE_SECONDS_MAX = 15


class StateTopicError(UserError):
    """The state topic is missing."""


def read(settings: KafkaSettings) -> Iterator[tuple[str, bytes | None]]:
    """The keys and values of the state topic; None where a key was removed.

    Raises:
        StateTopicError: there is no such topic.
        kafka.errors.KafkaError: Kafka cannot be reached.
    """
    topic = kafka.Topics(settings.topic_prefix).ingest_state
    consumer = kafka.consumer(
        settings,
        "pledgewatch-ingest-state",
        group=None,
        max_poll_records=RECORDS_MAX,
        bootstrap_timeout_ms=5_000,
    )
    try:
        partitions = consumer.partitions_for_topic(topic)
        if not partitions:
            raise StateTopicError(
                f"there is no topic {topic}: create the topics with `pledgewatch provision`"
            )
        assigned = [TopicPartition(topic, partition) for partition in partitions]
        consumer.assign(assigned)
        consumer.seek_to_beginning(*assigned)
        ends = consumer.end_offsets(assigned)
        deadline = time.monotonic() + IDLE_SECONDS_MAX
        while any(consumer.position(partition) < ends[partition] for partition in assigned):
            batches = consumer.poll(timeout_ms=POLL_MILLISECONDS)
            if batches:
                deadline = time.monotonic() + IDLE_SECONDS_MAX
            elif time.monotonic() > deadline:
                raise KafkaTimeoutError(f"nothing came from {topic} for {IDLE_SECONDS_MAX} s")
            for records in batches.values():
                for record in records:
                    if record.key is not None:
                        yield record.key.decode("utf-8", "replace"), record.value
    finally:
        consumer.close()
