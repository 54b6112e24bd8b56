"""The state of the whole pipeline at one moment: services, topics, groups, indices, letters."""

import http.client
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError
from kafka import KafkaAdminClient
from kafka.protocol.consumer.offsets import OffsetSpec
from kafka.structs import TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from services.common import kafka
from services.common.elasticsearch import RECORD_INDICES, Indices, client
from services.common.errors import UserError
from services.common.kafka import Topics
from services.common.reach import CONNECT_MS, asking_elasticsearch, asking_kafka
from services.common.runs import live_topics
from services.common.settings import (
    ElasticsearchSettings,
    KafkaSettings,
    ServiceSettings,
    Settings,
    variable,
)
from services.operate import letters
from services.operate.reading import reading

SERVICES = ("ingest", "classify", "ledger", "notify", "index", "reconcile")
PAGE_SECONDS = 3.0
LETTERS_MAX = 100_000
"""Dead letters beyond this are not read to count them by reason."""


@dataclass(frozen=True)
class ServiceStatus:
    """One service, by its own pages; `problem` is None when it is ready."""

    name: str
    address: str
    problem: str | None
    outcomes: dict[str, int] = field(default_factory=dict)
    retries: int = 0
    last_record: datetime | None = None


@dataclass(frozen=True)
class TopicStatus:
    """Records (offsets in use) and bytes on disk of all replicas; last write."""

    name: str
    partitions: int
    records: int
    bytes: int
    last_record: datetime | None


@dataclass(frozen=True)
class GroupStatus:
    """How many records of a topic a consumer group has not committed yet."""

    group: str
    state: str
    topic: str
    lag: int


@dataclass(frozen=True)
class IndexStatus:
    """An index behind our aliases."""

    name: str
    documents: int
    bytes: int
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Status:
    """All that was found; `problems` has a sentence for each thing that is wrong."""

    at: datetime
    services: tuple[ServiceStatus, ...]
    topics: tuple[TopicStatus, ...]
    groups: tuple[GroupStatus, ...]
    indices: tuple[IndexStatus, ...]
    dead_letters: dict[str, int]  # open ones by reason
    problems: tuple[str, ...]


@dataclass(frozen=True)
class _Kafka:
    topics: tuple[TopicStatus, ...] = ()
    groups: tuple[GroupStatus, ...] = ()
    letters: dict[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Elasticsearch:
    indices: tuple[IndexStatus, ...] = ()
    problems: tuple[str, ...] = ()


def status(settings: Settings) -> Status:
    """Ask everything at once; what does not answer is a problem, not an error."""
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(_service, name, getattr(settings, name)) for name in SERVICES]
        brokers = pool.submit(_kafka, settings.kafka)
        cluster = pool.submit(_elasticsearch, settings.elasticsearch)
        services = tuple(one.result() for one in asked)
        in_kafka, in_elasticsearch = brokers.result(), cluster.result()
    return Status(
        at=datetime.now(UTC),
        services=services,
        topics=in_kafka.topics,
        groups=in_kafka.groups,
        indices=in_elasticsearch.indices,
        dead_letters=in_kafka.letters,
        problems=(
            *(f"{service.name}: {service.problem}" for service in services if service.problem),
            *in_kafka.problems,
            *in_elasticsearch.problems,
        ),
    )


def _service(name: str, own: ServiceSettings) -> ServiceStatus:
    address = f"{own.http_host}:{own.http_port}"
    if own.http_port == 0:
        problem = f"its port is not known: set {variable(name, 'http_port')}"
        return ServiceStatus(name, address, problem)
    try:
        code, text = _page(own, "/readyz")
        metrics = _page(own, "/metrics")[1]
    except (OSError, http.client.HTTPException):
        return ServiceStatus(name, address, "not running")
    try:
        families = list(text_string_to_metric_families(metrics))
    except ValueError:
        return ServiceStatus(name, address, "another program answers there")
    state = None if code == http.HTTPStatus.OK else f"not ready: {text.strip()}"
    outcomes: Counter[str] = Counter()
    retries, last = 0.0, 0.0
    for family in families:
        for sample in family.samples:
            if sample.name == "pledgewatch_records_total":
                outcomes[sample.labels["outcome"]] += int(sample.value)
            elif sample.name == "pledgewatch_retries_total":
                retries += sample.value
            elif sample.name == "pledgewatch_last_record_timestamp_seconds":
                last = max(last, sample.value)
    last_record = datetime.fromtimestamp(last, UTC) if last else None
    return ServiceStatus(name, address, state, dict(outcomes), int(retries), last_record)


def _page(settings: ServiceSettings, path: str) -> tuple[int, str]:
    # A service that listens on all addresses is asked on loopback.
    host = "127.0.0.1" if settings.http_host in ("0.0.0.0", "::") else settings.http_host  # noqa: S104
    connection = http.client.HTTPConnection(host, settings.http_port, timeout=PAGE_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()


def _kafka(settings: KafkaSettings) -> _Kafka:
    topics = Topics(settings.topic_prefix)
    try:
        with asking_kafka(settings):
            admin = kafka.admin(settings, bootstrap_timeout_ms=CONNECT_MS)
            try:
                existing = set(admin.list_topics())
                if topics.runs in existing:
                    topics = live_topics(settings)
                there = [topic for topic in topics.all() if topic in existing]
                ends = _offsets(admin, there, OffsetSpec.LATEST)
                starts = _offsets(admin, there, OffsetSpec.EARLIEST)
                found = _topics(admin, there, starts, ends)
                groups = _groups(admin, settings.topic_prefix, starts, ends)
            finally:
                admin.close()
        by_reason, problems = _letters(settings, found)
    except UserError as error:
        return _Kafka(problems=(str(error),))
    missing = [topic for topic in topics.all() if topic not in existing]
    if missing:
        problems += (f"there is no topic {', '.join(missing)}: run `pledgewatch provision`",)
    return _Kafka(found, groups, by_reason, problems)


def _offsets(admin: KafkaAdminClient, topics: list[str], spec: int) -> dict[TopicPartition, Any]:
    described = admin.describe_topics(topics) if topics else []
    places = {
        TopicPartition(topic["name"], partition["partition_index"]): spec
        for topic in described
        for partition in topic["partitions"]
    }
    return dict(admin.list_partition_offsets(places)) if places else {}


def _topics(
    admin: KafkaAdminClient,
    topics: list[str],
    starts: dict[TopicPartition, Any],
    ends: dict[TopicPartition, Any],
) -> tuple[TopicStatus, ...]:
    newest = _offsets(admin, topics, OffsetSpec.MAX_TIMESTAMP)
    size: Counter[str] = Counter()
    for broker in admin.describe_log_dirs(topics) if topics else []:
        for folder in broker["log_dirs"]:
            for topic in folder["topics"]:
                size[topic["name"]] += sum(part["partition_size"] for part in topic["partitions"])
    found = []
    for topic in topics:
        places = [place for place in ends if place.topic == topic]
        last = max((newest[place].timestamp for place in places), default=-1)
        found.append(
            TopicStatus(
                topic,
                partitions=len(places),
                records=sum(ends[place].offset - starts[place].offset for place in places),
                bytes=size[topic],
                last_record=datetime.fromtimestamp(last / 1000, UTC) if last >= 0 else None,
            )
        )
    return tuple(found)


def _groups(
    admin: KafkaAdminClient,
    prefix: str,
    starts: dict[TopicPartition, Any],
    ends: dict[TopicPartition, Any],
) -> tuple[GroupStatus, ...]:
    states = {
        group["group_id"]: str(group.get("group_state", ""))
        for group in admin.list_groups()
        if group["group_id"].startswith(prefix)
    }
    found = []
    for group, state in sorted(states.items()):
        committed = admin.list_group_offsets([group])[group]
        for topic in sorted({place.topic for place in committed}):
            lag = sum(
                end.offset - max(committed[place].offset, starts[place].offset)
                if place in committed
                else end.offset - starts[place].offset
                for place, end in ends.items()
                if place.topic == topic
            )
            found.append(GroupStatus(group, state, topic, lag))
    return tuple(found)


def _letters(
    settings: KafkaSettings, found: tuple[TopicStatus, ...]
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Open dead letters by reason."""
    topics = Topics(settings.topic_prefix)
    records = sum(topic.records for topic in found if topic.name == topics.dead_letters)
    if records == 0:
        return {}, ()
    if records > LETTERS_MAX:
        return {}, (f"{records} dead letters are more than can be counted by reason here",)
    with reading(settings) as reader:
        known = letters.read(reader, topics)
    return dict(Counter(str(one.reason) for one in known if one.retried_at is None)), ()


def _elasticsearch(settings: ElasticsearchSettings) -> _Elasticsearch:
    names = Indices(settings.index_prefix)
    try:
        with (
            asking_elasticsearch(settings),
            client(settings, request_timeout=CONNECT_MS / 1000) as elasticsearch,
        ):
            aliases: dict[str, tuple[str, ...]] = {}
            missing = []
            for name in RECORD_INDICES:
                found = _behind(elasticsearch, names.read(name))
                aliases |= found
                # a promoted replay is written under a name of its own
                if not any(
                    alias.endswith("-write") for behind in found.values() for alias in behind
                ):
                    missing.append(names.read(name) if not found else names.write(name))
            stats = {}
            if aliases:
                answer = elasticsearch.indices.stats(
                    index=",".join(aliases), metric=["docs", "store"]
                )
                stats = answer["indices"]
    except UserError as error:
        return _Elasticsearch(problems=(str(error),))
    indices = tuple(
        IndexStatus(
            index,
            documents=stats[index]["primaries"]["docs"]["count"],
            bytes=stats[index]["total"]["store"]["size_in_bytes"],
            aliases=behind,
        )
        for index, behind in sorted(aliases.items())
    )
    if missing:
        sentence = f"there is no alias {', '.join(missing)}: run `pledgewatch provision`"
        return _Elasticsearch(indices, (sentence,))
    return _Elasticsearch(indices)


def _behind(elasticsearch: Elasticsearch, alias: str) -> dict[str, tuple[str, ...]]:
    """The indices behind an alias, with all their aliases."""
    try:
        indices = sorted(elasticsearch.indices.get_alias(name=alias).body)
    except NotFoundError:
        return {}
    found = elasticsearch.indices.get_alias(index=",".join(indices)).body
    return {index: tuple(sorted(found[index]["aliases"])) for index in indices}
