"""A service that reads one topic and keeps a state for each partition of it in compacted topics.

It reads the state back when it gets a partition; for each batch of records it writes what comes of
them, waits for the acknowledgement, and commits. A process that is killed between any two of these
steps does them again, so what is written must have deterministic ids.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from kafka import AsyncConsumerRebalanceListener, KafkaConsumer, KafkaProducer
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import (
    ClusterAuthorizationFailedError,
    InvalidTopicError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
)
from kafka.structs import OffsetAndMetadata, TopicPartition

from pledgewatch.outcome import Reject, Stage
from pledgewatch.records import Origin, Record, encode
from services.common import cloudevents, kafka
from services.common.dead_letters import dead_letter
from services.common.errors import UserError
from services.common.http import HealthServer
from services.common.kept import read_back
from services.common.logging import get
from services.common.membership import WITHOUT_PARTITIONS, Membership
from services.common.metrics import Metrics
from services.common.running import pauses
from services.common.runs import Following
from services.common.samples import Sampler
from services.common.settings import ServiceSettings, Settings

POLL_RECORDS = 500
SESSION_SECONDS = 15
ACKNOWLEDGE_SECONDS = 150
"""Longer than the producer itself tries (120 s)."""
STEP_SECONDS = 5.0
RETRY_SECONDS_MAX = 10.0
SILENCE_SECONDS_MAX = 240.0
"""A loop that has been silent for longer is not alive; the group waits for 300."""
CLOSE_SECONDS = 3

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R", bound=Record)

Sending = tuple[str, int, bytes, bytes, list[tuple[str, bytes]]]
"""Topic, partition (-1: that of the key), key, value, headers."""


class NotReadyError(Exception):
    """Kafka answers, but is not set up for us; the message says what to do."""


class StoppedError(Exception):
    """We are to stop while something waits for Kafka."""


class LostError(Exception):
    """The partition in hand went elsewhere while Kafka was waited for."""


HOPELESS = (
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    ClusterAuthorizationFailedError,
    InvalidTopicError,
)
"""What trying again does not mend."""


class StatefulService(AsyncConsumerRebalanceListener, ABC, Generic[S]):  # type: ignore[misc]
    """Reads, works, writes, commits: one thread. `states` are those of the partitions held.

    Args:
        settings: of the whole product.
        stop: set to finish the batch in hand, commit and return.
        stage: of the service; names its consumer group, its clients and its metrics.
        own: its port.
        topic: what it reads, as `Topics` names it.
        kept: compacted topics of its state, and others in whose same partition it writes.
        idle_ms: how long a poll waits.
    """

    def __init__(
        self,
        settings: Settings,
        stop: threading.Event,
        *,
        stage: Stage,
        own: ServiceSettings,
        topic: str,
        kept: Sequence[str],
        idle_ms: int = 300,
    ) -> None:
        self.settings = settings
        self.stop = stop
        self.stage = stage
        self.metrics = Metrics(stage)
        self.log = get()
        self.states: dict[int, S] = {}
        self._own_settings = own
        self._topic_name = topic
        self._kept_names = tuple(kept)
        self._idle_ms = idle_ms
        self._former: dict[int, S] = {}  # of partitions that a rebalance took, until it ends
        self._committed: dict[int, int] = {}
        self._unread: set[TopicPartition] = set()
        self._leaving = False  # partitions are about to go elsewhere
        self._waiting: str | None = "starting"
        self._beat = time.monotonic()

    reuses_states = False
    """Whether a state can be kept through a rebalance in which nobody else has committed."""

    # --- What each service does ----------------------------------------------------------------

    @abstractmethod
    def read_states(self, partitions: Sequence[int]) -> dict[int, S]:
        """The states of partitions, from the compacted topics (`read_kept`)."""

    @abstractmethod
    def handle(self, partition: int, records: Sequence[ConsumerRecord], *, more: bool) -> int:
        """Take records in and `write` what comes of them; how many of them, one at least.

        `more`: others wait behind them; those that are left come again together with these.
        """

    def holds(self, partition: int) -> bool:
        """Whether what was handled of a partition must not be committed yet."""
        return False

    def between(self) -> None:
        """Called once each turn of the loop."""

    def settle(self) -> None:
        """Called before partitions go elsewhere, within seconds: end what is under way of them.

        It runs while the group waits, so `write` tries once.
        """

    def finish(self) -> None:
        """Called when no more is read, before the connections are closed."""

    # --- Running -------------------------------------------------------------------------------

    def run(self) -> None:
        """Run until `stop` is set.

        Raises:
            PortError: the port of the health pages is taken.
        """
        client = f"pledgewatch-{self.stage}"
        pages = HealthServer(
            self.stage,
            self._own_settings,
            self.metrics.registry,
            healthy=self.healthy,
            ready=lambda: self._waiting,
        )
        with pages, Sampler(self.stage, self.settings, self.metrics.registry) as sampler:
            try:
                self._producer: KafkaProducer = self.ready(
                    lambda: kafka.producer(self.settings.kafka, client)
                )
                self.work = self.ready(self._follow)
                self.topics = self.work.topics
                sampler.run = self.topics.index
                self._topic: str = getattr(self.topics, self._topic_name)
                self._kept = {getattr(self.topics, name) for name in self._kept_names}
                self._consumer: KafkaConsumer = self.ready(lambda: self._connect(client))
            except StoppedError:
                return
            try:
                self.ready(self._find_topics)
                self._waiting = WITHOUT_PARTITIONS
                self._membership = Membership(self._consumer, [self._topic], self)
                while not self.stop.is_set():
                    try:
                        self._turn()
                    except LostError:
                        self._former = {}  # they hold what was not written
                        self.log.warning("partitions went elsewhere while Kafka was waited for")
                self.finish()
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

    def ready(self, attempt: Callable[[], T]) -> T:
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
                servers = self.settings.kafka.bootstrap_servers
                self._waiting = f"Kafka at {servers} is not ready ({error})"
            if self._waiting != said:
                said = self._waiting
                self.log.warning(said)
            if self.stop.wait(pause):
                raise StoppedError
        raise AssertionError("pauses never end")

    def _follow(self) -> Following:
        try:
            return Following(self.settings, self.stop)
        except UserError as error:
            raise NotReadyError(str(error)) from error

    def _connect(self, client: str) -> KafkaConsumer:
        return kafka.consumer(
            self.settings.kafka,
            client,
            self.topics.group(self.stage),
            max_poll_records=POLL_RECORDS,
            session_timeout_ms=SESSION_SECONDS * 1000,
        )

    def _find_topics(self) -> None:
        wanted = {self._topic, *self._kept}
        missing = wanted - self._consumer.topics()
        if missing:
            raise NotReadyError(f"topic {min(missing)} is missing: run `pledgewatch provision`")
        counts = {name: len(self._consumer.partitions_for_topic(name) or ()) for name in wanted}
        fewest = min(counts, key=lambda name: counts[name])
        if counts[fewest] < counts[self._topic]:
            raise NotReadyError(
                f"topic {fewest} has {counts[fewest]} partitions, and {self._topic} has"
                f" {counts[self._topic]}: run `pledgewatch provision`"
            )

    def _turn(self) -> None:
        """Read the state of new partitions, poll once, and handle what comes."""
        self._beat = time.monotonic()
        self._membership.keep()
        if self._unread:
            self._read_back()
        for place, records in self._consumer.poll(timeout_ms=self._idle_ms).items():
            if place.partition not in self.states:  # its state is not read back yet
                self._consumer.seek(place, records[0].offset)
                continue
            started = time.perf_counter()
            done = self.handle(place.partition, records, more=self._more(place))
            if done < len(records):
                self._consumer.seek(place, records[done].offset)
            if not self.holds(place.partition):
                self._commit(place, records[done - 1].offset + 1)
            seconds = (time.perf_counter() - started) / done
            self.metrics.duration.labels(self.stage).observe(seconds)
            self.metrics.last_record.labels(self.stage).set_to_current_time()
        self.between()
        self._measure()

    def _more(self, place: TopicPartition) -> bool:
        end = self._consumer.highwater(place)
        position = self._consumer.position(place, timeout_ms=0)
        return end is not None and position is not None and position < end

    def _commit(self, place: TopicPartition, offset: int) -> None:
        try:
            self._consumer.commit({place: OffsetAndMetadata(offset, "", -1)})
            self._committed[place.partition] = offset
        except KafkaError as error:
            # what is done again changes nothing
            self.log.warning("not committed: the last records may be read again", why=repr(error))

    def _measure(self) -> None:
        for place in self._consumer.assignment():
            end = self._consumer.highwater(place)
            if end is not None:
                position = self._consumer.position(place, timeout_ms=0)
                lag = self.metrics.lag.labels(place.topic, place.partition)
                lag.set(max(0, end - (position if position is not None else end)))

    # --- Writing -------------------------------------------------------------------------------

    def write(self, sendings: Iterable[Sending]) -> None:
        """Return when all are acknowledged, however long Kafka is away.

        Raises:
            StoppedError: `stop` is set before.
            LostError: a partition went elsewhere meanwhile.
            kafka.errors.KafkaError: trying again would not help.
        """
        unsent = list(sendings)
        held = set(self.states)
        for pause in pauses(RETRY_SECONDS_MAX):
            unsent = self._send(unsent)
            if not unsent:
                break
            if self._leaving:
                raise LostError
            self._waiting = "Kafka does not take records"
            self._beat = time.monotonic()
            self.metrics.retries.labels(self.stage).inc()
            if self.stop.wait(pause):
                raise StoppedError
            self._stay_in_group()
            if not held <= self.states.keys():
                raise LostError
        if self._waiting == "Kafka does not take records":
            self._waiting = None
            self._consumer.resume(*(set(self._consumer.assignment()) - self._unread))

    def stay_in_group(self, partition: int) -> None:
        """Poll without reading, in between what takes long.

        Raises:
            StoppedError: we are to stop.
            LostError: the partition in hand went elsewhere.
        """
        self._beat = time.monotonic()
        if self.stop.is_set():
            raise StoppedError
        self._stay_in_group()
        if partition not in self.states:
            raise LostError
        self._consumer.resume(*(set(self._consumer.assignment()) - self._unread))

    def ends_of_new(self, partitions: Sequence[int]) -> dict[int, int]:
        """The end offsets of those partitions in which nothing was ever committed."""
        places = [TopicPartition(self._topic, number) for number in partitions]
        new = [place for place in places if self._consumer.committed(place) is None]
        ends = self._consumer.end_offsets(new) if new else {}
        return {place.partition: end for place, end in ends.items()}

    def _stay_in_group(self) -> None:
        """Poll without reading, so that the group does not think us dead."""
        try:
            self._consumer.pause(*self._consumer.assignment())
            for place, records in self._consumer.poll(timeout_ms=0).items():
                self._consumer.seek(place, records[0].offset)
        except KafkaError as error:
            self.log.warning("Kafka cannot be reached", why=repr(error))

    def _send(self, sendings: Sequence[Sending]) -> list[Sending]:
        """Send all at once; those that have to be sent again."""
        sent, unsent = [], []
        for one in sendings:
            topic, partition, key, value, headers = one
            try:
                where = {} if partition < 0 else {"partition": partition}
                future = self._producer.send(topic, key=key, value=value, headers=headers, **where)
            except HOPELESS:
                raise
            except KafkaError as error:
                self.log.warning("Kafka did not take a record, trying again", why=repr(error))
                unsent.append(one)
            else:
                sent.append((one, future))
        for one, future in sent:
            try:
                self._acknowledged(future)
            except HOPELESS:
                raise
            except KafkaError as error:
                self.log.warning("Kafka did not take a record, trying again", why=repr(error))
                unsent.append(one)
        return unsent

    def _acknowledged(self, future: Any) -> None:
        """Wait for an acknowledgement, but not past `stop` for long."""
        deadline = time.monotonic() + ACKNOWLEDGE_SECONDS
        while True:
            try:
                future.get(timeout=STEP_SECONDS)
            except KafkaTimeoutError:
                hurry = self._leaving or self.stop.is_set()
                if future.is_done or time.monotonic() > deadline or hurry:
                    raise
                self._beat = time.monotonic()
            else:
                return

    def sending(
        self, topic: str, partition: int, key: bytes, kind: str, id: str, record: Record
    ) -> Sending:
        """A record for `write`, with its headers."""
        return topic, partition, key, encode(record), cloudevents.headers(kind, id, self.source)

    @property
    def source(self) -> str:
        """Who writes, as a URI reference."""
        return f"/pledgewatch/{self.stage}"

    def letters(self, rejects: Iterable[tuple[ConsumerRecord, Reject]]) -> Iterator[Sending]:
        """Dead letters, for `write`; counted and logged."""
        for record, reject in rejects:
            self.metrics.dead_letters.labels(self.stage, reject.reason).inc()
            place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
            if not self.work.is_live:  # what live refuses has its letter
                self.log.warning("record is left out", why=str(reject), **place)
                continue
            self.log.warning("record is dead-lettered", why=str(reject), **place)
            letter = dead_letter(
                self.stage,
                reject,
                origin=Origin(**place),
                key=record.key,
                value=record.value,
                headers=[(name, value or b"") for name, value in record.headers],
            )
            key = letter.id.encode()
            yield self.sending(self.topics.dead_letters, -1, key, "dead-letter", letter.id, letter)

    # --- Partitions ----------------------------------------------------------------------------

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Nothing is read of new partitions before their states have been read back."""
        self._unread |= assigned
        if assigned:
            self._consumer.pause(*assigned)
        self._membership.ended()
        self._waiting = None if self.states or assigned else WITHOUT_PARTITIONS

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """All that was handled is committed already; what comes back need not be read again."""
        self._leaving = True
        try:
            self.settle()
        except (LostError, KafkaError) as error:
            self.log.warning("not settled before partitions go elsewhere", why=repr(error))
        finally:
            self._leaving = False
        self._former = {
            place.partition: self.states[place.partition]
            for place in revoked
            if place.partition in self.states
        }
        self._lose(revoked)

    async def on_partitions_lost(self, lost: set[TopicPartition]) -> None:
        """Others have them already."""
        self.log.warning("partitions are lost: Kafka has not heard of us in time")
        self._lose(lost)

    def _lose(self, places: set[TopicPartition]) -> None:
        self._membership.begun()
        self._waiting = WITHOUT_PARTITIONS
        for place in places:
            self.states.pop(place.partition, None)
        self._unread -= places
        self.metrics.lag.clear()

    def _read_back(self) -> None:
        """Read the states of new partitions back, then let their records come."""
        started, places = time.monotonic(), sorted(self._unread)
        states = {
            place.partition: self._former[place.partition]
            for place in places
            if self.reuses_states and self._is_as_left(place)
        }
        self._former = {}
        read = [place.partition for place in places if place.partition not in states]
        states |= self.read_states(read)
        held = self._consumer.assignment()
        for place in places:
            if place in held:
                self.states[place.partition] = states[place.partition]
                self._consumer.resume(place)
            self._unread.discard(place)
        self._waiting = None
        seconds = round(time.monotonic() - started, 1)
        self.log.info("states are read back", partitions=read, seconds=seconds)

    def _is_as_left(self, place: TopicPartition) -> bool:
        """Whether nobody else had the partition since we did."""
        if place.partition not in self._former or place.partition not in self._committed:
            return False
        committed = self.ready(lambda: self._consumer.committed(place))
        return bool(committed == self._committed[place.partition])

    def read_kept(
        self, topic: str, record: type[R], partitions: Sequence[int]
    ) -> dict[int, list[R]]:
        """The newest record of each key in partitions of a compacted topic."""

        def progress(read: int, total: int) -> None:
            if self.stop.is_set():
                raise StoppedError
            self._beat = time.monotonic()
            self._waiting = f"reading its state back: {read} of {total} records of {topic}"

        return self.ready(
            lambda: read_back(
                self.settings.kafka, topic, record, partitions=partitions, progress=progress
            )
        )
