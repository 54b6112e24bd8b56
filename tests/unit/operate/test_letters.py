"""Which records a retry publishes."""

from datetime import UTC, datetime

import msgspec
import pytest

from pledgewatch.outcome import Reason, Stage
from pledgewatch.records import DeadLetter, Origin
from services.common.errors import UserError
from services.operate import letters

AT = datetime(2026, 3, 6, tzinfo=UTC)


def letter(
    number: int,
    *,
    offset: int | None = 1,
    attempts: int = 1,
    stage: Stage = Stage.CLASSIFY,
    retried_at: datetime | None = None,
) -> DeadLetter:
    return DeadLetter(
        id=f"{number:032x}",
        stage=stage,
        reason=Reason.SCHEMA,
        message="no",
        origin=None if offset is None else Origin(topic="articles", partition=0, offset=offset),
        key=b"k",
        value=b"v",
        headers=(),
        url="http://news.example/a",
        at=AT,
        attempts=attempts,
        retried_at=retried_at,
    )


def test_a_record_that_two_stages_refused_is_published_once() -> None:
    classify, index = letter(1), letter(2, stage=Stage.INDEX, attempts=2)
    elsewhere, done = letter(3, offset=9), letter(4, retried_at=AT)
    known = [classify, index, elsewhere, done]
    plan = letters.plan([classify], known, repaired=False)
    assert [retry.letters for retry in plan] == [(classify, index)]
    assert plan[0].letter is index  # tried most often: its count goes on
    assert letters.plan([classify, index], known, repaired=False) == plan


def test_what_never_was_on_a_topic_needs_a_repaired_record() -> None:
    fetched = letter(1, offset=None)
    (plan,) = letters.plan([fetched], [fetched], repaired=False)
    assert plan.problem is not None
    assert "http://news.example/a" in plan.problem
    (plan,) = letters.plan([fetched], [fetched], repaired=True)
    assert plan.problem is None


def test_a_record_with_neither_key_nor_value_cannot_be_published() -> None:
    empty = msgspec.structs.replace(letter(1), key=None, value=None, reason=Reason.TOMBSTONE)
    (plan,) = letters.plan([empty], [empty], repaired=False)
    assert plan.problem is not None
    (plan,) = letters.plan([empty], [empty], repaired=True)
    assert plan.problem is None


def test_a_letter_is_found_by_the_beginning_of_its_id() -> None:
    one, two = letter(0x1A << 120), letter(0x1B << 120)
    assert letters.find([one, two], "1a") is one
    with pytest.raises(UserError, match="2 dead letters begin with 1:"):
        letters.find([one, two], "1")
    with pytest.raises(UserError, match="no dead letter ff"):
        letters.find([one, two], "ff")
    with pytest.raises(UserError):
        letters.find([one], "")
