"""The outbox: each receiver is told of each event once, a storm is a digest, retries wait."""

from datetime import timedelta

from msgspec.structs import replace

from pledgewatch.alerts.retries import next_try
from pledgewatch.records import Delivery
from services.notify.outbox import DIGEST_MAX, REMEMBERED, Due, Outbox, Pace
from tests.unit.alerts.test_alerts import NOW, event

KEPT = timedelta(days=4)


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
    outbox = Outbox(0, KEPT)
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
    outbox = Outbox(0, KEPT)
    for expected in waiting(outbox, 3):
        due = keep(outbox, outbox.due("desk", NOW, digest_over=20))
        assert [one.id for one in due.deliveries] == [expected.id]
        assert due.message == expected.event.id
        assert not due.is_digest
        outbox.keep(replace(due.deliveries[0], status="delivered"))
    assert outbox.due("desk", NOW, digest_over=20) is None


def test_a_storm_is_one_digest_and_its_retry_the_same_digest_whole() -> None:
    outbox = Outbox(0, KEPT)
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
    outbox = Outbox(0, KEPT)
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
    outbox = Outbox(0, KEPT)
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
    outbox = Outbox(0, KEPT)
    waiting(outbox, 2 * DIGEST_MAX)
    assert len(keep(outbox, outbox.due("desk", NOW, digest_over=20)).deliveries) == DIGEST_MAX


def test_a_digest_that_is_too_large_is_halved_down_to_single_events() -> None:
    outbox = Outbox(0, KEPT)
    waiting(outbox, 25)
    whole = keep(outbox, outbox.due("desk", NOW, digest_over=20))
    parts = [whole]
    while any(part.is_digest for part in parts):
        sizes = {len(part.deliveries) for part in parts}
        parts = [half for part in parts for half in part.halves() or (part,)]
        assert max(len(part.deliveries) for part in parts) < max(sizes)
    assert [part.message for part in parts] == [one.event.id for one in whole.deliveries]
    assert all(part.halves() == () for part in parts)
    first, second = whole.halves()
    for one in (*first.deliveries, *second.deliveries):
        outbox.keep(one)
    assert outbox.due("desk", NOW, digest_over=20) == first
    for one in first.deliveries:
        outbox.keep(replace(one, status="delivered"))
    assert outbox.due("desk", NOW, digest_over=20) == second


def test_an_outage_of_a_minute_loses_nothing_and_tells_each_once() -> None:
    outbox, pace, now = Outbox(0, KEPT), Pace(), NOW
    waiting(outbox, 15)
    told: list[str] = []
    tries, back = 0, NOW + timedelta(seconds=60)
    while outbox.pending("desk"):
        due = None if pace.rests(now) else outbox.due("desk", now, digest_over=20)
        if due is None:
            now += timedelta(seconds=1)
        elif now < back:
            tries += 1
            pace.failed(now, None)
            for one in keep(outbox, due).deliveries:
                again = next_try(one.attempts + 1, now)
                outbox.keep(replace(one, attempts=one.attempts + 1, next_at=again))
        else:
            pace.answered()
            told += [one.event.id for one in due.deliveries]
            for one in due.deliveries:
                outbox.keep(replace(one, status="delivered"))
    assert sorted(told) == [f"{n:032x}" for n in range(15)]  # what failed may come after the rest
    assert tries == 3
    assert now - back < timedelta(minutes=3)


def test_what_is_over_is_forgotten_once_it_is_no_news_and_not_before() -> None:
    outbox = Outbox(0, KEPT)
    (one,) = waiting(outbox, 1)
    assert outbox.forget(NOW + 10 * REMEMBERED) == []  # it waits
    outbox.keep(replace(one, status="delivered", updated=NOW))
    assert outbox.forget(NOW + KEPT) == []
    assert outbox.new(one.event, {"desk": "info"}, NOW) == []
    assert outbox.forget(NOW + KEPT + timedelta(seconds=1)) == [one.id]
    assert outbox.forget(NOW + 2 * KEPT) == []
    # who reads it again now must see that it is old
    assert [again.id for again in outbox.new(one.event, {"desk": "info"}, NOW)] == [one.id]


def test_that_a_rumour_was_told_is_remembered_until_nothing_can_confirm_it() -> None:
    outbox = Outbox(0, KEPT)
    rumour = replace(event(), confirmed=False)
    (one,) = outbox.new(rumour, {"desk": "info"}, NOW)
    outbox.keep(replace(one, status="delivered"))
    assert outbox.forget(NOW + timedelta(days=300)) == []
    assert outbox.new(replace(rumour, confirmed=True), {"desk": "info"}, NOW) == []
    assert outbox.forget(NOW + REMEMBERED + timedelta(seconds=1)) == [one.id]


def test_that_a_receiver_wants_no_more_is_never_forgotten() -> None:
    outbox = Outbox(0, KEPT)
    first, last = waiting(outbox, 2)
    outbox.keep(replace(first, status="gone"))
    outbox.keep(replace(last, status="gone"))
    assert outbox.forget(NOW + 2 * REMEMBERED) == [first.id]
