"""Dead letters: read from their topic, and published again.

A retried letter gets a second record under its id, with `retried_at` set. It is written only after
the original record was acknowledged, so that whatever fails in between, the letter stays open.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from kafka import KafkaProducer

from pledgewatch.outcome import Reason, Reject
from pledgewatch.records import (
    Article,
    ArticleOutcome,
    DeadLetter,
    Mention,
    Origin,
    Record,
    decode,
    encode,
)
from services.common import cloudevents, kafka
from services.common.dead_letters import ATTEMPTS_HEADER
from services.common.errors import UserError
from services.common.kafka import Topics
from services.common.reach import CONNECT_MS, asking_kafka
from services.common.runs import live_topics
from services.common.settings import KafkaSettings
from services.operate.reading import Progress, Reader, partition_of

SOURCE = "/pledgewatch/dead-letters"
ACKNOWLEDGE_SECONDS = 150
"""Longer than the producer itself tries (120 s)."""


def read(
    reader: Reader,
    topics: Topics,
    *,
    ids: Collection[str] | None = None,
    since: datetime | None = None,
    progress: Progress = lambda read, total: None,
) -> list[DeadLetter]:
    """The newest record of each letter, retried ones too, oldest first.

    Args:
        ids: only these letters, from their partitions alone.
        since: leaves out those that were written before.
    """
    partitions = None
    if ids is not None:
        count = reader.partitions(topics.dead_letters)
        partitions = {partition_of(id.encode(), count) for id in ids}
    letters: dict[str, DeadLetter] = {}
    records = reader.scan(
        topics.dead_letters, partitions=partitions, since=since, progress=progress
    )
    for record in records:
        key = (record.key or b"").decode(errors="replace")
        if ids is not None and key not in ids:
            continue
        try:
            letter = decode(record.value, DeadLetter)
        except Reject:
            continue  # not ours: nothing that a retry could publish
        letters[letter.id] = letter
    return sorted(letters.values(), key=lambda letter: letter.at)


def find(letters: Iterable[DeadLetter], id: str) -> DeadLetter:
    """The letter with an id, or with an id that begins so.

    Raises:
        UserError: there is none, or more than one.
    """
    found = [letter for letter in letters if id and letter.id.startswith(id)]
    if len(found) != 1:
        many = f"{len(found)} dead letters begin with" if found else "there is no dead letter"
        raise UserError(f"{many} {id}: `pledgewatch dead-letters list` shows their ids")
    return found[0]


@dataclass(frozen=True)
class Retry:
    """One record to publish again, and the letters that are about it (of several stages)."""

    letters: tuple[DeadLetter, ...]
    problem: str | None = None  # why it cannot be published again

    @property
    def letter(self) -> DeadLetter:
        """The one that was tried most often."""
        return max(self.letters, key=lambda letter: letter.attempts)


def plan(
    chosen: Sequence[DeadLetter], known: Sequence[DeadLetter], *, repaired: bool
) -> list[Retry]:
    """What to publish for the chosen letters: each record once, whatever stages refused it.

    Args:
        known: all letters: the other open ones about the same record are closed with it.
        repaired: whether a repaired article is at hand, for what never was on a topic.
    """
    retries: dict[object, Retry] = {}
    for letter in chosen:
        if letter.origin is None:
            problem = None if repaired else f"it never was on a topic: ingest {letter.url} again"
            retries[letter.id] = Retry((letter,), problem)
        elif letter.origin not in retries:
            others = (
                other
                for other in known
                if other.origin == letter.origin
                and other.retried_at is None
                and other.id != letter.id
            )
            empty = letter.key is None and letter.reason is Reason.TOMBSTONE and not repaired
            problem = "it has neither key nor value" if empty else None
            retries[letter.origin] = Retry((letter, *others), problem)
    return list(retries.values())


def run(
    retries: Sequence[Retry],
    settings: KafkaSettings,
    reader: Reader,
    *,
    value: bytes | None = None,
    published: Callable[[Retry], None] = lambda retry: None,
) -> None:
    """Publish each record to the topic it came from, await its acknowledgement, mark its letters.

    Args:
        value: what to publish instead of the original bytes (of a single retry).
        published: called after each.

    Raises:
        UserError: a record cannot be had any more, or Kafka does not take it; those that were
            `published` stay so, the others stay open.
    """
    topics = live_topics(settings)
    with asking_kafka(settings):
        producer = kafka.producer(settings, "pledgewatch-operate", bootstrap_timeout_ms=CONNECT_MS)
        try:
            for retry in retries:
                _publish(producer, topics, retry.letter, reader, value)
                for letter in retry.letters:
                    _mark(producer, topics, letter)
                published(retry)
        finally:
            producer.close()


def _publish(
    producer: KafkaProducer, topics: Topics, letter: DeadLetter, reader: Reader, value: bytes | None
) -> None:
    topic = letter.origin.topic if letter.origin else topics.articles
    key = letter.key
    if value is None:
        value = original(letter, reader)
    else:
        key = _checked(value, topic, key, topics)
    headers = [*letter.headers, (ATTEMPTS_HEADER, str(letter.attempts).encode())]
    _send(producer, topic, key, value, headers)


def original(letter: DeadLetter, reader: Reader) -> bytes | None:
    """The bytes that were refused; from where they stood if they were too large for a letter.

    Raises:
        UserError: they are no longer kept there.
    """
    if letter.value is not None or letter.reason is Reason.TOMBSTONE or letter.origin is None:
        return letter.value
    record = reader.at(letter.origin)
    if record is None:
        raise UserError(
            f"the record of dead letter {letter.id} is no longer kept at {place(letter.origin)}: "
            "give its bytes with --value"
        )
    value: bytes | None = record.value
    return value


def place(origin: Origin) -> str:
    """A record's place as people write it."""
    return f"{origin.topic}[{origin.partition}]@{origin.offset}"


def _checked(value: bytes, topic: str, key: bytes | None, topics: Topics) -> bytes | None:
    """The key for a repaired record, which must be one that its topic holds.

    Raises:
        UserError: it would be refused again; names the field.
    """
    records: dict[str, type[Record]] = {
        topics.articles: Article,
        topics.mentions: Mention,
        topics.outcomes: ArticleOutcome,
    }
    if topic not in records:
        return key
    try:
        record = decode(value, records[topic])
    except Reject as reject:
        raise UserError(f"the repaired record would be refused again: {reject}") from reject
    return record.id.encode() if isinstance(record, Article) else key


def _mark(producer: KafkaProducer, topics: Topics, letter: DeadLetter) -> None:
    marked = msgspec.structs.replace(letter, retried_at=datetime.now(UTC))
    headers = cloudevents.headers("dead-letter", letter.id, SOURCE)
    _send(producer, topics.dead_letters, letter.id.encode(), encode(marked), headers)


def _send(
    producer: KafkaProducer,
    topic: str,
    key: bytes | None,
    value: bytes | None,
    headers: Sequence[tuple[str, bytes]],
) -> None:
    sent: Any = producer.send(topic, key=key, value=value, headers=list(headers))
    sent.get(timeout=ACKNOWLEDGE_SECONDS)
