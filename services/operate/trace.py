"""Where one article went: its records on the topics, its outcomes, its documents, its letters.

Elasticsearch's outcomes say at which offset an article stands. Without them the one partition that
its id leads to is read from the beginning; mentions are looked for around the time of the article.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from kafka.consumer.fetcher import ConsumerRecord

from pledgewatch.ids import article_id, dead_letter_id, outcome_id
from pledgewatch.outcome import Reject, Stage
from pledgewatch.records import Article, ArticleOutcome, DeadLetter, Mention, Origin, R, decode
from pledgewatch.text.urls import canonical_url
from services.common.elasticsearch import RECORD_INDICES, Indices, client
from services.common.errors import UserError
from services.common.kafka import Topics
from services.common.reach import CONNECT_MS, asking_elasticsearch
from services.common.runs import live_topics
from services.common.settings import ElasticsearchSettings, Settings
from services.operate import letters
from services.operate.reading import Progress, Reader, partition_of, reading

ID = re.compile(r"[0-9a-f]{32}")
DOCUMENTS_MAX = 1_000
AROUND = timedelta(minutes=1)
"""How far the clocks of our services are trusted to agree."""


@dataclass(frozen=True)
class Written:
    """A record on a topic; `article` is None where the bytes are none."""

    place: Origin
    at: datetime
    article: Article | None


@dataclass(frozen=True)
class Found:
    """A mention and where it stands; `place` is None if only Elasticsearch has it."""

    place: Origin | None
    mention: Mention


@dataclass(frozen=True)
class Document:
    """What is in an index."""

    index: str
    id: str
    version: int


@dataclass(frozen=True)
class Trace:
    """All that is known of an article; `problems` say what could not be asked."""

    id: str
    url: str | None
    partition: int
    articles: tuple[Written, ...] = ()
    outcomes: tuple[ArticleOutcome, ...] = ()
    mentions: tuple[Found, ...] = ()
    documents: tuple[Document, ...] = ()
    dead_letters: tuple[DeadLetter, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def seen(self) -> bool:
        """Whether anything is known of it."""
        return bool(self.articles or self.outcomes or self.documents or self.dead_letters)


@dataclass
class _Indexed:
    """What Elasticsearch knows."""

    documents: list[Document] = field(default_factory=list)
    outcomes: list[ArticleOutcome] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    problem: str | None = None


def identify(given: str) -> tuple[str, str | None]:
    """Article id and canonical URL (None where an id is given).

    Raises:
        UserError: it is neither a URL nor an id.

    >>> identify("HTTP://News.Example/a?utm_source=x")[1]
    'http://news.example/a'
    """
    if ID.fullmatch(given.lower()):
        return given.lower(), None
    if given.startswith("urn:"):
        return article_id(given), given
    try:
        url = canonical_url(given)
    except Reject as reject:
        raise UserError(
            f"{given!r} is neither a URL ({reject.message}) nor an article id (32 hex digits)"
        ) from reject
    return article_id(url), url


def trace(
    given: str, settings: Settings, *, progress: Progress = lambda read, total: None
) -> Trace:
    """Follow an article, by its URL or id.

    Raises:
        UserError: it is neither, or Kafka cannot be reached.
    """
    id, url = identify(given)
    indexed = _indexed(id, settings.elasticsearch)
    topics = live_topics(settings.kafka)
    with reading(settings.kafka) as reader:
        partition = partition_of(id.encode(), reader.partitions(topics.articles))
        articles = _articles(reader, topics, id, partition, indexed.outcomes, progress)
        url = url or next((one.article.url for one in articles if one.article), None)
        since = articles[0].at - AROUND if articles else None
        outcomes = _outcomes(reader, topics, id, indexed.outcomes, since, progress)
        mentions = _mentions(reader, topics, id, outcomes, since, progress) if since else []
        known = {one.mention.id for one in mentions}
        mentions += [Found(None, one) for one in indexed.mentions if one.id not in known]
        places = [one.place for one in articles] + [one.place for one in mentions if one.place]
        urls = {text for text in (given, url, *(one.url for one in outcomes)) if text}
        ids = [dead_letter_id(Stage.INGEST, ("url", text)) for text in urls] + [
            dead_letter_id(stage, (place.topic, str(place.partition), str(place.offset)))
            for place in places
            for stage in (Stage.CLASSIFY, Stage.INDEX)
        ]
        refused = letters.read(reader, topics, ids=ids, progress=progress)
    return Trace(
        id=id,
        url=url or next((one.url for one in outcomes if one.url), None),
        partition=partition,
        articles=tuple(articles),
        outcomes=tuple(outcomes),
        mentions=tuple(mentions),
        documents=tuple(indexed.documents),
        dead_letters=tuple(refused),
        problems=(indexed.problem,) if indexed.problem else (),
    )


def _indexed(id: str, settings: ElasticsearchSettings) -> _Indexed:
    names = Indices(settings.index_prefix)
    indexed = _Indexed()
    ids = [id, *(outcome_id(id, stage) for stage in Stage)]
    try:
        with (
            asking_elasticsearch(settings),
            client(settings, request_timeout=CONNECT_MS / 1000) as elasticsearch,
        ):
            answer = elasticsearch.search(
                index=",".join(names.read(name) for name in RECORD_INDICES),
                ignore_unavailable=True,
                version=True,
                size=DOCUMENTS_MAX,
                sort="_doc",
                query={
                    "bool": {
                        "should": [
                            {"ids": {"values": ids}},
                            {"term": {"pledgewatch.mention.article.id": id}},
                            {"term": {"pledgewatch.outcome.article_id": id}},
                        ]
                    }
                },
            )
    except UserError as error:
        indexed.problem = str(error)
        return indexed
    for hit in answer["hits"]["hits"]:
        indexed.documents.append(Document(hit["_index"], hit["_id"], hit["_version"]))
        raw: dict[str, Any] = hit["_source"]["pledgewatch"]
        if "outcome" in raw:
            indexed.outcomes.append(msgspec.convert(raw["outcome"], ArticleOutcome))
        elif "mention" in raw:
            indexed.mentions.append(msgspec.convert(raw["mention"], Mention))
    indexed.documents.sort(key=lambda document: (document.index, document.id))
    return indexed


def _articles(
    reader: Reader,
    topics: Topics,
    id: str,
    partition: int,
    outcomes: Sequence[ArticleOutcome],
    progress: Progress,
) -> list[Written]:
    origins = {one.origin for one in outcomes if one.origin and one.origin.topic == topics.articles}
    key = id.encode()
    records = [
        record
        for origin in sorted(origins, key=lambda one: (one.partition, one.offset))
        if (record := reader.at(origin)) and record.key == key
    ]
    if not records:
        scanned = reader.scan(topics.articles, partitions=[partition], progress=progress)
        records = [record for record in scanned if record.key == key]
    return [Written(_place(one), _time(one), _decoded(one, Article)) for one in records]


def _outcomes(
    reader: Reader,
    topics: Topics,
    id: str,
    indexed: Sequence[ArticleOutcome],
    since: datetime | None,
    progress: Progress,
) -> list[ArticleOutcome]:
    """The newest outcome of each stage and run."""
    found = {one.id: one for one in indexed}
    if not any(one.stage is Stage.CLASSIFY for one in indexed):
        partition = partition_of(id.encode(), reader.partitions(topics.outcomes))
        for record in reader.scan(
            topics.outcomes, partitions=[partition], since=since, progress=progress
        ):
            if record.key == id.encode() and (one := _decoded(record, ArticleOutcome)):
                found[one.id] = one
    return sorted(found.values(), key=lambda one: one.at)


def _mentions(
    reader: Reader,
    topics: Topics,
    id: str,
    outcomes: Sequence[ArticleOutcome],
    since: datetime,
    progress: Progress,
) -> list[Found]:
    """The newest record of each mention."""
    classified = [one for one in outcomes if one.stage is Stage.CLASSIFY]
    if classified and not any(one.mentions for one in classified):
        return []
    until = max(one.at for one in classified) + AROUND if classified else None
    found: dict[str, Found] = {}
    scanned = reader.scan(topics.mentions, since=since, until=until, progress=progress)
    for record in scanned:
        # Most records are other articles': a search in the bytes is quicker than decoding.
        if record.value and id.encode() in record.value and (one := _decoded(record, Mention)):
            found[one.id] = Found(_place(record), one)
    return [one for one in found.values() if one.mention.article.id == id]


def _place(record: ConsumerRecord) -> Origin:
    return Origin(topic=record.topic, partition=record.partition, offset=record.offset)


def _time(record: ConsumerRecord) -> datetime:
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)


def _decoded(record: ConsumerRecord, kind: type[R]) -> R | None:
    try:
        return decode(record.value, kind)
    except Reject:
        return None
