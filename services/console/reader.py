"""What the pages ask of Elasticsearch: one client, with a deadline."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import msgspec
from elasticsearch import ApiError, NotFoundError

from pledgewatch.records import Article, Mention, Pledge, PledgeEvent, Record
from services.common.elasticsearch import Indices, client
from services.common.errors import UserError
from services.common.reach import asking_elasticsearch
from services.common.settings import ConsoleSettings, ElasticsearchSettings

CONNECTIONS = 20
SCROLL = 2_000
"""Documents of one request where all are read."""

RECORDS: dict[type[Record], tuple[str, str]] = {
    Article: ("articles", "article"),
    Mention: ("mentions", "mention"),
    Pledge: ("pledges", "pledge"),
    PledgeEvent: ("pledge-events", "pledge_event"),
}
"""The index of a record, and its field under `pledgewatch`."""

R = TypeVar("R", bound=Record)


class Hit(msgspec.Struct, Generic[R], frozen=True):
    """A record that was found; `sort`: where it stands, for the page after it."""

    record: R
    sort: tuple[Any, ...]
    ingested: str
    highlight: str | None


class Found(msgspec.Struct, Generic[R], frozen=True):
    """One page of what was found; `total` is exact up to the limit that the body sets."""

    hits: tuple[Hit[R], ...]
    total: int
    aggregations: Mapping[str, Any]

    @property
    def records(self) -> tuple[R, ...]:
        """The records alone."""
        return tuple(hit.record for hit in self.hits)


class Reader:
    """Reads through the read aliases. Safe to use from many threads."""

    def __init__(self, elasticsearch: ElasticsearchSettings, console: ConsoleSettings) -> None:
        self._settings = elasticsearch
        self._indices = Indices(elasticsearch.index_prefix)
        self._client = client(
            elasticsearch,
            request_timeout=console.query_timeout_seconds,
            connections_per_node=CONNECTIONS,
        )

    def search(self, record: type[R], body: Mapping[str, Any]) -> Found[R]:
        """One page of records.

        Raises:
            UnreachableError: Elasticsearch does not answer, or not in time.
            UserError: it refuses.
        """
        index, field = RECORDS[record]
        answer = self._ask(index, body)
        hits = answer["hits"]
        return Found(
            tuple(_hit(one, field, record) for one in hits["hits"]),
            hits.get("total", {}).get("value", len(hits["hits"])),
            answer.get("aggregations", {}),
        )

    def all(self, record: type[R], body: Mapping[str, Any], limit: int) -> Iterator[R]:
        """All records, page by page, up to a limit; the body has a sort that tells them apart."""
        after: tuple[Any, ...] | None = None
        while limit > 0:
            size = min(body.get("size", SCROLL), limit)
            page = self.search(
                record, {**body, "size": size} | ({"search_after": list(after)} if after else {})
            )
            yield from page.records
            if len(page.hits) < size:
                return
            after, limit = page.hits[-1].sort, limit - size

    def get(self, record: type[R], ids: Iterable[str]) -> dict[str, R]:
        """Records by their ids, without those that are not there."""
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return {}
        found = self.search(record, {"query": {"ids": {"values": wanted}}, "size": len(wanted)})
        return {one.id: one for one in found.records}  # type: ignore[attr-defined]  # all have one

    def problem(self) -> str | None:
        """What keeps pages from being shown."""
        try:
            self.search(Pledge, {"size": 0})
        except UserError as error:
            return str(error)
        return None

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _ask(self, index: str, body: Mapping[str, Any]) -> Any:
        alias = self._indices.read(index)
        with asking_elasticsearch(self._settings):
            try:
                return self._client.search(index=alias, body=dict(body)).body
            except NotFoundError as error:
                raise NotProvisionedError(
                    f"there is no {alias}: run `pledgewatch provision`"
                ) from error
            except ApiError as error:
                if error.status_code == 400 and "search_after" in body:
                    raise UserError(
                        "the page after this one cannot be found: begin anew"
                    ) from error
                raise


class NotProvisionedError(UserError):
    """An index is not there (yet)."""


def _hit(found: Mapping[str, Any], field: str, record: type[R]) -> Hit[R]:
    source = found["_source"]
    marked = found.get("highlight", {})
    return Hit(
        msgspec.convert(source["pledgewatch"][field], record),
        tuple(found.get("sort", ())),
        source.get("event", {}).get("ingested", ""),
        next((parts[0] for parts in marked.values() if parts), None),
    )
