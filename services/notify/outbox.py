"""What is to be told to whom: every delivery of some partitions, and which are due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from pledgewatch import ids
from pledgewatch.records import Delivery, PledgeEvent

DIGEST_MAX = 500
"""Events in one digest: some 700 kB."""


@dataclass(frozen=True, slots=True)
class Due:
    """What one request to a receiver tells: one event, or a digest of many."""

    receiver: str
    digest: str | None
    deliveries: tuple[Delivery, ...]


class Outbox:
    """The deliveries, by id. Used by one thread."""

    def __init__(self) -> None:
        self._deliveries: dict[str, Delivery] = {}
        self._pending: dict[str, dict[str, Delivery]] = {}  # by receiver

    def keep(self, delivery: Delivery) -> None:
        """Take in a delivery as it stands now."""
        self._deliveries[delivery.id] = delivery
        waiting = self._pending.setdefault(delivery.receiver, {})
        if delivery.status == "pending":
            waiting[delivery.id] = delivery
        else:
            waiting.pop(delivery.id, None)

    def drop(self, delivery_ids: Iterable[str]) -> None:
        """Forget deliveries: their partitions went elsewhere."""
        for id in delivery_ids:
            delivery = self._deliveries.pop(id, None)
            if delivery is not None:
                self._pending.get(delivery.receiver, {}).pop(id, None)

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
            if (id := ids.delivery_id(event.id, receiver)) not in self._deliveries
        ]

    def pending(self, receiver: str) -> int:
        """How many deliveries wait for a receiver."""
        return len(self._pending.get(receiver, {}))

    def due(self, receiver: str, now: datetime, *, digest_over: int) -> Due | None:
        """What to tell a receiver next; None while nothing is due.

        Where more than `digest_over` wait that were not tried, they become one digest, whose id is
        that of its events: `deliveries` then carry it and must be kept before it is sent. A digest
        that was begun is repeated as it was, whole.
        """
        waiting = self._pending.get(receiver, {}).values()
        ready = [one for one in waiting if one.next_at is None or one.next_at <= now]
        if not ready:
            return None
        ready.sort(key=_order)
        first = ready[0]
        if first.digest is not None:
            same = [one for one in waiting if one.digest == first.digest]
            return Due(receiver, first.digest, tuple(sorted(same, key=_order)))
        single = [one for one in ready if one.digest is None and not one.attempts][:DIGEST_MAX]
        if first.attempts or len(single) <= digest_over:
            return Due(receiver, None, (first,))
        digest = ids.digest("digest", receiver, *(one.event.id for one in single))
        return Due(receiver, digest, tuple(replace(one, digest=digest) for one in single))


def _order(delivery: Delivery) -> tuple[datetime, str]:
    return delivery.event.known_at, delivery.event.id
