"""Services are killed and Elasticsearch is stopped in mid-stream: nothing is lost or doubled."""

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from benchmarks.pipeline.articles import synthetic
from pledgewatch.outcome import Outcome
from pledgewatch.records import Article, ArticleOutcome, Mention, decode
from services.common import elasticsearch as common_elasticsearch
from services.common.elasticsearch import Indices
from services.common.kafka import Topics
from services.common.settings import Settings
from services.local.servers import Elasticsearch
from services.reconcile.reading import report
from tests.conftest import RunService
from tests.processes import Service
from tests.topics import committed, count, mentions_of, read_as, wait_committed, wait_count

pytestmark = [pytest.mark.fault, pytest.mark.slow]

ROUNDS = 10
ARTICLES_A_ROUND = 200
SEED = 20


def _write(path: Path, number: int, first: int) -> Path:
    """A JSON Lines file for ingest."""
    with path.open("w") as file:
        for made in synthetic(number, first=first):
            line = {
                "url": made.url,
                "title": made.title,
                "text": made.text,
                "published": made.published.isoformat(),
                "source": "Example News",
            }
            file.write(json.dumps(line) + "\n")
    return path


def _ingested(run_service: RunService, path: Path) -> None:
    assert run_service("ingest", None, str(path)).wait(60) == 0


def _documents(settings: Settings, name: str) -> Iterator[Any]:
    """The raw records in an index."""
    indices = Indices(settings.elasticsearch.index_prefix)
    with common_elasticsearch.client(settings.elasticsearch) as client:
        client.indices.refresh(index=indices.read(name))
        after: list[Any] | None = None
        while True:
            page = client.search(
                index=indices.read(name),
                size=1000,
                sort=[{"_doc": "asc"}],
                search_after=after,
            )["hits"]["hits"]
            if not page:
                return
            yield from page
            after = page[-1]["sort"]


def _without_first_seen(mention: Mention) -> Mention:
    """An article that is published twice is first seen twice; all else is the same."""
    return replace(mention, article=replace(mention.article, first_seen=None))


def _check(settings: Settings, articles_in: int) -> None:
    """Every article once, each with one outcome, and exactly the extractor's mentions."""
    topics = Topics(settings.kafka.topic_prefix)
    articles = {a.id: a for a in read_as(settings.kafka, topics.articles, Article)}
    assert len(articles) == articles_in
    found = report(settings.kafka)
    assert found.missing == []
    assert sum(found.outcomes.values()) == articles_in
    outcomes = read_as(settings.kafka, topics.outcomes, ArticleOutcome)
    of_article = {(o.article_id, o.id, o.outcome, o.mentions) for o in outcomes}
    assert len(of_article) == articles_in, "repeats say the same"

    expected = {i: _without_first_seen(m) for i, m in mentions_of(articles.values()).items()}
    indexed = {
        hit["_id"]: _without_first_seen(
            decode(json.dumps(hit["_source"]["pledgewatch"]["mention"]).encode(), Mention)
        )
        for hit in _documents(settings, "mentions")
    }
    assert indexed == expected
    assert {hit["_id"] for hit in _documents(settings, "articles")} == set(articles)
    documents = [
        hit["_source"]["pledgewatch"]["outcome"] for hit in _documents(settings, "outcomes")
    ]
    assert sorted(d["article_id"] for d in documents) == sorted(articles)
    assert {d["outcome"] for d in documents} == {Outcome.MENTIONS_FOUND, Outcome.NOTHING_FOUND}
    assert list(_documents(settings, "dead-letters")) == []


def _all_indexed(settings: Settings) -> None:
    """Wait until index has committed all there is on its topics."""
    topics = Topics(settings.kafka.topic_prefix)
    every = (topics.articles, topics.mentions, topics.outcomes, topics.dead_letters)
    wait_committed(settings.kafka, "index", count(settings.kafka, *every), 120)


def _kill_soon(service: Service, rng: random.Random) -> None:
    time.sleep(rng.uniform(0, 0.4))  # not a wait: the moment of the kill is the test's input
    service.kill()
    service.start()


def test_ten_kills_of_each_service_lose_and_double_nothing(
    settings: Settings, run_service: RunService, tmp_path: Path
) -> None:
    rng = random.Random(SEED)  # noqa: S311  # the same moments each time, no secret
    topics = Topics(settings.kafka.topic_prefix)
    classify = run_service("classify")
    index = run_service("index")
    classify.wait_ready()
    index.wait_ready()
    for number in range(ROUNDS):
        first = number * ARTICLES_A_ROUND
        path = _write(tmp_path / f"{number}.jsonl", ARTICLES_A_ROUND, first)
        indexed = committed(settings.kafka, "index")
        ingest = run_service("ingest", None, str(path))
        wait_count(settings.kafka, topics.articles, first + 1)
        _kill_soon(ingest, rng)
        wait_count(settings.kafka, topics.outcomes, first + 1)
        _kill_soon(classify, rng)
        wait_committed(settings.kafka, "index", indexed + 1)
        _kill_soon(index, rng)
        assert ingest.wait(60) == 0
    total = ROUNDS * ARTICLES_A_ROUND
    wait_committed(settings.kafka, "classify", count(settings.kafka, topics.articles), 120)
    _all_indexed(settings)
    _check(settings, total)


def test_elasticsearch_that_stops_for_20_seconds_is_waited_for(
    settings: Settings, run_service: RunService, elasticsearch: Elasticsearch, tmp_path: Path
) -> None:
    topics = Topics(settings.kafka.topic_prefix)
    run_service("classify").wait_ready()
    index = run_service("index")
    index.wait_ready()
    _ingested(run_service, _write(tmp_path / "before.jsonl", 100, 0))
    wait_committed(settings.kafka, "index", 100)
    elasticsearch.stop()
    down = time.monotonic()
    _ingested(run_service, _write(tmp_path / "during.jsonl", 200, 100))
    wait_count(settings.kafka, topics.outcomes, 300)
    while time.monotonic() - down < 20:
        assert index.get("/healthz")[0] == 200
        time.sleep(0.5)
    elasticsearch.start()
    _ingested(run_service, _write(tmp_path / "after.jsonl", 100, 300))
    wait_count(settings.kafka, topics.outcomes, 400)
    _all_indexed(settings)
    assert index.running
    _check(settings, 400)
