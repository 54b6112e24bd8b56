"""What is to be told to whom of one partition's events, and which of it is due."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from pledgewatch import ids
from pledgewatch.alerts.retries import next_try
from pledgewatch.records import Delivery, PledgeEvent

DIGEST_MAX = 500
"""Events in one digest: some 700 kB."""
REMEMBERED = timedelta(days=366)
"""That a receiver was told of an unconfirmed event is known for so long: when it is confirmed, the
event comes again, and nobody is told again."""
REST_MAX = timedelta(minutes=10)
"""The longest rest that a receiver which fails again and again gets."""


@dataclass(frozen=True, slots=True)
class Due:
    """What one request to a receiver tells, under the id `message`: an event, or a digest.

    `partition`: whose outbox it is from.
    """

    receiver: str
    partition: int
    message: str
    deliveries: tuple[Delivery, ...]

    @property
    def is_digest(self) -> bool:
        """Whether it tells of many events, or of one in the form of many."""
        return self.message != self.deliveries[0].event.id

    def halves(self) -> tuple["Due", ...]:
        """The same in two smaller messages, each under an id of its own; none of a single event."""
        if not self.is_digest:
            return ()
        middle = len(self.deliveries) // 2
        parts = (self.deliveries[:middle], self.deliveries[middle:])
        return tuple(_message(self.receiver, self.partition, part) for part in parts if part)


@dataclass(slots=True)
class Pace:
    """When a receiver may be told something next: after failures in a row it rests as a whole."""

    failures: int = 0
    rests_until: datetime | None = None

    def failed(self, now: datetime, after: float | None) -> None:
        """It did not take a message; `after`: seconds that it asked to wait."""
        self.failures += 1
        longest = max(REST_MAX, timedelta(seconds=after or 0))
        self.rests_until = min(next_try(self.failures, now, after=after), now + longest)

    def answered(self) -> None:
        """It is there."""
        self.failures, self.rests_until = 0, None

    def rests(self, now: datetime) -> bool:
        """Whether it is to be left alone."""
        return self.rests_until is not None and self.rests_until > now


class Outbox:
    """The deliveries of a partition. Used by one thread.

    Args:
        partition: its number.
        remembers: for how long what is over is kept in mind; longer than anything is news.
    """

    def __init__(self, partition: int, remembers: timedelta) -> None:
        self._partition = partition
        self._remembers = remembers
        self._pending: dict[str, dict[str, Delivery]] = {}  # by receiver
        self._over: dict[str, datetime] = {}  # delivery → when it may be forgotten
        self._gone: dict[str, str] = {}  # receiver → the last delivery that it did not want

    def keep(self, delivery: Delivery) -> None:
        """Take in a delivery as it stands now."""
        waiting = self._pending.setdefault(delivery.receiver, {})
        if delivery.status == "pending":
            waiting[delivery.id] = delivery
            return
        waiting.pop(delivery.id, None)
        if delivery.status == "gone":
            self._gone[delivery.receiver] = delivery.id
        last = max(delivery.updated, news_since(delivery.event))
        remembers = self._remembers if delivery.event.confirmed else REMEMBERED
        self._over[delivery.id] = last + remembers

    def forget(self, now: datetime) -> list[str]:
        """Deliveries that were over long ago, which are not known any more: their ids.

        Their events are too old to be told, whenever they are read again. Of a receiver that wants
        no more, one stays.
        """
        stay = set(self._gone.values())
        old = [id for id, until in self._over.items() if until < now and id not in stay]
        for id in old:
            del self._over[id]
        return old

    def new(self, event: PledgeEvent, receivers: dict[str, str], now: datetime) -> list[Delivery]:
        """Deliveries of an event to receivers (name → severity) that were not told of it yet."""
        return [
            Delivery(
                id=id,
                receiver=receiver,
                event=event,
                severity=severity,
                status="pending",
                next_at=now,
                first_at=now,
                updated=now,
            )
            for receiver, severity in receivers.items()
            if (id := ids.delivery_id(event.id, receiver)) not in self._over
            and id not in self._pending.get(receiver, {})
        ]

    def pending(self, receiver: str) -> int:
        """How many deliveries wait for a receiver."""
        return len(self._pending.get(receiver, {}))

    def waiting(self) -> Iterator[Delivery]:
        """All deliveries that wait."""
        for found in self._pending.values():
            yield from list(found.values())

    def still(self, delivery: Delivery) -> bool:
        """Whether a delivery waits just as it did."""
        return self._pending.get(delivery.receiver, {}).get(delivery.id) == delivery

    def due(self, receiver: str, now: datetime, *, digest_over: int) -> Due | None:
        """What to tell a receiver next; None while nothing is due.

        Where more than `digest_over` wait that were never begun, they become one digest, whose id
        is that of its events. The deliveries carry the id of their message, and must be kept and
        written down before it is sent: what was begun is repeated as it was, whole.
        """
        waiting = self._pending.get(receiver, {}).values()
        ready = sorted(
            (one for one in waiting if one.next_at is None or one.next_at <= now), key=_order
        )
        if not ready:
            return None
        first = ready[0]
        if first.message is not None:
            same = sorted((one for one in waiting if one.message == first.message), key=_order)
            return Due(receiver, self._partition, first.message, tuple(same))
        fresh = [one for one in ready if one.message is None][:DIGEST_MAX]
        together = fresh if len(fresh) > digest_over else [first]
        return _message(receiver, self._partition, together)


def _message(receiver: str, partition: int, deliveries: Sequence[Delivery]) -> Due:
    """One message that tells of these: under the id of its event, or a digest's."""
    told = [one.event.id for one in deliveries]
    message = told[0] if len(told) == 1 else ids.digest("digest", receiver, *told)
    begun = tuple(replace(one, message=message) for one in deliveries)
    return Due(receiver, partition, message, begun)


def news_since(event: PledgeEvent) -> datetime:
    """When it became news: when it was known, or what confirmed it was published."""
    return max((event.known_at, *(one.at for one in event.sources)))


def _order(delivery: Delivery) -> tuple[datetime, str]:
    return delivery.event.known_at, delivery.event.id
