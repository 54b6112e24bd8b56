"""Which run is live, and what a process works for: read from the compacted topic of runs.

The live run is the one that was promoted last; before any promotion it is `live`, whose topics and
groups carry no name of a run. A process that has no run of its own
(`PLEDGEWATCH_REPLAY__RUN`) works for the live one, and starts over when another becomes live.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from kafka import KafkaConsumer
from kafka.errors import KafkaError
from kafka.structs import TopicPartition

from pledgewatch.ids import action_id
from pledgewatch.outcome import Reject
from pledgewatch.records import LIVE, Action, Run, decode, encode
from services.common import cloudevents, kafka
from services.common.elasticsearch import Indices
from services.common.errors import UserError
from services.common.kept import read_back
from services.common.logging import get
from services.common.reach import CONNECT_MS, asking_kafka
from services.common.running import start_over
from services.common.settings import KafkaSettings, Settings

POLL_MS = 500
RETRY_SECONDS = 2.0
ACKNOWLEDGE_SECONDS = 30
SOURCE = "/pledgewatch/replay"


@dataclass(frozen=True)
class Runs:
    """All runs by their ids, as they were last written."""

    known: Mapping[str, Run] = field(default_factory=dict)

    @property
    def live(self) -> str:
        """The run that is live: the one that was promoted last."""
        promoted = [run for run in self.known.values() if run.state == "live" and run.promoted]
        return max(promoted, key=_promoted).id if promoted else LIVE

    def find(self, id: str) -> Run:
        """A run.

        Raises:
            UserError: there is none of this name.
        """
        run = self.known.get(id)
        if run is None:
            raise UserError(f"there is no run {id!r}: `pledgewatch replay list` shows them")
        return run

    def topics(self, prefix: str, id: str | None = None) -> kafka.Topics:
        """The topics that a run (None: the live one) reads and writes, its base's where it must."""
        id = id or self.live
        run = self.known.get(id)
        if id == LIVE or run is None:
            return kafka.Topics(prefix)
        base = self.topics(prefix, run.base)
        return kafka.Topics(
            prefix,
            classify=id if "classify" in run.stages else base.classify,
            ledger=id if "ledger" in run.stages else base.ledger,
            index=id,
        )

    def users(self, id: str) -> list[str]:
        """The runs that still stand and read topics of a run."""
        return [
            one.id
            for one in self.known.values()
            if one.id != id
            and one.state != "discarded"
            and (
                id in vars(self.topics("", one.id)).values()
                or (one.base == id and one.state not in ("live", "retired"))  # carries over
            )
        ]


def _promoted(run: Run) -> datetime:
    return run.promoted or run.started


def read(settings: KafkaSettings) -> Runs:
    """The runs as they are now.

    Raises:
        UserError: Kafka cannot be reached, or has no such topic.
    """
    with asking_kafka(settings):
        return _read(settings)


def _read(settings: KafkaSettings) -> Runs:
    kept = read_back(settings, kafka.Topics(settings.topic_prefix).runs, Run)
    return Runs({run.id: run for found in kept.values() for run in found})


def live_topics(settings: KafkaSettings) -> kafka.Topics:
    """The topics of the live run, for commands that look once.

    Raises:
        UserError: Kafka cannot be reached, or has no topic of runs.
    """
    return read(settings).topics(settings.topic_prefix)


class Following:
    """What a process works for: its topics, its indices, and what is asked of its run meanwhile.

    `changed` is called from a thread of its own whenever runs change; without it, the process is
    made to start over (`stop` is set) when its topics are no longer those of its run.

    Raises:
        UserError: there is no topic of runs, or not this run.
        kafka.errors.KafkaError: Kafka cannot be reached.
    """

    def __init__(
        self,
        settings: Settings,
        stop: threading.Event,
        *,
        changed: Callable[[kafka.Topics], None] | None = None,
    ) -> None:
        self._kafka = settings.kafka
        self._id = settings.replay.run
        self._stop = stop
        self._changed = changed
        self._runs = _read(settings.kafka)
        if self._id is not None and self._id != LIVE:
            self._runs.find(self._id)
        self.topics = self._find()
        self.indices = Indices(settings.elasticsearch.index_prefix, self.topics.index)
        threading.Thread(target=self._follow, name="runs", daemon=True).start()

    @property
    def known(self) -> Runs:
        """All runs, as they stand now."""
        return self._runs

    @property
    def run(self) -> Run | None:
        """The record of the run; None for `live` before there was any replay."""
        return self._runs.known.get(self.topics.index)

    @property
    def is_live(self) -> bool:
        """Whether the run is the live one: only then is anybody alerted."""
        return self.topics.index == self._runs.live

    def _find(self) -> kafka.Topics:
        return self._runs.topics(self._kafka.topic_prefix, self._id)

    def _follow(self) -> None:
        """Take in what is written of runs, for as long as the process lives."""
        log = get()
        while not self._stop.is_set():
            try:
                self._follow_until_away()
            except KafkaError as error:
                log.debug("runs cannot be followed just now", why=repr(error))
                self._stop.wait(RETRY_SECONDS)

    def _follow_until_away(self) -> None:
        topic = kafka.Topics(self._kafka.topic_prefix).runs
        client = kafka.consumer(
            self._kafka, "pledgewatch-runs", None, bootstrap_timeout_ms=CONNECT_MS
        )
        try:
            places = [TopicPartition(topic, n) for n in client.partitions_for_topic(topic) or ()]
            client.assign(places)
            client.seek_to_beginning(*places)
            while not self._stop.is_set():
                found = {run.id: run for run in _polled(client)}
                if found:
                    self._take(found)
        finally:
            client.close(timeout_ms=0)

    def _take(self, found: Mapping[str, Run]) -> None:
        newer = {
            id: run
            for id, run in found.items()
            if id not in self._runs.known or self._runs.known[id].updated <= run.updated
        }
        self._runs = Runs({**self._runs.known, **newer})
        if self._changed is not None:
            self.topics = self._find()
            self._changed(self.topics)
        elif self._find() != self.topics:
            get().info("another run is live now: starting over", run=self._runs.live)
            start_over(self._stop)


def _polled(client: KafkaConsumer) -> Iterator[Run]:
    for records in client.poll(timeout_ms=POLL_MS).values():
        for record in records:
            try:
                yield decode(record.value, Run)
            except Reject as reject:
                get().warning("not the record of a run", why=str(reject), offset=record.offset)


def write(
    settings: KafkaSettings, runs: Iterable[Run] = (), actions: Iterable[Action] = ()
) -> None:
    """Put runs and actions on their topics; returns when they are there.

    Raises:
        UserError: Kafka cannot be reached, or refuses.
    """
    topics = kafka.Topics(settings.topic_prefix)
    records: list[tuple[str, str, Run | Action]] = [(topics.runs, "run", one) for one in runs]
    records += [(topics.audit, "action", one) for one in actions]
    with (
        asking_kafka(settings),
        kafka.producer(settings, "pledgewatch-replay", bootstrap_timeout_ms=CONNECT_MS) as producer,
    ):
        sent = [
            producer.send(
                topic,
                key=one.id.encode(),
                value=encode(one),
                headers=cloudevents.headers(kind, one.id, SOURCE),
            )
            for topic, kind, one in records
        ]
        for future in sent:
            future.get(timeout=ACKNOWLEDGE_SECONDS)


def action(run: str, what: str, by: str, detail: str | None = None) -> Action:
    """What somebody does to a run just now."""
    now = datetime.now(UTC)
    id = action_id(run, what, now.isoformat())
    return Action(id=id, run=run, action=what, by=by, at=now, detail=detail)  # type: ignore[arg-type]
