"""What the demo reads back from Elasticsearch: counts while it waits, then the mentions."""

from typing import Any

import msgspec

from pledgewatch.records import Pledge, PledgeEvent
from services.common.elasticsearch import Indices, client
from services.common.settings import ElasticsearchSettings

SIZE = 1000
"""More than the samples can give."""


class Results:
    """A view of the indices, read anew by `refresh`."""

    def __init__(self, url: str) -> None:
        settings = ElasticsearchSettings(url=url)
        self.url = url
        self._client = client(settings, request_timeout=5)
        self._indices = Indices(settings.index_prefix)
        self.articles = 0
        self.outcomes: list[dict[str, Any]] = []
        self.mentions: list[dict[str, Any]] = []
        self.pledges: list[Pledge] = []
        self.events: list[PledgeEvent] = []

    def refresh(self) -> None:
        """Read articles, outcomes and mentions.

        Raises:
            elasticsearch.ApiError, elastic_transport.TransportError: not there, or not yet.
        """
        self.articles = self._client.count(index=self._indices.read("articles"))["count"]
        self.outcomes = self._records("outcomes", "outcome")
        self.mentions = self._records("mentions", "mention")

    def read_board(self) -> None:
        """Read pledges and their events, once the ledger and index are done."""
        for name in ("pledges", "pledge-events"):
            self._client.indices.refresh(index=self._indices.read(name))
        self.pledges = msgspec.convert(self._records("pledges", "pledge"), list[Pledge])
        self.events = msgspec.convert(
            self._records("pledge-events", "pledge_event"), list[PledgeEvent]
        )

    @property
    def classified(self) -> int:
        """Articles that have been classified."""
        return sum(outcome["stage"] == "classify" for outcome in self.outcomes)

    @property
    def rejected(self) -> int:
        """Articles that ingest could not use."""
        return sum(outcome["stage"] == "ingest" for outcome in self.outcomes)

    @property
    def expected_mentions(self) -> int:
        """Mentions that the outcomes speak of."""
        return sum(len(outcome["mentions"]) for outcome in self.outcomes)

    def complete(self, articles: int) -> bool:
        """Whether each of so many articles, and each of their mentions, is accounted for."""
        return (
            self.articles + self.rejected == articles
            and self.classified == self.articles
            and len(self.mentions) == self.expected_mentions
        )

    def _records(self, index: str, record: str) -> list[dict[str, Any]]:
        found = self._client.search(index=self._indices.read(index), size=SIZE)
        return [hit["_source"]["pledgewatch"][record] for hit in found["hits"]["hits"]]
