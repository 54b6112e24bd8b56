"""What people ask of a run, while a driver is at work for it: the actions on the audit topic."""

from kafka.structs import TopicPartition

from pledgewatch.outcome import Reject
from pledgewatch.records import Action, decode
from services.common import kafka
from services.common.settings import KafkaSettings

POLL_MS = 100


class Requests:
    """The actions on a run from now on."""

    def __init__(self, settings: KafkaSettings, run: str) -> None:
        self._run = run
        self._client = kafka.consumer(settings, "pledgewatch-replay", None)
        topic = kafka.Topics(settings.topic_prefix).audit
        places = [TopicPartition(topic, n) for n in self._client.partitions_for_topic(topic) or ()]
        self._client.assign(places)
        self._client.seek_to_end(*places)
        for place in places:  # now, not when it is first polled
            self._client.position(place)

    def new(self) -> list[Action]:
        """Those that have come since it was last asked."""
        found = []
        for records in self._client.poll(timeout_ms=POLL_MS).values():
            for record in records:
                try:
                    one = decode(record.value, Action)
                except Reject:  # nothing that asks for anything
                    continue
                if one.run == self._run:
                    found.append(one)
        return found

    def close(self) -> None:
        """Close the connection."""
        self._client.close(timeout_ms=1_000)
