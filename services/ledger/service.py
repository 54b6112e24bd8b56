"""The ledger service: mentions in; events, the board, and what the ledger keeps, out."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from kafka.consumer.fetcher import ConsumerRecord

from pledgewatch.outcome import Stage
from pledgewatch.records import Entry, Pledge
from services.common.cloudevents import RUN_HEADER
from services.common.metrics import LedgerMetrics
from services.common.settings import Settings
from services.common.stateful import Sending, StatefulService
from services.ledger.backlog import Backlog
from services.ledger.shelf import Output, Shelf, article_of, entry_key


class LedgerService(StatefulService[Shelf]):
    """Events are written first, then rows, which know what was told, then what they are made of.

    What is done again after a kill finds its entries missing, and what it told in the rows. The
    ledger of a replay takes what it finds at its start in the order in which it became known: that
    is how the live one took it, and not how a replay finds it.
    """

    reuses_states = True

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        super().__init__(
            settings,
            stop,
            stage=Stage.LEDGER,
            own=settings.ledger,
            topic="mentions",
            kept=("ledger_entries", "pledges", "pledge_events"),
        )
        self._own = LedgerMetrics(self.metrics.registry)
        self._backlogs: dict[int, Backlog] = {}

    def read_states(self, partitions: Sequence[int]) -> dict[int, Shelf]:
        """The pages of partitions, with what was told of them."""
        entries = self.read_kept(self.topics.ledger_entries, Entry, partitions)
        rows = self.read_kept(self.topics.pledges, Pledge, partitions)
        if self._replays:
            self._backlogs |= self._new_backlogs(partitions)
        return {
            number: Shelf(
                entries[number], rows[number], run=self.topics.ledger, of=self.topics.classify
            )
            for number in partitions
        }

    @property
    def _replays(self) -> bool:
        """Whether the run is a replay that has not been promoted."""
        return self.work.run is not None and not self.work.is_live

    def _new_backlogs(self, partitions: Sequence[int]) -> dict[int, Backlog]:
        """What a replay has to take in order, of partitions in which nothing is committed."""
        ends = self.ready(lambda: self.ends_of_new(partitions))
        return {number: Backlog(end) for number, end in ends.items() if end}

    def holds(self, partition: int) -> bool:
        """While a backlog is gathered, nothing of it may count as done."""
        return partition in self._backlogs

    def handle(self, partition: int, records: Sequence[ConsumerRecord], *, more: bool) -> int:
        """Take whole articles in: the rest of the last one comes with the next records."""
        if (backlog := self._backlogs.get(partition)) is not None:
            if backlog.add(records):
                self._take_backlog(partition, backlog)
                del self._backlogs[partition]
            return len(records)
        done = _whole_articles(records) if more else len(records)
        self._take(partition, records[:done])
        return done

    def _take_backlog(self, partition: int, backlog: Backlog) -> None:
        """Take a backlog in, in the order in which it became known.

        Raises:
            LostError: the partition went elsewhere meanwhile.
        """
        for chunk in backlog.chunks():
            self._take(partition, chunk)
            self.stay_in_group(partition)
        self.log.info("the backlog is in the ledger", partition=partition, mentions=len(backlog))

    def _take(self, partition: int, records: Sequence[ConsumerRecord]) -> None:
        out = self.states[partition].take(records, datetime.now(UTC))
        self.write(self.letters(out.rejects))
        self.write(self._events(partition, out))
        self.write(self._rows(partition, out))
        self.write(self._entries(partition, out))
        self._count(out)

    def _events(self, partition: int, out: Output) -> Iterator[Sending]:
        topic = self.topics.pledge_events
        for one in out.events:
            key = one.id.encode()
            sending = self.sending(topic, partition, key, "pledge-event", one.id, one)
            sending[-1].append((RUN_HEADER, one.run.encode()))
            yield sending

    def _rows(self, partition: int, out: Output) -> Iterator[Sending]:
        topics = self.topics
        for row in out.rows:
            key = row.id.encode()
            yield self.sending(topics.pledges, partition, key, "pledge", row.id, row)

    def _entries(self, partition: int, out: Output) -> Iterator[Sending]:
        topic = self.topics.ledger_entries
        for one in out.entries:
            key = entry_key(one)
            yield self.sending(topic, partition, key, "ledger-entry", one.mention, one)

    def between(self) -> None:
        """Count the rows here."""
        self._own.pledges.set(sum(map(len, self.states.values())))

    def _count(self, out: Output) -> None:
        now = datetime.now(UTC)
        for outcome, count in out.outcomes.items():
            self.metrics.records.labels(self.stage, outcome).inc(count)
        for event in out.events:
            self._own.events.labels(event.event, "true" if event.late else "false").inc()
            if not event.late:
                age = (now - event.known_at).total_seconds()
                self.metrics.end_to_end.labels(self.stage).observe(age)


def _whole_articles(records: Sequence[ConsumerRecord]) -> int:
    """How many records there are up to the last article, which may not be all; one at least."""
    cut = len(records) - 1
    while cut and article_of(records[cut]) == article_of(records[cut - 1]):
        cut -= 1
    return cut or len(records)
