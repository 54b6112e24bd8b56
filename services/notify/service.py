"""The notify service: events in; receivers told of each once, and a log of it, out.

What is to be told is written down before an event is committed, and what was told after the
receiver took it. Each receiver has a thread of its own, so that a slow or dead one holds nobody up.
"""

import queue
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from kafka.consumer.fetcher import ConsumerRecord
from msgspec.structs import replace

from pledgewatch import records
from pledgewatch.alerts.retries import next_try
from pledgewatch.alerts.rules import LIVE, receivers_of
from pledgewatch.outcome import Outcome, Reject, Stage
from pledgewatch.records import Delivery, PledgeEvent
from services.common.cloudevents import RUN_HEADER
from services.common.kafka import Topics
from services.common.metrics import DeliveryMetrics
from services.common.settings import Settings
from services.common.stateful import StatefulService
from services.notify.outbox import Due, Outbox
from services.notify.receivers import Answer, Failed, Gone, Receiver, Taken, receiver
from services.notify.rules_file import Routing, routing

IDLE_MS = 100
Kept = set[str]
"""Ids of the deliveries of a partition."""


class NotifyService(StatefulService[Kept]):
    """One thread reads, decides and writes; one for each receiver sends."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        topics = Topics(settings.kafka.topic_prefix)
        super().__init__(
            settings,
            stop,
            stage=Stage.NOTIFY,
            own=settings.notify,
            topic=topics.pledge_events,
            kept=(topics.deliveries,),
            idle_ms=IDLE_MS,
        )
        self._routing: Routing = routing(settings.notify)
        if not self._routing.receivers:
            self.log.warning(
                "nobody is told: set PLEDGEWATCH_NOTIFY__ALERTMANAGER_URL or "
                "PLEDGEWATCH_NOTIFY__RULES"
            )
        self._own = DeliveryMetrics(self.metrics.registry, self._routing.receivers)
        self._outbox = Outbox()
        self._partitions: dict[str, int] = {}  # of each delivery
        self._answers: queue.SimpleQueue[tuple[Due, Answer]] = queue.SimpleQueue()
        self._gone: set[str] = set()
        # what is older is not news any more: a first start does not tell of all that ever was
        self._patience = timedelta(days=settings.notify.give_up_days)
        self._busy: set[str] = set()
        self._inboxes: dict[str, queue.SimpleQueue[Due]] = {}
        for name, config in self._routing.receivers.items():
            inbox = self._inboxes[name] = queue.SimpleQueue()
            sender = receiver(name, config, settings.notify)
            threading.Thread(
                target=self._work, args=(inbox, sender), name=f"to-{name}", daemon=True
            ).start()

    # --- Events --------------------------------------------------------------------------------

    def read_states(self, partitions: Sequence[int]) -> dict[int, Kept]:
        """The deliveries of partitions, into the outbox."""
        found = self.read_kept(self.topics.deliveries, Delivery, partitions)
        for number, deliveries in found.items():
            for one in deliveries:
                self._keep(one, number)
                if one.status == "gone":
                    self._gone.add(one.receiver)
        return {number: {one.id for one in deliveries} for number, deliveries in found.items()}

    def handle(self, partition: int, records: Sequence[ConsumerRecord], *, more: bool) -> int:
        """Write down who is to be told of which events."""
        now = datetime.now(UTC)
        rejects: list[tuple[ConsumerRecord, Reject]] = []
        deliveries: list[Delivery] = []
        outcomes: Counter[Outcome] = Counter()
        for record in records:
            try:
                event = _event(record)
            except Reject as reject:
                rejects.append((record, reject))
                outcomes[Outcome.REJECTED] += 1
                continue
            told = _is_live(record, event) and now - _written(event) <= self._patience
            wanted = receivers_of(event, self._routing.rules) if told else {}
            new = self._outbox.new(event, wanted, now)
            for one in new:
                self._keep(one, partition)
            deliveries += new
            outcome = Outcome.NOTIFIED if new else Outcome.DUPLICATE if wanted else Outcome.IGNORED
            outcomes[outcome] += 1
        self.write(self.letters(rejects))
        self._write_down(deliveries)
        for outcome, count in outcomes.items():
            self.metrics.records.labels(self.stage, outcome).inc(count)
        return len(records)

    def _keep(self, delivery: Delivery, partition: int) -> None:
        self._partitions[delivery.id] = partition
        self._outbox.keep(delivery)
        if (kept := self.states.get(partition)) is not None:
            kept.add(delivery.id)

    def _write_down(self, deliveries: Iterable[Delivery]) -> None:
        self.write(
            self.sending(
                self.topics.deliveries, self._partitions[one.id], one.id.encode(), "delivery",
                one.id, one,
            )
            for one in deliveries
        )  # fmt: skip

    # --- Deliveries ----------------------------------------------------------------------------

    def between(self) -> None:
        """Note what receivers answered, and give them what is due."""
        while not self._answers.empty():
            told, answer = self._answers.get()
            self._busy.discard(told.receiver)
            self._note(told, answer)
        now = datetime.now(UTC)
        self._forget_lost()
        for name, inbox in self._inboxes.items():
            self._own.pending.labels(name).set(self._outbox.pending(name))
            if name in self._busy:
                continue
            due = self._outbox.due(name, now, digest_over=self.settings.notify.digest_over)
            if due is None:
                continue
            if name in self._gone:
                self._note(due, Gone())
                continue
            if due.digest is not None:  # which events it tells must outlive a crash
                self._write_down(due.deliveries)
                for one in due.deliveries:
                    self._outbox.keep(one)
            self._busy.add(name)
            inbox.put(due)

    def _forget_lost(self) -> None:
        lost = [id for id, number in self._partitions.items() if number not in self.states]
        self._outbox.drop(lost)
        for id in lost:
            del self._partitions[id]

    def _work(self, inbox: "queue.SimpleQueue[Due]", sender: Receiver) -> None:
        """Send to one receiver, in a thread of its own."""
        while True:
            due = inbox.get()
            try:
                answer = sender.send(due)
            except Exception as error:  # whatever it is, others must be told all the same
                answer = Failed(f"{type(error).__name__}: {error}")
            self._answers.put((due, answer))

    def _note(self, due: Due, answer: Answer) -> None:
        """Write down what came of a request."""
        now = datetime.now(UTC)
        again = next_try(
            due.deliveries[0].attempts + 1,
            now,
            after=answer.after if isinstance(answer, Failed) else None,
        )  # one time for all: a digest stays together
        noted = [
            self._after(one, answer, now, again)
            for one in due.deliveries
            if one.id in self._partitions
        ]
        self._write_down(noted)
        for one in noted:
            self._outbox.keep(one)
            result = "retried" if one.status == "pending" else one.status
            self._own.deliveries.labels(one.receiver, result).inc()
            if one.status == "delivered":
                age = (now - one.event.known_at).total_seconds()
                self.metrics.end_to_end.labels(self.stage).observe(age)
        if isinstance(answer, Gone) and due.receiver not in self._gone:
            self._gone.add(due.receiver)
            self.log.error("receiver wants no more: rename it to try again", receiver=due.receiver)
        elif isinstance(answer, Failed):
            self.log.warning("not delivered", receiver=due.receiver, why=answer.problem)

    def _after(self, one: Delivery, answer: Answer, now: datetime, again: datetime) -> Delivery:
        attempts = one.attempts + 1
        match answer:
            case Taken():
                return replace(
                    one, status="delivered", attempts=attempts, next_at=None, problem=None,
                    updated=now,
                )  # fmt: skip
            case Gone():
                return replace(
                    one, status="gone", attempts=attempts, next_at=None, updated=now,
                    problem="the receiver answered 410: it wants no more",
                )  # fmt: skip
            case Failed(problem):
                give_up = one.first_at + self._patience
                status = "failed" if again > give_up else "pending"
                return replace(
                    one, status=status, attempts=attempts, updated=now, problem=problem,
                    next_at=None if status == "failed" else again,
                )  # fmt: skip


def _event(record: ConsumerRecord) -> PledgeEvent:
    return records.decode(record.value, PledgeEvent)


def _written(event: PledgeEvent) -> datetime:
    return event.updated or event.known_at


def _is_live(record: ConsumerRecord, event: PledgeEvent) -> bool:
    """Whether both the record's header and the event itself say that the run is the live one."""
    headers = dict(record.headers)
    return headers.get(RUN_HEADER) == LIVE.encode() and event.run == LIVE
