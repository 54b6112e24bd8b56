"""Keeps a consumer in its group."""

import time
from collections.abc import Collection
from contextlib import suppress

from kafka import AsyncConsumerRebalanceListener, KafkaConsumer
from kafka.errors import KafkaError

from services.common.logging import get

REJOIN_SECONDS = 20
"""A rebalance that has not ended after so long is begun anew."""
WITHOUT_PARTITIONS = "waiting for partitions"
"""What a service that is not ready says meanwhile."""


class Membership:
    """A consumer's subscription, which is renewed when a rebalance of it does not end.

    kafka-python rebalances when it learns of the topics' partitions after it has joined, and can
    lose that rebalance if a poll times out just then: it has given its partitions up, sends no
    heartbeat, and joins no more. So it learns of them before, and if it stands still nevertheless,
    it joins again. Its owner calls `begun` and `ended` from its listener, and `keep` before polls.
    """

    def __init__(
        self,
        consumer: KafkaConsumer,
        topics: Collection[str],
        listener: AsyncConsumerRebalanceListener,
    ) -> None:
        self._consumer = consumer
        self._topics = list(topics)
        self._listener = listener
        self._since: float | None = None
        self._join()

    def begun(self) -> None:
        """Partitions were taken away."""
        self._since = time.monotonic()

    def ended(self) -> None:
        """Partitions were given, be it none."""
        self._since = None

    def keep(self) -> None:
        """Join again where a rebalance has not ended."""
        if self._since is not None and time.monotonic() - self._since > REJOIN_SECONDS:
            get().warning("no partitions were assigned: joining the group again")
            self._consumer.unsubscribe()
            self._join()

    def _join(self) -> None:
        self._consumer.subscribe(self._topics, listener=self._listener)
        with suppress(KafkaError):  # then it learns later
            self._consumer.topics()
        self.begun()
