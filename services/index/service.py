"""Reads the topics, fills bulk requests, and commits what has been answered."""

import gc
import queue
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from elastic_transport import TransportError
from elasticsearch import ApiError, UnsupportedProductError
from kafka import AsyncConsumerRebalanceListener, KafkaConsumer
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata, TopicPartition

from pledgewatch.documents import BUILDERS, Builder, as_json
from pledgewatch.outcome import Outcome, Reject, Stage
from services.common import elasticsearch, kafka
from services.common.elasticsearch import DERIVED_INDICES, RECORD_INDICES
from services.common.errors import UserError
from services.common.http import HealthServer
from services.common.logging import get
from services.common.membership import WITHOUT_PARTITIONS, Membership
from services.common.metrics import Metrics
from services.common.running import pauses
from services.common.runs import Following
from services.common.samples import Sampler
from services.common.settings import Settings
from services.index.batches import Batch, Flight
from services.index.bulk import Answer, Bulk, GivenUp
from services.index.letters import Letters

ELASTICSEARCH_MAJOR = "9"
FETCH_BYTES_MAX = 4 * 1024 * 1024
"""Compressed; a poll can return all that was fetched, several times as large."""
IDLE_SECONDS = 0.5
COMMIT_SECONDS = 1.0
LAG_SECONDS = 5.0
"""How often the lag is measured: asking for the position of a partition is slow."""
FETCH_BYTES_MIN, FETCH_WAIT_MS = 1 << 18, 200
"""Kafka answers when it has so much, or after so long: small answers cost both as much as large
ones."""
STALLED_SECONDS = 60
DRAIN_SECONDS = 15
"""For what is under way when the service stops."""
REVOKE_SECONDS = 10
"""For what is under way when partitions are taken away; no heartbeat is sent meanwhile."""
SESSION_SECONDS = 15
"""How long a killed process keeps its partitions; more than `REVOKE_SECONDS`."""
CLOSE_SECONDS = 3

T = TypeVar("T")


class Indexer(AsyncConsumerRebalanceListener):  # type: ignore[misc]  # untyped base
    """The index service: one thread reads and builds documents, others send them.

    Args:
        settings: of the whole product.
        stop: set to finish what is under way, commit and return.
    """

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self._settings = settings.index
        self._kafka = settings.kafka
        self._elasticsearch = settings.elasticsearch
        self._stop = stop
        self._log = get()
        self._metrics = Metrics(Stage.INDEX)
        self._all = settings
        self._sampler = Sampler(Stage.INDEX, settings, self._metrics.registry)
        self._routes: dict[str, tuple[Builder, bytes]] = {}
        self._bulk = Bulk(settings.elasticsearch, settings.index, self._metrics)
        self._slots = threading.Semaphore(settings.index.bulks_in_flight)
        self._queue: queue.SimpleQueue[tuple[Flight, Batch]] = queue.SimpleQueue()
        self._batch = Batch()
        self._flight = Flight()
        self._finished: dict[TopicPartition, int] = {}
        self._uncommitted: dict[TopicPartition, int] = {}
        self._paused = False
        self._waiting: str | None = "starting"
        self._bug: BaseException | None = None
        self._beat = self._committed = self._measured = time.monotonic()

    def run(self) -> None:
        """Run until `stop` is set.

        Raises:
            PortError: the port of the health pages is taken.
        """
        pages = HealthServer(
            "index",
            self._settings,
            self._metrics.registry,
            healthy=self._stalled,
            ready=self.not_ready,
        )
        with pages, self._sampler:
            if not self._ready(self._greet):
                return
            producer = self._ready(lambda: kafka.producer(self._kafka, "pledgewatch-index"))
            following = self._ready(self._follow)
            if following is None:
                return
            self._topics = following.topics
            self._sampler.run = following.topics.index
            self._routes = _routes(following)
            consumer = self._ready(self._connect)
            if producer is None or consumer is None:
                return
            self._letters = Letters(
                producer,
                self._topics.dead_letters,
                self._settings.retry_seconds_max,
                self._metrics,
            )
            _collect_less_garbage()
            for n in range(self._settings.bulks_in_flight):
                threading.Thread(target=self._work, name=f"bulk-{n}", daemon=True).start()
            self._consumer = consumer
            if not self._ready(self._find_topics):
                return
            self._waiting = WITHOUT_PARTITIONS
            self._membership = Membership(consumer, self._routes, self)
            try:
                while not self._stop.is_set():
                    self._turn()
                self._drain()
            finally:
                self._flight.given_up.set()
                self._flight = Flight()  # closing revokes the partitions, and would wait again
                consumer.close(timeout_ms=CLOSE_SECONDS * 1000)
                producer.close(timeout=CLOSE_SECONDS)
                self._bulk.close()

    # --- Start ---------------------------------------------------------------------------------

    def _ready(self, attempt: Callable[[], T]) -> T | None:
        """What `attempt` returns, once Kafka or Elasticsearch lets it; None if we are to stop."""
        said = None
        for pause in pauses(self._settings.retry_seconds_max):
            self._beat = time.monotonic()
            try:
                return attempt()
            except _ClusterError as error:
                self._waiting = str(error)
            except KafkaError as error:
                self._waiting = f"Kafka at {self._kafka.bootstrap_servers} is not ready ({error})"
            except (ApiError, TransportError) as error:
                url = self._elasticsearch.url
                self._waiting = f"Elasticsearch at {url} is not ready ({error})"
            if self._waiting != said:
                said = self._waiting
                self._log.warning(said)
            if self._stop.wait(pause):
                return None
        return None

    def _follow(self) -> Following:
        try:
            return Following(self._all, self._stop)
        except UserError as error:
            raise _ClusterError(str(error)) from error

    def _connect(self) -> KafkaConsumer:
        return kafka.consumer(
            self._kafka,
            "pledgewatch-index",
            self._topics.group("index"),
            max_poll_records=self._settings.bulk_documents_max,
            fetch_max_bytes=FETCH_BYTES_MAX,
            fetch_min_bytes=FETCH_BYTES_MIN,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            session_timeout_ms=SESSION_SECONDS * 1000,
        )

    def _find_topics(self) -> bool:
        """True when all topics are there."""
        missing = self._routes.keys() - self._consumer.topics()
        if missing:
            raise _ClusterError(f"topic {min(missing)} is missing: run `pledgewatch provision`")
        return True

    def _greet(self) -> bool:
        """True when the cluster is of our major version.

        Asks for the node, since a cluster without its optional modules has no `GET /`.
        """
        client = elasticsearch.client(self._elasticsearch)
        try:
            answer = client.perform_request(
                "GET",
                "/_nodes/_local/none",
                params={"filter_path": "nodes.*.version"},
                headers={"accept": "application/json"},
            )
        except UnsupportedProductError as error:
            url = self._elasticsearch.url
            raise _ClusterError(f"what answers at {url} is not Elasticsearch") from error
        except ApiError as error:
            if error.meta.status != 403:
                raise
            self._log.warning("the privilege `monitor` is missing: version is not checked")
            return True
        finally:
            client.close()
        versions = [node["version"] for node in answer.body.get("nodes", {}).values()]
        if any(version.split(".")[0] != ELASTICSEARCH_MAJOR for version in versions):
            raise _ClusterError(
                f"Elasticsearch is version {versions[0]}: {ELASTICSEARCH_MAJOR}.x is needed"
            )
        return True

    # --- Reading -------------------------------------------------------------------------------

    def _turn(self) -> None:
        """Poll once, build documents, hand full batches over, commit."""
        self._beat = time.monotonic()
        if self._bug is not None:
            raise self._bug
        self._membership.keep()
        polled = self._consumer.poll(timeout_ms=int(self._due() * 1000))
        if polled:
            self._build(polled)
        if self._pending() and self._due() <= 0:
            self._submit()
        self._commit()
        self._measure()

    def _pending(self) -> bool:
        return bool(self._batch.offsets)

    def _due(self) -> float:
        """Seconds until the open batch is sent however small it is."""
        if not self._pending():
            return IDLE_SECONDS
        age = time.monotonic() - self._batch.begun
        return max(0, self._settings.bulk_linger_seconds - age)

    def _build(self, polled: dict[TopicPartition, list[ConsumerRecord]]) -> None:
        documents_max = self._settings.bulk_documents_max
        bytes_max = self._settings.bulk_bytes_max
        now = as_json(datetime.now(UTC))
        for partition, records in polled.items():
            build, index = self._routes[partition.topic]
            for record in records:
                batch = self._batch
                try:
                    document = build(record.value, index, now)
                except Reject as reject:
                    batch.rejects.append((record, reject))
                    batch.size += len(record.value or b"")
                else:
                    batch.bodies.append(document.body)
                    batch.records.append(record)
                    batch.first_seen.append(document.first_seen)
                    batch.size += len(document.body)
                if batch.size >= bytes_max or len(batch.bodies) >= documents_max:
                    batch.offsets[partition] = record.offset + 1
                    if not self._submit():
                        return
            if self._batch.size:
                self._batch.offsets[partition] = records[-1].offset + 1

    def _submit(self) -> bool:
        """Hand the open batch over once a sender is free; False if it is not ours any more."""
        batch, flight = self._batch, self._flight
        self._batch = Batch()
        while not self._slots.acquire(timeout=IDLE_SECONDS):
            if self._stop.is_set():
                return False
            self._keep_alive()
            if flight.given_up.is_set():
                return False
        self._resume()
        flight.add(batch)
        self._queue.put((flight, batch))
        return True

    def _keep_alive(self) -> None:
        """Poll without reading, so that the group does not think us dead."""
        self._beat = time.monotonic()
        if self._bug is not None:
            raise self._bug
        self._paused = True
        self._consumer.pause(*self._consumer.assignment())
        if self._consumer.poll(timeout_ms=0):
            raise RuntimeError("a paused partition gave records")
        self._commit()
        self._measure()

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self._consumer.resume(*self._consumer.paused())

    # --- Sending -------------------------------------------------------------------------------

    def _work(self) -> None:
        """Finish batches, one after another, in a thread of its own."""
        while True:
            flight, batch = self._queue.get()
            try:
                self._finish(batch, flight.given_up)
                batch.done.set()
            except GivenUp:
                pass
            except BaseException as bug:  # the reading thread raises it
                self._bug = bug
            finally:
                self._slots.release()

    def _finish(self, batch: Batch, give_up: threading.Event) -> None:
        answers = self._bulk.send(batch.bodies, give_up) if batch.bodies else []
        refused = [
            (record, answer)
            for record, answer in zip(batch.records, answers, strict=True)
            if isinstance(answer, Reject)
        ]
        self._letters.write(batch.rejects + refused, give_up)
        self._count(batch, answers)

    def _count(self, batch: Batch, answers: list[Answer]) -> None:
        records, stage = self._metrics.records, Stage.INDEX
        indexed, duplicates = answers.count(Outcome.INDEXED), answers.count(Outcome.DUPLICATE)
        records.labels(stage, Outcome.INDEXED).inc(indexed)
        records.labels(stage, Outcome.DUPLICATE).inc(duplicates)
        rejected = len(batch.rejects) + len(answers) - indexed - duplicates
        records.labels(stage, Outcome.REJECTED).inc(rejected)
        self._metrics.last_record.labels(stage).set_to_current_time()
        now, observe = datetime.now(UTC), self._metrics.end_to_end.labels(stage).observe
        for seen in batch.first_seen:
            if seen is not None:
                observe((now - seen).total_seconds())

    # --- Committing ----------------------------------------------------------------------------

    def _take_done(self) -> None:
        done = self._flight.take_done()
        self._finished.update(done)
        self._uncommitted.update(done)

    def _commit(self) -> None:
        """Commit what is done, now and then; a commit that fails goes with the next."""
        self._take_done()
        now = time.monotonic()
        if not self._uncommitted or now - self._committed < COMMIT_SECONDS:
            return
        self._committed = now
        flight, offsets = self._flight, self._uncommitted
        self._uncommitted = {}

        def answered(_: object, answer: object) -> None:
            if isinstance(answer, Exception):
                self._log.warning("commit will be repeated", why=repr(answer))
                if flight is self._flight:
                    self._uncommitted = offsets | self._uncommitted

        self._consumer.commit_async(_commitment(offsets), callback=answered)

    def _drain(self) -> None:
        """Finish what is under way, then commit."""
        self._log.info("finishing what is under way")
        if self._batch.offsets and self._slots.acquire(blocking=False):
            self._flight.add(self._batch)
            self._queue.put((self._flight, self._batch))
        self._flight.wait(DRAIN_SECONDS)
        self._take_done()
        try:
            if self._uncommitted:
                self._consumer.commit(_commitment(self._uncommitted), CLOSE_SECONDS * 1000)
        except KafkaError as error:
            self._log.warning("not committed: the last records will be read again", why=repr(error))

    def _let_go(self, seconds: float) -> dict[TopicPartition, int]:
        """Leave the partitions: wait so long for what is under way; the offsets to commit."""
        self._flight.wait(seconds)
        self._take_done()
        offsets = self._uncommitted
        self._flight.given_up.set()
        self._flight, self._batch = Flight(), Batch()
        self._uncommitted, self._finished = {}, {}
        self._metrics.lag.clear()
        return offsets

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Finish and commit before others get the partitions; the reading thread is in poll."""
        offsets = self._let_go(REVOKE_SECONDS)
        self._begin_to_wait()
        try:
            if offsets:
                await self._consumer.commit_async(_commitment(offsets))
        except KafkaError as error:
            self._log.warning("not committed: the last records will be read again", why=repr(error))

    async def on_partitions_lost(self, lost: set[TopicPartition]) -> None:
        """Others have the partitions already: nothing may be committed."""
        self._let_go(0)
        self._begin_to_wait()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Hold new partitions back while bulk requests wait."""
        if self._paused:
            self._consumer.pause(*assigned)
        self._membership.ended()
        self._waiting = None

    def _begin_to_wait(self) -> None:
        self._membership.begun()
        self._waiting = WITHOUT_PARTITIONS

    # --- Looking after itself ------------------------------------------------------------------

    def _measure(self) -> None:
        """Update the lag of each partition, now and then."""
        now = time.monotonic()
        if now - self._measured < LAG_SECONDS:
            return
        self._measured = now
        for partition in self._consumer.assignment():
            end = self._consumer.highwater(partition)
            offset = self._finished.get(partition)
            if offset is None:
                offset = self._consumer.position(partition, timeout_ms=0)
            if end is not None and offset is not None:
                lag = self._metrics.lag.labels(partition.topic, partition.partition)
                lag.set(max(0, end - offset))

    def not_ready(self) -> str | None:
        """The sentence for /readyz: what is waited for, or None."""
        return self._waiting or self._bulk.problem

    def _stalled(self) -> str | None:
        """The sentence for /healthz."""
        silent = time.monotonic() - self._beat
        if silent > STALLED_SECONDS:
            return f"the reading loop has not moved for {silent:.0f} s"
        return None


def _routes(following: Following) -> dict[str, tuple[Builder, bytes]]:
    """Topic → how its records become documents, and of which index; a replay has its own alone."""
    names = RECORD_INDICES if following.is_live else DERIVED_INDICES
    return {
        following.topics.named(name): (BUILDERS[name], following.indices.write(name).encode())
        for name in names
    }


class _ClusterError(Exception):
    """Kafka or Elasticsearch answers, but is not set up for us; the message says what to do."""


def _collect_less_garbage() -> None:
    """Records are many small objects without cycles; looking for some costs a tenth of the CPU."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _commitment(offsets: dict[TopicPartition, int]) -> dict[TopicPartition, OffsetAndMetadata]:
    return {partition: OffsetAndMetadata(offset, "", -1) for partition, offset in offsets.items()}
