"""What each page has: read from Elasticsearch, worked out, and given to the templates."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from pledgewatch import ids
from pledgewatch.ontology import Contribution, Family, family
from pledgewatch.records import Actor, Article, Mention, Pledge, PledgeEvent
from services.common import queries as common
from services.console import board as boards
from services.console import pictures, queries
from services.console.board import Board, Choices
from services.console.evidence import Claim, Piece, Quote, claims, folded, quote
from services.console.filters import Filters, Query, Sort
from services.console.reader import Reader

STORY_ARTICLES = 100
STORY_MENTIONS = 300
SEARCH_PAGE = 20
FEED_ENTRIES = 100
CONTRIBUTORS_MAX = 500
LADDER_ROWS = 80


class NotFoundError(LookupError):
    """There is no such thing in the index; says what."""


class BoardPage(msgspec.Struct, frozen=True, kw_only=True):
    """The board."""

    filters: Mapping[str, Any]
    board: Board


class PledgePage(msgspec.Struct, frozen=True, kw_only=True):
    """One pledge, and all that was said of it."""

    pledge: Pledge
    claims: tuple[Claim, ...]
    mentions: int
    after: tuple[Any, ...] | None


class ChangesPage(msgspec.Struct, frozen=True, kw_only=True):
    """Events, the newest first; `newest`: when the last one was indexed."""

    events: tuple[PledgeEvent, ...]
    newest: str | None
    after: tuple[Any, ...] | None
    choices: Choices


class ObstaclesPage(msgspec.Struct, frozen=True, kw_only=True):
    """Pledges that something stands in the way of, and how many each kind of obstacle hits."""

    kinds: Mapping[str, int]
    rows: tuple[Pledge, ...]
    total: int
    after: tuple[Any, ...] | None
    choices: Choices


class StoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """The articles of a story, without their texts, and what they say."""

    id: str
    articles: tuple[Article, ...]
    total: int
    claims: tuple[Claim, ...]


class MentionPage(msgspec.Struct, frozen=True, kw_only=True):
    """One mention with its whole article; `pledge`: the row that it counts for."""

    mention: Mention
    quote: Quote
    article: Article | None
    pledge: str | None


class SearchHit(msgspec.Struct, frozen=True, kw_only=True):
    """A mention, and its sentence with the words that were found marked."""

    mention: Mention
    pieces: tuple[Piece, ...]


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """Sentences that were found."""

    query: str | None
    hits: tuple[SearchHit, ...]
    total: int
    after: tuple[Any, ...] | None


class MapPage(msgspec.Struct, frozen=True, kw_only=True):
    """The firmest pledge of each actor to one recipient."""

    recipient: Actor | None
    contributors: tuple[Pledge, ...]
    choices: Choices


class LadderPage(msgspec.Struct, frozen=True, kw_only=True):
    """All pledges to one recipient, the firmest first."""

    recipient: Actor | None
    rows: tuple[Pledge, ...]
    total: int
    choices: Choices


def board(reader: Reader, query: Query) -> tuple[BoardPage, Filters]:
    """The board, now or of another time."""
    filters = Filters.of(query)
    if filters.dated:
        found = boards.dated(reader, filters)
    else:
        found = boards.board(reader, filters, after=query.cursor())
    return BoardPage(filters=filters.given(), board=found), filters


def pledge(reader: Reader, id: str, query: Query) -> tuple[PledgePage, Filters]:
    """A pledge, now or as of another time."""
    filters = Filters.of(query)
    row = reader.get(Pledge, [id]).get(id)
    if row is None:
        raise NotFoundError(f"pledge {id}")
    actor = row.actor.code if row.actor else None
    recipient = row.recipient.code if row.recipient else None
    if filters.dated:
        mine = Filters(
            actor=actor or queries.UNKNOWN,
            recipient=recipient or queries.UNKNOWN,
            as_of=filters.as_of,
            known_on=filters.known_on,
        )
        then = boards.ledger(reader, mine).board(as_of=filters.as_of, known_on=filters.known_on)
        row = next((one for one in then if one.id == id), None)
        if row is None:
            raise NotFoundError(f"pledge {id} at that time: nothing was known of it")
    found = reader.search(
        Mention,
        queries.said_of(
            actor,
            recipient,
            _contributions(row.family),
            until=filters.as_of,
            after=query.cursor(),
        ),
    )
    page = PledgePage(
        pledge=row,
        claims=_claims(reader, found.records),
        mentions=found.total,
        after=found.hits[-1].sort if len(found.hits) == queries.PAGE else None,
    )
    return page, filters


def changes(reader: Reader, query: Query, size: int = queries.PAGE) -> tuple[ChangesPage, Filters]:
    """What changed."""
    filters = Filters.of(query)
    body = common.changes(
        events=filters.event,
        actor=filters.actor,
        recipient=filters.recipient,
        families=filters.family,
        confirmed=filters.confirmed,
        late=filters.late,
        since=filters.since,
        until=filters.until,
        size=size,
        after=query.cursor(),
    )
    body["aggs"] = {"all": {"global": {}, "aggs": {"newest": {"max": {"field": "event.ingested"}}}}}
    found = reader.search(PledgeEvent, body)
    newest = found.aggregations["all"]["newest"].get("value_as_string")
    page = ChangesPage(
        events=found.records,
        newest=newest,
        after=found.hits[-1].sort if len(found.hits) == size else None,
        choices=_choices(reader),
    )
    return page, filters


def obstacles(reader: Reader, query: Query) -> tuple[ObstaclesPage, Filters]:
    """What stands in the way of whom."""
    filters = Filters.of(query)
    firmest = replace(filters, sort=Sort.FIRMEST)
    found = reader.search(Pledge, queries.blocked(firmest, after=query.cursor()))
    kinds = {one["key"]: one["doc_count"] for one in found.aggregations["kinds"]["buckets"]}
    page = ObstaclesPage(
        kinds={kind: kinds[kind] for kind in sorted(kinds, key=lambda kind: -kinds[kind])},
        rows=found.records,
        total=found.total,
        after=found.hits[-1].sort if len(found.hits) == queries.PAGE else None,
        choices=boards.choices(found.aggregations),
    )
    return page, filters


def story(reader: Reader, id: str) -> StoryPage:
    """The articles that tell one story, and what they say."""
    found = reader.search(Article, queries.story(id, STORY_ARTICLES))
    if not found.records:
        raise NotFoundError(f"story {id}")
    articles = {one.id: one for one in found.records}
    said = reader.search(Mention, common.sentences(story=id, size=STORY_MENTIONS)).records
    return StoryPage(
        id=id,
        articles=tuple(msgspec.structs.replace(one, text="") for one in found.records),
        total=found.total,
        claims=tuple(claims(folded(said), articles)),
    )


def mention(reader: Reader, id: str) -> MentionPage:
    """The evidence page of a mention."""
    found = reader.get(Mention, [id]).get(id)
    if found is None:
        raise NotFoundError(f"mention {id}")
    article = reader.get(Article, [found.article.id]).get(found.article.id)
    return MentionPage(
        mention=found,
        quote=quote(found, article, context=None),
        article=article,
        pledge=_pledge_of(reader, found),
    )


def sentences(
    filters: Filters,
    *,
    newest_first: bool,
    size: int,
    after: Sequence[Any] | None = None,
) -> common.Body:
    """The search for mentions that the filters ask for."""
    return common.sentences(
        filters.text,
        actor=filters.actor,
        recipient=filters.recipient,
        kind=filters.kind,
        contributions=(
            one for one in Contribution if family(one, personnel=True) in filters.family
        ),
        levels=filters.level,
        obstacles=filters.obstacle,
        sources=(filters.source,) if filters.source else (),
        since=filters.since,
        until=filters.until or filters.as_of,
        newest_first=newest_first,
        size=size,
        after=after,
    )


def search(reader: Reader, query: Query) -> tuple[SearchPage, Filters]:
    """Sentences by their words."""
    filters = Filters.of(query)
    body = sentences(filters, newest_first=False, size=SEARCH_PAGE, after=query.cursor())
    found = reader.search(Mention, body | {"track_total_hits": True})
    hits = tuple(
        SearchHit(
            mention=hit.record, pieces=_highlighted(hit.highlight or hit.record.sentence.text)
        )
        for hit in found.hits
    )
    page = SearchPage(
        query=filters.text,
        hits=hits,
        total=found.total,
        after=found.hits[-1].sort if len(found.hits) == SEARCH_PAGE else None,
    )
    return page, filters


def contributors(reader: Reader, query: Query) -> tuple[MapPage, Filters]:
    """Who contributes to one recipient: the one with most pledges, where none is asked for."""
    filters, rows, _, known = _to_one(reader, query, CONTRIBUTORS_MAX)
    firmest: dict[str, Pledge] = {}
    for row in rows:
        if row.actor is not None and row.level is not None:
            firmest.setdefault(row.actor.code, row)
    page = MapPage(recipient=_recipient(rows), contributors=tuple(firmest.values()), choices=known)
    return page, filters


def ladder(reader: Reader, query: Query) -> tuple[LadderPage, Filters]:
    """The pledges to one recipient, by how firm they are."""
    filters, rows, total, known = _to_one(reader, query, LADDER_ROWS)
    shown = tuple(row for row in rows if row.level is not None and row.actor is not None)
    return LadderPage(recipient=_recipient(rows), rows=shown, total=total, choices=known), filters


def drawn(row: Pledge, filters: Filters) -> Mapping[str, Any]:
    """The pictures of a pledge."""
    until = filters.as_of or filters.known_on or datetime.now(UTC)
    return {"ladder": pictures.ladder(row, until), "numbers": pictures.numbers(row, until)}


def _to_one(
    reader: Reader, query: Query, size: int
) -> tuple[Filters, tuple[Pledge, ...], int, Choices]:
    filters = Filters.of(query)
    known = _choices(reader)
    if filters.recipient is None:
        most = max(known.recipients.items(), key=lambda one: one[1], default=None)
        filters = replace(filters, recipient=most[0] if most else None)
    asked = replace(filters, sort=Sort.FIRMEST)
    found = reader.search(Pledge, queries.board(asked, size=size, counts=False))
    return filters, found.records, found.total, known


def _choices(reader: Reader) -> Choices:
    body = queries.board(Filters(), size=0)
    return boards.choices(reader.search(Pledge, body).aggregations)


def _recipient(rows: Sequence[Pledge]) -> Actor | None:
    return rows[0].recipient if rows else None


def _claims(reader: Reader, mentions: Sequence[Mention]) -> tuple[Claim, ...]:
    groups = folded(mentions)
    articles = reader.get(Article, [group[0].article.id for group in groups])
    return tuple(claims(groups, articles))


def _contributions(of: Family | None) -> tuple[Contribution, ...]:
    return tuple(one for one in queries.FORCES if of and family(one, personnel=True) is of)


def _pledge_of(reader: Reader, found: Mention) -> str | None:
    """The row of the board for which a mention counts, if there is one."""
    actor = found.actor.code if found.actor else None
    recipient = found.recipient.code if found.recipient else None
    if found.contribution is not None:
        personnel = found.quantity is None or found.quantity.unit == "personnel"
        families: tuple[Family | None, ...] = (family(found.contribution, personnel=personnel),)
    else:
        families = (*Family, None)
    wanted = [
        ids.pledge_id(actor, recipient, one)
        for one in families
        if one is not None or found.obstacle is not None
    ]
    known = reader.get(Pledge, wanted)
    return next((id for id in wanted if id in known), None)


def _highlighted(sentence: str) -> tuple[Piece, ...]:
    """A sentence in which Elasticsearch has marked words, in pieces."""
    found: list[Piece] = []
    for number, part in enumerate(sentence.split(common.HIT_START)):
        marked, _, rest = part.partition(common.HIT_END) if number else ("", "", part)
        found += [Piece(marked, ("found",))] if marked else []
        found += [Piece(rest)] if rest else []
    return tuple(found)
