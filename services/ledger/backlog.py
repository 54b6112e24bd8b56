"""What a replay's ledger takes in before it follows the live news: in order, not as it comes."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby

from kafka.consumer.fetcher import ConsumerRecord

from pledgewatch.ledger import entry
from pledgewatch.outcome import Reject
from pledgewatch.records import Mention, decode

CHUNK = 500
_NEVER = datetime.min.replace(tzinfo=UTC)

Place = tuple[datetime, str]
"""When an article became known, and its id."""


class Backlog:
    """The records of one partition of mentions, up to the offset `end`."""

    def __init__(self, end: int) -> None:
        self._end = end
        self._records: list[tuple[Place, ConsumerRecord]] = []

    def __len__(self) -> int:
        """How many records there are so far."""
        return len(self._records)

    def add(self, records: Sequence[ConsumerRecord]) -> bool:
        """Add the next records; whether they are all here now."""
        self._records += [(_place(one), one) for one in records]
        return bool(records) and records[-1].offset + 1 >= self._end

    def chunks(self) -> Iterator[list[ConsumerRecord]]:
        """All records in the order in which their articles became known, whole articles each."""
        self._records.sort(key=lambda found: (found[0], found[1].offset))
        chunk: list[ConsumerRecord] = []
        for _, article in groupby(self._records, key=lambda found: found[0]):
            if len(chunk) >= CHUNK:
                yield chunk
                chunk = []
            chunk += [record for _, record in article]
        yield chunk


def _place(record: ConsumerRecord) -> Place:
    try:
        one = entry(decode(record.value, Mention))
    except (Reject, ValueError):  # whoever takes it in says why
        return _NEVER, ""
    return one.known_at, one.article
