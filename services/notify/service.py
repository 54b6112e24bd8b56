"""The notify service: events in; receivers told of each once, and a log of it, out.

What is to be told is written down before an event is committed, under which id before it is sent,
and what came of it afterwards. Each receiver has a thread of its own, so that a slow or dead one
holds nobody up.
"""

import queue
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from kafka.consumer.fetcher import ConsumerRecord
from msgspec.structs import replace

from pledgewatch import records
from pledgewatch.alerts.retries import next_try
from pledgewatch.alerts.rules import receivers_of
from pledgewatch.outcome import Outcome, Reject, Stage
from pledgewatch.records import Delivery, PledgeEvent
from services.common import cloudevents
from services.common.cloudevents import ANNOUNCED_HEADER, RUN_HEADER
from services.common.metrics import DeliveryMetrics
from services.common.settings import Settings
from services.common.stateful import StatefulService
from services.notify.outbox import REMEMBERED, Due, Outbox, Pace, news_since
from services.notify.receivers import Answer, Failed, Gone, Receiver, Refused, Taken, receiver
from services.notify.rules_file import routing

IDLE_MS = 100
SWEEP = timedelta(minutes=10)
"""How often deliveries that are over are looked through for what need not be remembered."""
SETTLE_SECONDS = 5.0
"""How long a rebalance waits for receivers; with what `write` waits, less than a session."""
MARGIN = timedelta(days=30)
"""So much longer than news is told, it is remembered that it was."""


class NotifyService(StatefulService[Outbox]):
    """One thread reads, decides and writes; one for each receiver sends."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        super().__init__(
            settings,
            stop,
            stage=Stage.NOTIFY,
            own=settings.notify,
            topic="pledge_events",
            kept=("deliveries",),
            idle_ms=IDLE_MS,
        )
        route = routing(settings.notify)
        self._rules = route.rules
        if not route.receivers:
            self.log.warning(
                "nobody is told: set PLEDGEWATCH_NOTIFY__ALERTMANAGER_URL or "
                "PLEDGEWATCH_NOTIFY__RULES"
            )
        self._own = DeliveryMetrics(self.metrics.registry, route.receivers)
        self._patience = timedelta(days=settings.notify.give_up_days)
        self._next_sweep = datetime.now(UTC)
        self._answers: queue.SimpleQueue[tuple[Due, Answer]] = queue.SimpleQueue()
        self._gone: set[str] = set()
        self._busy: set[str] = set()
        self._paces: defaultdict[str, Pace] = defaultdict(Pace)  # by receiver
        self._inboxes: dict[str, queue.SimpleQueue[Due]] = {}
        for name, config in route.receivers.items():
            inbox = self._inboxes[name] = queue.SimpleQueue()
            sender = receiver(name, config, settings.notify)
            threading.Thread(
                target=self._work, args=(inbox, sender), name=f"to-{name}", daemon=True
            ).start()

    # --- Events --------------------------------------------------------------------------------

    def read_states(self, partitions: Sequence[int]) -> dict[int, Outbox]:
        """The outboxes of partitions."""
        found = {number: Outbox(number, self._patience + MARGIN) for number in partitions}
        unknown: Counter[str] = Counter()
        kept = self.read_kept(self.topics.deliveries, Delivery, partitions)
        for number, deliveries in kept.items():
            for one in deliveries:
                found[number].keep(one)
                if one.status == "gone":
                    self._gone.add(one.receiver)
                if one.status == "pending" and one.receiver not in self._inboxes:
                    unknown[one.receiver] += 1
        for name, count in unknown.items():
            self.log.warning(
                "deliveries wait for a receiver that the rules no longer name",
                receiver=name,
                deliveries=count,
            )
        self._next_sweep = datetime.now(UTC)
        return found

    def handle(self, partition: int, records: Sequence[ConsumerRecord], *, more: bool) -> int:
        """Write down who is to be told of which events."""
        now, outbox = datetime.now(UTC), self.states[partition]
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
            announced = self._is_announced(record)
            if announced:
                event = replace(event, late=False)
            wanted = receivers_of(event, self._rules) if self._is_live(record, event) else {}
            if not announced and now - event.known_at > REMEMBERED:
                wanted = {}  # who was told of it is forgotten
            new = outbox.new(event, wanted, now)
            if not announced and now - news_since(event) > self._patience:
                # a first start, or one after days, does not tell of all that ever was
                new = [_given_up(one, now, "it was too old when it was read") for one in new]
            for one in new:
                outbox.keep(one)
            deliveries += new
            outcome = Outcome.NOTIFIED if new else Outcome.DUPLICATE if wanted else Outcome.IGNORED
            outcomes[outcome] += 1
        self.write(self.letters(rejects))
        self._write_down(partition, deliveries)
        for one in deliveries:
            if one.status == "failed":
                self._own.deliveries.labels(one.receiver, "failed").inc()
        for outcome, count in outcomes.items():
            self.metrics.records.labels(self.stage, outcome).inc(count)
        return len(records)

    def _is_live(self, record: ConsumerRecord, event: PledgeEvent) -> bool:
        """Whether header and event are of our run, and that is the live one."""
        run = self.topics.ledger
        header = dict(record.headers).get(RUN_HEADER)
        return header == run.encode() and event.run == run and self.work.is_live

    def _is_announced(self, record: ConsumerRecord) -> bool:
        """Whether somebody wants this event told, whenever it was news."""
        return ANNOUNCED_HEADER in dict(record.headers)

    def _write_down(self, partition: int, deliveries: Iterable[Delivery]) -> None:
        topic = self.topics.deliveries
        self.write(
            self.sending(topic, partition, one.id.encode(), "delivery", one.id, one)
            for one in deliveries
        )

    # --- Deliveries ----------------------------------------------------------------------------

    def between(self) -> None:
        """Note what receivers answered, and give them what is due."""
        self._take_answers()
        now = datetime.now(UTC)
        for number, outbox in list(self.states.items()):
            old = [one for one in outbox.waiting() if now - one.first_at > self._patience]
            self._note(number, [_given_up(one, now, one.problem) for one in old])
        if now >= self._next_sweep:
            self._sweep(now)
        for name, inbox in self._inboxes.items():
            waits = sum(outbox.pending(name) for outbox in self.states.values())
            self._own.pending.labels(name).set(waits)
            if not waits or name in self._busy or self._paces[name].rests(now):
                continue
            due = self._due(name, now)
            if due is None:
                continue
            if name in self._gone:
                self._note(due.partition, [_gone(one, now) for one in due.deliveries])
                continue
            if any(not self.states[due.partition].still(one) for one in due.deliveries):
                # under which id it is told must outlive a crash
                self._write_down(due.partition, due.deliveries)
                for one in due.deliveries:
                    self.states[due.partition].keep(one)
            self._busy.add(name)
            inbox.put(due)

    def _sweep(self, now: datetime) -> None:
        """Forget deliveries of what is no news any more, here and on their topic."""
        self._next_sweep = now + SWEEP
        topic, kind = self.topics.deliveries, "delivery"
        for number, outbox in list(self.states.items()):
            tombstones: list[Any] = [
                (topic, number, id.encode(), None, cloudevents.headers(kind, id, self.source))
                for id in outbox.forget(now)
            ]
            self.write(tombstones)

    def _due(self, name: str, now: datetime) -> Due | None:
        """What is due to a receiver in any partition, the oldest news first."""
        over = self.settings.notify.digest_over
        found = [outbox.due(name, now, digest_over=over) for outbox in self.states.values()]
        dues = [due for due in found if due is not None]
        return min(dues, key=lambda due: due.deliveries[0].event.known_at, default=None)

    def settle(self) -> None:
        """Wait for answers, lest another instance tells again what is on its way."""
        self._await_answers(SETTLE_SECONDS)

    def finish(self) -> None:
        """Wait for what receivers were given, and note what they answer."""
        self._await_answers(self.settings.notify.request_timeout_seconds + 1)

    def _await_answers(self, seconds: float) -> None:
        # by short steps, since the other thread may take the last one
        deadline = monotonic() + seconds
        while self._busy and monotonic() < deadline:
            try:
                self._take(*self._answers.get(timeout=0.1))
            except queue.Empty:
                continue

    def _work(self, inbox: "queue.SimpleQueue[Due]", sender: Receiver) -> None:
        """Send to one receiver, in a thread of its own."""
        while True:
            due = inbox.get()
            try:
                answer = sender.send(due)
            except Exception as error:  # whatever it is, others must be told all the same
                answer = Failed(type(error).__name__)
            self._answers.put((due, answer))

    def _take_answers(self) -> None:
        with suppress(queue.Empty):  # `settle` may have taken it, in Kafka's thread
            while True:
                self._take(*self._answers.get_nowait())

    def _take(self, due: Due, answer: Answer) -> None:
        """Note what came of a request, unless its partition went elsewhere meanwhile."""
        name, now = due.receiver, datetime.now(UTC)
        self._busy.discard(name)
        outbox = self.states.get(due.partition)
        told = [one for one in due.deliveries if outbox is not None and outbox.still(one)]
        match answer:
            case Taken():
                self._paces[name].answered()
                self._note(due.partition, [_delivered(one, now) for one in told])
                for one in told:
                    age = (now - one.event.known_at).total_seconds()
                    self.metrics.end_to_end.labels(self.stage).observe(age)
            case Gone():
                self._gone.add(name)
                self.log.error("receiver wants no more: rename it to try again", receiver=name)
                self._note(due.partition, [_gone(one, now) for one in told])
            case Refused(problem):
                self._paces[name].answered()
                rest = Due(name, due.partition, due.message, tuple(told))
                halves = rest.halves() if told else ()
                self.log.warning("refused", receiver=name, why=problem, halved=bool(halves))
                parts = [
                    replace(one, next_at=now, problem=problem, updated=now)
                    for half in halves
                    for one in half.deliveries
                ]
                tried = [replace(one, attempts=one.attempts + 1) for one in told]
                self._note(due.partition, parts or [_given_up(one, now, problem) for one in tried])
            case Failed(problem, after):
                self.log.warning("not delivered", receiver=name, why=problem)
                self._paces[name].failed(now, after)
                # a digest stays together: one time for all
                again = next_try(due.deliveries[0].attempts + 1, now, after=after)
                self._note(due.partition, [_again(one, now, problem, again) for one in told])

    def _note(self, partition: int, deliveries: Sequence[Delivery]) -> None:
        """Write down how deliveries stand now."""
        if not deliveries:
            return
        self._write_down(partition, deliveries)
        for one in deliveries:
            if (outbox := self.states.get(partition)) is not None:
                outbox.keep(one)
            if one.receiver in self._inboxes:
                result = "retried" if one.status == "pending" else one.status
                self._own.deliveries.labels(one.receiver, result).inc()


def _delivered(one: Delivery, now: datetime) -> Delivery:
    return replace(
        one, status="delivered", attempts=one.attempts + 1, next_at=None, problem=None, updated=now
    )


def _again(one: Delivery, now: datetime, problem: str, at: datetime) -> Delivery:
    return replace(one, attempts=one.attempts + 1, next_at=at, problem=problem, updated=now)


def _given_up(one: Delivery, now: datetime, problem: str | None) -> Delivery:
    return replace(one, status="failed", next_at=None, problem=problem, updated=now)


def _gone(one: Delivery, now: datetime) -> Delivery:
    problem = "the receiver answered 410: it wants no more"
    return replace(one, status="gone", next_at=None, problem=problem, updated=now)


def _event(record: ConsumerRecord) -> PledgeEvent:
    return records.decode(record.value, PledgeEvent)
