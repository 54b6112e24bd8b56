"""Batches of records under way: bounded, and committed in the order in which they were read."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from kafka.consumer.fetcher import ConsumerRecord
from kafka.structs import TopicPartition

from pledgewatch.outcome import Reject


@dataclass(slots=True)
class Batch:
    """Records for one bulk request, and what has to be dead-lettered of them.

    `bodies`, `records` and `first_seen` belong together; `offsets` are the next ones to read.
    """

    bodies: list[bytes] = field(default_factory=list)
    records: list[ConsumerRecord] = field(default_factory=list)
    first_seen: list[datetime | None] = field(default_factory=list)
    rejects: list[tuple[ConsumerRecord, Reject]] = field(default_factory=list)
    offsets: dict[TopicPartition, int] = field(default_factory=dict)
    size: int = 0  # bytes
    begun: float = field(default_factory=time.monotonic)
    done: threading.Event = field(default_factory=threading.Event)


class Flight:
    """The batches under way of one assignment of partitions, oldest first.

    Used by one thread, but for `given_up`: once set, what is unfinished is left, and will be read
    again by whoever has the partitions then.
    """

    def __init__(self) -> None:
        self.given_up = threading.Event()
        self._batches: deque[Batch] = deque()

    def add(self, batch: Batch) -> None:
        """Note that a batch is under way."""
        self._batches.append(batch)

    def take_done(self) -> dict[TopicPartition, int]:
        """The offsets of the batches that are done, up to the first that is not."""
        offsets: dict[TopicPartition, int] = {}
        while self._batches and self._batches[0].done.is_set():
            offsets.update(self._batches.popleft().offsets)
        return offsets

    def wait(self, timeout: float) -> None:
        """Wait until all are done, at most `timeout` seconds."""
        deadline = time.monotonic() + timeout
        for batch in self._batches:
            batch.done.wait(max(0, deadline - time.monotonic()))
