"""What the tests of the index service share: publishing, committed offsets, dead letters."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from benchmarks.transport.mentions import mentions
from pledgewatch.records import DeadLetter, Mention, decode, encode
from services.common import cloudevents, kafka
from services.common.settings import KafkaSettings, Settings
from services.index.service import Indexer


def publish(
    settings: KafkaSettings, values: Sequence[bytes | None], topic: str = "mentions"
) -> None:
    """Put values on a topic, with CloudEvents headers, and wait until they are there."""
    producer = kafka.producer(settings, "test")
    sent = [
        producer.send(
            f"{settings.topic_prefix}{topic}",
            key=str(number).encode(),
            value=value,
            headers=cloudevents.headers("mention", str(number), "/test"),
        )
        for number, value in enumerate(values)
    ]
    for acknowledgement in sent:
        acknowledgement.get(timeout=30)
    producer.close()


def some_mentions(count: int) -> list[Mention]:
    """Mentions with ids of their own."""
    return list(mentions(count))


def encoded(records: Sequence[Mention]) -> list[bytes | None]:
    """Their bytes on the topic."""
    return [encode(record) for record in records]


@contextmanager
def _reader(settings: KafkaSettings, topic: str, group: str | None) -> Iterator[KafkaConsumer]:
    consumer = kafka.consumer(settings, "test", group)
    try:
        partitions = consumer.partitions_for_topic(f"{settings.topic_prefix}{topic}") or ()
        consumer.assign([TopicPartition(f"{settings.topic_prefix}{topic}", p) for p in partitions])
        yield consumer
    finally:
        consumer.close()


def committed(settings: KafkaSettings, topic: str = "mentions") -> int:
    """Records of the topic that the index service will not read again."""
    with _reader(settings, topic, kafka.Topics(settings.topic_prefix).group("index")) as consumer:
        return sum(consumer.committed(partition) or 0 for partition in consumer.assignment())


def dead_letters(settings: KafkaSettings) -> list[DeadLetter]:
    """All dead letters so far."""
    with _reader(settings, "dead-letters", None) as consumer:
        ends = consumer.end_offsets(list(consumer.assignment()))
        consumer.seek_to_beginning()
        letters = []
        while any(consumer.position(partition) < end for partition, end in ends.items()):
            for records in consumer.poll(timeout_ms=200).values():
                letters += [decode(record.value, DeadLetter) for record in records]
        return letters


@contextmanager
def running(settings: Settings) -> Iterator[Indexer]:
    """The index service in a thread of this process; stops it, and shows if it failed."""
    stop = threading.Event()
    failures: list[BaseException] = []
    indexer = Indexer(settings, stop)

    def run() -> None:
        try:
            indexer.run()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run, name="index")
    thread.start()
    try:
        yield indexer
    finally:
        stop.set()
        begun = time.monotonic()
        thread.join(60)
    assert not failures, failures
    assert time.monotonic() - begun < 30, "it must end within 30 s"
