"""Reconcile on a real Kafka: what has no outcome is found, published again, and accounted for."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.structs import OffsetAndMetadata

from benchmarks.pipeline.articles import synthetic
from services.common import kafka
from services.common.settings import Settings
from services.local.artifacts import PROJECT
from tests.conftest import RunService
from tests.processes import environment, wait_for
from tests.topics import article, publish, put, read, wait_committed

pytestmark = [pytest.mark.integration, pytest.mark.without_elasticsearch]


def _once(settings: Settings, folder: Path) -> tuple[int, dict[str, Any]]:
    result = subprocess.run(
        [sys.executable, "-m", "services.cli", "reconcile", "--once", "--json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT), **environment(settings)},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, json.loads(result.stdout)


def _skip(settings: Settings, count: int) -> None:
    """Make the group of classify commit past the articles of partition 0, as a fault would."""
    topics = kafka.Topics(settings.kafka.topic_prefix)
    client = kafka.consumer(settings.kafka, "test", topics.group("classify"))
    first = TopicPartition(topics.articles, 0)
    client.assign([first])
    client.commit({first: OffsetAndMetadata(count, "", -1)})
    client.close()


def test_an_article_that_was_passed_over_is_published_again(
    settings: Settings, run_service: RunService, tmp_path: Path
) -> None:
    articles = [article(made) for made in synthetic(40)]
    publish(settings.kafka, articles)
    put(settings.kafka, [(b"no article id", b"poison", [])])
    topic = kafka.Topics(settings.kafka.topic_prefix).articles
    before = read(settings.kafka, topic)
    lost = [r for r in before if r.partition == 0 and r.key != b"no article id"]
    end = sum(r.partition == 0 for r in before)
    assert lost
    _skip(settings, end)

    reconcile = run_service("reconcile", {"PLEDGEWATCH_RECONCILE__GRACE_SECONDS": "3"})
    run_service("classify").wait_ready()
    reconcile.wait_ready()
    total = len(before) + len(lost)
    wait_committed(settings.kafka, "classify", total)
    code, report = _once(settings, tmp_path)
    assert code == 0
    assert report["articles"] == 40
    assert sum(report["outcomes"].values()) == 40
    assert report["missing"] == []
    assert report["without_id"] == 1

    again = read(settings.kafka, topic)[len(before) :]
    after = {(r.partition, r.offset): r for r in read(settings.kafka, topic)}
    repeats = [
        r for place, r in after.items() if place not in {(b.partition, b.offset) for b in before}
    ]
    assert len(again) == len(repeats) == len(lost)
    content = {(r.key, r.value, tuple(r.headers)) for r in lost}
    assert {(r.key, r.value, tuple(r.headers)) for r in repeats} == content
    page = wait_for(
        lambda: "pledgewatch_unaccounted_articles 0.0" in (p := reconcile.get("/metrics")[1]) and p
    )
    assert f"pledgewatch_republished_articles_total {len(lost)}.0" in str(page)
    assert "pledgewatch_pending_articles 0.0" in str(page)
    assert reconcile.terminate(30) == 0


def test_backlog_is_not_missing(
    settings: Settings, run_service: RunService, tmp_path: Path
) -> None:
    publish(settings.kafka, [article(made) for made in synthetic(30)])
    reconcile = run_service("reconcile", {"PLEDGEWATCH_RECONCILE__GRACE_SECONDS": "0.5"})
    reconcile.wait_ready()
    wait_for(lambda: "pledgewatch_pending_articles 30.0" in reconcile.get("/metrics")[1])
    start = datetime.now(UTC)
    wait_for(lambda: (datetime.now(UTC) - start).total_seconds() > 3)
    assert "pledgewatch_republished_articles_total 0.0" in reconcile.get("/metrics")[1]
    code, report = _once(settings, tmp_path)
    assert code == 1
    assert len(report["missing"]) == 30
