"""What tests put on topics and read from them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from kafka import KafkaAdminClient, TopicPartition
from kafka.errors import KafkaError
from msgspec.structs import replace

from benchmarks.pipeline.articles import Synthetic
from pledgewatch import ids
from pledgewatch.extract import Text
from pledgewatch.extract.extractor import Extractor
from pledgewatch.records import (
    Article,
    Language,
    Mention,
    Published,
    Record,
    Source,
    decode,
    encode,
)
from services.common import cloudevents, kafka
from services.common.settings import KafkaSettings
from tests.processes import wait_for

R = TypeVar("R", bound=Record)


def article(made: Synthetic) -> Article:
    """A made-up article as ingest would publish it."""
    article_id = ids.article_id(made.url)
    return Article(
        id=article_id,
        url=made.url,
        title=made.title,
        text=made.text,
        source=Source(name="Example News", domain="news.example"),
        language=Language(code="en", confidence=1.0),
        published=Published(at=made.published, origin="given", trusted=True),
        first_seen=made.published,
        revision=ids.milliseconds(made.published),
        content_hash=ids.content_hash(made.title, made.text),
        story_id=article_id,
        via="jsonl",
    )


def mentions_of(articles: Iterable[Article]) -> dict[str, Mention]:
    """What the extractor finds in them in this process, by mention id."""
    extractor = Extractor()
    return {
        mention.id: mention
        for article in articles
        for mention in extractor.extract([Text.of(article)])[0]
    }


def publish(settings: KafkaSettings, articles: Iterable[Article]) -> None:
    """Put articles on their topic; returns when all are acknowledged."""
    put(
        settings,
        [
            (
                article.id.encode(),
                encode(article),
                cloudevents.headers("article", article.id, "/test"),
            )
            for article in articles
        ],
    )


def today(one: Mention) -> Mention:
    """A mention as published just now."""
    now = datetime.now(UTC)
    return replace(one, article=replace(one.article, published=now, first_seen=now))


def publish_mentions(settings: KafkaSettings, mentions: Iterable[Mention]) -> None:
    """Put mentions on their topic; returns when all are acknowledged."""
    records = [
        (
            kafka.page_key(found.actor, found.recipient).encode(),
            encode(found),
            cloudevents.headers("mention", found.id, "/test"),
        )
        for found in mentions
    ]
    put(settings, records, kafka.Topics(settings.topic_prefix).mentions)


def put(
    settings: KafkaSettings,
    records: Iterable[tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]],
    topic: str | None = None,
    partition: int | None = None,
) -> None:
    """Put records (key, value, headers) on a topic (articles if none), whatever they are.

    `partition`: None for that of the key.
    """
    topic = topic or kafka.Topics(settings.topic_prefix).articles
    with kafka.producer(settings, "test") as producer:
        sent = [
            producer.send(topic, key=key, value=value, headers=headers, partition=partition)
            for key, value, headers in records
        ]
        for future in sent:
            future.get(timeout=60)


def read(settings: KafkaSettings, topic: str) -> list[Any]:
    """All records on a topic, partition by partition in order."""
    client = kafka.consumer(settings, "test", None)
    try:
        partitions = [TopicPartition(topic, n) for n in client.partitions_for_topic(topic)]
        client.assign(partitions)
        client.seek_to_beginning(*partitions)
        ends = client.end_offsets(partitions)
        records: list[Any] = []
        while any(client.position(partition) < ends[partition] for partition in partitions):
            for batch in client.poll(timeout_ms=500).values():
                records += batch
        return records
    finally:
        client.close()


def read_as(settings: KafkaSettings, topic: str, record: type[R]) -> list[R]:
    """All records on a topic, decoded."""
    return [decode(found.value, record) for found in read(settings, topic)]


def count(settings: KafkaSettings, *topics: str) -> int:
    """Records on topics that were never trimmed."""
    client = kafka.consumer(settings, "test", None)
    try:
        partitions = [
            TopicPartition(topic, n) for topic in topics for n in client.partitions_for_topic(topic)
        ]
        return int(sum(client.end_offsets(partitions).values()))
    finally:
        client.close()


def wait_count(settings: KafkaSettings, topic: str, records: int, timeout: float = 60) -> None:
    """Wait until a topic that was never trimmed has so many records."""
    client = kafka.consumer(settings, "test", None)
    try:
        partitions = [TopicPartition(topic, n) for n in client.partitions_for_topic(topic)]
        wait_for(
            lambda: sum(client.end_offsets(partitions).values()) >= records,
            timeout,
            f"{records} records on {topic}",
        )
    finally:
        client.close()


def committed(settings: KafkaSettings, service: str) -> int:
    """Records that a service's group has committed, over all partitions."""
    with _admin(settings) as admin:
        return _committed(admin, settings, service)


def wait_committed(
    settings: KafkaSettings, service: str, records: int, timeout: float = 60
) -> None:
    """Wait until a service's group has committed so many records, over all partitions."""

    def enough() -> bool:
        try:
            return _committed(admin, settings, service) >= records
        except KafkaError:
            return False  # a broker that was just started does not know its groups yet

    with _admin(settings) as admin:
        wait_for(enough, timeout, f"{service} to commit {records} records")


@contextmanager
def _admin(settings: KafkaSettings) -> Iterator[KafkaAdminClient]:
    admin = kafka.admin(settings)
    try:
        yield admin
    finally:
        admin.close()


def _committed(admin: KafkaAdminClient, settings: KafkaSettings, service: str) -> int:
    group = kafka.Topics(settings.topic_prefix).group(service)
    offsets = admin.list_group_offsets(group)[group]
    return sum(max(0, found.offset) for found in offsets.values())
