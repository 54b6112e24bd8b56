"""Records, ids and outcomes: round trips, errors that name the field, ids that tell apart."""

from contextlib import suppress
from datetime import UTC, datetime
from itertools import combinations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pledgewatch import ids
from pledgewatch.ontology import Contribution, Family, Kind, Level, family
from pledgewatch.outcome import OUTCOMES, Outcome, Reason, Reject, Stage
from pledgewatch.records import (
    Actor,
    ArticleRef,
    DeadLetter,
    Mention,
    Model,
    Proof,
    Sentence,
    decode,
    encode,
)

MODEL = Model(name="rules", version="1", sha256="0" * 64)


def commitment(**changes: object) -> Mention:
    fields: dict[str, object] = {
        "id": "a" * 32,
        "kind": Kind.COMMITMENT,
        "actor": Actor(code="KEN", name="Kenya"),
        "recipient": None,
        "contribution": Contribution.GROUND_TROOPS,
        "level": Level.ANNOUNCED,
        "quantity": None,
        "place": None,
        "conditions": (),
        "obstacle": None,
        "attribution": None,
        "specific": False,
        "sentence": Sentence(text="Kenya will send police.", start=0, end=23),
        "proof": Proof(),
        "confidence": 0.5,
        "model": MODEL,
        "cameo": "0334",
        "plover": "AGREE",
        "article": ArticleRef(id="b" * 32),
    }
    return Mention(**(fields | changes))  # type: ignore[arg-type]


def test_a_mention_survives_the_round_trip_and_encodes_the_same_each_time() -> None:
    mention = commitment()
    assert decode(encode(mention), Mention) == mention
    assert encode(mention) == encode(decode(encode(mention), Mention))


@pytest.mark.parametrize(
    "changes",
    [
        {"level": None},
        {"contribution": None},
        {"obstacle": "funding"},
        {"kind": Kind.OBSTACLE},
        {"kind": Kind.OBSTACLE, "contribution": None, "level": None},
    ],
)
def test_the_two_kinds_of_mention_cannot_be_mixed(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="has"):
        commitment(**changes)


@pytest.mark.parametrize(
    ("value", "reason", "words"),
    [
        (None, Reason.TOMBSTONE, "null"),
        (b"not json", Reason.NOT_JSON, "malformed"),
        (b"\xff\xfe", Reason.NOT_JSON, ""),
        (b"null", Reason.SCHEMA, "object"),
        (b"{}", Reason.SCHEMA, "id"),
        (encode(commitment()).replace(b'"announced"', b'"maybe"'), Reason.SCHEMA, "$.level"),
    ],
)
def test_what_is_no_record_is_rejected_with_the_field_named(
    value: bytes | None, reason: Reason, words: str
) -> None:
    with pytest.raises(Reject) as rejected:
        decode(value, Mention)
    assert rejected.value.reason is reason
    assert words in rejected.value.message


def test_a_reader_ignores_fields_that_a_newer_writer_added() -> None:
    newer = msgspec.json.decode(encode(commitment())) | {"added_later": 1}
    assert decode(msgspec.json.encode(newer), Mention) == commitment()


@given(st.binary())
def test_decoding_any_bytes_never_fails_otherwise_than_by_reject(value: bytes) -> None:
    with suppress(Reject):
        decode(value, DeadLetter)


def test_ids_tell_apart_what_joins_to_the_same_text() -> None:
    made = [
        ids.digest("ab", "c"),
        ids.digest("a", "bc"),
        ids.digest("abc"),
        ids.article_id("http://a.example/"),
        ids.outcome_id("a", Stage.INGEST),
        ids.outcome_id("a", Stage.CLASSIFY),
        ids.dead_letter_id(Stage.INDEX, ("t", "1", "11")),
        ids.dead_letter_id(Stage.INDEX, ("t", "11", "1")),
    ]
    assert all(a != b for a, b in combinations(made, 2))


@given(st.text(st.characters(codec="utf-16", exclude_categories=[])))
def test_any_text_has_an_id(text: str) -> None:
    assert len(ids.digest(text)) == 32


def test_versions_order_by_revision_then_model_generation_and_stay_exact_in_json() -> None:
    now = ids.milliseconds(datetime(2100, 1, 1, tzinfo=UTC))
    assert ids.document_version(now) > ids.document_version(now - 1, 999)
    assert ids.document_version(now, 2) > ids.document_version(now, 1)
    assert ids.document_version(now, 999) < 2**53
    assert ids.milliseconds(datetime(1960, 1, 1, tzinfo=UTC)) == 0


def test_monitoring_is_a_troop_pledge_only_with_personnel() -> None:
    assert family(Contribution.MONITORING, personnel=True) is Family.GROUND
    assert family(Contribution.MONITORING, personnel=False) is None
    assert family(Contribution.FUNDING, personnel=False) is None


def test_every_stage_can_reject() -> None:
    assert all(Outcome.REJECTED in outcomes for outcomes in OUTCOMES.values())
