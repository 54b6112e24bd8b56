"""Topics: created with their configuration, brought to it where they are there already."""

from collections.abc import Iterator
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource
from kafka.errors import TopicAlreadyExistsError

from services.common import kafka, runs
from services.common.reach import CONNECT_MS, asking_kafka
from services.common.settings import KafkaSettings, variable
from services.provision.change import Change, State

DAY_MS = 24 * 60 * 60 * 1000


def configurations(settings: KafkaSettings, topics: kafka.Topics) -> dict[str, dict[str, str]]:
    """Topic → its configuration."""

    def kept(days: int) -> dict[str, str]:
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(days * DAY_MS if days >= 0 else -1),
            "max.message.bytes": str(kafka.RECORD_BYTES_MAX),
        }

    compacted = {
        "cleanup.policy": "compact",
        # Only closed segments are compacted, so small ones keep the state quick to read back.
        "segment.bytes": str(16 * 1024 * 1024),
        "min.cleanable.dirty.ratio": "0.1",
        "max.message.bytes": str(kafka.RECORD_BYTES_MAX),
    }
    of_topic = {
        topics.articles: kept(settings.articles_retention_days),
        # replays carry over what they do not derive anew
        topics.mentions: kept(-1),
        topics.outcomes: kept(settings.articles_retention_days),
        topics.ledger_entries: compacted,
        topics.pledges: compacted,
        topics.pledge_events: kept(-1),
        topics.deliveries: compacted,
        topics.dead_letters: kept(365),
        topics.ingest_state: compacted,
        topics.runs: compacted,
        topics.audit: kept(-1),
        topics.metrics: kept(30),
    }
    # With acks=all, this is what an acknowledgement is worth when one of three brokers is down.
    in_sync = "2" if settings.replication_factor >= 3 else "1"
    return {
        topic: config | {"min.insync.replicas": in_sync, "compression.type": "producer"}
        for topic, config in of_topic.items()
    }


def _with_state(topics: kafka.Topics) -> tuple[str, ...]:
    """Topics whose partitions are those of a service's state: keys must stay where they are."""
    return (
        topics.mentions,
        topics.ledger_entries,
        topics.pledges,
        topics.pledge_events,
        topics.deliveries,
    )


def provision_topics(
    settings: KafkaSettings, *, dry_run: bool, run: str | None = None
) -> list[Change]:
    """Have every topic with its partitions and configuration; `dry_run` changes nothing.

    `run`: only the topics that a run has of its own; None: all, and the live run's.

    Raises:
        UnreachableError: no broker answers.
        UserError: the broker refuses a setting.
    """
    with asking_kafka(settings):
        admin = kafka.admin(settings, bootstrap_timeout_ms=CONNECT_MS)
        try:
            return list(_provision(admin, settings, run, dry_run=dry_run))
        finally:
            admin.close()


def _provision(
    admin: KafkaAdminClient, settings: KafkaSettings, run: str | None, *, dry_run: bool
) -> Iterator[Change]:
    existing = set(admin.list_topics())
    topics = kafka.Topics(settings.topic_prefix)
    like: dict[str, str] = {}
    if run is not None or topics.runs in existing:
        known = runs.read(settings)
        topics = known.topics(settings.topic_prefix, run)
        if run is not None:
            base = known.topics(settings.topic_prefix, known.find(run).base)
            like = dict(zip(topics.derived(), base.derived(), strict=True))
    for topic, config in configurations(settings, topics).items():
        if run is not None and topic not in topics.derived():
            continue
        count = settings.partitions
        if topic in like:  # keys must stay in the partitions in which they are
            count = len(admin.describe_topics([like[topic]])[0]["partitions"])
        if topic not in existing and _create(
            admin, topic, config, settings, count, dry_run=dry_run
        ):
            detail = f"{count} partitions, {_words(config)}"
            yield Change(f"topic {topic}", State.CREATED, detail)
        else:
            yield _update(admin, topic, config, settings, topics, dry_run=dry_run)


def _create(
    admin: KafkaAdminClient,
    topic: str,
    config: dict[str, str],
    settings: KafkaSettings,
    partitions: int,
    *,
    dry_run: bool,
) -> bool:
    """False where someone else created it just now."""
    shape = {
        "num_partitions": partitions,
        "replication_factor": settings.replication_factor,
        "configs": config,
    }
    try:
        admin.create_topics({topic: shape}, validate_only=dry_run, wait_for_metadata=not dry_run)
    except TopicAlreadyExistsError:
        return False
    return True


def _update(
    admin: KafkaAdminClient,
    topic: str,
    config: dict[str, str],
    settings: KafkaSettings,
    topics: kafka.Topics,
    *,
    dry_run: bool,
) -> Change:
    name = f"topic {topic}"
    resource = ConfigResource("topic", topic)
    current: dict[str, dict[str, Any]] = admin.describe_configs([resource], config_filter="all")[
        "topic"
    ][topic]
    different = {
        key: value for key, value in config.items() if current.get(key, {}).get("value") != value
    }
    done = [
        f"{key} {current.get(key, {}).get('value')} → {value}" for key, value in different.items()
    ]
    if different and not dry_run:
        admin.alter_configs([ConfigResource("topic", topic, different)])
    partitions = admin.describe_topics([topic])[0]["partitions"]
    count, replicas = len(partitions), len(partitions[0]["replica_nodes"])
    notes = []
    if count < settings.partitions and topic in _with_state(topics):
        notes.append(
            f"has {count} partitions, fewer than the {settings.partitions} of "
            f"{variable('kafka', 'partitions')}; more would part pledges from what is known of "
            "them (docs/ledger.md)"
        )
    elif count < settings.partitions:
        done.append(f"partitions {count} → {settings.partitions}")
        if not dry_run:
            admin.create_partitions({topic: settings.partitions})
    if count > settings.partitions:
        notes.append(
            f"has {count} partitions, more than the {settings.partitions} of "
            f"{variable('kafka', 'partitions')}; Kafka cannot take partitions away"
        )
    if replicas != settings.replication_factor:
        notes.append(
            f"has {replicas} replicas, not the {settings.replication_factor} of "
            f"{variable('kafka', 'replication_factor')}; move them with kafka-reassign-partitions"
        )
    if notes:
        return Change(name, State.ATTENTION, "; ".join([*done, *notes]))
    return Change(name, State.CHANGED if done else State.UNCHANGED, ", ".join(done))


def _words(config: dict[str, str]) -> str:
    if config["cleanup.policy"] == "compact":
        return "compacted"
    days = int(config["retention.ms"])
    return "kept for ever" if days < 0 else f"kept {days // DAY_MS} days"
