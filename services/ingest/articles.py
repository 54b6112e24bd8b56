"""From what was offered to an article record: canonical, plain, dated, and with its story."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from pledgewatch import ids
from pledgewatch.outcome import Reason, Reject
from pledgewatch.records import Article, Language, Source
from pledgewatch.text import dates, language, plain, urls
from pledgewatch.text.dates import Claim
from services.ingest.state import ArticleState

Via = Literal["rss", "atom", "sitemap", "jsonl", "text", "push"]
TITLE_CHARACTERS_MAX = 1_000
_MS = 1000


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An article as a feed, file or sender offers it.

    `published` and `updated` are claims, the best first. `raw` is what came in, for a dead letter.
    """

    url: str
    title: str
    text: str
    source: Source
    via: Via
    published: tuple[Claim, ...] = ()
    updated: tuple[Claim, ...] = ()
    language: str | None = None
    announced: bytes = b""
    raw: bytes | None = None
    archived: bool = False


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An item made plain: enough to see whether it is known."""

    id: str
    url: str
    title: str
    text: str
    content: str


def identity(url: str) -> tuple[str, str]:
    """The canonical URL and the article id of a URL or of a URN of our own.

    Raises:
        Reject: `unsafe_url`.
    """
    canonical = urls.canonical_urn(url) if url.startswith(urls.URN) else urls.canonical_url(url)
    return canonical, ids.article_id(canonical)


def draft(item: Item, characters_max: int) -> Draft:
    """The item as plain text under its canonical URL.

    Raises:
        Reject: `unsafe_url` or `no_text`.
    """
    url, id = identity(item.url)
    title = plain.cut(plain.one_line(item.title), TITLE_CHARACTERS_MAX)
    text = plain.cut(plain.paragraphs(item.text), characters_max)
    if not text:
        raise Reject(Reason.NO_TEXT, "it has no text")
    content = ids.content_hash(title, text)
    return Draft(id=id, url=url, title=title, text=text, content=content)


def compose(
    item: Item, draft: Draft, known: ArticleState | None, story: str, now: datetime
) -> Article:
    """The record of a new article, or of a changed one that is known.

    The revision is the time of publication or of the last update; it is greater than that of the
    known article even where the dates did not change.
    """
    first_seen = _moment(known.first_seen) if known else now
    published = dates.published(item.published, first_seen)
    revision = max([ids.milliseconds(published.at), *_believed(item.updated, now)])
    if known is not None and revision <= known.revision:
        revision = max(ids.milliseconds(now), known.revision + 1)
    return Article(
        id=draft.id,
        url=draft.url,
        title=draft.title,
        text=draft.text,
        source=item.source,
        language=(
            Language(code=item.language, confidence=1.0)
            if item.language
            else language.identify(f"{draft.title}\n{draft.text}")
        ),
        published=published,
        first_seen=first_seen,
        revision=revision,
        content_hash=draft.content,
        story_id=story,
        via=item.via,
        archived=item.archived,
    )


def _believed(claims: Sequence[Claim], now: datetime) -> list[int]:
    moments = (dates.parse_date(claim.text) for claim in claims)
    return [ids.milliseconds(at) for at in moments if at and dates.believable(at, now)]


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / _MS, UTC)
