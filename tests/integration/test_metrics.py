"""What services say of themselves: samples on their topic and in their index."""

import time
from functools import partial
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from benchmarks.pipeline.articles import synthetic
from pledgewatch.outcome import Outcome, Stage
from pledgewatch.records import Sample
from services.common import elasticsearch
from services.common.elasticsearch import Indices
from services.common.kafka import Topics
from services.common.metrics import Metrics
from services.common.samples import CLOSE_SECONDS, Sampler
from services.common.settings import MetricsSettings, Settings
from services.local.servers import Kafka
from tests.conftest import RunService
from tests.processes import wait_for
from tests.topics import article, committed, mentions_of, publish, read_as, wait_committed

pytestmark = pytest.mark.integration

OFTEN = {"PLEDGEWATCH_METRICS__SECONDS": "0.5"}
ARTICLES = 60


def samples(settings: Settings, service: str) -> list[Sample]:
    """What a service has said so far, the oldest first."""
    topic = Topics(settings.kafka.topic_prefix).metrics
    found = {one.id: one for one in read_as(settings.kafka, topic, Sample)}
    return sorted((one for one in found.values() if one.service == service), key=lambda s: s.at)


def often(settings: Settings) -> Settings:
    return settings.model_copy(update={"metrics": MetricsSettings(seconds=0.2)})


def counting() -> tuple[Metrics, CollectorRegistry]:
    metrics = Metrics(Stage.LEDGER)
    return metrics, metrics.registry


def test_what_classify_and_index_did_is_found_in_the_index(
    settings: Settings, run_service: RunService
) -> None:
    articles = [article(made) for made in synthetic(ARTICLES)]
    classify, index = (run_service(name, OFTEN) for name in ("classify", "index"))
    publish(settings.kafka, articles)
    wait_committed(settings.kafka, "classify", ARTICLES)
    # the lag is measured now and then, and is no more once partitions are taken away
    wait_for(lambda: any(one.lag is not None for one in samples(settings, "classify")))
    assert classify.terminate() == 0

    said = samples(settings, "classify")
    mentions = len(mentions_of(articles))
    assert sum(one.handled or 0 for one in said) == ARTICLES
    assert sum((one.mentions_found or 0) + (one.nothing_found or 0) for one in said) == ARTICLES
    assert sum(one.mentions or 0 for one in said) == mentions
    assert {one.model_version for one in said} != {None}
    assert {(one.published, one.indexed) for one in said} == {(None, None)}
    assert said[-1].memory_mb
    at_work = [one for one in said if one.handled]
    assert all(one.handling_ms and one.age_p50 and one.age_p95 for one in at_work)

    client = elasticsearch.client(settings.elasticsearch)
    read = Indices(settings.elasticsearch.index_prefix).read("metrics")
    field = "pledgewatch.sample"

    def sums() -> dict[str, float]:
        found = client.search(
            index=read,
            query={"term": {"service.name": "pledgewatch-classify"}},
            aggs={
                name: {"sum": {"field": f"{field}.{name}"}}
                for name in ("handled", "mentions", "seconds")
            },
            size=0,
        )
        return {name: one["value"] for name, one in found["aggregations"].items()}

    # the last one tells of nothing handled
    seconds = pytest.approx(sum(one.seconds for one in said), abs=0.1)
    wait_for(lambda: sums()["seconds"] == seconds, 60, "the samples of classify in the index")
    assert (sums()["handled"], sums()["mentions"]) == (ARTICLES, mentions)
    found = client.search(index=read, query={"term": {"service.node.name": said[0].instance}})
    assert {hit["_source"]["event"]["kind"] for hit in found["hits"]["hits"]} == {"metric"}

    assert index.terminate() == 0
    said = samples(settings, "index")
    assert sum(one.handled or 0 for one in said) == committed(settings.kafka, "index")
    assert sum(one.rejected or 0 for one in said) == 0


def test_nothing_is_lost_and_nobody_waits_while_kafka_is_away(
    settings: Settings, kafka: Kafka
) -> None:
    metrics, registry = counting()
    recorded = metrics.records.labels(Stage.LEDGER, Outcome.RECORDED)

    def sums() -> int:
        return sum(one.recorded or 0 for one in samples(settings, "ledger"))

    kafka.kill()
    try:
        before = time.monotonic()
        with Sampler(Stage.LEDGER, often(settings), registry) as sampler:
            assert time.monotonic() - before < 1, "the service starts at once"
            recorded.inc(10)
            wait_for(lambda: sampler._problem, 60, "a sample that cannot be sent")
            recorded.inc(5)
            kafka.start()
            wait_for(lambda: sums() == 15, 60, "what was counted meanwhile")
            recorded.inc(1)
        assert sums() == 16, "the end has a sample of its own"
    finally:
        kafka.start()


def test_a_service_ends_soon_though_kafka_is_away(settings: Settings, kafka: Kafka) -> None:
    _, registry = counting()
    with Sampler(Stage.LEDGER, often(settings), registry):
        wait_for(lambda: samples(settings, "ledger"), 30, "a first sample")
        kafka.kill()
        before = time.monotonic()
    try:
        assert time.monotonic() - before < CLOSE_SECONDS + 1
    finally:
        kafka.start()


def test_zero_seconds_is_never(settings: Settings) -> None:
    _, registry = counting()
    with Sampler(Stage.LEDGER, settings, registry):
        pass
    assert samples(settings, "ledger") == []


def test_every_service_says_how_it_does(
    settings: Settings, run_service: RunService, tmp_path: Path
) -> None:
    feeds = tmp_path / "feeds.yaml"
    feeds.write_text("feeds: []\n")
    commands = {
        "ingest": (),
        "classify": (),
        "ledger": ("--serve",),
        "notify": ("serve",),
        "index": (),
        "reconcile": (),
    }
    for name, words in commands.items():
        run_service(name, OFTEN | {"PLEDGEWATCH_INGEST__FEEDS": str(feeds)}, *words)
    for name in commands:
        first = wait_for(partial(samples, settings, name), 120, f"a sample of {name}")
        assert first[0].memory_mb
        assert (first[0].handled is None) == (name == "reconcile")
