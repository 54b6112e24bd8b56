"""Writes to Kafka: a record is sent when it is acknowledged, and tried for ever until then."""

import asyncio
from collections.abc import Sequence
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from pledgewatch.outcome import Reason, Reject
from services.common import kafka, logging
from services.common.metrics import Metrics
from services.common.running import pauses
from services.common.settings import KafkaSettings

PAUSE_SECONDS_MAX = 10.0
BLOCK_MILLISECONDS = 5_000
REQUEST_MILLISECONDS = 5_000
DELIVERY_MILLISECONDS = 10_000
CLOSE_SECONDS = 11.0
"""Longer than a delivery: then nothing is under way any more, and the producer closes cleanly."""

log = logging.get()


class Publisher:
    """A producer that awaits each acknowledgement; an async context manager."""

    def __init__(self, settings: KafkaSettings, metrics: Metrics) -> None:
        self._settings = settings
        self._retries = metrics.retries.labels(metrics.stage)
        self._producer: KafkaProducer | None = None
        self._making = asyncio.Lock()
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def __aenter__(self) -> "Publisher":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._producer is not None:
            try:
                await asyncio.to_thread(self._producer.close, timeout=CLOSE_SECONDS)
            except KafkaError as error:  # whoever sent it was told nothing, and offers it again
                log.warning("ended with records that Kafka did not take", error=str(error))

    @property
    def problem(self) -> str | None:
        """A sentence while Kafka does not acknowledge, else None."""
        return None if self._flowing.is_set() else "Kafka does not take records"

    async def flowing(self) -> None:
        """Return when Kafka takes records: what only makes more of them waits here."""
        await self._flowing.wait()

    async def send(
        self, topic: str, key: str, value: bytes | None, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        """Write a record and return when all in-sync replicas have it; no matter how long it takes.

        Raises:
            Reject: `too_large`.
        """
        for pause in pauses(PAUSE_SECONDS_MAX):
            try:
                await self._try(topic, key.encode(), value, list(headers))
            except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
                raise Reject(Reason.TOO_LARGE, "larger than Kafka takes") from error
            except KafkaError as error:
                if self._flowing.is_set():
                    log.warning("Kafka does not take records; trying on", error=str(error))
                self._flowing.clear()
                self._retries.inc()
                await asyncio.sleep(pause)
            else:
                if not self._flowing.is_set():
                    log.info("Kafka takes records again")
                self._flowing.set()
                return

    async def _try(
        self, topic: str, key: bytes, value: bytes | None, headers: list[tuple[str, bytes]]
    ) -> None:
        async with self._making:
            producer: Any = self._producer or await asyncio.to_thread(self._make)
            self._producer = producer
        loop = asyncio.get_running_loop()
        acknowledged: asyncio.Future[None] = loop.create_future()

        def settle(error: BaseException | None) -> None:
            if not acknowledged.done():
                if error is None:
                    acknowledged.set_result(None)
                else:
                    acknowledged.set_exception(error)

        def done(_: Any) -> None:
            loop.call_soon_threadsafe(settle, None)

        def failed(error: BaseException) -> None:
            loop.call_soon_threadsafe(settle, error)

        # send blocks while it looks for the topic or the buffer is full
        sent = await asyncio.to_thread(producer.send, topic, key=key, value=value, headers=headers)
        sent.add_callback(done)
        sent.add_errback(failed)
        await acknowledged

    def _make(self) -> KafkaProducer:
        return kafka.producer(
            self._settings,
            "pledgewatch-ingest",
            max_block_ms=BLOCK_MILLISECONDS,
            bootstrap_timeout_ms=BLOCK_MILLISECONDS,
            delivery_timeout_ms=DELIVERY_MILLISECONDS,
            request_timeout_ms=REQUEST_MILLISECONDS,
        )
