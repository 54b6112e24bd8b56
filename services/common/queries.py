"""The searches that people need: pure functions that return bodies for Elasticsearch's `_search`.

Each says which index it is for; give it to the client as `client.search(index=..., body=...)`. They
filter and sort on indexed fields, need no script, and page by `after`, the `sort` values of the
last hit of the page before. `python -m benchmarks.queries` times them on a million mentions.
Mentions that a person has rejected are never among the results.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pledgewatch.ontology import Contribution, Event, Family, Kind, Level, Obstacle

Body = dict[str, Any]

MENTION = "pledgewatch.mention."
PLEDGE = "pledgewatch.pledge."
EVENT = "pledgewatch.pledge_event."
"""What stands before the fields of each record in the documents of its index."""

HIT_START, HIT_END = "\ue000", "\ue001"
"""Around the words that were found, in the highlights of `sentences`: characters that no text has,
so that a page can escape the text first and mark the words afterwards."""

STANDING: Body = {"range": {f"{PLEDGE}articles": {"gte": 1}}}
"""Rows of the board behind which something still stands; the others are what is left of rows."""

NOBODY = "-"
"""The aggregation of mentions that name no actor."""


def board(
    *,
    recipient: str | None = None,
    actor: str | None = None,
    families: Iterable[Family] = (),
    levels: Iterable[Level] = (),
    obstacles: Iterable[Obstacle] = (),
    on_the_table: bool | None = None,
    confirmed: bool | None = None,
    changed_since: datetime | None = None,
    size: int = 50,
    after: Sequence[Any] | None = None,
    facets: int = 0,
) -> Body:
    """Rows of the board, the firmest first, then those last confirmed; index `pledges`.

    Args:
        recipient: code of the actor to whom it is pledged.
        actor: code of who pledges.
        families: any of these.
        levels: any of these.
        obstacles: rows on which one of these is open.
        on_the_table: only what is, or what is not.
        confirmed: only what is, or what is not.
        changed_since: rows that changed then or later.
        size: rows of a page.
        after: for the next page.
        facets: count the rows by recipient, actor, family, level and open obstacle too, so many
            buckets each.
    """
    filters = [
        STANDING,
        *_term(f"{PLEDGE}recipient.code", recipient),
        *_term(f"{PLEDGE}actor.code", actor),
        *_terms(f"{PLEDGE}family", families),
        *_terms(f"{PLEDGE}level", levels),
        *_terms(f"{PLEDGE}obstacles.obstacle", obstacles),
        *_term(f"{PLEDGE}on_the_table", on_the_table),
        *_term(f"{PLEDGE}confirmed", confirmed),
        *_times(f"{PLEDGE}changed", changed_since, None),
    ]
    # the ladder is no order of words, and a score needs no script
    firmness = [
        {
            "constant_score": {
                "filter": {"term": {f"{PLEDGE}level": level}},
                "boost": len(Level) - level.rank,
            }
        }
        for level in Level
    ]
    body: Body = {
        "query": {"bool": {"filter": filters, "should": firmness}},
        "sort": [
            {"_score": "desc"},
            {f"{PLEDGE}last_confirmed": "desc"},
            {f"{PLEDGE}id": "asc"},
        ],
        "size": size,
        "track_total_hits": True,
        "_source": {"excludes": [f"{PLEDGE}history"]},
    }
    if facets:
        fields = {
            "recipients": "recipient.code",
            "actors": "actor.code",
            "families": "family",
            "levels": "level",
            "obstacles": "obstacles.obstacle",
        }
        body["aggs"] = {
            name: {"terms": {"field": f"{PLEDGE}{field}", "size": facets}}
            for name, field in fields.items()
        }
    return _after(body, after)


def pledge_history(
    actor: str | None,
    recipient: str | None,
    family: Family | None,
    *,
    known_by: datetime | None = None,
    size: int = 200,
    after: Sequence[Any] | None = None,
) -> Body:
    """What happened to one pledge, the first first; index `pledge-events`.

    Args:
        actor: code of who pledges; None: nobody is named.
        recipient: code of whom it is pledged to; None: not said.
        family: of forces.
        known_by: only what was known before.
        size: events of a page.
        after: for the next page.
    """
    filters: list[Body] = []
    absent: list[Body] = []
    named = {"actor.code": actor, "recipient.code": recipient, "family": family}
    for field, value in named.items():
        if value is None:
            absent.append({"exists": {"field": f"{EVENT}{field}"}})
        else:
            filters += _term(f"{EVENT}{field}", value)
    filters += _times(f"{EVENT}known_at", None, known_by)
    body: Body = {
        "query": {"bool": {"filter": filters, "must_not": absent}},
        "sort": [{f"{EVENT}at": "asc"}, {f"{EVENT}id": "asc"}],
        "size": size,
        "track_total_hits": True,
    }
    return _after(body, after)


def changes(
    *,
    events: Iterable[Event] = (),
    actor: str | None = None,
    recipient: str | None = None,
    families: Iterable[Family] = (),
    confirmed: bool | None = None,
    late: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    size: int = 50,
    after: Sequence[Any] | None = None,
) -> Body:
    """What changed on the board, the newest first; index `pledge-events`.

    Args:
        events: any of these kinds.
        actor: code of who pledges.
        recipient: code of whom it is pledged to.
        families: any of these.
        confirmed: only what is, or what is not.
        late: only what was known too late to be news, or only what was not.
        since: published then or later.
        until: published before.
        size: events of a page.
        after: for the next page.
    """
    filters = [
        *_terms(f"{EVENT}event", events),
        *_term(f"{EVENT}actor.code", actor),
        *_term(f"{EVENT}recipient.code", recipient),
        *_terms(f"{EVENT}family", families),
        *_term(f"{EVENT}confirmed", confirmed),
        *_term(f"{EVENT}late", late),
        *_times(f"{EVENT}at", since, until),
    ]
    body: Body = {
        "query": {"bool": {"filter": filters}},
        "sort": [{f"{EVENT}at": "desc"}, {f"{EVENT}id": "asc"}],
        "size": size,
    }
    return _after(body, after)


def mentions_by_actor_and_week(
    *,
    actors: Iterable[str] = (),
    recipient: str | None = None,
    kind: Kind | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    top: int = 20,
) -> Body:
    """How many mentions each actor has in each week (from Monday, UTC); index `mentions`.

    Aggregation `actors`, those with most mentions first, each with `weeks`; `NOBODY` likewise is of
    mentions that name no actor.

    Args:
        actors: codes; all if none is given.
        recipient: code of whom they are about.
        kind: only commitments, or obstacles.
        since: published then or later.
        until: published before.
        top: how many actors.
    """
    filters = [
        *_terms(f"{MENTION}actor.code", actors),
        *_mentions(recipient=recipient, kind=kind, since=since, until=until),
    ]
    weeks: Body = {
        "date_histogram": {
            "field": "@timestamp",
            "calendar_interval": "week",
            "min_doc_count": 1,
        }
    }
    return {
        "query": _not_rejected(filters),
        "aggs": _by_actor(top, {"weeks": weeks}),
        "size": 0,
        "track_total_hits": True,
    }


def sentences(
    text: str | None = None,
    *,
    actor: str | None = None,
    recipient: str | None = None,
    kind: Kind | None = None,
    contributions: Iterable[Contribution] = (),
    levels: Iterable[Level] = (),
    obstacles: Iterable[Obstacle] = (),
    sources: Iterable[str] = (),
    story: str | None = None,
    article: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    newest_first: bool = False,
    size: int = 20,
    after: Sequence[Any] | None = None,
) -> Body:
    """Mentions by the words of their sentences, the best match first; index `mentions`.

    The words that were found stand between `HIT_START` and `HIT_END` in the highlight.

    Args:
        text: what a person typed: all words are needed; `"a phrase"`, `-not`, `a | b`, `begin*`.
            Nothing in it is an error. None: all mentions, the newest first.
        actor: code.
        recipient: code.
        kind: only commitments, or obstacles.
        contributions: any of these.
        levels: any of these.
        obstacles: any of these.
        sources: names of outlets, any of these.
        story: id of a story.
        article: id of an article.
        since: published then or later.
        until: published before.
        newest_first: rather than the best match.
        size: mentions of a page.
        after: for the next page, with the same order.
    """
    filters = [
        *_term(f"{MENTION}actor.code", actor),
        *_mentions(recipient=recipient, kind=kind, since=since, until=until),
        *_terms(f"{MENTION}contribution", contributions),
        *_terms(f"{MENTION}level", levels),
        *_terms(f"{MENTION}obstacle", obstacles),
        *_terms(f"{MENTION}article.source", sources),
        *_term(f"{MENTION}article.story_id", story),
        *_term(f"{MENTION}article.id", article),
    ]
    query = _not_rejected(filters)
    order: list[Body] = [{"@timestamp": "desc"}, {f"{MENTION}id": "asc"}]
    body: Body = {"query": query, "sort": order, "size": size}
    if text is not None and text.strip():
        field = f"{MENTION}sentence.text"
        typed = {"query": text, "fields": [field], "default_operator": "and", "lenient": True}
        query["bool"]["must"] = [{"simple_query_string": typed}]
        if not newest_first:
            body["sort"] = [{"_score": "desc"}, *order]
        body["highlight"] = {
            "fields": {field: {"number_of_fragments": 0}},
            "pre_tags": [HIT_START],
            "post_tags": [HIT_END],
        }
    return _after(body, after)


def obstacles_by_actor(
    *,
    actors: Iterable[str] = (),
    recipient: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    top: int = 20,
) -> Body:
    """What stands in the way of whom, and when that was last said; index `mentions`.

    Aggregation `actors`, those with most mentions first, each with `obstacles`, and those with
    `last`; `NOBODY` likewise is of obstacles that name no actor. The sentences that say so are
    found by `sentences(actor=..., obstacles=...)`.

    Args:
        actors: codes; all if none is given.
        recipient: code of whom they are about.
        since: published then or later.
        until: published before.
        top: how many actors.
    """
    filters = [
        *_terms(f"{MENTION}actor.code", actors),
        *_mentions(recipient=recipient, kind=Kind.OBSTACLE, since=since, until=until),
    ]
    last = {"max": {"field": "@timestamp"}}
    kinds = {
        "terms": {"field": f"{MENTION}obstacle", "size": len(Obstacle)},
        "aggs": {"last": last},
    }
    return {
        "query": _not_rejected(filters),
        "aggs": _by_actor(top, {"obstacles": kinds}),
        "size": 0,
        "track_total_hits": True,
    }


# --- Parts -------------------------------------------------------------------------------------


def _by_actor(top: int, parts: Body) -> Body:
    """Nobody apart: a `missing` value among the terms slows down all of them."""
    field = f"{MENTION}actor.code"
    return {
        "actors": {"terms": {"field": field, "size": top}, "aggs": parts},
        NOBODY: {"missing": {"field": field}, "aggs": parts},
    }


def _mentions(
    *,
    recipient: str | None,
    kind: Kind | None,
    since: datetime | None,
    until: datetime | None,
) -> list[Body]:
    return [
        *_term(f"{MENTION}recipient.code", recipient),
        *_term(f"{MENTION}kind", kind),
        *_times("@timestamp", since, until),
    ]


def _not_rejected(filters: list[Body]) -> Body:
    rejected = {"term": {f"{MENTION}correction.rejected": True}}
    return {"bool": {"filter": filters, "must_not": [rejected]}}


def _term(field: str, value: str | bool | None) -> list[Body]:
    return [] if value is None else [{"term": {field: value}}]


def _terms(field: str, values: Iterable[str]) -> list[Body]:
    wanted = list(values)
    return [{"terms": {field: wanted}}] if wanted else []


def _times(field: str, since: datetime | None, until: datetime | None) -> list[Body]:
    limits = {"gte": since, "lt": until}
    given = {name: at.isoformat() for name, at in limits.items() if at is not None}
    return [{"range": {field: given}}] if given else []


def _after(body: Body, after: Sequence[Any] | None) -> Body:
    return body if after is None else body | {"search_after": list(after)}
