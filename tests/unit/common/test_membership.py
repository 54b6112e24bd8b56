"""A consumer that a rebalance has left without partitions joins again."""

from typing import Any

import pytest

from services.common import membership
from services.common.membership import Membership


class Consumer:
    """Writes down what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def subscribe(self, topics: list[str], listener: Any) -> None:
        self.asked.append(f"subscribe {','.join(topics)}")

    def topics(self) -> set[str]:
        self.asked.append("topics")
        return set()

    def unsubscribe(self) -> None:
        self.asked.append("unsubscribe")


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock; its one entry can be set."""
    clock = [0.0]
    monkeypatch.setattr("services.common.membership.time.monotonic", lambda: clock[0])
    return clock


def test_a_rebalance_that_does_not_end_is_begun_anew(now: list[float]) -> None:
    consumer = Consumer()
    member = Membership(consumer, ["a", "b"], None)
    member.ended()
    now[0] = 1_000.0
    member.keep()
    assert consumer.asked == ["subscribe a,b", "topics"]
    member.begun()
    now[0] += membership.REJOIN_SECONDS
    member.keep()
    assert consumer.asked == ["subscribe a,b", "topics"]
    now[0] += 1
    member.keep()
    assert consumer.asked == ["subscribe a,b", "topics", "unsubscribe", "subscribe a,b", "topics"]
    member.keep()  # it has as long again
    assert len(consumer.asked) == 5


def test_one_that_gives_no_partitions_has_ended_too(now: list[float]) -> None:
    consumer = Consumer()
    member = Membership(consumer, ["a"], None)
    member.ended()
    now[0] = 1_000.0
    member.keep()
    assert consumer.asked == ["subscribe a", "topics"]
