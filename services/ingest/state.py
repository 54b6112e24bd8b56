"""What ingest remembers: articles of the story window, and how each feed was last found.

Kept in memory in some 450 bytes an article, and 100 more for its story; the compacted state topic
holds the same as JSON.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import msgspec

from pledgewatch.text.near_duplicates import Stories

ARTICLE_KEY = "article:"
FEED_KEY = "feed:"
REJECTED = b""
"""The content hash of what was rejected: nothing was published."""


class ArticleState(msgspec.Struct, frozen=True, kw_only=True):
    """An article as it was last published or rejected. Times in ms since 1970; hashes as bytes.

    `announced`: digest of the feed entry that brought it, so that an unchanged one is not fetched
    again; `seen`: when it was last offered, roughly.
    """

    content: bytes
    story: bytes
    revision: int
    first_seen: int
    seen: int
    signature: bytes = b""
    announced: bytes = b""


class FeedState(msgspec.Struct, frozen=True, kw_only=True):
    """How a feed was last found: its validators, poll interval and failures in a row."""

    etag: str | None = None
    last_modified: str | None = None
    interval_seconds: float | None = None
    failures: int = 0


class State:
    """The articles and feeds that are known.

    Args:
        window: how long an article is remembered after it was last offered.
    """

    def __init__(self, window: timedelta) -> None:
        self.feeds: dict[str, FeedState] = {}
        self.stories = Stories()
        self._window = int(window.total_seconds() * 1000)
        self._articles: dict[bytes, bytes] = {}
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(ArticleState)

    def __len__(self) -> int:
        return len(self._articles)

    def article(self, id: str) -> ArticleState | None:
        """The article with an id, if it is known."""
        packed = self._articles.get(bytes.fromhex(id))
        return None if packed is None else self._decoder.decode(packed)

    def remember(self, id: str, article: ArticleState) -> None:
        """Take in a new or changed article."""
        self._articles[bytes.fromhex(id)] = self._encoder.encode(article)

    def is_stale(self, article: ArticleState, now: int) -> bool:
        """Whether its time in memory is half over, so that `seen` should be renewed."""
        return now - article.seen > self._window // 2

    def forget_old(self, now: int) -> list[str]:
        """Drop what was not offered for a whole window; the keys of what was dropped."""
        oldest = now - self._window
        old = [
            id
            for id, packed in self._articles.items()
            if self._decoder.decode(packed).seen < oldest
        ]
        for id in old:
            del self._articles[id]
        self.stories.forget_before(oldest)
        return [ARTICLE_KEY + id.hex() for id in old]

    def load(self, records: Iterator[tuple[str, bytes | None]]) -> None:
        """Take in what the state topic holds, in its order; values that cannot be read are skipped.

        The stories are built at the end, since a key can come several times before compaction.
        """
        for key, value in records:
            with suppress(msgspec.DecodeError, ValueError):
                self._load_one(key, value)
        known = sorted(map(self._decoder.decode, self._articles.values()), key=_first_seen)
        for article in known:
            if article.content != REJECTED:
                self.stories.add(article.story.hex(), article.signature, article.first_seen)

    def _load_one(self, key: str, value: bytes | None) -> None:
        if key.startswith(FEED_KEY) and value is not None:
            self.feeds[key.removeprefix(FEED_KEY)] = msgspec.json.decode(value, type=FeedState)
        elif key.startswith(ARTICLE_KEY):
            id = bytes.fromhex(key.removeprefix(ARTICLE_KEY))
            if value is None:
                self._articles.pop(id, None)
            else:
                article = msgspec.json.decode(value, type=ArticleState)
                self._articles[id] = self._encoder.encode(article)


def _first_seen(article: ArticleState) -> int:
    return article.first_seen
