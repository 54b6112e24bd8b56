"""Status, trace and dead letters, with real servers and records as the services write them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch as Client
from kafka import KafkaProducer

from pledgewatch import documents, ids
from pledgewatch.ontology import Contribution, Kind, Level
from pledgewatch.outcome import Outcome, Reason, Reject, Stage
from pledgewatch.records import (
    Actor,
    Article,
    ArticleOutcome,
    ArticleRef,
    DeadLetter,
    Language,
    Mention,
    Model,
    Origin,
    Proof,
    Published,
    Record,
    Sentence,
    Source,
    decode,
    encode,
)
from services.common import cloudevents
from services.common import kafka as common_kafka
from services.common.dead_letters import ATTEMPTS_HEADER, dead_letter
from services.common.elasticsearch import Indices, client
from services.common.errors import UserError
from services.common.kafka import Topics
from services.common.settings import ElasticsearchSettings, KafkaSettings, Settings
from services.local.artifacts import PROJECT
from services.local.servers import free_port
from services.operate import letters
from services.operate.reading import reading
from services.operate.status import status
from services.operate.trace import trace
from tests.processes import environment

pytestmark = pytest.mark.integration

URL = "http://harbour-gazette.example/norway"
AT = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
MODEL = Model(name="rules", version="1", sha256="0" * 64)


def an_article(url: str = URL) -> Article:
    title, text = "Ships", "Norway will send two mine hunters."
    id = ids.article_id(url)
    return Article(
        id=id,
        url=url,
        title=title,
        text=text,
        source=Source(name="Harbour Gazette"),
        language=Language(code="en", confidence=1),
        published=Published(at=AT, origin="feed", trusted=True),
        first_seen=AT,
        revision=ids.milliseconds(AT),
        content_hash=ids.content_hash(title, text),
        story_id=id,
        via="rss",
    )


def a_mention(article: Article) -> Mention:
    return Mention(
        id=ids.mention_id(
            article.id, "text", 0, 34, Kind.COMMITMENT, Contribution.NAVAL, "NOR", None
        ),
        kind=Kind.COMMITMENT,
        actor=Actor(code="NOR", name="Norway"),
        recipient=None,
        contribution=Contribution.NAVAL,
        level=Level.ANNOUNCED,
        quantity=None,
        place=None,
        conditions=(),
        obstacle=None,
        attribution=None,
        specific=True,
        sentence=Sentence(text=article.text, start=0, end=34),
        proof=Proof(),
        confidence=0.9,
        model=MODEL,
        cameo=None,
        plover=None,
        article=ArticleRef(id=article.id, url=article.url, revision=article.revision),
    )


def an_outcome(
    article: Article,
    origin: Origin | None,
    *,
    mentions: tuple[Mention, ...] = (),
    stage: Stage = Stage.CLASSIFY,
    outcome: Outcome = Outcome.MENTIONS_FOUND,
    reason: Reason | None = None,
) -> ArticleOutcome:
    return ArticleOutcome(
        id=ids.outcome_id(article.id, stage),
        article_id=article.id,
        url=article.url,
        stage=stage,
        outcome=outcome,
        reason=reason,
        mentions=tuple(mention.id for mention in mentions),
        origin=origin,
        revision=article.revision,
        model=MODEL,
        at=datetime.now(UTC),
    )


class Writer:
    """Writes what the services write."""

    def __init__(self, producer: KafkaProducer, search: Client, settings: Settings) -> None:
        self._producer = producer
        self._search = search
        self.topics = Topics(settings.kafka.topic_prefix)
        self._names = Indices(settings.elasticsearch.index_prefix)

    def send(
        self,
        topic: str,
        key: str,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> Origin:
        sent = self._producer.send(topic, key=key.encode(), value=value, headers=list(headers))
        place = sent.get(timeout=30)
        return Origin(topic=topic, partition=place.partition, offset=place.offset)

    def record(self, topic: str, kind: str, key: str, record: Any) -> Origin:
        return self.send(topic, key, encode(record), cloudevents.headers(kind, record.id, "/test"))

    def index(self, name: str, record: Record) -> None:
        body = documents.BUILDERS[name](
            encode(record), self._names.write(name).encode(), documents.as_json(AT)
        ).body
        answer = self._search.bulk(
            operations=[json.loads(line) for line in body.splitlines()], refresh=True
        )
        assert not answer["errors"], answer

    def refuse(self, value: bytes | None, key: str = "poison", **more: Any) -> DeadLetter:
        headers = cloudevents.headers("article", key, "/test")
        origin = self.send(self.topics.articles, key, value, headers)
        letter = dead_letter(
            more.pop("stage", Stage.CLASSIFY),
            Reject(more.pop("reason", Reason.NOT_JSON), "no"),
            origin=origin,
            key=key.encode(),
            value=value,
            headers=headers,
            **more,
        )
        self.record(self.topics.dead_letters, "dead-letter", letter.id, letter)
        return letter


@pytest.fixture
def writer(settings: Settings) -> Iterator[Writer]:
    producer = common_kafka.producer(settings.kafka, "test")
    with client(settings.elasticsearch) as search:
        yield Writer(producer, search, settings)
    producer.close()


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(settings: Settings, tmp_path: Path) -> Run:
    """Run `pledgewatch ...` with the test's settings."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "services.cli", *arguments],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(PROJECT),
                "COLUMNS": "200",
                **environment(settings),
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def written(settings: Settings, topic: str) -> list[Any]:
    with reading(settings.kafka) as reader:
        return list(reader.scan(topic))


def open_letters(settings: Settings) -> list[DeadLetter]:
    topics = Topics(settings.kafka.topic_prefix)
    with reading(settings.kafka) as reader:
        return [one for one in letters.read(reader, topics) if one.retried_at is None]


def retry(settings: Settings, *chosen: DeadLetter, value: bytes | None = None) -> None:
    topics = Topics(settings.kafka.topic_prefix)
    with reading(settings.kafka) as reader:
        plan = letters.plan(chosen, letters.read(reader, topics), repaired=value is not None)
        letters.run(plan, settings.kafka, reader, value=value)


# --- dead letters ------------------------------------------------------------------------------


def test_retry_publishes_the_original_and_closes_the_letter(
    settings: Settings, writer: Writer
) -> None:
    letter = writer.refuse(b"<html>\xff")
    other = writer.refuse(b"[]", key="other")
    retry(settings, letter)
    assert [one.id for one in open_letters(settings)] == [other.id]
    again = [one for one in written(settings, writer.topics.articles) if one.key == b"poison"]
    assert [one.value for one in again] == [b"<html>\xff"] * 2
    assert again[1].headers == [*again[0].headers, (ATTEMPTS_HEADER, b"1")]
    assert again[1].partition == again[0].partition


def test_a_record_that_fails_again_counts_its_tries(settings: Settings, writer: Writer) -> None:
    retry(settings, writer.refuse(b"<html>"))
    again = written(settings, writer.topics.articles)[-1]
    second = dead_letter(
        Stage.CLASSIFY,
        Reject(Reason.NOT_JSON, "no"),
        origin=Origin(topic=again.topic, partition=again.partition, offset=again.offset),
        key=again.key,
        value=again.value,
        headers=again.headers,
    )
    writer.record(writer.topics.dead_letters, "dead-letter", second.id, second)
    (still_open,) = open_letters(settings)
    assert still_open.attempts == 2
    retry(settings, still_open)
    headers = dict(written(settings, writer.topics.articles)[-1].headers)
    assert headers[ATTEMPTS_HEADER] == b"2"


def test_a_null_is_published_as_null(settings: Settings, writer: Writer) -> None:
    retry(settings, writer.refuse(None, reason=Reason.TOMBSTONE))
    assert [one.value for one in written(settings, writer.topics.articles)] == [None, None]


def test_bytes_too_large_for_a_letter_come_from_where_they_stood(
    settings: Settings, writer: Writer
) -> None:
    large = os.urandom(5 * 1024 * 1024)
    origin = writer.send(writer.topics.articles, "large", large)
    letter = dead_letter(
        Stage.CLASSIFY, Reject(Reason.TOO_LARGE, "no"), origin=origin, key=b"large", value=None
    )
    writer.record(writer.topics.dead_letters, "dead-letter", letter.id, letter)
    retry(settings, letter)
    assert [one.value == large for one in written(settings, writer.topics.articles)] == [True] * 2
    assert open_letters(settings) == []


def test_a_repaired_record_is_checked_and_gets_its_key(settings: Settings, writer: Writer) -> None:
    letter = writer.refuse(b'{"id": 1}', reason=Reason.SCHEMA)
    with pytest.raises(UserError, match=r"refused again: schema: .* `url`"):
        retry(settings, letter, value=b'{"id": "0123456789abcdef0123456789abcdef"}')
    assert [one.id for one in open_letters(settings)] == [letter.id]
    article = an_article()
    retry(settings, letter, value=encode(article))
    repaired = [one for one in written(settings, writer.topics.articles) if one.key != b"poison"]
    assert [(one.key.decode(), one.value) for one in repaired] == [(article.id, encode(article))]
    assert open_letters(settings) == []


def test_a_letter_stays_open_when_its_record_cannot_be_published(
    settings: Settings, writer: Writer
) -> None:
    origin = Origin(topic=f"{settings.kafka.topic_prefix}gone", partition=0, offset=0)
    letter = dead_letter(
        Stage.CLASSIFY, Reject(Reason.TOO_LARGE, "no"), origin=origin, key=b"k", value=None
    )
    writer.record(writer.topics.dead_letters, "dead-letter", letter.id, letter)
    with pytest.raises(UserError, match="there is no topic"):
        retry(settings, letter)
    assert [one.id for one in open_letters(settings)] == [letter.id]


def test_dead_letters_on_the_command_line(
    settings: Settings, writer: Writer, run: Run, tmp_path: Path
) -> None:
    poison = writer.refuse(b'{"half": ')
    writer.refuse(b"{}", key="other", reason=Reason.SCHEMA)
    listed = json.loads(run("dead-letters", "list", "--json").stdout)
    assert [row["reason"] for row in listed] == ["not_json", "schema"]
    assert poison.id[:12] in run("dead-letters", "list", "--reason", "not_json").stdout
    shown = run("dead-letters", "show", poison.id[:8]).stdout
    assert "not_json" in shown
    assert "7b 22 68 61 6c 66 22" in shown

    raw = run("dead-letters", "show", poison.id, "--raw").stdout
    assert raw == '{"half": '
    repaired = tmp_path / "repaired.json"
    repaired.write_bytes(encode(an_article()))
    tried = run("dead-letters", "retry", poison.id, "--value", str(repaired), "--dry-run")
    assert "would be published again" in tried.stdout
    assert len(open_letters(settings)) == 2
    done = run("dead-letters", "retry", poison.id, "--value", str(repaired))
    assert done.returncode == 0, done.stderr
    assert run("dead-letters", "retry", "--reason", "schema").returncode == 0
    assert "No open dead letters." in run("dead-letters", "list").stdout
    assert "give ids, or --reason, or --all" in run("dead-letters", "retry").stderr


# --- trace -------------------------------------------------------------------------------------


def publish(writer: Writer) -> tuple[Article, Mention, Origin, Origin]:
    """An article as ingest and classify leave it on the topics."""
    article = an_article()
    mention = a_mention(article)
    writer.record(writer.topics.articles, "article", "f" * 32, an_article(f"{URL}/another"))
    place = writer.record(writer.topics.articles, "article", article.id, article)
    mention_place = writer.record(writer.topics.mentions, "mention", "NOR|", mention)
    outcome = an_outcome(article, place, mentions=(mention,))
    writer.record(writer.topics.outcomes, "outcome", article.id, outcome)
    return article, mention, place, mention_place


def test_trace_from_kafka_alone(settings: Settings, writer: Writer) -> None:
    article, mention, place, mention_place = publish(writer)
    away = ElasticsearchSettings(url=f"http://127.0.0.1:{free_port()}")
    found = trace(f"{URL}?utm_source=x#top", settings.model_copy(update={"elasticsearch": away}))
    assert found.id == article.id
    assert found.url == URL
    assert found.partition == place.partition
    assert [(one.place, one.article) for one in found.articles] == [(place, article)]
    assert [(one.stage, one.outcome) for one in found.outcomes] == [
        (Stage.CLASSIFY, Outcome.MENTIONS_FOUND)
    ]
    assert [(one.place, one.mention) for one in found.mentions] == [(mention_place, mention)]
    assert found.documents == ()
    assert "PLEDGEWATCH_ELASTICSEARCH__URL" in found.problems[0]


def test_trace_with_elasticsearch_names_documents_and_versions(
    settings: Settings, writer: Writer
) -> None:
    article, mention, place, mention_place = publish(writer)
    outcome = an_outcome(article, place, mentions=(mention,))
    writer.index("articles", article)
    writer.index("mentions", mention)
    writer.index("outcomes", outcome)
    found = trace(article.id, settings)
    prefix = settings.elasticsearch.index_prefix
    version = ids.document_version(article.revision)
    assert [(one.index, one.id, one.version) for one in found.documents] == [
        (f"{prefix}articles-v1", article.id, version),
        (f"{prefix}mentions-v1", mention.id, version),
        (f"{prefix}outcomes-v1", outcome.id, version),
    ]
    assert [one.place for one in found.articles] == [place]
    assert [one.place for one in found.mentions] == [mention_place]
    assert found.url == URL
    assert found.problems == ()


def test_trace_finds_revisions_and_the_dead_letter_of_each(
    settings: Settings, writer: Writer
) -> None:
    article, *_ = publish(writer)
    refused = writer.refuse(b"not an article", key=article.id)
    found = trace(URL, settings)
    assert [one.article is None for one in found.articles] == [False, True]
    assert [one.id for one in found.dead_letters] == [refused.id]


def test_trace_of_a_page_that_ingest_could_not_have(settings: Settings, writer: Writer) -> None:
    letter = dead_letter(
        Stage.INGEST, Reject(Reason.HTTP_ERROR, "404 Not Found"), origin=None, url=URL
    )
    writer.record(writer.topics.dead_letters, "dead-letter", letter.id, letter)
    rejected = an_outcome(
        an_article(), None, stage=Stage.INGEST, outcome=Outcome.REJECTED, reason=Reason.HTTP_ERROR
    )
    writer.record(writer.topics.outcomes, "outcome", rejected.article_id, rejected)
    found = trace(URL, settings)
    assert found.seen
    assert [one.reason for one in found.outcomes] == [Reason.HTTP_ERROR]
    assert [one.id for one in found.dead_letters] == [letter.id]


def test_trace_on_the_command_line(settings: Settings, writer: Writer, run: Run) -> None:
    article, mention, place, _ = publish(writer)
    shown = run("trace", URL)
    assert shown.returncode == 0, shown.stderr
    assert f"{place.topic}[{place.partition}]@{place.offset}" in shown.stdout
    assert "mentions_found" in shown.stdout
    found = json.loads(run("trace", article.id, "--json").stdout)
    assert found["mentions"][0]["mention"]["id"] == mention.id
    unseen = run("trace", "http://nowhere.example/a")
    assert unseen.returncode == 1
    assert unseen.stdout.startswith("Not seen")
    neither = run("trace", "gopher://x")
    assert neither.returncode != 0
    assert neither.stderr.startswith("pledgewatch: 'gopher://x' is neither a URL")


# --- status ------------------------------------------------------------------------------------


def test_status_counts_records_lag_documents_and_letters(
    settings: Settings, writer: Writer
) -> None:
    article, *_ = publish(writer)
    writer.index("articles", article)
    writer.refuse(b"<html>")
    retry(settings, writer.refuse(b"[]", key="other"))
    group = writer.topics.group("classify")
    consumer = common_kafka.consumer(settings.kafka, "test", group)
    try:
        consumer.subscribe([writer.topics.articles])
        while not consumer.poll(timeout_ms=500, max_records=1):
            pass
        consumer.commit()
    finally:
        consumer.close()
    found = status(settings)
    topics = {topic.name: topic for topic in found.topics}
    assert topics[writer.topics.articles].records == 5
    assert topics[writer.topics.articles].partitions == 2
    assert topics[writer.topics.articles].bytes > 0
    assert topics[writer.topics.articles].last_record is not None
    assert topics[writer.topics.dead_letters].records == 3
    assert [(one.group, one.topic, one.lag) for one in found.groups] == [
        (group, writer.topics.articles, 4)
    ]
    prefix = settings.elasticsearch.index_prefix
    assert {one.name: one.documents for one in found.indices}[f"{prefix}articles-v1"] == 1
    assert found.dead_letters == {"not_json": 1}


def test_status_shows_the_rest_when_a_server_is_away(
    settings: Settings, writer: Writer, run: Run
) -> None:
    publish(writer)
    nowhere = f"127.0.0.1:{free_port()}"
    away = ElasticsearchSettings(url=f"http://{nowhere}")
    found = status(settings.model_copy(update={"elasticsearch": away}))
    assert found.topics
    assert not found.indices
    assert any("PLEDGEWATCH_ELASTICSEARCH__URL" in problem for problem in found.problems)
    shown = run("status", PLEDGEWATCH_KAFKA__BOOTSTRAP_SERVERS=nowhere)
    assert shown.returncode == 1
    assert f"{settings.elasticsearch.index_prefix}articles-v1" in shown.stdout
    assert "PLEDGEWATCH_KAFKA__BOOTSTRAP_SERVERS" in shown.stdout


def test_status_of_nothing_says_what_to_run(settings: Settings) -> None:
    bare = settings.model_copy(
        update={
            "kafka": KafkaSettings(
                bootstrap_servers=settings.kafka.bootstrap_servers, topic_prefix="none."
            ),
            "elasticsearch": ElasticsearchSettings(
                url=settings.elasticsearch.url, index_prefix="none-"
            ),
        }
    )
    missing = [one for one in status(bare).problems if "run `pledgewatch provision`" in one]
    assert len(missing) == 2


def test_written_letters_decode(settings: Settings, writer: Writer) -> None:
    """A retried letter is still a dead letter to whoever reads the topic."""
    letter = writer.refuse(b"<html>")
    retry(settings, letter)
    records = written(settings, writer.topics.dead_letters)
    first, second = (decode(one.value, DeadLetter) for one in records)
    assert (first.id, first.retried_at) == (letter.id, None)
    assert second.retried_at is not None
    writer.index("dead-letters", first)
    writer.index("dead-letters", second)
