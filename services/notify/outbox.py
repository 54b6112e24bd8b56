"""What is to be told to whom of one partition's events, and which of it is due."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from pledgewatch import ids
from pledgewatch.records import Delivery, PledgeEvent

DIGEST_MAX = 500
"""Events in one digest: some 700 kB."""


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


class Outbox:
    """The deliveries of a partition. Used by one thread."""

    def __init__(self, partition: int) -> None:
        self._partition = partition
        self._known: set[str] = set()
        self._pending: dict[str, dict[str, Delivery]] = {}  # by receiver

    def keep(self, delivery: Delivery) -> None:
        """Take in a delivery as it stands now."""
        self._known.add(delivery.id)
        waiting = self._pending.setdefault(delivery.receiver, {})
        if delivery.status == "pending":
            waiting[delivery.id] = delivery
        else:
            waiting.pop(delivery.id, None)

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
            if (id := ids.delivery_id(event.id, receiver)) not in self._known
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
        if len(fresh) <= digest_over:
            fresh, message = [first], first.event.id
        else:
            message = ids.digest("digest", receiver, *(one.event.id for one in fresh))
        begun = tuple(replace(one, message=message) for one in fresh)
        return Due(receiver, self._partition, message, begun)


def _order(delivery: Delivery) -> tuple[datetime, str]:
    return delivery.event.known_at, delivery.event.id
