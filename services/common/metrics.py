"""Every metric, in one container, with closed label sets that exist from the start.

A series that first appears with its first event hides that event from `increase()`; so each label
set is created at zero. Labels are never text from articles.
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from pledgewatch.ontology import Event
from pledgewatch.outcome import OUTCOMES, Reason, Stage

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
CONFIDENCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
AGES = (0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300, 1800, 7200, 86400)


class Metrics:
    """The metrics of one service at one stage, in a registry of their own."""

    def __init__(self, stage: Stage) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.stage = stage
        self.records = Counter(
            "pledgewatch_records",
            "Records by what became of them: the outcomes of a stage add up to its input.",
            ["stage", "outcome"],
            registry=self.registry,
        )
        for outcome in OUTCOMES[stage]:
            self.records.labels(stage, outcome)
        self.retries = Counter(
            "pledgewatch_retries",
            "Attempts repeated because the other side failed.",
            ["stage"],
            registry=self.registry,
        )
        self.retries.labels(stage)
        self.dead_letters = Counter(
            "pledgewatch_dead_letters",
            "Records sent to the dead-letters topic.",
            ["stage", "reason"],
            registry=self.registry,
        )
        for reason in Reason:
            self.dead_letters.labels(stage, reason)
        self.duration = Histogram(
            "pledgewatch_stage_duration_seconds",
            "Time to handle one record (index: one bulk request).",
            ["stage"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.duration.labels(stage)
        self.end_to_end = Histogram(
            "pledgewatch_end_to_end_seconds",
            "From the moment ingest first saw the article to this stage's output.",
            ["stage"],
            buckets=AGES,
            registry=self.registry,
        )
        self.end_to_end.labels(stage)
        self.lag = Gauge(
            "pledgewatch_consumer_lag_records",
            "Records waiting in a partition.",
            ["topic", "partition"],
            registry=self.registry,
        )
        self.last_record = Gauge(
            "pledgewatch_last_record_timestamp_seconds",
            "When the stage last finished a record.",
            ["stage"],
            registry=self.registry,
        )
        self.last_record.labels(stage)


class FeedMetrics:
    """What ingest alone measures."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.polls = Counter(
            "pledgewatch_feed_polls",
            "Polls of feeds by result.",
            ["result"],
            registry=registry,
        )
        for result in ("new", "unchanged", "error"):
            self.polls.labels(result)
        self.failing = Gauge(
            "pledgewatch_feeds_failing", "Feeds whose last poll failed.", registry=registry
        )
        self.feeds = Gauge("pledgewatch_feeds", "Feeds that are polled.", registry=registry)


class ModelMetrics:
    """What classify alone measures."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.info = Gauge(
            "pledgewatch_model_info",
            "Always 1; the labels name the extractor in use.",
            ["name", "version", "sha256"],
            registry=registry,
        )
        self.mentions = Counter(
            "pledgewatch_mentions", "Mentions found, by kind.", ["kind"], registry=registry
        )
        for kind in ("commitment", "obstacle"):
            self.mentions.labels(kind)
        self.confidence = Histogram(
            "pledgewatch_mention_confidence",
            "How sure the model is of the mentions that it finds.",
            buckets=CONFIDENCES,
            registry=registry,
        )


class LedgerMetrics:
    """What the ledger alone measures."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.events = Counter(
            "pledgewatch_pledge_events",
            "Changes of pledges; late ones are recorded and alert nobody.",
            ["event", "late"],
            registry=registry,
        )
        for event in Event:
            for late in ("false", "true"):
                self.events.labels(event, late)
        self.pledges = Gauge("pledgewatch_pledges", "Rows of the board here.", registry=registry)


class DeliveryMetrics:
    """What notify alone measures."""

    def __init__(self, registry: CollectorRegistry, receivers: Iterable[str]) -> None:
        self.deliveries = Counter(
            "pledgewatch_deliveries",
            "Deliveries of events to receivers by what came of them, each try.",
            ["receiver", "result"],
            registry=registry,
        )
        self.pending = Gauge(
            "pledgewatch_deliveries_pending",
            "Deliveries that a receiver has not taken yet.",
            ["receiver"],
            registry=registry,
        )
        for receiver in receivers:
            self.pending.labels(receiver).set(0)
            for result in ("delivered", "retried", "failed", "gone"):
                self.deliveries.labels(receiver, result)


class ReconcileMetrics:
    """What reconcile measures."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.unaccounted = Gauge(
            "pledgewatch_unaccounted_articles",
            "Articles past the grace period without an outcome.",
            registry=self.registry,
        )
        self.pending = Gauge(
            "pledgewatch_pending_articles",
            "Articles without an outcome, within the grace period included.",
            registry=self.registry,
        )
        self.republished = Counter(
            "pledgewatch_republished_articles",
            "Articles published again because they had no outcome.",
            registry=self.registry,
        )


class ConsoleMetrics:
    """What the console measures."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.duration = Histogram(
            "pledgewatch_page_seconds",
            "Time to make a page, by its address.",
            ["page"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.problems = Counter(
            "pledgewatch_page_problems",
            "Answers that tell of a problem, by status.",
            ["status"],
            registry=self.registry,
        )
        for status in ("400", "401", "403", "404", "422", "500", "503"):
            self.problems.labels(status)
