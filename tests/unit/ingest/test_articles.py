"""From an item to an article record: plain, dated, with a revision that grows."""

from datetime import UTC, datetime, timedelta

import pytest

from pledgewatch import ids
from pledgewatch.outcome import Reason, Reject
from pledgewatch.records import Article, Source, decode, encode
from pledgewatch.text.dates import Claim
from services.ingest.articles import Item, compose, draft
from services.ingest.state import ArticleState

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
MORNING = Claim("2026-11-20T06:00:00Z", "feed")
UPDATE = Claim("2026-11-20T08:00:00Z", "feed")


def item(**fields: object) -> Item:
    values: dict[str, object] = {
        "url": "https://News.example/a?utm_source=feed",
        "title": "Norway keeps\u200b hospital",
        "text": "Norway will keep its field hospital for another year.\n\nIt said so.",
        "source": Source(name="Newsroom"),
        "via": "rss",
        "published": (MORNING,),
    }
    return Item(**(values | fields))  # type: ignore[arg-type]


def article(offered: Item, known: ArticleState | None = None, now: datetime = NOW) -> Article:
    new = draft(offered, 1_000)
    return compose(offered, new, known, new.id, now)


def as_known(record: Article) -> ArticleState:
    return ArticleState(
        content=bytes.fromhex(record.content_hash),
        story=bytes.fromhex(record.story_id),
        revision=record.revision,
        first_seen=ids.milliseconds(record.first_seen),
        seen=ids.milliseconds(record.first_seen),
    )


def test_new_article() -> None:
    record = article(item())
    assert record.url == "https://news.example/a"
    assert record.id == ids.article_id(record.url)
    assert record.title == "Norway keeps hospital"
    assert record.published.at == datetime(2026, 11, 20, 6, tzinfo=UTC)
    assert record.revision == ids.milliseconds(record.published.at)
    assert record.first_seen == NOW
    assert record.language.code == "en"
    assert decode(encode(record), Article) == record


def test_the_same_again_is_the_same_bytes() -> None:
    assert encode(article(item())) == encode(article(item()))


def test_an_update_counts_by_its_own_date() -> None:
    record = article(item(updated=(UPDATE,)))
    assert record.published.at == datetime(2026, 11, 20, 6, tzinfo=UTC)
    assert record.revision == ids.milliseconds(datetime(2026, 11, 20, 8, tzinfo=UTC))


def test_change_without_a_new_date_counts_from_when_it_was_seen() -> None:
    first = article(item())
    later = NOW + timedelta(hours=1)
    changed = article(item(text="Norway changed its mind."), as_known(first), later)
    assert changed.id == first.id
    assert changed.revision == ids.milliseconds(later)
    assert changed.first_seen == first.first_seen
    again = article(item(text="And again."), as_known(changed), later)
    assert again.revision == changed.revision + 1


def test_first_seen_stays_where_there_is_no_date() -> None:
    first = article(item(published=()))
    later = NOW + timedelta(hours=1)
    changed = article(item(published=(), text="Changed text."), as_known(first), later)
    assert changed.published == first.published
    assert changed.published.at == NOW


def test_absurd_update_is_not_believed() -> None:
    record = article(item(updated=(Claim("2036-01-01", "feed"),)))
    assert record.revision == ids.milliseconds(record.published.at)


def test_given_language_counts() -> None:
    assert article(item(language="nb")).language.code == "nb"


def test_long_text_is_cut() -> None:
    assert len(article(item(text="word " * 1_000)).text) <= 1_000


@pytest.mark.parametrize("text", ["", " \n ", "\u200b\ufeff", "\x00"])
def test_no_text(text: str) -> None:
    with pytest.raises(Reject) as refusal:
        draft(item(text=text), 1_000)
    assert refusal.value.reason is Reason.NO_TEXT
