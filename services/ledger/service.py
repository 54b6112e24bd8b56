"""The ledger service: mentions in; events, the board, and what the ledger keeps, out.

Each instance keeps the pages of its partitions in memory, and reads them back from the compacted
topics when it gets a partition. For each batch of records it writes the events, waits for their
acknowledgement, writes entries and rows, waits again, and commits. A process that is killed between
any two of these steps does them again under the same ids.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from kafka import AsyncConsumerRebalanceListener, KafkaConsumer, KafkaProducer
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata, TopicPartition

from pledgewatch.outcome import Reject, Stage
from pledgewatch.records import DeadLetter, Entry, Origin, Pledge, Record, encode
from services.common import cloudevents, kafka
from services.common.dead_letters import dead_letter
from services.common.http import HealthServer
from services.common.logging import get
from services.common.metrics import LedgerMetrics, Metrics
from services.common.running import pauses
from services.common.settings import Settings
from services.ledger.kept import read_back
from services.ledger.shelf import Output, Shelf, article_of, entry_key

SOURCE = "/pledgewatch/ledger"
POLL_RECORDS = 500
IDLE_MS = 300
SESSION_SECONDS = 15
ACKNOWLEDGE_SECONDS = 150
"""Longer than the producer itself tries (120 s)."""
RETRY_SECONDS_MAX = 10.0
SILENCE_SECONDS_MAX = 240.0
"""A loop that has been silent for longer is not alive; the group waits for 300."""
CLOSE_SECONDS = 3

T = TypeVar("T")
R = TypeVar("R", bound=Record)

Sending = tuple[str, int, bytes, bytes, list[tuple[str, bytes]]]
"""Topic, partition, key, value, headers."""


class NotReadyError(Exception):
    """Kafka answers, but is not set up for us; the message says what to do."""


class StoppedError(Exception):
    """We are to stop while something waits for Kafka."""


class LedgerService(AsyncConsumerRebalanceListener):  # type: ignore[misc]  # untyped base
    """Reads, works out, writes, commits: one thread.

    Args:
        settings: of the whole product.
        stop: set to finish the batch in hand, commit and return.
    """

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self._settings = settings
        self._stop = stop
        self._log = get()
        self.metrics = Metrics(Stage.LEDGER)
        self._own = LedgerMetrics(self.metrics.registry)
        self._topics = kafka.Topics(settings.kafka.topic_prefix)
        self._shelves: dict[int, Shelf] = {}
        self._former: dict[int, Shelf] = {}  # of partitions that a rebalance took, until it ends
        self._committed: dict[int, int] = {}
        self._unread: set[TopicPartition] = set()
        self._waiting: str | None = "starting"
        self._beat = time.monotonic()

    def run(self) -> None:
        """Run until `stop` is set.

        Raises:
            PortError: the port of the health pages is taken.
        """
        pages = HealthServer(
            "ledger",
            self._settings.ledger,
            self.metrics.registry,
            healthy=self.healthy,
            ready=lambda: self._waiting,
        )
        with pages:
            try:
                self._producer: KafkaProducer = self._ready(
                    lambda: kafka.producer(self._settings.kafka, "pledgewatch-ledger")
                )
                self._consumer: KafkaConsumer = self._ready(self._connect)
            except StoppedError:
                return
            try:
                self._ready(self._find_topics)
                self._waiting = "waiting for partitions"
                self._consumer.subscribe([self._topics.mentions], listener=self)
                while not self._stop.is_set():
                    self._turn()
            except StoppedError:
                pass  # nothing of the batch in hand is committed: it is done again
            finally:
                self._consumer.close(timeout_ms=CLOSE_SECONDS * 1000)
                self._producer.close(timeout=CLOSE_SECONDS)

    def healthy(self) -> str | None:
        """Whether the loop turns."""
        silence = time.monotonic() - self._beat
        if silence > SILENCE_SECONDS_MAX:
            return f"the loop has been silent for {silence:.0f} seconds"
        return None

    # --- Start ---------------------------------------------------------------------------------

    def _ready(self, attempt: Callable[[], T]) -> T:
        """What `attempt` returns, once Kafka lets it.

        Raises:
            StoppedError: `stop` is set before.
        """
        said = None
        for pause in pauses(RETRY_SECONDS_MAX):
            self._beat = time.monotonic()
            try:
                return attempt()
            except NotReadyError as error:
                self._waiting = str(error)
            except KafkaError as error:
                servers = self._settings.kafka.bootstrap_servers
                self._waiting = f"Kafka at {servers} is not ready ({error})"
            if self._waiting != said:
                said = self._waiting
                self._log.warning(said)
            if self._stop.wait(pause):
                raise StoppedError
        raise AssertionError("pauses never end")

    def _connect(self) -> KafkaConsumer:
        return kafka.consumer(
            self._settings.kafka,
            "pledgewatch-ledger",
            self._topics.group("ledger"),
            max_poll_records=POLL_RECORDS,
            session_timeout_ms=SESSION_SECONDS * 1000,
        )

    def _find_topics(self) -> None:
        topics = self._topics
        wanted = {topics.mentions, topics.ledger_entries, topics.pledges, topics.pledge_events}
        missing = wanted - self._consumer.topics()
        if missing:
            raise NotReadyError(f"topic {min(missing)} is missing: run `pledgewatch provision`")
        counts = {name: len(self._consumer.partitions_for_topic(name) or ()) for name in wanted}
        fewest = min(counts, key=lambda name: counts[name])
        if counts[fewest] < counts[topics.mentions]:
            raise NotReadyError(
                f"topic {fewest} has {counts[fewest]} partitions, and {topics.mentions} has"
                f" {counts[topics.mentions]}: run `pledgewatch provision`"
            )

    # --- The loop ------------------------------------------------------------------------------

    def _turn(self) -> None:
        """Read state of new partitions, poll once, and handle what comes."""
        self._beat = time.monotonic()
        if self._unread:
            self._read_back()
        polled = self._consumer.poll(timeout_ms=IDLE_MS)
        for place, records in polled.items():
            if place.partition not in self._shelves:  # its pages are not read back yet
                self._consumer.seek(place, records[0].offset)
                continue
            whole, rest = _whole_articles(records) if self._more(place) else (records, [])
            if rest:  # the rest of the last article comes with the next records
                self._consumer.seek(place, rest[0].offset)
            self._handle(place, whole)
        self._measure()

    def _more(self, place: TopicPartition) -> bool:
        """Whether records wait in a partition beyond those that were read."""
        end = self._consumer.highwater(place)
        position = self._consumer.position(place, timeout_ms=0)
        return end is not None and position is not None and position < end

    def _handle(self, place: TopicPartition, records: Sequence[ConsumerRecord]) -> None:
        """Take records in; return when all that comes of them is acknowledged and committed."""
        started = time.perf_counter()
        now = datetime.now(UTC)
        out = self._shelves[place.partition].take(records, now)
        self._write(self._letters(out))
        self._write(self._events(place.partition, out))
        self._write(self._kept(place.partition, out))
        self._commit(place, records[-1].offset + 1)
        self._count(out, time.perf_counter() - started, len(records))

    def _count(self, out: Output, seconds: float, records: int) -> None:
        stage, now = Stage.LEDGER, datetime.now(UTC)
        for outcome, count in out.outcomes.items():
            self.metrics.records.labels(stage, outcome).inc(count)
        for _, reject in out.rejects:
            self.metrics.dead_letters.labels(stage, reject.reason).inc()
        self.metrics.duration.labels(stage).observe(seconds / records)
        self.metrics.last_record.labels(stage).set(now.timestamp())
        for event in out.events:
            self._own.events.labels(event.event, "true" if event.late else "false").inc()
            if not event.late:
                age = (now - event.known_at).total_seconds()
                self.metrics.end_to_end.labels(stage).observe(age)
        self._own.pledges.set(sum(map(len, self._shelves.values())))

    def _commit(self, place: TopicPartition, offset: int) -> None:
        try:
            self._consumer.commit({place: OffsetAndMetadata(offset, "", -1)})
            self._committed[place.partition] = offset
        except KafkaError as error:
            # what is done again changes nothing
            self._log.warning("not committed: the last records may be read again", why=repr(error))

    def _measure(self) -> None:
        for place in self._consumer.assignment():
            end = self._consumer.highwater(place)
            if end is not None:
                position = self._consumer.position(place, timeout_ms=0)
                lag = self.metrics.lag.labels(place.topic, place.partition)
                lag.set(max(0, end - (position if position is not None else end)))

    # --- Writing -------------------------------------------------------------------------------

    def _events(self, partition: int, out: Output) -> Iterator[Sending]:
        for one in out.events:
            headers = cloudevents.headers("pledge-event", one.id, SOURCE)
            yield self._topics.pledge_events, partition, one.id.encode(), encode(one), headers

    def _kept(self, partition: int, out: Output) -> Iterator[Sending]:
        for one in out.entries:
            headers = cloudevents.headers("ledger-entry", one.mention, SOURCE)
            yield self._topics.ledger_entries, partition, entry_key(one), encode(one), headers
        for row in out.rows:
            headers = cloudevents.headers("pledge", row.id, SOURCE)
            yield self._topics.pledges, partition, row.id.encode(), encode(row), headers

    def _letters(self, out: Output) -> Iterator[Sending]:
        for record, reject in out.rejects:
            letter = _letter(record, reject)
            self._log.warning(
                "record is dead-lettered",
                why=str(reject),
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
            )
            headers = cloudevents.headers("dead-letter", letter.id, SOURCE, at=letter.at)
            yield self._topics.dead_letters, -1, letter.id.encode(), encode(letter), headers

    def _write(self, sendings: Iterator[Sending]) -> None:
        """Return when all are acknowledged, however long Kafka is away.

        Raises:
            StoppedError: `stop` is set before.
        """
        unsent = list(sendings)
        for pause in pauses(RETRY_SECONDS_MAX):
            unsent = self._send(unsent)
            if not unsent:
                return
            self._beat = time.monotonic()
            self.metrics.retries.labels(Stage.LEDGER).inc()
            if self._stop.wait(pause):
                raise StoppedError

    def _send(self, sendings: Sequence[Sending]) -> list[Sending]:
        """Send all at once; those that have to be sent again."""
        sent, unsent = [], []
        for one in sendings:
            topic, partition, key, value, headers = one
            try:
                where = {} if partition < 0 else {"partition": partition}
                future = self._producer.send(topic, key=key, value=value, headers=headers, **where)
            except KafkaError as error:
                self._log.warning("Kafka did not take a record, trying again", why=repr(error))
                unsent.append(one)
            else:
                sent.append((one, future))
        for one, future in sent:
            try:
                future.get(timeout=ACKNOWLEDGE_SECONDS)
            except KafkaError as error:
                self._log.warning("Kafka did not take a record, trying again", why=repr(error))
                unsent.append(one)
        return unsent

    # --- Partitions ----------------------------------------------------------------------------

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Nothing is read of new partitions before their pages have been read back."""
        self._unread |= assigned
        if assigned:
            self._consumer.pause(*assigned)
        self._waiting = None if self._shelves or assigned else "waiting for partitions"

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """All that was handled is committed already; what comes back need not be read again."""
        self._former = {
            place.partition: self._shelves[place.partition]
            for place in revoked
            if place.partition in self._shelves
        }
        self._lose(revoked)

    async def on_partitions_lost(self, lost: set[TopicPartition]) -> None:
        """Others have them already."""
        self._lose(lost)

    def _lose(self, places: set[TopicPartition]) -> None:
        for place in places:
            self._shelves.pop(place.partition, None)
        self._unread -= places
        self.metrics.lag.clear()

    def _read_back(self) -> None:
        """Read the pages of new partitions back, then let their records come."""
        started, places = time.monotonic(), sorted(self._unread)
        for place in places:
            if self._is_as_left(place):
                self._shelves[place.partition] = self._former[place.partition]
        self._former = {}
        partitions = [p.partition for p in places if p.partition not in self._shelves]
        entries = self._back(self._topics.ledger_entries, Entry, partitions)
        rows = self._back(self._topics.pledges, Pledge, partitions)
        held = self._consumer.assignment()
        for place in places:
            number = place.partition
            if number in entries:
                self._shelves[number] = Shelf(entries[number], rows[number])
            if place in held:
                self._consumer.resume(place)
            self._unread.discard(place)
        self._waiting = None
        self._log.info(
            "pages are read back",
            partitions=partitions,
            entries=sum(map(len, entries.values())),
            seconds=round(time.monotonic() - started, 1),
        )

    def _is_as_left(self, place: TopicPartition) -> bool:
        """Whether nobody else had the partition since we did."""
        if place.partition not in self._former or place.partition not in self._committed:
            return False
        committed = self._ready(lambda: self._consumer.committed(place))
        return bool(committed == self._committed[place.partition])

    def _back(self, topic: str, record: type[R], partitions: Sequence[int]) -> dict[int, list[R]]:
        def progress(read: int, total: int) -> None:
            if self._stop.is_set():
                raise StoppedError
            self._beat = time.monotonic()
            self._waiting = f"reading pages back: {read} of {total} records of {topic}"

        kafka_settings = self._settings.kafka
        return self._ready(
            lambda: read_back(
                kafka_settings, topic, record, partitions=partitions, progress=progress
            )
        )


def _whole_articles(
    records: Sequence[ConsumerRecord],
) -> tuple[Sequence[ConsumerRecord], Sequence[ConsumerRecord]]:
    """Records up to the last article, and those of it, which may not be all; one at least."""
    cut = len(records) - 1
    while cut and article_of(records[cut]) == article_of(records[cut - 1]):
        cut -= 1
    return (records[:cut], records[cut:]) if cut else (records, [])


def _letter(record: ConsumerRecord, reject: Reject) -> DeadLetter:
    return dead_letter(
        Stage.LEDGER,
        reject,
        origin=Origin(topic=record.topic, partition=record.partition, offset=record.offset),
        key=record.key,
        value=record.value,
        headers=[(name, value or b"") for name, value in record.headers],
    )
