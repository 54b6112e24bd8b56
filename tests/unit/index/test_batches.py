"""Offsets are committed up to the first batch that is not done."""

import time

from kafka.structs import TopicPartition

from services.index.batches import Batch, Flight

A, B = TopicPartition("t", 0), TopicPartition("t", 1)


def test_only_what_is_done_without_a_gap_is_committed() -> None:
    flight = Flight()
    first, second, third = (
        Batch(offsets={A: 10}),
        Batch(offsets={A: 20, B: 5}),
        Batch(offsets={A: 30}),
    )
    for batch in (first, second, third):
        flight.add(batch)
    third.done.set()
    assert flight.take_done() == {}
    first.done.set()
    assert flight.take_done() == {A: 10}
    second.done.set()
    assert flight.take_done() == {A: 30, B: 5}
    assert flight.take_done() == {}


def test_waiting_ends_when_all_are_done_or_time_is_up() -> None:
    flight = Flight()
    stuck = Batch(offsets={A: 10})
    flight.add(stuck)
    begun = time.monotonic()
    flight.wait(0.05)
    assert time.monotonic() - begun >= 0.05
    stuck.done.set()
    flight.wait(60)
    assert time.monotonic() - begun < 30
