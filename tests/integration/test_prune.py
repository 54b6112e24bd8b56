"""Retention on a real Elasticsearch: what is old goes, what is new or evidence stays."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch as Client
from msgspec.structs import replace

from benchmarks.transport.mentions import mentions
from pledgewatch import ids
from pledgewatch.documents import BUILDERS, as_json
from pledgewatch.records import Article, Mention, Pledge, Record, Sample, decode, encode
from services.common.elasticsearch import RECORD_INDICES, Indices, client
from services.common.settings import ElasticsearchSettings, RetentionSettings, Settings
from services.local.artifacts import PROJECT
from services.local.servers import Elasticsearch
from services.provision import prune as pruning
from services.provision.change import State
from services.provision.indices import provision_indices
from services.provision.prune import prune, retention
from tests.processes import environment

pytestmark = pytest.mark.integration

EXAMPLES = Path(__file__).parents[2] / "schemas"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
SAMPLE = decode((EXAMPLES / "sample/examples/good/v1-classify.json").read_bytes(), Sample)
ARTICLE = decode(next((EXAMPLES / "article/examples/good").glob("*.json")).read_bytes(), Article)
PLEDGE = decode((EXAMPLES / "pledge/examples/good/v1-deployed.json").read_bytes(), Pledge)
MENTION = next(mentions(1))


class Store:
    """Writes records as the index service does, and counts what is there."""

    def __init__(self, settings: Settings, client: Client) -> None:
        self.settings = settings
        self.client = client
        self.names = Indices(settings.elasticsearch.index_prefix)

    def put(self, name: str, *records: Record, into: str | None = None) -> None:
        index = into or self.names.write(name)
        now = as_json(datetime.now(UTC))
        body = b"".join(BUILDERS[name](encode(one), index.encode(), now).body for one in records)
        answer = self.client.bulk(body=body, refresh=True)  # type: ignore[arg-type]
        assert not answer["errors"], answer

    def ids(self, index: str) -> set[str]:
        self.client.indices.refresh(index=index)
        return {
            hit["_id"]
            for hit in self.client.search(index=index, size=10_000, source=False)["hits"]["hits"]
        }

    def prune(self, *, dry_run: bool = False, **days: int) -> dict[str, str]:
        """Index without its prefix → what was said of it, of those that were pruned."""
        settings = self.settings.model_copy(update={"retention": RetentionSettings(**days)})
        changes = prune(settings, dry_run=dry_run, now=NOW)
        prefix = f"documents of {self.settings.elasticsearch.index_prefix}"
        return {
            change.what.removeprefix(prefix): change.detail
            for change in changes
            if change.state is State.DELETED
        }


@pytest.fixture
def store(elasticsearch: Elasticsearch) -> Iterator[Store]:
    target = ElasticsearchSettings(
        url=elasticsearch.address, index_prefix=f"prune-{uuid.uuid4().hex[:8]}-"
    )
    provision_indices(target, dry_run=False)
    with client(target) as made:
        yield Store(Settings(elasticsearch=target), made)


def sample(days_ago: float, number: int = 0) -> Sample:
    at = NOW - timedelta(days=days_ago)
    return replace(SAMPLE, at=at, id=ids.sample_id("classify", str(number), at))


def mention(seen: datetime | None, published: datetime) -> Mention:
    article = replace(MENTION.article, first_seen=seen, published=published)
    return replace(MENTION, id=ids.digest(str(seen), str(published)), article=article)


def test_what_is_too_old_is_deleted_once_and_the_rest_stays(store: Store) -> None:
    old, new = [sample(31, n) for n in range(50)], [sample(29, n) for n in range(20)]
    store.put("metrics", *old, *new)
    assert store.prune(dry_run=True) == {"metrics-v1": "50 first seen more than 30 days ago"}
    assert len(store.ids(store.names.read("metrics"))) == 70, "a dry run deletes nothing"
    assert store.prune() == {"metrics-v1": "50 first seen more than 30 days ago"}
    assert store.ids(store.names.read("metrics")) == {one.id for one in new}
    assert store.prune() == {}, "a repeat finds nothing"


def test_more_than_one_batch(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "BATCH", 10)
    store.put("metrics", *[sample(31, n) for n in range(35)])
    told: list[tuple[int, int]] = []
    prune(store.settings, dry_run=False, now=NOW, progress=lambda _, *done: told.append(done))
    assert told == [(10, 35), (20, 35), (30, 35), (35, 35)]
    assert store.ids(store.names.read("metrics")) == set()


def test_age_counts_from_when_it_was_seen_not_from_when_it_was_published(store: Store) -> None:
    ancient, lately = NOW - timedelta(days=4000), NOW - timedelta(days=3)
    archive = replace(ARTICLE, id="a" * 32, first_seen=lately)
    archive = replace(archive, published=replace(archive.published, at=ancient))
    forgotten = replace(archive, id="b" * 32, first_seen=ancient)
    store.put("articles", archive, forgotten)
    known, unknown, fresh = mention(lately, ancient), mention(None, ancient), mention(None, lately)
    store.put("mentions", known, unknown, fresh)
    store.prune(articles_days=30, mentions_days=30)
    assert store.ids(store.names.read("articles")) == {archive.id}
    assert store.ids(store.names.read("mentions")) == {known.id, fresh.id}


def test_pledges_and_what_is_kept_for_ever_stay(store: Store) -> None:
    ancient = NOW - timedelta(days=4000)
    store.put("mentions", mention(ancient, ancient))
    store.put("pledges", replace(PLEDGE, last_confirmed=ancient, changed=ancient))
    assert store.prune() == {}
    assert store.ids(store.names.read("mentions"))
    assert store.ids(store.names.read("pledges"))


def test_every_generation_is_pruned_and_no_other_index(store: Store) -> None:
    ancient = NOW - timedelta(days=4000)
    old = mention(ancient, ancient)
    replayed = f"{store.names.versioned('mentions', 1)}-better-model"
    strange = f"{store.settings.elasticsearch.index_prefix}mentions-notes"
    for index in (replayed, strange):
        store.client.indices.create(index=index)
    store.put("mentions", old, into=replayed)
    store.client.index(index=strange, id="1", document={"@timestamp": "1999-01-01"}, refresh=True)
    assert set(store.prune(mentions_days=30)) == {"mentions-v1-better-model"}
    assert store.ids(replayed) == set()
    assert store.ids(strange) == {"1"}


def test_a_document_that_comes_again_is_indexed_again(store: Store) -> None:
    store.put("metrics", sample(31))
    store.prune()
    later = replace(sample(31), at=NOW)
    store.put("metrics", later)
    assert store.ids(store.names.read("metrics")) == {later.id}


def test_a_document_that_was_written_meanwhile_is_left(store: Store) -> None:
    store.put("metrics", sample(31))
    index = store.names.versioned("metrics", 1)
    batches = pruning._batches(store.client, index, NOW - timedelta(days=30))
    (found,) = list(batches)
    store.put("metrics", replace(sample(31), at=NOW))
    assert pruning._delete(store.client, index, found) == 0
    assert store.ids(index) == {sample(31).id}


def test_every_index_is_pruned_but_for_pledges_runs_and_the_audit_trail() -> None:
    kept = set(RECORD_INDICES) - retention(RetentionSettings()).keys()
    assert kept == {"pledges", "runs", "audit"}
    assert retention(RetentionSettings()).keys() <= set(RECORD_INDICES)


def test_the_command_prunes_and_leaves_kafka_alone(store: Store, tmp_path: Path) -> None:
    store.put("metrics", sample(4000))

    def run(*words: str) -> list[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-m", "services.cli", "provision", "--prune", "--json", *words],
            env=environment(store.settings) | {"PYTHONPATH": str(PROJECT)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [one for one in json.loads(done.stdout) if one["state"] == "deleted"]

    index = store.names.versioned("metrics", 1)
    (said,) = run("--dry-run")
    assert said["what"] == f"documents of {index}"
    assert store.ids(index)
    assert run() == [said]
    assert store.ids(index) == set()
    assert run() == []
