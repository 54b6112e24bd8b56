"""Takes in what is offered: publishes what is new, knows what is not, rejects what cannot be used.

An article is acknowledged before its state is written: after a crash between the two it is
published again under the same id, which overwrites itself downstream.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec

from pledgewatch import ids
from pledgewatch.outcome import Outcome, Reject, Stage
from pledgewatch.records import Article, ArticleOutcome, encode
from pledgewatch.text import near_duplicates
from services.common import cloudevents, kafka
from services.common.dead_letters import dead_letter
from services.common.metrics import Metrics
from services.common.settings import Settings
from services.ingest.articles import Item, compose, draft, identity
from services.ingest.publish import Publisher
from services.ingest.state import ARTICLE_KEY, FEED_KEY, REJECTED, ArticleState, FeedState, State

SOURCE = "/pledgewatch/ingest"


class Intake:
    """The way of every article from the moment its text is at hand."""

    def __init__(
        self, settings: Settings, publisher: Publisher, state: State, metrics: Metrics
    ) -> None:
        self._characters_max = settings.ingest.text_characters_max
        self.topics = kafka.Topics(settings.kafka.topic_prefix)  # those of the live run
        self._publisher = publisher
        self._state = state
        self._metrics = metrics
        self._under_way: dict[str, asyncio.Event] = {}

    @property
    def articles_known(self) -> int:
        """How many articles are remembered."""
        return len(self._state)

    def is_known(self, url: str, announced: bytes) -> bool:
        """Whether the article at a URL was announced in the same words before.

        Raises:
            Reject: `unsafe_url`.
        """
        known = self._state.article(identity(url)[1])
        return known is not None and bool(announced) and known.announced == announced

    async def known(self, url: str) -> Outcome:
        """Count an article that `is_known`, and keep it in memory while it is offered."""
        _, id = identity(url)
        state = self._state.article(id)
        now = ids.milliseconds(_now())
        if state is not None and self._state.is_stale(state, now):
            await self._save(id, msgspec.structs.replace(state, seen=now))
        return self._count(Outcome.DUPLICATE)

    async def accept(self, item: Item) -> Outcome:
        """Publish an item unless it is known; return when Kafka has acknowledged it.

        What cannot be used is dead-lettered: this raises nothing for it.
        """
        try:
            return await self._accept(item)
        except Reject as reject:
            await self.reject(item.url, reject, item.raw, item.announced)
            return Outcome.REJECTED

    async def _accept(self, item: Item) -> Outcome:
        started = time.perf_counter()
        new = draft(item, self._characters_max)
        async with self._turn(new.id):
            known = self._state.article(new.id)
            content = bytes.fromhex(new.content)
            if known is not None and known.content == content:
                if item.announced and known.announced != item.announced:
                    known = msgspec.structs.replace(known, announced=item.announced)
                    await self._save(new.id, known)
                return await self.known(new.url)
            now = _now()
            mark = near_duplicates.signature(new.text)
            if known is not None and known.content != REJECTED:
                story = known.story.hex()
            else:
                story = self._state.stories.find(mark) or new.id
            article = compose(item, new, known, story, now)
            state = ArticleState(
                content=content,
                story=bytes.fromhex(story),
                revision=article.revision,
                first_seen=ids.milliseconds(article.first_seen),
                seen=ids.milliseconds(now),
                signature=mark,
                announced=item.announced,
            )
            # At once, so that a copy that comes meanwhile finds its story
            self._state.stories.add(story, mark, state.first_seen)
            await self._publish(article)
            await self._save(new.id, state)
        self._metrics.duration.labels(Stage.INGEST).observe(time.perf_counter() - started)
        age = (_now() - article.first_seen).total_seconds()
        self._metrics.end_to_end.labels(Stage.INGEST).observe(age)
        return self._count(Outcome.PUBLISHED)

    async def reject(
        self, url: str, reject: Reject, raw: bytes | None, announced: bytes = b""
    ) -> None:
        """Dead-letter what cannot be used, and write its outcome so that it can be traced."""
        now = _now()
        try:
            canonical, id = identity(url)
        except Reject:
            canonical, id = url, ids.article_id(url)
        letter = dead_letter(Stage.INGEST, reject, origin=None, value=raw, url=canonical)
        await self._publisher.send(
            self.topics.dead_letters,
            letter.id,
            encode(letter),
            cloudevents.headers("dead-letter", letter.id, SOURCE),
        )
        outcome = ArticleOutcome(
            id=ids.outcome_id(id, Stage.INGEST),
            article_id=id,
            url=canonical,
            stage=Stage.INGEST,
            outcome=Outcome.REJECTED,
            reason=reject.reason,
            mentions=(),
            origin=None,
            revision=ids.milliseconds(now),
            model=None,
            at=now,
            run=self.topics.classify,
        )
        await self._publisher.send(
            self.topics.outcomes,
            id,
            encode(outcome),
            cloudevents.headers("outcome", outcome.id, SOURCE),
        )
        if announced:
            await self._remember_rejected(id, announced, ids.milliseconds(now))
        self._metrics.dead_letters.labels(Stage.INGEST, reject.reason).inc()
        self._count(Outcome.REJECTED)

    async def save_feed(self, url: str, feed: FeedState) -> None:
        """Remember how a feed was found."""
        if self._state.feeds.get(url) == feed:
            return
        self._state.feeds[url] = feed
        await self._write_state(FEED_KEY + url, msgspec.json.encode(feed))

    def feed(self, url: str) -> FeedState:
        """How a feed was last found."""
        return self._state.feeds.get(url) or FeedState()

    async def forget_old(self) -> None:
        """Drop what is past its window, in memory and on the state topic."""
        for key in self._state.forget_old(ids.milliseconds(_now())):
            if self._state.article(key.removeprefix(ARTICLE_KEY)) is None:  # not offered meanwhile
                await self._write_state(key, None)

    async def _remember_rejected(self, id: str, announced: bytes, now: int) -> None:
        """An unchanged announcement is not tried again; a changed one is."""
        known = self._state.article(id)
        state = (
            msgspec.structs.replace(known, announced=announced, seen=now)
            if known is not None
            else ArticleState(
                content=REJECTED,
                story=bytes.fromhex(id),
                revision=0,
                first_seen=now,
                seen=now,
                announced=announced,
            )
        )
        await self._save(id, state)

    async def _publish(self, article: Article) -> None:
        headers = cloudevents.headers("article", article.id, SOURCE)
        await self._publisher.send(self.topics.articles, article.id, encode(article), headers)

    async def _save(self, id: str, state: ArticleState) -> None:
        self._state.remember(id, state)
        await self._write_state(ARTICLE_KEY + id, msgspec.json.encode(state))

    async def _write_state(self, key: str, value: bytes | None) -> None:
        headers = cloudevents.headers("ingest-state", key, SOURCE)
        await self._publisher.send(self.topics.ingest_state, key, value, headers)

    def _count(self, outcome: Outcome) -> Outcome:
        self._metrics.records.labels(Stage.INGEST, outcome).inc()
        self._metrics.last_record.labels(Stage.INGEST).set_to_current_time()
        return outcome

    @asynccontextmanager
    async def _turn(self, id: str) -> AsyncIterator[None]:
        """One at a time for each article: the second then sees what became of the first."""
        while (other := self._under_way.get(id)) is not None:
            await other.wait()
        done = self._under_way[id] = asyncio.Event()
        try:
            yield
        finally:
            del self._under_way[id]
            done.set()


def _now() -> datetime:
    """The time in whole milliseconds, as the state keeps it."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
