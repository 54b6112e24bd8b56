"""The articles and outcomes topics as accounts need them: ids, revisions and places."""

import re
from dataclasses import dataclass

import msgspec
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from pledgewatch.outcome import OUTCOMES, Outcome, Reject, Stage
from pledgewatch.records import ArticleOutcome, decode
from services.common.kafka import consumer
from services.common.reach import CONNECT_MS
from services.common.runs import live_topics
from services.common.settings import KafkaSettings
from services.reconcile.accounts import Accounts, Place

TIMEOUT_MS = 30_000

POLL_RECORDS = 5_000

_ID = re.compile(rb"[0-9a-f]{32}")


class _Revision(msgspec.Struct):
    revision: int = 0


_decoder = msgspec.json.Decoder(_Revision)


def read_article(accounts: Accounts, record: ConsumerRecord, now: float) -> str | None:
    """Enter a record of the articles topic; its article id, or None where the key is none."""
    place: Place = (record.partition, record.offset)
    if record.key is None or not _ID.fullmatch(record.key):
        accounts.passed(place)  # without an id there is nothing to report on: a dead letter is all
        return None
    article_id: str = record.key.decode()
    accounts.article(place, article_id, _revision(record.value), now)
    return article_id


def read_outcome(accounts: Accounts, record: ConsumerRecord) -> ArticleOutcome | None:
    """Enter a record of the outcomes topic; None if it is no outcome of classify."""
    try:
        outcome = decode(record.value, ArticleOutcome)
    except Reject:
        return None
    if outcome.stage is not Stage.CLASSIFY or outcome.origin is None:
        return None
    place = (outcome.origin.partition, outcome.origin.offset)
    accounts.outcome(place, outcome.article_id, outcome.revision)
    return outcome


def partitions(client: KafkaConsumer, topic: str) -> list[TopicPartition]:
    """The partitions of a topic; empty if it does not exist."""
    return [TopicPartition(topic, number) for number in sorted(client.partitions_for_topic(topic))]


def client(settings: KafkaSettings) -> KafkaConsumer:
    """A consumer that belongs to no group.

    Raises:
        KafkaError: Kafka cannot be reached.
    """
    return consumer(
        settings,
        "pledgewatch-reconcile",
        None,
        max_poll_records=POLL_RECORDS,
        bootstrap_timeout_ms=CONNECT_MS,
    )


def _revision(value: bytes | None) -> int:
    try:
        return _decoder.decode(value).revision if value else 0
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return 0


@dataclass(frozen=True)
class Report:
    """What stands on the topics: see `report`."""

    articles: int
    outcomes: dict[str, int]
    repeated_outcomes: int
    without_id: int
    missing: list[str]


def report(settings: KafkaSettings) -> Report:
    """Read both topics from beginning to end.

    Returns:
        distinct articles; articles by their last outcome; outcome records beyond the first of an
        article; article records whose key is no id; ids of articles without an outcome.

    Raises:
        KafkaError: Kafka cannot be reached.
    """
    topics = live_topics(settings)
    accounts = Accounts()
    ids: set[str] = set()
    outcomes: dict[str, Outcome] = {}
    repeated = without_id = 0
    reader = client(settings)
    try:
        every = [
            tp for topic in (topics.articles, topics.outcomes) for tp in partitions(reader, topic)
        ]
        reader.assign(every)
        reader.seek_to_beginning(*every)
        ends = reader.end_offsets(every, timeout_ms=TIMEOUT_MS)
        for tp, offset in reader.beginning_offsets(every, timeout_ms=TIMEOUT_MS).items():
            if tp.topic == topics.articles:
                accounts.start(tp.partition, offset)
        while any(reader.position(tp) < end for tp, end in ends.items()):
            for tp, records in reader.poll(timeout_ms=500).items():
                for record in records:
                    if tp.topic == topics.articles:
                        article_id = read_article(accounts, record, 0)
                        if article_id is None:
                            without_id += 1
                        else:
                            ids.add(article_id)
                    elif (outcome := read_outcome(accounts, record)) is not None:
                        repeated += outcome.article_id in outcomes
                        outcomes[outcome.article_id] = outcome.outcome
    finally:
        reader.close()
    counts = {str(outcome): 0 for outcome in OUTCOMES[Stage.CLASSIFY]}
    for last in outcomes.values():
        counts[last] += 1
    return Report(len(ids), counts, repeated, without_id, accounts.missing())
