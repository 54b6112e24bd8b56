"""Classify on a real Kafka: every article gets its mentions and exactly one outcome."""

from collections import Counter

import pytest

from benchmarks.pipeline.articles import synthetic
from pledgewatch.outcome import Outcome, Reason
from pledgewatch.records import Article, ArticleOutcome, DeadLetter, Mention, encode
from services.common.kafka import Topics
from services.common.settings import KafkaSettings, Settings
from services.local.servers import Kafka
from tests.conftest import RunService
from tests.processes import wait_for
from tests.topics import (
    article,
    committed,
    mentions_of,
    publish,
    put,
    read,
    read_as,
    wait_committed,
    wait_count,
)

pytestmark = [pytest.mark.integration, pytest.mark.without_elasticsearch]


def _articles(count: int, first: int = 0) -> list[Article]:
    return [article(made) for made in synthetic(count, first=first)]


def _outcomes(settings: KafkaSettings) -> list[ArticleOutcome]:
    return read_as(settings, Topics(settings.topic_prefix).outcomes, ArticleOutcome)


def _check(settings: KafkaSettings, articles: list[Article]) -> Counter[str]:
    """Each article has outcomes, all alike, and its mentions; returns outcome records by id."""
    topics = Topics(settings.topic_prefix)
    expected = mentions_of(articles)
    outcomes = _outcomes(settings)
    assert {outcome.article_id for outcome in outcomes} == {a.id for a in articles}
    for outcome in outcomes:
        mentions = [m.id for m in expected.values() if m.article.id == outcome.article_id]
        assert list(outcome.mentions) == mentions
        found = Outcome.MENTIONS_FOUND if mentions else Outcome.NOTHING_FOUND
        assert outcome.outcome is found
    mentions_found = read_as(settings, topics.mentions, Mention)
    assert {mention.id: mention for mention in mentions_found} == expected
    return Counter(outcome.article_id for outcome in outcomes)


def test_articles_become_mentions_and_one_outcome_each(
    settings: Settings, run_service: RunService
) -> None:
    articles = _articles(60)
    publish(settings.kafka, articles)
    service = run_service("classify")
    service.wait_ready()
    wait_committed(settings.kafka, "classify", 60, 60)
    assert set(_check(settings.kafka, articles).values()) == {1}

    topics = Topics(settings.kafka.topic_prefix)
    records = {(r.partition, r.offset): r for r in read(settings.kafka, topics.articles)}
    for outcome in _outcomes(settings.kafka):
        assert outcome.origin is not None
        origin = records[outcome.origin.partition, outcome.origin.offset]
        assert origin.key.decode() == outcome.article_id
    for mention in read(settings.kafka, topics.mentions):
        assert dict(mention.headers)["ce_type"] == b"pledgewatch.mention"
        assert mention.key.count(b"|") == 1
    page = service.get("/metrics")[1]
    assert 'pledgewatch_records_total{outcome="mentions_found",stage="classify"} 3.0' in page
    assert 'pledgewatch_records_total{outcome="nothing_found",stage="classify"} 57.0' in page
    assert "pledgewatch_consumer_lag_records{" in page
    assert service.get("/healthz")[0] == 200
    assert service.terminate() == 0


def test_poison_becomes_dead_letters_and_the_line_goes_on(
    settings: Settings, run_service: RunService
) -> None:
    good = _articles(2)
    ids = [a.id.encode() for a in _articles(5, first=10)]
    header = [("trace", b"\xff")]
    poison: list[tuple[bytes | None, bytes | None, Reason]] = [
        (ids[0], b"{not json", Reason.NOT_JSON),
        (ids[1], b'{"id": 7}', Reason.SCHEMA),
        (ids[2], None, Reason.TOMBSTONE),
        (ids[3], b'"' + b"x" * (5 << 20) + b'"', Reason.TOO_LARGE),
        (ids[4], encode(good[0]), Reason.SCHEMA),  # under the key of another article
        (b"no id", b"\xff\xfe", Reason.NOT_JSON),
        (None, b"[]", Reason.SCHEMA),
    ]
    publish(settings.kafka, good[:1])
    put(settings.kafka, [(key, value, header) for key, value, _ in poison])
    publish(settings.kafka, good[1:])
    run_service("classify").wait_ready()
    wait_committed(settings.kafka, "classify", 9, 60)

    letters = read_as(settings.kafka, Topics(settings.kafka.topic_prefix).dead_letters, DeadLetter)
    found = {letter.value: letter for letter in letters}
    assert len(letters) == len(poison)
    for key, value, reason in poison:
        assert found[value].reason is reason
        assert found[value].key == key
        assert found[value].headers == tuple(header)
        assert found[value].message
    outcomes = {outcome.article_id: outcome for outcome in _outcomes(settings.kafka)}
    assert len(outcomes) == len(good) + len(ids)
    for key, _, reason in poison[:5]:
        assert key is not None
        assert outcomes[key.decode()].outcome is Outcome.REJECTED
        assert outcomes[key.decode()].reason is reason


@pytest.mark.slow
def test_sigterm_finishes_the_record_in_hand_and_commits(
    settings: Settings, run_service: RunService
) -> None:
    articles = _articles(1200)
    publish(settings.kafka, articles)
    service = run_service("classify")
    service.wait_ready()
    wait_count(settings.kafka, Topics(settings.kafka.topic_prefix).outcomes, 100)
    assert service.terminate(30) == 0
    done = len(_outcomes(settings.kafka))
    assert done < len(articles), "it stopped in mid-stream"
    assert committed(settings.kafka, "classify") == done
    service.start()
    wait_committed(settings.kafka, "classify", 1200, 180)
    assert set(_check(settings.kafka, articles).values()) == {1}


@pytest.mark.slow
def test_a_second_process_takes_partitions_over_and_gives_them_back(
    settings: Settings, run_service: RunService
) -> None:
    articles = _articles(1200)
    publish(settings.kafka, articles[:500])
    first = run_service("classify")
    first.wait_ready()
    wait_count(settings.kafka, Topics(settings.kafka.topic_prefix).outcomes, 100)
    second = run_service("classify")
    second.wait_ready()
    publish(settings.kafka, articles[500:900])
    wait_for(lambda: 'nothing_found",stage="classify"} 0.0' not in second.get("/metrics")[1])
    assert second.terminate(30) == 0
    publish(settings.kafka, articles[900:])
    wait_committed(settings.kafka, "classify", 1200, 120)
    _check(settings.kafka, articles)


@pytest.mark.slow
def test_a_broker_that_stops_and_comes_back_is_waited_for(
    settings: Settings, run_service: RunService, kafka: Kafka
) -> None:
    articles = _articles(1200)
    publish(settings.kafka, articles)
    service = run_service("classify")
    service.wait_ready()
    wait_count(settings.kafka, Topics(settings.kafka.topic_prefix).outcomes, 100)
    kafka.kill()
    kafka.start()
    wait_committed(settings.kafka, "classify", 1200, 120)
    assert service.running
    _check(settings.kafka, articles)


def test_it_waits_for_topics_and_says_so(settings: Settings, run_service: RunService) -> None:
    service = run_service("classify", {"PLEDGEWATCH_KAFKA__TOPIC_PREFIX": "nowhere."})
    page = wait_for(lambda: "missing" in (text := service.get("/readyz")[1]) and text, 30)
    assert "pledgewatch provision" in str(page)
    assert service.get("/healthz")[0] == 200
    assert service.terminate(30) == 0
