"""The index service between a real Kafka and a real Elasticsearch."""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from elasticsearch import Elasticsearch as Client
from kafka.structs import OffsetAndMetadata, TopicPartition

from pledgewatch import ids
from pledgewatch.outcome import Reason
from pledgewatch.records import Mention, encode
from services.common import kafka as common_kafka
from services.common.elasticsearch import Indices
from services.common.settings import Settings
from services.local.servers import Elasticsearch
from tests.conftest import RunService
from tests.integration.indexing import (
    committed,
    dead_letters,
    encoded,
    publish,
    running,
    some_mentions,
)

pytestmark = pytest.mark.integration

COUNT = 300
WaitFor = Callable[..., object]


def search(settings: Settings, name: str = "mentions") -> dict[str, dict[str, Any]]:
    """Id → source of every document of an index."""
    alias = Indices(settings.elasticsearch.index_prefix).read(name)
    with Client(settings.elasticsearch.url, request_timeout=30) as client:
        client.indices.refresh(index=alias)
        found = client.search(index=alias, size=10_000)
    return {hit["_id"]: hit["_source"] for hit in found["hits"]["hits"]}


def changes(settings: Settings) -> dict[str, int]:
    """Id → sequence number of the last change of every mention."""
    alias = Indices(settings.elasticsearch.index_prefix).read("mentions")
    with Client(settings.elasticsearch.url, request_timeout=30) as client:
        client.indices.refresh(index=alias)
        found = client.search(index=alias, size=10_000, version=True)
    return {hit["_id"]: hit["_version"] for hit in found["hits"]["hits"]}


def bare(sources: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Id → mention, without what differs from one writing to the next."""
    return {id: source["pledgewatch"]["mention"] for id, source in sources.items()}


def expected(records: Sequence[Mention]) -> dict[str, Any]:
    """Id → mention as it must be found."""
    return {record.id: msgspec.json.decode(encode(record)) for record in records}


def revised(record: Mention, *, later: int, confidence: float) -> Mention:
    """The mention from another revision of its article, `later` ms after."""
    article = msgspec.structs.replace(record.article, revision=record.article.revision + later)
    return msgspec.structs.replace(record, article=article, confidence=confidence)


def test_records_become_documents_and_the_same_again_changes_nothing(
    settings: Settings, wait_for: WaitFor
) -> None:
    records = some_mentions(COUNT)
    with running(settings):
        publish(settings.kafka, encoded(records))
        wait_for(lambda: committed(settings.kafka) == COUNT)
        assert bare(search(settings)) == expected(records)
        versions = changes(settings)
        publish(settings.kafka, encoded(records))
        wait_for(lambda: committed(settings.kafka) == 2 * COUNT)
    assert bare(search(settings)) == expected(records)
    assert changes(settings) == versions


def test_documents_are_found_by_their_ecs_names(settings: Settings, wait_for: WaitFor) -> None:
    record = some_mentions(1)[0]
    publish(settings.kafka, encoded([record]))
    with running(settings):
        wait_for(lambda: committed(settings.kafka) == 1)
    search(settings)
    alias = Indices(settings.elasticsearch.index_prefix).read("mentions")
    queries: list[dict[str, Any]] = [
        {"term": {"event.id": record.id}},
        {"term": {"url.full": record.article.url}},
        {"match": {"message": "soldiers"}},
        {"term": {"event.dataset": "pledgewatch.mention"}},
        {"range": {"@timestamp": {"gte": "2026-01-01", "lt": "2026-01-02"}}},
        {"range": {"event.created": {"gte": "2026-01-01", "lt": "2026-01-02"}}},
    ]
    with Client(settings.elasticsearch.url) as client:
        for query in queries:
            found = client.search(index=alias, query=query)
            assert found["hits"]["total"]["value"] == 1, query


def test_an_older_revision_never_overwrites_a_newer_one(
    settings: Settings, wait_for: WaitFor
) -> None:
    record = some_mentions(1)[0]
    newer = revised(record, later=60_000, confidence=0.9)
    newest = revised(record, later=120_000, confidence=0.7)
    with running(settings):
        for number, value in enumerate((newer, record, newest, record), start=1):
            publish(settings.kafka, encoded([value]))
            wait_for(lambda number=number: committed(settings.kafka) == number)
    assert bare(search(settings)) == expected([newest])


def test_poison_is_dead_lettered_with_its_bytes_and_the_rest_is_indexed(
    settings: Settings, wait_for: WaitFor
) -> None:
    records = some_mentions(10)
    huge = b'{"id":"' + os.urandom(5 * 1024 * 1024 // 2).hex().encode() + b'"}'
    strange = encode(records[0]).replace(b'"run":"live"', b'"run":"live","unknown":1')
    wrong = encode(records[0]).replace(b'"kind":"commitment"', b'"kind":"promise"')
    poison: list[tuple[bytes | None, Reason]] = [
        (b"\xff\x00 not JSON", Reason.NOT_JSON),
        (b"[]", Reason.SCHEMA),
        (wrong, Reason.SCHEMA),
        (huge, Reason.SCHEMA),
        (None, Reason.TOMBSTONE),
        (strange, Reason.MAPPING),
    ]
    values = [value for value, _ in poison]
    publish(settings.kafka, [*encoded(records[:5]), *values, *encoded(records[5:])])
    with running(settings):
        wait_for(lambda: committed(settings.kafka) == len(records) + len(poison), 60)
        wait_for(lambda: committed(settings.kafka, "dead-letters") == len(poison), 60)
    letters = dead_letters(settings.kafka)
    assert sorted((letter.value or b"", letter.reason) for letter in letters) == sorted(
        (value or b"", reason) for value, reason in poison
    )
    assert all(dict(letter.headers)["ce_source"] == b"/test" for letter in letters)
    assert search(settings, "dead-letters").keys() == {letter.id for letter in letters}
    assert bare(search(settings)) == expected(records)


@pytest.mark.slow
def test_nothing_is_lost_while_elasticsearch_is_away(
    settings: Settings, elasticsearch: Elasticsearch, wait_for: WaitFor
) -> None:
    records = some_mentions(3 * COUNT)
    with running(settings) as indexer:
        publish(settings.kafka, encoded(records[:COUNT]))
        wait_for(lambda: committed(settings.kafka) == COUNT)
        elasticsearch.stop()
        publish(settings.kafka, encoded(records[COUNT : 2 * COUNT]))
        wait_for(lambda: "cannot be reached" in (indexer.not_ready() or ""))
        threading.Event().wait(20)
        assert committed(settings.kafka) == COUNT
        elasticsearch.start()
        publish(settings.kafka, encoded(records[2 * COUNT :]))
        wait_for(lambda: committed(settings.kafka) == 3 * COUNT, 90)
        assert indexer.not_ready() is None
    assert bare(search(settings)) == expected(records)
    assert dead_letters(settings.kafka) == []


def test_it_waits_for_a_cluster_that_is_not_there_yet(
    settings: Settings, elasticsearch: Elasticsearch, wait_for: WaitFor
) -> None:
    publish(settings.kafka, encoded(some_mentions(10)))
    elasticsearch.stop()
    with running(settings) as indexer:
        wait_for(lambda: "is not ready" in (indexer.not_ready() or ""))
        elasticsearch.start()
        wait_for(lambda: committed(settings.kafka) == 10, 90)
    assert len(search(settings)) == 10


def test_partitions_move_between_two_without_loss(settings: Settings, wait_for: WaitFor) -> None:
    records = some_mentions(3 * COUNT)
    with running(settings):
        publish(settings.kafka, encoded(records[:COUNT]))
        with running(settings) as second:
            wait_for(lambda: second.not_ready() is None, 60)
            publish(settings.kafka, encoded(records[COUNT : 2 * COUNT]))
            wait_for(lambda: committed(settings.kafka) == 2 * COUNT, 60)
        publish(settings.kafka, encoded(records[2 * COUNT :]))
        wait_for(lambda: committed(settings.kafka) == 3 * COUNT, 60)
    assert bare(search(settings)) == expected(records)


def test_the_offset_of_a_record_is_not_its_version(settings: Settings, wait_for: WaitFor) -> None:
    """A topic that is read again from its start, as in a replay, leaves the index as it is."""
    record = some_mentions(1)[0]
    newer = revised(record, later=1, confidence=0.9)
    publish(settings.kafka, encoded([record, newer]))
    with running(settings):
        wait_for(lambda: committed(settings.kafka) == 2)
    topics = common_kafka.Topics(settings.kafka.topic_prefix)
    consumer = common_kafka.consumer(settings.kafka, "test", topics.group("index"))
    partitions = [TopicPartition(topics.mentions, p) for p in range(settings.kafka.partitions)]
    consumer.assign(partitions)
    consumer.commit({partition: OffsetAndMetadata(0, "", -1) for partition in partitions})
    consumer.close()
    with running(settings):
        wait_for(lambda: committed(settings.kafka) == 2)
    assert bare(search(settings)) == expected([newer])
    assert changes(settings) == {record.id: ids.document_version(newer.article.revision)}


def resident_bytes(pid: int) -> int:
    """Memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
def test_a_stuck_cluster_does_not_fill_the_memory(
    settings: Settings, elasticsearch: Elasticsearch, run_service: RunService, wait_for: WaitFor
) -> None:
    service = run_service("index")
    service.wait_ready()
    publish(settings.kafka, encoded(some_mentions(10)))
    wait_for(lambda: committed(settings.kafka) == 10)
    at_rest = resident_bytes(service.pid)
    padded = [
        msgspec.structs.replace(record, place=os.urandom(50_000).hex())
        for record in some_mentions(1_500)
    ]
    elasticsearch.stop()
    publish(settings.kafka, encoded(padded))
    wait_for(lambda: "cannot be reached" in service.get("/readyz")[1])
    highest = 0
    for _ in range(50):
        threading.Event().wait(0.1)
        highest = max(highest, resident_bytes(service.pid))
    assert service.get("/healthz")[0] == 200
    elasticsearch.start()
    wait_for(lambda: committed(settings.kafka) == 1_510, 120)
    highest = max(highest, resident_bytes(service.pid))
    assert highest - at_rest < 150_000_000, "150 MB of records must not all be in memory"
    assert service.terminate() == 0


def test_sigterm_finishes_and_a_kill_loses_nothing(
    settings: Settings, run_service: RunService, wait_for: WaitFor
) -> None:
    records = some_mentions(4_000)
    publish(settings.kafka, encoded(records[:2_000]))
    service = run_service("index")
    wait_for(lambda: len(search(settings)) > 0, 60)
    service.kill()
    service.start()
    publish(settings.kafka, encoded(records[2_000:]))
    wait_for(lambda: len(search(settings)) > 2_500, 60)
    assert service.terminate() == 0
    service.start()
    service.wait_ready()
    wait_for(lambda: committed(settings.kafka) == len(records), 60)
    assert bare(search(settings)) == expected(records)
    assert (
        'pledgewatch_records_total{outcome="rejected",stage="index"} 0.0'
        in (service.get("/metrics")[1])
    )
    assert service.terminate() == 0
