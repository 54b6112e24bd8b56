"""Searches of the pages alone; `services.common.queries` has those that others need too."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pledgewatch.ontology import Contribution, Kind, Level, Obstacle
from services.common import queries
from services.common.queries import EVENT, MENTION, PLEDGE, Body
from services.console.filters import Filters, Sort

PAGE = 50
CHOICES = 500
"""Actors, or recipients, that a list offers."""

FORCES = (
    Contribution.GROUND_TROOPS,
    Contribution.TRAINERS_ADVISERS,
    Contribution.MONITORING,
    Contribution.AIR,
    Contribution.NAVAL,
)
"""Contributions that can be a matter of the ledger."""

UNKNOWN = queries.NOBODY
"""Asks for what names no actor, or no recipient."""

_ANY = (None, UNKNOWN)

ARTICLE = "pledgewatch.article."

_SORTS: dict[Sort, list[Body]] = {
    Sort.RECIPIENT: [{f"{PLEDGE}recipient.name": "asc"}, {"_score": "desc"}],
    Sort.ACTOR: [{f"{PLEDGE}actor.name": "asc"}, {"_score": "desc"}],
    Sort.FIRMEST: [{"_score": "desc"}],
    Sort.NUMBER: [{f"{PLEDGE}quantity.max": "desc"}, {f"{PLEDGE}quantity.min": "desc"}],
    Sort.CHANGED: [{f"{PLEDGE}changed": "desc"}],
    Sort.SOURCES: [{f"{PLEDGE}independent_sources": "desc"}],
}


def board(
    filters: Filters, *, size: int = PAGE, after: Sequence[Any] | None = None, counts: bool = True
) -> Body:
    """Rows of the board, in the order asked for, with totals and what else could be chosen."""
    body = queries.board(
        recipient=None if filters.recipient == UNKNOWN else filters.recipient,
        actor=None if filters.actor == UNKNOWN else filters.actor,
        families=filters.family,
        levels=filters.level,
        obstacles=filters.obstacle,
        on_the_table=filters.on_the_table,
        confirmed=filters.confirmed,
        size=size,
        after=after,
    )
    wanted = body["query"]["bool"]["filter"]
    body["query"]["bool"]["must_not"] = _unknown(PLEDGE, filters.actor, filters.recipient)
    if filters.disputed is not None:
        wanted.append({"term": {f"{PLEDGE}disputed": filters.disputed}})
    if filters.text is not None:
        wanted.append(_words(f"{PLEDGE}sentence", filters.text))
    body["sort"] = [
        *_SORTS[filters.sort],
        {f"{PLEDGE}last_confirmed": "desc"},
        {f"{PLEDGE}id": "asc"},
    ]
    if counts:
        body["aggs"] = _totals() | _choices()
    return body


def _totals() -> Body:
    held = {"term": {f"{PLEDGE}on_the_table": True}}
    personnel = [held, {"term": {f"{PLEDGE}quantity.unit": "personnel"}}]
    open_end: Body = {"must_not": [{"exists": {"field": f"{PLEDGE}quantity.max"}}]}
    least: Body = {"sum": {"field": f"{PLEDGE}quantity.min"}}
    return {
        "levels": {"terms": {"field": f"{PLEDGE}level", "size": len(Level)}},
        "on_the_table": {"filter": held},
        "blocked": {
            "filter": {
                "bool": {"filter": [held, {"exists": {"field": f"{PLEDGE}obstacles.since"}}]}
            }
        },
        "unconfirmed": {"filter": {"term": {f"{PLEDGE}confirmed": False}}},
        "disputed": {"filter": {"term": {f"{PLEDGE}disputed": True}}},
        "personnel": {
            "filter": {"bool": {"filter": personnel}},
            "aggs": {
                "least": least,
                "most": {"sum": {"field": f"{PLEDGE}quantity.max"}},
                "open": {"filter": {"bool": open_end}, "aggs": {"least": least}},
            },
        },
    }


def _choices() -> Body:
    """Whom one could ask for, whatever is asked for just now."""
    named = {
        name: {"terms": {"field": f"{PLEDGE}{name}.code", "size": CHOICES}}
        for name in ("actor", "recipient")
    }
    return {
        "all": {"global": {}, "aggs": {"standing": {"filter": queries.STANDING, "aggs": named}}}
    }


def history(filters: Filters, size: int) -> Body:
    """Rows with their events, of all that concerns an actor and a recipient."""
    return {
        "query": {"bool": _page(PLEDGE, filters.actor, filters.recipient)},
        "sort": [{f"{PLEDGE}id": "asc"}],
        "size": size,
    }


def ledger(filters: Filters) -> Body:
    """All mentions that the ledger weighs, of an actor and a recipient; those rejected, too."""
    weighed: list[Body] = [
        {"terms": {f"{MENTION}contribution": list(FORCES)}},
        {"term": {f"{MENTION}kind": Kind.OBSTACLE}},
    ]
    body: Body = {
        "query": {
            "bool": _page(MENTION, filters.actor, filters.recipient)
            | {"should": weighed, "minimum_should_match": 1}
        },
        "sort": [{f"{MENTION}id": "asc"}],
        "track_total_hits": True,
    }
    if filters.known_on is not None:  # nothing is known before it was first seen
        seen = {"range": {f"{MENTION}article.first_seen": {"gt": filters.known_on.isoformat()}}}
        body["query"]["bool"]["must_not"].append(seen)
    return body


def said_of(
    actor: str | None,
    recipient: str | None,
    contributions: Sequence[Contribution],
    *,
    until: datetime | None = None,
    size: int = PAGE,
    after: Sequence[Any] | None = None,
) -> Body:
    """All mentions behind a pledge, the newest first: those of its kind, and obstacles."""
    body: Body = {
        "query": {
            "bool": _page(MENTION, actor or UNKNOWN, recipient or UNKNOWN)
            | {
                "should": [
                    {"terms": {f"{MENTION}contribution": list(contributions)}},
                    {"term": {f"{MENTION}kind": Kind.OBSTACLE}},
                ],
                "minimum_should_match": 1,
            }
        },
        "sort": [{"@timestamp": "desc"}, {f"{MENTION}id": "asc"}],
        "size": size,
        "track_total_hits": True,
    }
    if until is not None:
        published = {"range": {"@timestamp": {"lte": until.isoformat()}}}
        body["query"]["bool"]["filter"].append(published)
    return body if after is None else body | {"search_after": list(after)}


def new_events(since: datetime, size: int) -> Body:
    """Events that were indexed then or later, the first first."""
    return {
        "query": {"bool": {"filter": [{"range": {"event.ingested": {"gte": since.isoformat()}}}]}},
        "sort": [{"event.ingested": "asc"}, {f"{EVENT}id": "asc"}],
        "size": size,
    }


def newest_event() -> Body:
    """The event that was indexed last."""
    return {"sort": [{"event.ingested": "desc"}], "size": 1}


def story(id: str, size: int) -> Body:
    """Articles of a story, the first first; index `articles`."""
    return {
        "query": {"bool": {"filter": [{"term": {f"{ARTICLE}story_id": id}}]}},
        "sort": [{"@timestamp": "asc"}, {f"{ARTICLE}id": "asc"}],
        "size": size,
        "track_total_hits": True,
    }


def obstacle_kinds(filters: Filters) -> Body:
    """How many rows of the board each kind of obstacle stands in the way of, and of whom."""
    body = board(filters, size=0, counts=False)
    body["query"]["bool"]["filter"].append({"exists": {"field": f"{PLEDGE}obstacles.since"}})
    body["aggs"] = {
        "kinds": {"terms": {"field": f"{PLEDGE}obstacles.obstacle", "size": len(Obstacle)}}
    } | _choices()
    return body


def blocked(filters: Filters, *, size: int = PAGE, after: Sequence[Any] | None = None) -> Body:
    """Rows of the board that have an open obstacle, the firmest first."""
    body = board(filters, size=size, after=after, counts=False)
    body["query"]["bool"]["filter"].append({"exists": {"field": f"{PLEDGE}obstacles.since"}})
    body["aggs"] = obstacle_kinds(filters)["aggs"]
    return body


def _page(record: str, actor: str | None, recipient: str | None) -> Body:
    """Clauses that choose by the codes of actor and recipient; None: whoever it is."""
    named = (("actor", actor), ("recipient", recipient))
    terms = [{"term": {f"{record}{field}.code": code}} for field, code in named if code not in _ANY]
    return {"filter": terms, "must_not": _unknown(record, actor, recipient)}


def _unknown(record: str, actor: str | None, recipient: str | None) -> list[Body]:
    named = (("actor", actor), ("recipient", recipient))
    return [
        {"exists": {"field": f"{record}{field}.code"}} for field, code in named if code == UNKNOWN
    ]


def _words(field: str, typed: str) -> Body:
    return {
        "simple_query_string": {
            "query": typed,
            "fields": [field],
            "default_operator": "and",
            "lenient": True,
        }
    }
