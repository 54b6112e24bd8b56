"""Samples: what a service did between two readings of its own metrics."""

from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from pledgewatch.outcome import Outcome, Reason, Stage
from pledgewatch.records import Sample, decode, encode
from services.common.metrics import Metrics, ModelMetrics, ReconcileMetrics
from services.common.samples import Reading, sample

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
OUTCOMES = {outcome.value for outcome in Outcome}


def since(before: Reading, registry: CollectorRegistry, service: str = "classify") -> Sample:
    return sample(
        before,
        Reading.of(registry),
        service=service,
        instance="host:1",
        run="live",
        at=AT,
        seconds=30,
    )


def reading(**values: float) -> Reading:
    return Reading({(name, ()): value for name, value in values.items()})


def histogram(name: str, **buckets: float) -> Reading:
    """Cumulative counts: `le_0_5=3` is up to 0.5."""
    bounds = {key.removeprefix("le_").replace("_", "."): n for key, n in buckets.items()}
    return Reading({(f"{name}_bucket", (("le", bound),)): n for bound, n in bounds.items()})


def test_counts_are_of_the_interval_and_add_up() -> None:
    metrics = Metrics(Stage.CLASSIFY)
    model = ModelMetrics(metrics.registry)
    records = metrics.records

    def count(found: int, nothing: int, rejected: int) -> None:
        records.labels(Stage.CLASSIFY, Outcome.MENTIONS_FOUND).inc(found)
        records.labels(Stage.CLASSIFY, Outcome.NOTHING_FOUND).inc(nothing)
        records.labels(Stage.CLASSIFY, Outcome.REJECTED).inc(rejected)

    count(100, 1000, 3)
    before = Reading.of(metrics.registry)
    count(5, 40, 1)
    metrics.dead_letters.labels(Stage.CLASSIFY, Reason.SCHEMA).inc()
    metrics.retries.labels(Stage.CLASSIFY).inc(2)
    model.mentions.labels("commitment").inc(7)
    model.mentions.labels("obstacle").inc(2)
    found = since(before, metrics.registry)
    assert (found.mentions_found, found.nothing_found, found.rejected) == (5, 40, 1)
    assert (found.handled, found.dead_letters, found.retries, found.mentions) == (46, 1, 2, 9)
    again = since(Reading.of(metrics.registry), metrics.registry)
    assert (again.handled, again.mentions, again.retries) == (0, 0, 0)
    assert decode(encode(found), Sample) == found


def test_what_a_service_does_not_measure_is_none() -> None:
    metrics = Metrics(Stage.INDEX)
    found = since(Reading.of(metrics.registry), metrics.registry, "index")
    of_index = {"indexed", "duplicate", "rejected"}
    assert {name for name in OUTCOMES if getattr(found, name) is not None} == of_index
    assert (found.mentions, found.confidence, found.model_version) == (None, None, None)
    assert found.lag is None, "no partitions are held yet"
    reconcile = ReconcileMetrics().registry
    nothing = since(Reading.of(reconcile), reconcile, "reconcile")
    assert {getattr(nothing, name) for name in [*OUTCOMES, "handled", "retries"]} == {None}
    assert nothing.memory_mb


def test_a_gauge_is_as_it_stands_and_lag_is_that_of_all_partitions() -> None:
    metrics = Metrics(Stage.CLASSIFY)
    ModelMetrics(metrics.registry).info.labels("student", "1.1.0", "0" * 64).set(1)
    metrics.lag.labels("articles", 0).set(12)
    metrics.lag.labels("articles", 1).set(30)
    before = Reading.of(metrics.registry)
    metrics.lag.labels("articles", 1).set(1)
    found = since(before, metrics.registry)
    assert (found.lag, found.model_version) == (13, "1.1.0")


def test_a_counter_that_began_anew_counts_from_there() -> None:
    grown = reading(a=4, b=9).since(reading(a=10, b=2))
    assert (grown.total("a"), grown.total("b"), grown.total("c")) == (4, 7, None)


def test_a_series_that_was_not_there_before_counts_from_nothing() -> None:
    assert reading(a=4).since(reading()).total("a") == 4


def test_nothing_observed_has_neither_mean_nor_quantile() -> None:
    metrics = Metrics(Stage.CLASSIFY)
    ModelMetrics(metrics.registry)
    found = since(Reading.of(metrics.registry), metrics.registry)
    assert (found.handling_ms, found.age_p50, found.age_p95, found.confidence) == (None,) * 4
    assert Reading({}).quantile("x", 0.5) is None


def test_means_and_ages_are_of_the_interval_alone() -> None:
    metrics = Metrics(Stage.CLASSIFY)
    confidence = ModelMetrics(metrics.registry).confidence
    age, duration = (one.labels(Stage.CLASSIFY) for one in (metrics.end_to_end, metrics.duration))
    for _ in range(1000):
        age.observe(5000)
        duration.observe(9)
        confidence.observe(0.1)
    before = Reading.of(metrics.registry)
    for _ in range(10):
        age.observe(0.2)
        duration.observe(0.004)
        confidence.observe(0.8)
    found = since(before, metrics.registry)
    assert found.handling_ms == pytest.approx(4)
    assert found.confidence == pytest.approx(0.8)
    assert found.age_p50 is not None
    assert found.age_p95 is not None
    assert 0.1 < found.age_p50 < found.age_p95 <= 0.25


def test_the_index_times_bulks_and_its_sample_records() -> None:
    metrics = Metrics(Stage.INDEX)
    before = Reading.of(metrics.registry)
    metrics.duration.labels(Stage.INDEX).observe(0.5)
    metrics.records.labels(Stage.INDEX, Outcome.INDEXED).inc(1000)
    assert since(before, metrics.registry, "index").handling_ms == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("share", "value"),
    [(0.25, 0.5), (0.5, 1.0), (0.7, 1.5), (0.95, 2.0), (1.0, 2.0)],
)
def test_quantiles_lie_evenly_within_a_bucket_and_never_beyond_the_last_bound(
    share: float, value: float
) -> None:
    ages = histogram("age", le_1=50, le_2=90, **{"le_+Inf": 100})
    assert ages.quantile("age", share) == pytest.approx(value)


def test_an_empty_bucket_in_between_is_no_division_by_nothing() -> None:
    ages = histogram("age", le_1=0, le_2=0, le_3=4, **{"le_+Inf": 4})
    assert ages.quantile("age", 0.5) == pytest.approx(2.5)
