"""How far groups have come in topics, asked of Kafka."""

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from kafka.errors import KafkaError, UnknownTopicOrPartitionError
from kafka.protocol.consumer.offsets import OffsetSpec
from kafka.structs import OffsetAndMetadata, TopicPartition

from services.common import kafka
from services.common.errors import UserError
from services.common.reach import CONNECT_MS
from services.common.settings import KafkaSettings

LEAVE_SECONDS = 60
"""Longer than a killed member stays in its group."""

STEP_SECONDS = 0.5

Offsets = dict[int, int]
"""Partition → offset."""


class Positions:
    """An admin client that thinks in groups and topics; a context manager.

    Every method raises `kafka.errors.KafkaError` where Kafka cannot be reached.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._admin = kafka.admin(settings, "pledgewatch-replay", bootstrap_timeout_ms=CONNECT_MS)

    def __enter__(self) -> "Positions":
        return self

    def __exit__(self, *_: object) -> None:
        self._admin.close()

    def ends(self, topic: str) -> Offsets:
        """The offset after the last record of each partition."""
        return self._at(topic, OffsetSpec.LATEST)

    def starts(self, topic: str) -> Offsets:
        """The offset of the first record of each partition that is still there."""
        return self._at(topic, OffsetSpec.EARLIEST)

    def since(self, topic: str, at: datetime) -> Offsets:
        """The offset of the first record of each partition that was written at a time or later."""
        ends = self.ends(topic)
        client = kafka.consumer(self._settings, "pledgewatch-replay", None)
        try:
            asked = {TopicPartition(topic, n): int(at.timestamp() * 1000) for n in ends}
            found = client.offsets_for_times(asked)
        finally:
            client.close()
        return {
            place.partition: one.offset if one is not None else ends[place.partition]
            for place, one in found.items()
        }

    def committed(self, group: str, topic: str) -> Offsets:
        """What a group has committed; partitions in which it has nothing are left out."""
        found = self._admin.list_group_offsets([group]).get(group, {})
        return {
            place.partition: one.offset
            for place, one in found.items()
            if place.topic == topic and one.offset >= 0
        }

    def lag(self, group: str, topic: str) -> int:
        """How many records of a topic a group has before it."""
        done, starts = self.committed(group, topic), self.starts(topic)
        return sum(
            max(0, end - max(done.get(number, 0), starts[number]))
            for number, end in self.ends(topic).items()
        )

    def works(self, group: str) -> bool:
        """Whether a group has members just now."""
        found = self._admin.describe_groups([group])[group]
        return bool(found["members"])

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """Set what a group has committed, once it has no members: they would not learn of it.

        Raises:
            UserError: it has some still after a while.
        """
        if not offsets:
            return
        deadline = time.monotonic() + LEAVE_SECONDS
        while self.works(group) and time.monotonic() < deadline:
            time.sleep(STEP_SECONDS)  # Kafka has to be asked who is in a group
        asked = {
            TopicPartition(topic, number): OffsetAndMetadata(offset, "", -1)
            for number, offset in offsets.items()
        }
        for place, error in self._admin.alter_group_offsets(group, asked).items():
            if getattr(error, "errno", 0):
                raise UserError(
                    f"the offsets of {group} cannot be set ({error.__name__} in partition"
                    f" {place.partition} of {topic}): is a service at work in it?"
                )

    def delete_topics(self, topics: list[str]) -> None:
        """Delete those topics that are there."""
        there = set(self._admin.list_topics())
        wanted = [topic for topic in topics if topic in there]
        if wanted:
            with suppress(UnknownTopicOrPartitionError):  # somebody was quicker
                self._admin.delete_topics(wanted)

    def delete_groups(self, groups: list[str]) -> None:
        """Delete groups; those that are not there are no matter."""
        for group in groups:
            with suppress(KafkaError):
                self._admin.delete_groups([group])

    def size(self, topic: str) -> int:
        """The bytes of a topic on all brokers."""
        return sum(
            part["partition_size"]
            for broker in self._admin.describe_log_dirs([topic])
            for folder in broker["log_dirs"]
            for one in folder["topics"]
            for part in one["partitions"]
            if one["name"] == topic
        )

    def _at(self, topic: str, spec: int) -> Offsets:
        described = self._admin.describe_topics([topic])
        places = {
            TopicPartition(one["name"], part["partition_index"]): spec
            for one in described
            for part in one["partitions"]
        }
        found = self._admin.list_partition_offsets(places) if places else {}
        return {place.partition: one.offset for place, one in found.items()}
