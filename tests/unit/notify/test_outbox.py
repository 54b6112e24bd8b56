"""The outbox: each receiver is told of each event once, a storm is a digest, retries wait."""

from datetime import timedelta

from msgspec.structs import replace

from pledgewatch.records import Delivery
from services.notify.outbox import DIGEST_MAX, Due, Outbox
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
    outbox = Outbox(0)
    waiting(outbox, 1)
    same = replace(event(), id=f"{0:032x}")
    assert outbox.new(same, {"desk": "info"}, NOW) == []
    assert [one.receiver for one in outbox.new(same, {"desk": "info", "log": "info"}, NOW)] == [
        "log"
    ]


def keep(outbox: Outbox, due: Due | None) -> Due:
    """What is due, begun."""
    assert due is not None
    for one in due.deliveries:
        outbox.keep(one)
    return due


def test_events_go_one_by_one_in_the_order_in_which_they_were_known() -> None:
    outbox = Outbox(0)
    for expected in waiting(outbox, 3):
        due = keep(outbox, outbox.due("desk", NOW, digest_over=20))
        assert [one.id for one in due.deliveries] == [expected.id]
        assert due.message == expected.event.id
        assert not due.is_digest
        outbox.keep(replace(due.deliveries[0], status="delivered"))
    assert outbox.due("desk", NOW, digest_over=20) is None


def test_a_storm_is_one_digest_and_its_retry_the_same_digest_whole() -> None:
    outbox = Outbox(0)
    waiting(outbox, 400)
    due = keep(outbox, outbox.due("desk", NOW, digest_over=20))
    assert due.is_digest
    assert len(due.deliveries) == 400
    more = replace(event(), id="f" * 32)
    for one in outbox.new(more, {"desk": "info"}, NOW):
        outbox.keep(one)
    assert outbox.due("desk", NOW, digest_over=20) == due
    later = NOW + timedelta(minutes=1)
    for one in due.deliveries:
        outbox.keep(replace(one, attempts=1, next_at=later))
    alone = keep(outbox, outbox.due("desk", NOW, digest_over=20))
    assert alone.message == more.id
    outbox.keep(replace(alone.deliveries[0], status="delivered"))
    assert outbox.due("desk", NOW, digest_over=20) is None
    again = keep(outbox, outbox.due("desk", later, digest_over=20))
    assert again.message == due.message
    assert [one.id for one in again.deliveries] == [one.id for one in due.deliveries]


def test_what_was_begun_alone_joins_no_digest() -> None:
    outbox = Outbox(0)
    (first,) = waiting(outbox, 1)
    begun = keep(outbox, outbox.due("desk", NOW, digest_over=20))
    others = waiting(outbox, 30)
    again = outbox.due("desk", NOW, digest_over=20)
    assert again == begun
    outbox.keep(replace(begun.deliveries[0], status="delivered"))
    due = keep(outbox, outbox.due("desk", NOW, digest_over=20))
    assert first.id not in {one.id for one in due.deliveries}
    assert len(due.deliveries) == len(others)


def test_what_failed_waits_and_holds_nothing_else_up() -> None:
    outbox = Outbox(0)
    waiting(outbox, 2)
    first = keep(outbox, outbox.due("desk", NOW, digest_over=20))
    later = NOW + timedelta(minutes=5)
    outbox.keep(replace(first.deliveries[0], attempts=1, next_at=later))
    second = keep(outbox, outbox.due("desk", NOW, digest_over=20))
    assert second.message != first.message
    outbox.keep(replace(second.deliveries[0], status="delivered"))
    assert outbox.due("desk", NOW, digest_over=20) is None
    assert keep(outbox, outbox.due("desk", later, digest_over=20)).message == first.message
    assert outbox.pending("desk") == 1


def test_a_digest_has_a_limit() -> None:
    outbox = Outbox(0)
    waiting(outbox, 2 * DIGEST_MAX)
    assert len(keep(outbox, outbox.due("desk", NOW, digest_over=20)).deliveries) == DIGEST_MAX
