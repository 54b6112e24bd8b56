"""What a replay would take: articles, time, disk. From what is there, and the model's own speed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from elasticsearch import NotFoundError
from kafka.structs import TopicPartition

from pledgewatch.extract import Extractor, Text
from pledgewatch.outcome import Reject
from pledgewatch.records import Article, Run, decode
from pledgewatch.replay.selection import Selection
from services.common import kafka, runs
from services.common.elasticsearch import DERIVED_INDICES, Indices, client
from services.common.reach import asking_elasticsearch
from services.common.settings import Settings
from services.replay.positions import Positions
from services.replay.switch import first

SAMPLE = 300
"""Articles that are read to measure how fast the model is, and how many the replay takes."""

CLOCKS = timedelta(days=1)
"""How far ahead of its arrival an article may claim to be published."""

REPLAYED_PER_SECOND = 1_500
"""Mentions that the ledger and the indices take in a second, about."""


@dataclass(frozen=True)
class Plan:
    """Records of the backlog and the share of them that is derived anew; seconds; bytes.

    `seconds` is None where nothing could be measured. `documents` and `bytes` are those of the
    generation that is live: the replay's will be about as large.
    """

    records: int
    share: float
    per_second: float | None
    seconds: float | None
    kafka_bytes: int
    index_bytes: int


def bounds(positions: Positions, run: Run, topics: kafka.Topics) -> tuple[list[int], list[int]]:
    """Where the backlog of a run begins and ends in the topic that its first stage reads."""
    _, topic = first(run, topics)
    ends = positions.ends(topic)
    starts = positions.starts(topic)
    if run.since is not None and topic == topics.articles:
        # nothing that was published since was written before
        starts = positions.since(topic, run.since - CLOCKS)
    numbers = sorted(ends)
    return [starts[n] for n in numbers], [ends[n] for n in numbers]


def plan(settings: Settings, positions: Positions, run: Run, extractor: Extractor | None) -> Plan:
    """What a run would take.

    `extractor` is that with the run's model; None where nothing is classified.
    """
    prefix = settings.kafka.topic_prefix
    topics = runs.read(settings.kafka).topics(prefix, run.base)
    _, topic = first(run, topics)
    records = sum(run.ends) - sum(run.starts)
    share, speed = 1.0, float(REPLAYED_PER_SECOND)
    if extractor is not None:
        sample = _sample(settings, topic, run.starts, run.ends)
        share, measured = _measure(sample, Selection.of(run), extractor)
        speed = min(measured * run.workers, speed)
    if run.rate is not None:
        speed = min(speed, run.rate)
    return Plan(
        records,
        share,
        round(speed, 1) if speed else None,
        records / speed if speed else None,
        sum(positions.size(one) for one in topics.derived()),
        _index_bytes(settings, run),
    )


def _sample(
    settings: Settings, topic: str, starts: Sequence[int], ends: Sequence[int]
) -> list[Article]:
    """Articles from all over the backlog."""
    reader = kafka.consumer(settings.kafka, "pledgewatch-replay", None, max_poll_records=50)
    found: list[Article] = []
    try:
        for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
            place = TopicPartition(topic, number)
            each = max(1, SAMPLE // len(starts))
            reader.assign([place])
            reader.seek(place, max(start, (start + end - each) // 2))
            taken = 0
            while taken < each and reader.position(place) < end:
                for record in reader.poll(timeout_ms=1_000, max_records=each).get(place, ()):
                    taken += 1
                    try:
                        found.append(decode(record.value, Article))
                    except Reject:
                        continue
    finally:
        reader.close()
    return found


def _measure(
    sample: Sequence[Article], selection: Selection, extractor: Extractor
) -> tuple[float, float]:
    """The share of articles that are taken, and how many are read in a second."""
    if not sample:
        return 1.0, float(REPLAYED_PER_SECOND)
    taken = [article for article in sample if selection.takes(article)]
    begun = time.perf_counter()
    for article in taken:
        extractor.extract([Text.of(article)])
    seconds = time.perf_counter() - begun
    return len(taken) / len(sample), len(sample) / max(seconds, 0.001)


def _index_bytes(settings: Settings, run: Run) -> int:
    names = Indices(settings.elasticsearch.index_prefix, run.base)
    with asking_elasticsearch(settings.elasticsearch), client(settings.elasticsearch) as cluster:
        try:
            found = cluster.indices.stats(
                index=[names.write(name) for name in DERIVED_INDICES], metric=["store"]
            )
        except NotFoundError:
            return 0
    return int(found["_all"]["total"]["store"]["size_in_bytes"])


def name(now: datetime | None = None) -> str:
    """A name for a replay that was given none: when it was started."""
    return (now or datetime.now(UTC)).strftime("r%Y%m%d-%H%M%S")
