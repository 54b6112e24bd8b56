"""The sample outlets through the pipeline: one outcome for each article, twice changes nothing."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pledgewatch.records import Article, ArticleOutcome, Mention
from services.common import elasticsearch
from services.common.kafka import Topics
from services.common.settings import Settings
from services.demo.samples import load
from services.demo.site import Site
from tests.conftest import RunService
from tests.processes import wait_for
from tests.topics import mentions_of, read_as

pytestmark = pytest.mark.integration


class Indexed:
    """What is in the indices of the test."""

    def __init__(self, settings: Settings) -> None:
        self._client: Elasticsearch = elasticsearch.client(settings.elasticsearch)
        self._indices = elasticsearch.Indices(settings.elasticsearch.index_prefix)

    def documents(self, name: str) -> dict[str, dict[str, Any]]:
        """Id → source of an index's documents, as searches see them."""
        found = self._client.search(index=self._indices.read(name), size=1000)
        return {hit["_id"]: hit["_source"] for hit in found["hits"]["hits"]}

    def versions(self, name: str) -> dict[str, int]:
        """Id → version."""
        found = self._client.search(index=self._indices.read(name), size=1000, version=True)
        return {hit["_id"]: hit["_version"] for hit in found["hits"]["hits"]}


def test_the_samples_come_out_indexed_and_a_second_time_changes_nothing(
    settings: Settings, run_service: RunService, tmp_path: Path
) -> None:
    samples = load()
    indexed = Indexed(settings)
    with Site(samples) as site:
        feeds = tmp_path / "feeds.yaml"
        feeds.write_text(site.feeds_yaml(), encoding="utf-8")
        env = {"PLEDGEWATCH_INGEST__FEEDS": str(feeds)}
        assert run_service("ingest", env, "--once").wait(120) == 0
        for name in ("classify", "index"):
            run_service(name)
        wait_for(
            lambda: len(indexed.documents("outcomes")) == len(samples),
            timeout=120,
            message="an outcome for each article",
        )

        topics = Topics(settings.kafka.topic_prefix)
        articles = read_as(settings.kafka, topics.articles, Article)
        outcomes = read_as(settings.kafka, topics.outcomes, ArticleOutcome)
        assert {a.url for a in articles} == {site.base + sample.path for sample in samples}
        assert Counter(o.article_id for o in outcomes) == Counter(a.id for a in articles)

        expected = mentions_of(articles)
        wait_for(
            lambda: indexed.documents("mentions").keys() == expected.keys(),
            message="every mention to be searchable",
        )
        assert {m.id: m for m in read_as(settings.kafka, topics.mentions, Mention)} == expected
        before = {name: indexed.versions(name) for name in elasticsearch.RECORD_INDICES}

        assert run_service("ingest", env, "--once").wait(120) == 0
        assert len(read_as(settings.kafka, topics.articles, Article)) == len(samples)
        assert {name: indexed.versions(name) for name in before} == before


def test_copies_of_an_agency_text_share_a_story_and_other_articles_do_not(
    settings: Settings, run_service: RunService, tmp_path: Path
) -> None:
    samples = load()
    with Site(samples) as site:
        feeds = tmp_path / "feeds.yaml"
        feeds.write_text(site.feeds_yaml(), encoding="utf-8")
        env = {"PLEDGEWATCH_INGEST__FEEDS": str(feeds)}
        assert run_service("ingest", env, "--once").wait(120) == 0
    topics = Topics(settings.kafka.topic_prefix)
    stories = {
        article.url.removeprefix(site.base): article.story_id
        for article in read_as(settings.kafka, topics.articles, Article)
    }
    # The label `copy_of` names another sample's file: outlet and slug.
    groups: dict[str, set[str]] = {}
    for sample in samples:
        stem = sample.copy_of or f"{sample.outlet.id}-{sample.slug}"
        groups.setdefault(stem, set()).add(stories[sample.path])
    assert {stem: len(ids) for stem, ids in groups.items() if len(ids) > 1} == {}, json.dumps(
        stories
    )
    assert len({min(ids) for ids in groups.values()}) == len(groups)
