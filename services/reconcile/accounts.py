"""Which articles still lack an outcome: the books that reconcile keeps, without Kafka or a clock.

The two topics are read side by side, so an outcome can be read before its article. It is then kept
until the article's place is reached; what is kept at any time is what the two readings differ by.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

Place = tuple[int, int]
"""Partition and offset on the articles topic."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An article without an outcome.

    Args:
        place: its last record with this revision or a newer one.
        since: seconds; when it was read, or published again.
        republished: whether it was published again already.
    """

    place: Place
    revision: int
    since: float
    republished: bool = False


class Accounts:
    """Articles in, outcomes out, and what is missing between them."""

    def __init__(self) -> None:
        self._waiting: dict[str, Waiting] = {}
        self._early: dict[Place, int] = {}
        self._read: dict[int, int] = {}

    def article(self, place: Place, article_id: str, revision: int, now: float) -> None:
        """An article was read; places of a partition come in order."""
        partition, offset = place
        self._read[partition] = offset + 1
        known = self._waiting.get(article_id)
        if known is None or known.revision < revision:
            self._waiting[article_id] = Waiting(place, revision, now)
        elif known.revision == revision:
            self._waiting[article_id] = replace(known, place=place)
        early = self._early.pop(place, None)
        if early is not None:
            self._settle(article_id, place, early)

    def passed(self, place: Place) -> None:
        """A record that is no article was read."""
        partition, offset = place
        self._read[partition] = offset + 1
        self._early.pop(place, None)

    def outcome(self, place: Place, article_id: str, revision: int) -> None:
        """An outcome was read, for the article at `place`."""
        partition, offset = place
        if offset >= self._read.get(partition, 0):
            self._early[place] = revision
        else:
            self._settle(article_id, place, revision)

    def start(self, partition: int, offset: int) -> None:
        """Articles of a partition are read from `offset` on."""
        self._read[partition] = offset

    def overdue(self, before: float) -> Iterator[tuple[str, Waiting]]:
        """Articles that have waited since `before` or longer."""
        return ((i, w) for i, w in list(self._waiting.items()) if w.since <= before)

    def republished(self, article_id: str, now: float) -> None:
        """An article was published again: it waits anew, and is remembered as missing."""
        known = self._waiting[article_id]
        self._waiting[article_id] = replace(known, since=now, republished=True)

    def gone(self, article_id: str) -> None:
        """An article is no longer on the topic."""
        del self._waiting[article_id]

    @property
    def waiting(self) -> int:
        """Articles without an outcome."""
        return len(self._waiting)

    @property
    def early(self) -> int:
        """Outcomes that were read before their articles."""
        return len(self._early)

    def unaccounted(self, before: float) -> int:
        """Articles that have waited since `before`, or that were published again for it."""
        return sum(w.republished or w.since <= before for w in self._waiting.values())

    def missing(self) -> list[str]:
        """Ids of all articles without an outcome, sorted."""
        return sorted(self._waiting)

    def _settle(self, article_id: str, place: Place, revision: int) -> None:
        known = self._waiting.get(article_id)
        # A rejected record's outcome has no revision, but stands for exactly that record.
        if known is not None and (revision >= known.revision or place == known.place):
            del self._waiting[article_id]
