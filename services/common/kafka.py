"""Kafka clients and topic names: every producer, consumer and admin client is made here."""

from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

from pledgewatch.records import LIVE, Actor
from services.common.settings import KafkaSettings

RECORD_BYTES_MAX = 8 * 1024 * 1024
"""Largest record: producers, topics and consumers agree on it."""


@dataclass(frozen=True)
class Topics:
    """The names of the topics and groups under a prefix.

    What is derived has topics of its own in each run: `classify`, `ledger` and `index` name the
    runs whose output of that stage is meant.
    """

    prefix: str
    classify: str = LIVE
    ledger: str = LIVE
    index: str = LIVE

    @property
    def articles(self) -> str:
        """Articles, keyed by article id; kept for replays."""
        return f"{self.prefix}articles"

    @property
    def mentions(self) -> str:
        """Mentions, keyed by `actor|recipient`."""
        return self._of(self.classify, "mentions")

    @property
    def outcomes(self) -> str:
        """What became of each article at each stage, keyed by article id."""
        return self._of(self.classify, "outcomes")

    @property
    def ledger_entries(self) -> str:
        """What the ledger keeps of each mention, keyed by page and mention; compacted."""
        return self._of(self.ledger, "ledger-entries")

    @property
    def pledges(self) -> str:
        """The rows of the board, keyed by pledge id; compacted."""
        return self._of(self.ledger, "pledges")

    @property
    def pledge_events(self) -> str:
        """The changes of pledges, keyed by event id."""
        return self._of(self.ledger, "pledge-events")

    @property
    def deliveries(self) -> str:
        """What became of telling receivers of events, keyed by delivery id; compacted."""
        return f"{self.prefix}deliveries"

    @property
    def dead_letters(self) -> str:
        """Records that could not be handled, keyed by dead letter id."""
        return f"{self.prefix}dead-letters"

    @property
    def ingest_state(self) -> str:
        """What ingest knows of feeds and articles; compacted."""
        return f"{self.prefix}ingest-state"

    @property
    def runs(self) -> str:
        """The runs, keyed by their ids; compacted."""
        return f"{self.prefix}runs"

    @property
    def audit(self) -> str:
        """Who did what to which run, keyed by action id."""
        return f"{self.prefix}audit"

    @property
    def metrics(self) -> str:
        """Samples of what each service does, keyed by sample id."""
        return f"{self.prefix}metrics"

    def all(self) -> tuple[str, ...]:
        """Every topic."""
        return (
            self.articles,
            self.mentions,
            self.outcomes,
            self.ledger_entries,
            self.pledges,
            self.pledge_events,
            self.deliveries,
            self.dead_letters,
            self.ingest_state,
            self.runs,
            self.audit,
            self.metrics,
        )

    def derived(self) -> tuple[str, ...]:
        """The topics that these runs have of their own."""
        return (
            self.mentions,
            self.outcomes,
            self.ledger_entries,
            self.pledges,
            self.pledge_events,
        )

    def named(self, name: str) -> str:
        """The topic of a short name, such as `pledge-events`."""
        topic: str = getattr(self, name.replace("-", "_"))
        return topic

    def group(self, service: str) -> str:
        """The consumer group of a service."""
        runs = {
            "classify": self.classify,
            "carry": self.classify,
            "ledger": self.ledger,
            "notify": self.ledger,
            "index": self.index,
        }
        return self._of(runs.get(service, LIVE), service)

    def _of(self, run: str, name: str) -> str:
        return f"{self.prefix}{name}" if run == LIVE else f"{self.prefix}{run}.{name}"


def page_key(actor: Actor | None, recipient: Actor | None) -> str:
    """The key of mentions: those of one actor and recipient stay in order, in one partition."""
    return "|".join(one.code if one else "-" for one in (actor, recipient))


def connection(settings: KafkaSettings) -> dict[str, Any]:
    """What every kafka-python client needs to connect."""
    options: dict[str, Any] = {
        "bootstrap_servers": [s.strip() for s in settings.bootstrap_servers.split(",")],
        "security_protocol": settings.security_protocol,
    }
    if settings.security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.sasl_mechanism
        options["sasl_plain_username"] = settings.sasl_username
        if settings.sasl_password is not None:
            options["sasl_plain_password"] = settings.sasl_password.get_secret_value()
    if settings.security_protocol.endswith("SSL"):
        for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
            path = getattr(settings, name)
            options[name] = str(path) if path else None
    return options


def producer(settings: KafkaSettings, client_id: str, **overrides: Any) -> KafkaProducer:
    """A producer that loses nothing: idempotent, acknowledged by all in-sync replicas, zstd.

    The caller must look at each send's future: only an acknowledged record is sent.
    """
    options: dict[str, Any] = {
        "client_id": client_id,
        "acks": "all",
        "enable_idempotence": True,
        "compression_type": "zstd",
        "linger_ms": 5,
        "max_request_size": RECORD_BYTES_MAX,
        "allow_auto_create_topics": False,
    }
    return KafkaProducer(**connection(settings), **(options | overrides))


def consumer(
    settings: KafkaSettings, client_id: str, group: str | None, **overrides: Any
) -> KafkaConsumer:
    """A consumer that commits only by hand, from the earliest record where nothing is committed."""
    options: dict[str, Any] = {
        "client_id": client_id,
        "group_id": group,
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "isolation_level": "read_committed",
        "allow_auto_create_topics": False,
        "max_partition_fetch_bytes": RECORD_BYTES_MAX,
        "session_timeout_ms": 10_000,  # a killed process holds its partitions no longer
    }
    return KafkaConsumer(**connection(settings), **(options | overrides))


def admin(
    settings: KafkaSettings, client_id: str = "pledgewatch-admin", **overrides: Any
) -> KafkaAdminClient:
    """An admin client."""
    return KafkaAdminClient(**connection(settings), client_id=client_id, **overrides)
