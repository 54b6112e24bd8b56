"""The Faust shell around the stage: consume, hand over, write, commit. No logic lives here.

Faust 0.15 acknowledges what must not be: records it skips in a rebalance, records whose handling
failed or was cancelled. So acknowledgements count for nothing here; `Consumer` commits, for each
partition, the offset after the last record that the agent reported as handled. As one agent takes
the records of a partition in order and the process exits rather than leave one out, everything
before that offset is handled too.
"""

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar, NoReturn, cast

import faust
from aiokafka.errors import KafkaError
from faust.exceptions import ProducerSendError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, StreamT
from faust.types.auth import CredentialsT
from faust.types.tuples import Message

from pledgewatch.records import ArticleOutcome, DeadLetter, Mention, encode
from services.common import cloudevents, logging
from services.common.kafka import RECORD_BYTES_MAX, Topics
from services.common.running import pauses
from services.common.settings import KafkaSettings

FETCH_BYTES = 1024 * 1024
"""What is fetched of a partition at once (a larger record still comes, alone)."""

BUFFERED_RECORDS = 1024
"""Records waiting in front of the agent. Faust sleeps for a second when they are enough: fewer
would hold back a backlog."""

POLLED_RECORDS = 256
"""Records taken from the client at once."""

COMMIT_SECONDS = 1.0
"""Pause between commits: what a killed process did in that time is done again."""

POLL_SECONDS_MAX = 300.0
"""The broker's patience with a record that takes long; the watchdog has less."""

SESSION_SECONDS = 10.0
"""How long a killed process keeps its partitions."""

RETRY_SECONDS_MAX = 5.0

SOURCE = "/pledgewatch/classify"

Stored = Mention | ArticleOutcome | DeadLetter
"""What is written: each has an id."""


class Progress:
    """How far this process got in each partition it holds; the watchdog reads it."""

    def __init__(self) -> None:
        self.assigned: frozenset[TP] = frozenset()
        self.handled: dict[TP, int] = {}  # offset after the last handled record
        self.ready = False
        self.held = False  # by the pace of a replay: nothing is stuck
        self.beat = monotonic()


class Consumer(driver.Consumer):
    """Commits what was handled, and nothing else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.progress = cast(App, self.app).progress

    def _new_offset(self, tp: TP) -> int | None:
        super()._new_offset(tp)  # keeps Faust's own lists short
        return self.progress.handled.get(tp)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await self.commit()  # the parent forgets what is not committed yet
        await super().on_partitions_revoked(revoked)
        self.progress.ready = False
        self.progress.assigned -= revoked
        for tp in revoked:
            self.progress.handled.pop(tp, None)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        await super().on_partitions_assigned(assigned, generation_id)
        self.progress.assigned = frozenset(assigned)
        self.progress.ready = True


class Transport(driver.Transport):
    """Faust's transport with our consumer."""

    Consumer: ClassVar[type[Consumer]] = Consumer


class App(faust.App):
    """A Faust app that shares its progress."""

    def __init__(self, *args: Any, progress: Progress, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.progress = progress

    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self)


def application(
    settings: KafkaSettings,
    topics: Topics,
    progress: Progress,
    handle: Callable[[Message], Awaitable[None]],
    datadir: Path,
) -> App:
    """An app whose one agent gives each record of the articles topic to `handle`, one by one.

    Args:
        handle: returns when all output for the record is acknowledged; an exception is a bug.
        datadir: an empty folder, which Faust insists on.
    """
    app = App(
        topics.group("classify"),
        progress=progress,
        broker=[f"kafka://{s.strip()}" for s in settings.bootstrap_servers.split(",")],
        broker_credentials=credentials(settings),
        broker_client_id="pledgewatch-classify",
        broker_commit_interval=COMMIT_SECONDS,
        broker_session_timeout=SESSION_SECONDS,
        broker_max_poll_interval=POLL_SECONDS_MAX,
        broker_max_poll_records=POLLED_RECORDS,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=FETCH_BYTES,
        producer_acks=-1,
        producer_compression_type="zstd",
        producer_max_request_size=RECORD_BYTES_MAX,
        stream_buffer_maxsize=BUFFERED_RECORDS,
        stream_wait_empty=True,
        processing_guarantee="at_least_once",
        datadir=str(datadir),
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )
    articles = app.topic(
        topics.articles,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
    )

    @app.agent(articles, name="classify", concurrency=1)
    async def agent(stream: StreamT[bytes]) -> None:
        async for event in stream.events():
            try:
                await handle(event.message)
            except BaseException as error:  # the next record must not be handled after this one
                if app.should_stop and isinstance(error, asyncio.CancelledError):
                    raise
                leave("classify stops before it commits a record that it could not handle", error)
            progress.handled[event.message.tp] = event.message.offset + 1

    return app


def leave(sentence: str, error: BaseException | None = None) -> NoReturn:
    """End the process at once, committing nothing more, so that it can be started afresh."""
    logging.get().critical(sentence, exc_info=error)
    os._exit(1)


def credentials(settings: KafkaSettings) -> CredentialsT | None:
    """Faust's form of the security settings; None for a plain connection."""
    context = None
    if settings.security_protocol.endswith("SSL"):
        context = ssl.create_default_context(cafile=settings.ssl_cafile)
        if settings.ssl_certfile is not None:
            context.load_cert_chain(settings.ssl_certfile, settings.ssl_keyfile)
    if settings.security_protocol.startswith("SASL"):
        password = settings.sasl_password
        return faust.SASLCredentials(
            username=settings.sasl_username,
            password=password.get_secret_value() if password else None,
            mechanism=settings.sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context else None


class Writer:
    """Writes records and waits for their acknowledgement, however long Kafka is away."""

    def __init__(self, app: App, retried: Callable[[], None]) -> None:
        self._app = app
        self._retried = retried

    async def write(self, topic: str, kind: str, records: Iterable[tuple[str, Stored]]) -> None:
        """Return when each record, under its key, is acknowledged by all in-sync replicas."""
        batch = [
            (key.encode(), encode(record), cloudevents.headers(kind, record.id, SOURCE))
            for key, record in records
        ]
        for pause in pauses(RETRY_SECONDS_MAX):
            try:
                await asyncio.gather(*(self._send(topic, *item) for item in batch))
            except (KafkaError, ProducerSendError) as error:
                self._retried()
                logging.get().warning("Kafka did not take a record, trying again", error=str(error))
                await asyncio.sleep(pause)
            else:
                return

    async def _send(
        self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
    ) -> None:
        await self._app.producer.send_and_wait(topic, key, value, None, None, headers)
