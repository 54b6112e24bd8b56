"""Provisioning real servers: from nothing, again, and over what is there."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch as Client
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource

from services.common import kafka as common_kafka
from services.common.elasticsearch import RECORD_INDICES, Indices, client
from services.common.kafka import RECORD_BYTES_MAX, Topics
from services.common.reach import UnreachableError
from services.common.settings import ElasticsearchSettings, KafkaSettings, Settings
from services.local.artifacts import PROJECT
from services.local.servers import Elasticsearch, Kafka, free_port
from services.provision.change import Change, State
from services.provision.indices import TEMPLATES, provision_indices
from services.provision.provision import provision
from services.provision.topics import DAY_MS, provision_topics
from tests.processes import environment

pytestmark = pytest.mark.integration


@pytest.fixture
def bare(kafka: Kafka, elasticsearch: Elasticsearch) -> Settings:
    """Settings under whose prefixes there is nothing yet."""
    unique = uuid.uuid4().hex[:8]
    return Settings(
        kafka=KafkaSettings(
            bootstrap_servers=kafka.address, topic_prefix=f"bare-{unique}.", partitions=2
        ),
        elasticsearch=ElasticsearchSettings(
            url=elasticsearch.address, index_prefix=f"bare-{unique}-"
        ),
    )


@pytest.fixture
def admin(bare: Settings) -> Iterator[KafkaAdminClient]:
    made = common_kafka.admin(bare.kafka)
    yield made
    made.close()


@pytest.fixture
def search(bare: Settings) -> Iterator[Client]:
    with client(bare.elasticsearch) as made:
        yield made


def states(changes: list[Change]) -> set[State]:
    return {change.state for change in changes}


def config(admin: KafkaAdminClient, topic: str) -> dict[str, str]:
    found = admin.describe_configs([ConfigResource("topic", topic)], config_filter="all")
    return {key: entry["value"] for key, entry in found["topic"][topic].items()}


def changed(settings: Settings, **kafka: Any) -> Settings:
    return settings.model_copy(update={"kafka": settings.kafka.model_copy(update=kafka)})


def test_everything_is_created_once_and_then_unchanged(
    bare: Settings, admin: KafkaAdminClient, search: Client
) -> None:
    first = provision(bare)
    assert states(first) == {State.CREATED}
    topics, names = Topics(bare.kafka.topic_prefix), Indices(bare.elasticsearch.index_prefix)
    assert set(topics.all()) <= set(admin.list_topics())
    assert config(admin, topics.articles)["retention.ms"] == str(365 * DAY_MS)
    assert config(admin, topics.articles)["max.message.bytes"] == str(RECORD_BYTES_MAX)
    assert config(admin, topics.ingest_state)["cleanup.policy"] == "compact"
    for name in RECORD_INDICES:
        index = names.versioned(name, 1)
        assert list(search.indices.get_alias(name=names.read(name)).body) == [index]
        write = search.indices.get_alias(name=names.write(name))[index]["aliases"]
        assert write[names.write(name)]["is_write_index"] is True
        mapping = search.indices.get_mapping(index=index)[index]["mappings"]
        assert mapping["dynamic"] == "strict", "the templates match the prefix"

    second = provision(bare)
    assert states(second) == {State.UNCHANGED}
    assert [change.what for change in second] == [change.what for change in first]


def test_dry_run_says_the_same_and_does_nothing(
    bare: Settings, admin: KafkaAdminClient, search: Client
) -> None:
    said = provision(bare, dry_run=True)
    assert states(said) == {State.CREATED}
    assert not any(name.startswith(bare.kafka.topic_prefix) for name in admin.list_topics())
    prefix = bare.elasticsearch.index_prefix
    assert not search.indices.get(index=f"{prefix}*").body
    assert [change.what for change in provision(bare)] == [change.what for change in said]


def test_a_topic_is_brought_to_its_configuration(bare: Settings, admin: KafkaAdminClient) -> None:
    topics = Topics(bare.kafka.topic_prefix)
    admin.create_topics(
        {topics.articles: {"num_partitions": 1, "configs": {"retention.ms": "1000"}}},
        wait_for_metadata=True,
    )
    articles = provision_topics(bare.kafka, dry_run=False)[0]
    assert articles.state is State.CHANGED
    assert "retention.ms 1000 → " in articles.detail
    assert "partitions 1 → 2" in articles.detail
    assert config(admin, topics.articles)["retention.ms"] == str(365 * DAY_MS)
    forever = changed(bare, articles_retention_days=-1)
    assert provision_topics(forever.kafka, dry_run=False)[0].state is State.CHANGED
    assert config(admin, topics.articles)["retention.ms"] == "-1"


def test_too_many_partitions_are_reported_and_left(bare: Settings, admin: KafkaAdminClient) -> None:
    provision_topics(bare.kafka, dry_run=False)
    fewer = changed(bare, partitions=1)
    changes = provision_topics(fewer.kafka, dry_run=False)
    assert states(changes) == {State.ATTENTION}
    assert "has 2 partitions, more than the 1 of PLEDGEWATCH_KAFKA__PARTITIONS" in changes[0].detail
    topic = Topics(bare.kafka.topic_prefix).articles
    assert len(admin.describe_topics([topic])[0]["partitions"]) == 2


def test_a_template_that_gained_a_field_extends_the_index(
    bare: Settings, search: Client, tmp_path: Path
) -> None:
    templates = tmp_path / "elasticsearch"
    shutil.copytree(TEMPLATES, templates)
    provision_indices(bare.elasticsearch, dry_run=False, templates=templates)

    edit(templates / "component" / "article.json", weather={"type": "keyword"})
    changes = provision_indices(bare.elasticsearch, dry_run=False, templates=templates)
    prefix = bare.elasticsearch.index_prefix
    assert [one.what for one in changes if one.state is State.CHANGED] == [
        f"component template {prefix}article",
        f"index {prefix}articles-v1",
    ]
    mapping = search.indices.get_mapping(index=f"{prefix}articles-v1")[f"{prefix}articles-v1"]
    assert mapping["mappings"]["properties"]["weather"] == {"type": "keyword"}

    edit(templates / "component" / "article.json", weather={"type": "long"})
    changes = provision_indices(bare.elasticsearch, dry_run=False, templates=templates)
    (stuck,) = [one for one in changes if one.state is State.ATTENTION]
    assert stuck.what == f"index {prefix}articles-v1"
    assert "weather" in stuck.detail
    assert "a new version of the index is needed" in stuck.detail


def edit(file: Path, **fields: dict[str, str]) -> None:
    body = json.loads(file.read_text())
    body["template"]["mappings"]["properties"] |= fields
    file.write_text(json.dumps(body))


def test_indices_can_be_had_without_template_files(bare: Settings, tmp_path: Path) -> None:
    changes = provision_indices(bare.elasticsearch, dry_run=False, templates=tmp_path)
    said = [change for change in changes if change.state is State.ATTENTION]
    assert [one.what for one in said] == ["component templates", "index templates"]
    assert all(str(tmp_path) in one.detail for one in said)


def test_aliases_that_were_lost_come_back(bare: Settings, search: Client) -> None:
    provision_indices(bare.elasticsearch, dry_run=False)
    names = Indices(bare.elasticsearch.index_prefix)
    index = names.versioned("mentions", 1)
    search.indices.delete_alias(index=index, name=names.write("mentions"))
    (changed,) = [
        one
        for one in provision_indices(bare.elasticsearch, dry_run=False)
        if one.state is not State.UNCHANGED
    ]
    assert changed.what == f"index {index}"
    assert search.indices.exists_alias(name=names.write("mentions"))


def test_a_later_version_behind_the_aliases_is_kept(bare: Settings, search: Client) -> None:
    provision_indices(bare.elasticsearch, dry_run=False)
    names = Indices(bare.elasticsearch.index_prefix)
    old, new = names.versioned("mentions", 1), names.versioned("mentions", 2)
    search.indices.create(index=new)
    write = names.write("mentions")
    search.indices.update_aliases(
        actions=[
            {"remove": {"index": old, "alias": write}},
            {"add": {"index": new, "alias": write, "is_write_index": True}},
        ]
    )
    changes = provision_indices(bare.elasticsearch, dry_run=False)
    assert states(changes) == {State.UNCHANGED}
    assert f"index {new}" in [change.what for change in changes]


def test_elasticsearch_that_does_not_answer_is_named_with_its_setting(bare: Settings) -> None:
    away = ElasticsearchSettings(url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(UnreachableError, match="PLEDGEWATCH_ELASTICSEARCH__URL"):
        provision(bare.model_copy(update={"elasticsearch": away}), kafka=False)


def test_wait_outlasts_a_server_that_is_late(bare: Settings, kafka: Kafka, tmp_path: Path) -> None:
    kafka.stop()
    waiting = start(tmp_path, environment(bare), "--kafka-only", "--json", "--wait", "120")
    try:
        kafka.start()
        output, errors = waiting.communicate(timeout=150)
    finally:
        waiting.kill()
    assert waiting.returncode == 0, errors
    assert {change["state"] for change in json.loads(output)} == {"created"}


def test_the_command_prints_json(bare: Settings, tmp_path: Path) -> None:
    output, _ = start(tmp_path, environment(bare), "--kafka-only", "--json").communicate()
    assert {change["state"] for change in json.loads(output)} == {"created"}


def test_kafka_that_does_not_answer_is_named_in_one_sentence(
    bare: Settings, tmp_path: Path
) -> None:
    nowhere = environment(changed(bare, bootstrap_servers=f"127.0.0.1:{free_port()}"))
    failed = start(tmp_path, nowhere)
    _, errors = failed.communicate()
    assert failed.returncode != 0
    assert errors.startswith("pledgewatch: Kafka does not answer")
    assert "PLEDGEWATCH_KAFKA__BOOTSTRAP_SERVERS" in errors
    assert errors.count("\n") == 1


def start(folder: Path, variables: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "services.cli", "provision", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
