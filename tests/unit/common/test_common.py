"""What services share, as far as it needs no server."""

import itertools
import signal
from datetime import UTC, datetime

from prometheus_client import generate_latest

from pledgewatch.outcome import OUTCOMES, Reason, Reject, Stage
from pledgewatch.records import TOPIC_RECORDS, Origin, encode
from services.common import cloudevents
from services.common.dead_letters import ATTEMPTS_HEADER, VALUE_BYTES_MAX, dead_letter
from services.common.elasticsearch import RECORD_INDICES, Indices
from services.common.kafka import RECORD_BYTES_MAX, Topics, connection
from services.common.metrics import Metrics
from services.common.running import pauses, stop_on_signals
from services.common.settings import KafkaSettings


def test_headers_are_cloudevents_in_binary_mode() -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    headers = dict(cloudevents.headers("mention", "abc", "/pledgewatch/classify", at=at))
    assert headers == {
        "ce_specversion": b"1.0",
        "ce_id": b"abc",
        "ce_source": b"/pledgewatch/classify",
        "ce_type": b"pledgewatch.mention",
        "ce_time": b"2026-11-01T00:00:00+00:00",
        "ce_dataschema": b"urn:pledgewatch:schema:mention:1",
        "content-type": b"application/json",
    }


def test_topics_and_groups_and_indices_stand_under_their_prefix() -> None:
    topics = Topics("x.")
    assert all(name.startswith("x.") for name in topics.all())
    assert topics.group("index") == "x.index"
    indices = Indices("y-")
    kept_in_kafka_alone = {"ledger-entry", "delivery"}
    assert len(RECORD_INDICES) == len(TOPIC_RECORDS.keys() - kept_in_kafka_alone)
    names = (indices.read("mentions"), indices.write("mentions"), indices.versioned("mentions", 3))
    assert names == ("y-mentions", "y-mentions-write", "y-mentions-v3")


def test_each_outcome_and_reason_is_a_series_from_the_start() -> None:
    for stage in Stage:
        page = generate_latest(Metrics(stage).registry).decode()
        for outcome in OUTCOMES[stage]:
            assert f'pledgewatch_records_total{{outcome="{outcome}",stage="{stage}"}} 0.0' in page
        for reason in Reason:
            labels = f'{{reason="{reason}",stage="{stage}"}}'
            assert f"pledgewatch_dead_letters_total{labels} 0.0" in page


def test_a_plain_connection_carries_no_credentials_and_a_secure_one_does() -> None:
    assert set(connection(KafkaSettings())) == {"bootstrap_servers", "security_protocol"}
    secure = connection(
        KafkaSettings.model_validate(
            {"security_protocol": "SASL_SSL", "sasl_username": "u", "sasl_password": "p"}
        )
    )
    assert secure["sasl_plain_password"] == "p"
    assert secure["sasl_mechanism"] == "SCRAM-SHA-512"


def test_a_dead_letter_keeps_the_bytes_and_counts_attempts() -> None:
    origin = Origin(topic="articles", partition=1, offset=2)
    reject = Reject(Reason.SCHEMA, "$.id is missing")
    first = dead_letter(Stage.CLASSIFY, reject, origin=origin, value=b"\xff", headers=[("a", b"b")])
    assert (first.attempts, first.value, first.headers) == (1, b"\xff", (("a", b"b"),))
    again = dead_letter(
        Stage.CLASSIFY, reject, origin=origin, headers=[(ATTEMPTS_HEADER, b"1"), ("a", b"b")]
    )
    assert (again.attempts, again.headers, again.id) == (2, (("a", b"b"),), first.id)


def test_a_dead_letter_of_the_largest_value_fits_into_a_record() -> None:
    origin = Origin(topic="articles", partition=1, offset=2)
    reject = Reject(Reason.TOO_LARGE, "too large")
    whole = dead_letter(Stage.CLASSIFY, reject, origin=origin, value=b"x" * VALUE_BYTES_MAX)
    assert whole.value is not None
    assert len(encode(whole)) < RECORD_BYTES_MAX
    cut = dead_letter(Stage.CLASSIFY, reject, origin=origin, value=b"x" * (VALUE_BYTES_MAX + 1))
    assert cut.value is None
    assert "at its origin" in cut.message


def test_pauses_grow_to_their_cap_and_jitter() -> None:
    values = list(itertools.islice(pauses(5, first=1), 50))
    assert all(0 < value <= 5 for value in values)
    assert values[0] <= 1
    assert len(set(values[-20:])) > 1


def test_sigterm_sets_the_stop_event() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        stop = stop_on_signals()
        assert not stop.is_set()
        signal.raise_signal(signal.SIGTERM)
        assert stop.wait(5)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
