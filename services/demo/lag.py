"""How much the services behind classify have yet to do."""

from kafka.errors import KafkaError
from kafka.protocol.consumer.offsets import OffsetSpec
from kafka.structs import TopicPartition

from services.common import kafka
from services.common.reach import CONNECT_MS
from services.common.settings import KafkaSettings


class Lag:
    """Records that the ledger, and index behind it, have not committed."""

    def __init__(self, settings: KafkaSettings) -> None:
        topics = kafka.Topics(settings.topic_prefix)
        self._read = {
            topics.group("ledger"): (topics.mentions,),
            topics.group("index"): (topics.mentions, topics.pledges, topics.pledge_events),
        }
        self._admin = kafka.admin(settings, bootstrap_timeout_ms=CONNECT_MS)

    def records(self) -> int | None:
        """So many records wait; None where Kafka cannot say."""
        try:
            return sum(self._of(group, names) for group, names in self._read.items())
        except KafkaError:
            return None

    def _of(self, group: str, names: tuple[str, ...]) -> int:
        places = {
            TopicPartition(topic["name"], partition["partition_index"]): OffsetSpec.LATEST
            for topic in self._admin.describe_topics(list(names))
            for partition in topic["partitions"]
        }
        ends = self._admin.list_partition_offsets(places)
        committed = self._admin.list_group_offsets([group])[group]
        return sum(
            end.offset - max(0, committed[place].offset if place in committed else 0)
            for place, end in ends.items()
        )

    def close(self) -> None:
        """Close the connection."""
        self._admin.close()
