"""The outbox: each receiver is told of each event once, a storm is a digest, retries wait."""

from datetime import timedelta

from msgspec.structs import replace

from pledgewatch.records import Delivery
from services.notify.outbox import DIGEST_MAX, Outbox
from tests.unit.alerts.test_alerts import NOW, event


def waiting(outbox: Outbox, count: int, receiver: str = "desk") -> list[Delivery]:
    """So many events for a receiver, kept."""
    found: list[Delivery] = []
    for n in range(count):
        one = replace(event(), id=f"{n:032x}", known_at=event().known_at + timedelta(seconds=n))
        found += outbox.new(one, {receiver: "info"}, NOW)
    for delivery in found:
        outbox.keep(delivery)
    return found


def test_an_event_is_new_to_a_receiver_once() -> None:
    outbox = Outbox()
    waiting(outbox, 1)
    same = replace(event(), id=f"{0:032x}")
    assert outbox.new(same, {"desk": "info"}, NOW) == []
    assert [one.receiver for one in outbox.new(same, {"desk": "info", "log": "info"}, NOW)] == [
        "log"
    ]


def test_events_go_one_by_one_in_the_order_in_which_they_were_known() -> None:
    outbox = Outbox()
    deliveries = waiting(outbox, 3)
    for expected in deliveries:
        due = outbox.due("desk", NOW, digest_over=20)
        assert due is not None
        assert due.deliveries == (expected,)
        outbox.keep(replace(expected, status="delivered"))
    assert outbox.due("desk", NOW, digest_over=20) is None


def test_a_storm_is_one_digest_and_its_retry_the_same_digest() -> None:
    outbox = Outbox()
    waiting(outbox, 400)
    due = outbox.due("desk", NOW, digest_over=20)
    assert due is not None
    assert due.digest is not None
    assert len(due.deliveries) == 400
    for one in due.deliveries:
        outbox.keep(one)
    more = replace(event(), id="f" * 32)
    for one in outbox.new(more, {"desk": "info"}, NOW):
        outbox.keep(one)
    again = outbox.due("desk", NOW, digest_over=20)
    assert again == due


def test_what_failed_waits_and_holds_nothing_else_up() -> None:
    outbox = Outbox()
    first, second = waiting(outbox, 2)
    outbox.keep(replace(first, attempts=1, next_at=NOW + timedelta(minutes=5)))
    due = outbox.due("desk", NOW, digest_over=20)
    assert due is not None
    assert due.deliveries == (second,)
    outbox.keep(replace(second, status="delivered"))
    assert outbox.due("desk", NOW, digest_over=20) is None
    assert outbox.due("desk", NOW + timedelta(minutes=5), digest_over=20) is not None
    assert outbox.pending("desk") == 1


def test_a_digest_that_failed_is_repeated_whole_when_its_time_has_come() -> None:
    outbox = Outbox()
    waiting(outbox, 30)
    due = outbox.due("desk", NOW, digest_over=20)
    assert due is not None
    later = NOW + timedelta(minutes=1)
    for one in due.deliveries:
        outbox.keep(replace(one, attempts=1, next_at=later))
    assert outbox.due("desk", NOW, digest_over=20) is None
    again = outbox.due("desk", later, digest_over=20)
    assert again is not None
    assert again.digest == due.digest
    assert [one.id for one in again.deliveries] == [one.id for one in due.deliveries]


def test_what_was_tried_alone_joins_no_digest() -> None:
    outbox = Outbox()
    first, *others = waiting(outbox, 30)
    outbox.keep(replace(first, attempts=1, next_at=NOW))
    due = outbox.due("desk", NOW, digest_over=20)
    assert due is not None
    assert [one.id for one in due.deliveries] == [first.id]
    outbox.keep(replace(first, attempts=1, status="delivered"))
    due = outbox.due("desk", NOW, digest_over=20)
    assert due is not None
    assert len(due.deliveries) == len(others)


def test_a_digest_has_a_limit() -> None:
    outbox = Outbox()
    waiting(outbox, 2 * DIGEST_MAX)
    due = outbox.due("desk", NOW, digest_over=20)
    assert due is not None
    assert len(due.deliveries) == DIGEST_MAX
