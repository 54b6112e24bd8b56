"""The ledger service: mentions in; events, the board, and what the ledger keeps, out."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from kafka.consumer.fetcher import ConsumerRecord

from pledgewatch.outcome import Stage
from pledgewatch.records import Entry, Pledge
from services.common.cloudevents import RUN_HEADER
from services.common.kafka import Topics
from services.common.metrics import LedgerMetrics
from services.common.settings import Settings
from services.common.stateful import Sending, StatefulService
from services.ledger.shelf import Output, Shelf, article_of, entry_key


class LedgerService(StatefulService[Shelf]):
    """Events are written first, then rows, which know what was told, then what they are made of.

    What is done again after a kill finds its entries missing, and what it told in the rows.
    """

    reuses_states = True

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        topics = Topics(settings.kafka.topic_prefix)
        super().__init__(
            settings,
            stop,
            stage=Stage.LEDGER,
            own=settings.ledger,
            topic=topics.mentions,
            kept=(topics.ledger_entries, topics.pledges, topics.pledge_events),
        )
        self._own = LedgerMetrics(self.metrics.registry)

    def read_states(self, partitions: Sequence[int]) -> dict[int, Shelf]:
        """The pages of partitions, with what was told of them."""
        entries = self.read_kept(self.topics.ledger_entries, Entry, partitions)
        rows = self.read_kept(self.topics.pledges, Pledge, partitions)
        return {number: Shelf(entries[number], rows[number]) for number in partitions}

    def handle(self, partition: int, records: Sequence[ConsumerRecord], *, more: bool) -> int:
        """Take whole articles in: the rest of the last one comes with the next records."""
        done = _whole_articles(records) if more else len(records)
        out = self.states[partition].take(records[:done], datetime.now(UTC))
        self.write(self.letters(out.rejects))
        self.write(self._events(partition, out))
        self.write(self._rows(partition, out))
        self.write(self._entries(partition, out))
        self._count(out)
        return done

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
