"""The stall check: a partition is stuck only if records wait and nothing moves for long."""

from kafka import TopicPartition

from services.classify.watchdog import Stall, Standing

P, Q = TopicPartition("articles", 0), TopicPartition("articles", 1)


def test_a_partition_with_records_waiting_that_does_not_move_is_stuck() -> None:
    stall = Stall(60)
    assert stall.check({P: Standing(5, 9)}, now=0) is None
    assert stall.check({P: Standing(5, 12)}, now=59) is None
    assert stall.check({P: Standing(5, 12)}, now=60) == P


def test_any_progress_starts_the_clock_again() -> None:
    stall = Stall(60)
    stall.check({P: Standing(5, 9)}, now=0)
    assert stall.check({P: Standing(6, 9)}, now=59) is None
    assert stall.check({P: Standing(6, 9)}, now=118) is None
    assert stall.check({P: Standing(6, 9)}, now=119) == P


def test_nothing_is_stuck_while_nothing_waits_or_the_partition_is_elsewhere() -> None:
    stall = Stall(60)
    stall.check({P: Standing(5, 9), Q: Standing(3, 3)}, now=0)
    assert stall.check({Q: Standing(3, 3)}, now=60) is None
    assert stall.check({P: Standing(5, 9)}, now=61) is None
    assert stall.check({P: Standing(5, 9)}, now=120) is None


def test_time_in_which_kafka_was_away_does_not_count() -> None:
    stall = Stall(60)
    stall.check({P: Standing(5, 9)}, now=0)
    stall.reset()
    assert stall.check({P: Standing(5, 9)}, now=100) is None
