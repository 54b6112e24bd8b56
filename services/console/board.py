"""The board for a page: its rows now, from the index, or of another time, from the ledger."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from pledgewatch.gazetteer import Gazetteer
from pledgewatch.ledger import Ledger, entry
from pledgewatch.ontology import Level
from pledgewatch.records import Amount, Mention, Pledge
from services.common.board import in_order
from services.common.errors import UserError
from services.console import queries
from services.console.filters import Filters, Sort
from services.console.queries import UNKNOWN
from services.console.reader import Found, Reader

MENTIONS_MAX = 20_000
"""So many are weighed anew for the board of another time."""
ROWS_MAX = 10_000


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What the rows come to. Personnel: the sum of the lowest, and of the highest, numbers."""

    pledges: int
    on_the_table: int
    blocked: int
    unconfirmed: int
    disputed: int
    personnel_least: int
    personnel_most: int
    personnel_pledges: int
    levels: Mapping[str, int]


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """Codes of actors and recipients that are on the board, with the number of their rows."""

    actors: Mapping[str, int]
    recipients: Mapping[str, int]


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one page; `after` begins the next one."""

    rows: tuple[Pledge, ...]
    totals: Totals
    choices: Choices
    after: tuple[Any, ...] | None = None


class TooManyError(UserError):
    """What is asked for is too much to be worked out while a reader waits."""


def board(
    reader: Reader,
    filters: Filters,
    *,
    size: int = queries.PAGE,
    after: Sequence[Any] | None = None,
) -> Board:
    """A page of the board as it stands."""
    found = reader.search(Pledge, queries.board(filters, size=size, after=after))
    return Board(
        rows=found.records,
        totals=_counted(found),
        choices=choices(found.aggregations),
        after=found.hits[-1].sort if len(found.hits) == size and found.hits else None,
    )


def dated(reader: Reader, filters: Filters) -> Board:
    """The whole board as of a time, or as known at one, worked out by the ledger.

    Raises:
        TooManyError: more mentions than `MENTIONS_MAX` concern it.
    """
    rows = in_order(
        row
        for row in ledger(reader, filters).board(as_of=filters.as_of, known_on=filters.known_on)
        if row.articles and _wanted(row, filters)
    )
    order = _ORDERS.get(filters.sort)
    if order is not None:
        rows.sort(key=order)
    found = reader.search(Pledge, queries.board(Filters(), size=0))
    return Board(
        rows=tuple(rows), totals=_summed(rows), choices=choices(found.aggregations), after=None
    )


def ledger(reader: Reader, filters: Filters) -> Ledger:
    """The ledger of an actor, a recipient or both, with the events that were told.

    Raises:
        TooManyError: more mentions than `MENTIONS_MAX` concern them.
    """
    body = queries.ledger(filters)
    total = reader.search(Mention, body | {"size": 0}).total
    if total > MENTIONS_MAX:
        raise TooManyError(
            f"{total:,} mentions would have to be weighed for the board of another time, and at "
            f"most {MENTIONS_MAX:,} are: choose a recipient or an actor"
        )
    rows = reader.all(Pledge, queries.history(filters, queries.PAGE), ROWS_MAX)
    made = Ledger()
    made.load(
        (entry(one) for one in reader.all(Mention, body, MENTIONS_MAX)),
        (event for row in rows for event in row.history),
    )
    return made


def choices(aggregations: Mapping[str, Any]) -> Choices:
    """What could be chosen, in the answer to a search with `queries.board`'s counts."""
    standing = aggregations["all"]["standing"]
    return Choices(actors=_named(standing["actor"]), recipients=_named(standing["recipient"]))


def _counted(found: Found[Pledge]) -> Totals:
    counts = found.aggregations
    personnel = counts["personnel"]
    return Totals(
        pledges=found.total,
        on_the_table=counts["on_the_table"]["doc_count"],
        blocked=counts["blocked"]["doc_count"],
        unconfirmed=counts["unconfirmed"]["doc_count"],
        disputed=counts["disputed"]["doc_count"],
        personnel_least=int(personnel["least"]["value"]),
        # of an open end, what it is at least
        personnel_most=int(personnel["most"]["value"] + personnel["open"]["least"]["value"]),
        personnel_pledges=personnel["doc_count"],
        levels=_buckets(counts["levels"]),
    )


def _summed(rows: Sequence[Pledge]) -> Totals:
    numbers = [
        row.quantity
        for row in rows
        if row.on_the_table and row.quantity and row.quantity.unit == "personnel"
    ]
    return Totals(
        pledges=len(rows),
        on_the_table=sum(row.on_the_table for row in rows),
        blocked=sum(row.on_the_table and bool(row.obstacles) for row in rows),
        unconfirmed=sum(not row.confirmed for row in rows),
        disputed=sum(row.disputed for row in rows),
        personnel_least=sum(one.min or 0 for one in numbers),
        personnel_most=sum(_most(one) for one in numbers),
        personnel_pledges=len(numbers),
        levels=dict(Counter(str(row.level) for row in rows if row.level)),
    )


def _buckets(aggregation: Mapping[str, Any]) -> dict[str, int]:
    return {one["key"]: one["doc_count"] for one in aggregation["buckets"]}


def _named(aggregation: Mapping[str, Any]) -> dict[str, int]:
    """By the names of the codes."""
    name = Gazetteer.load().name
    return dict(sorted(_buckets(aggregation).items(), key=lambda one: name(one[0])))


def _most(amount: Amount) -> int:
    return amount.max if amount.max is not None else amount.min or 0


def _wanted(row: Pledge, filters: Filters) -> bool:
    words = (filters.text or "").casefold().split()
    return (
        (filters.recipient or _code(row, "recipient")) == _code(row, "recipient")
        and (filters.actor or _code(row, "actor")) == _code(row, "actor")
        and (not filters.family or row.family in filters.family)
        and (not filters.level or row.level in filters.level)
        and (not filters.obstacle or any(one.obstacle in filters.obstacle for one in row.obstacles))
        and filters.on_the_table in (None, row.on_the_table)
        and filters.confirmed in (None, row.confirmed)
        and filters.disputed in (None, row.disputed)
        and all(word in row.sentence.casefold() for word in words)
    )


def _code(row: Pledge, field: str) -> str:
    actor = getattr(row, field)
    return actor.code if actor else UNKNOWN


def _rank(row: Pledge) -> int:
    return row.level.rank if row.level else len(Level)


_ORDERS: dict[Sort, Any] = {  # `in_order` is by recipient, and what is alike stays so
    Sort.ACTOR: lambda row: (row.actor.name if row.actor else "~", _rank(row)),
    Sort.FIRMEST: _rank,
    Sort.NUMBER: lambda row: -_most(row.quantity) if row.quantity else 1,
    Sort.CHANGED: lambda row: -row.changed.timestamp() if row.changed else 0,
    Sort.SOURCES: lambda row: -row.independent_sources,
}
