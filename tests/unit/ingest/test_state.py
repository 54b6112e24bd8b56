"""What ingest remembers, and for how long."""

from datetime import timedelta

import msgspec
import pytest

from pledgewatch.text.near_duplicates import signature
from services.ingest.state import ARTICLE_KEY, FEED_KEY, REJECTED, ArticleState, FeedState, State

DAY = 24 * 3600 * 1000
TEXT = " ".join(f"word{number}" for number in range(40))
ID = "a" * 32
OTHER = "b" * 32


def article(seen: int, content: bytes = b"c" * 16, story: str = ID) -> ArticleState:
    return ArticleState(
        content=content,
        story=bytes.fromhex(story),
        revision=seen,
        first_seen=seen,
        seen=seen,
        signature=signature(TEXT),
    )


def test_remembers() -> None:
    state = State(timedelta(days=3))
    assert state.article(ID) is None
    state.remember(ID, article(5))
    assert state.article(ID) == article(5)
    assert len(state) == 1


def test_load_takes_the_last_of_each_key() -> None:
    state = State(timedelta(days=3))
    state.load(
        iter(
            [
                (ARTICLE_KEY + ID, msgspec.json.encode(article(5))),
                (FEED_KEY + "https://n.example/", msgspec.json.encode(FeedState(etag="1"))),
                (ARTICLE_KEY + OTHER, msgspec.json.encode(article(6))),
                (ARTICLE_KEY + ID, msgspec.json.encode(article(7))),
                (ARTICLE_KEY + OTHER, None),
                ("something:else", b"{}"),
            ]
        )
    )
    assert state.article(ID) == article(7)
    assert state.article(OTHER) is None
    assert state.feeds["https://n.example/"].etag == "1"
    assert len(state.stories) == 1
    assert state.stories.find(signature(TEXT)) == ID


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (ARTICLE_KEY + ID, b"{"),
        (ARTICLE_KEY + ID, b"{}"),
        (ARTICLE_KEY + "no id", b"{}"),
        (FEED_KEY + "https://n.example/", b"[]"),
        (FEED_KEY + "https://n.example/", b"\xff"),
    ],
)
def test_what_cannot_be_read_is_skipped(key: str, value: bytes) -> None:
    state = State(timedelta(days=3))
    state.load(iter([(key, value), (ARTICLE_KEY + OTHER, msgspec.json.encode(article(5)))]))
    assert len(state) == 1


def test_what_was_rejected_is_no_story() -> None:
    state = State(timedelta(days=3))
    state.load(iter([(ARTICLE_KEY + ID, msgspec.json.encode(article(5, content=REJECTED)))]))
    assert state.article(ID) is not None
    assert len(state.stories) == 0


def test_forgets_after_the_window() -> None:
    state = State(timedelta(days=3))
    state.remember(ID, article(0))
    state.remember(OTHER, article(2 * DAY))
    assert state.forget_old(3 * DAY) == []
    assert state.forget_old(4 * DAY) == [ARTICLE_KEY + ID]
    assert state.article(ID) is None
    assert state.article(OTHER) is not None


def test_renewed_at_half_time() -> None:
    state = State(timedelta(days=4))
    assert not state.is_stale(article(0), 2 * DAY)
    assert state.is_stale(article(0), 2 * DAY + 1)
