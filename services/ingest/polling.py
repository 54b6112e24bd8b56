"""Polls feeds: each at a pace of its own, which follows how much news it has."""

import asyncio
import random
from collections.abc import Mapping
from hashlib import sha256

import msgspec

from pledgewatch.outcome import Outcome, Reason, RecordError, Reject, Retry
from pledgewatch.records import Source
from pledgewatch.text.dates import Claim, DateOrigin
from pledgewatch.text.feeds import Entry, Feed, FeedKind
from pledgewatch.text.urls import domain, resolve
from services.common import logging
from services.common.metrics import FeedMetrics, Metrics
from services.common.settings import IngestSettings
from services.ingest.articles import Item
from services.ingest.feeds_file import FeedConfig
from services.ingest.fetch import Fetched, Fetcher
from services.ingest.intake import Intake
from services.ingest.parsing import Parser
from services.ingest.publish import Publisher
from services.ingest.robots import Robots
from services.ingest.state import FeedState

POLLS_AT_ONCE = 16
FULL_TEXT_CHARACTERS = 1_000
"""A feed's text of this length is the article; a shorter one is its summary."""
PAGE_SECONDS_MAX = 6 * 3600.0
"""How long a page may fail before it is given up; longer than any host may ask us to wait."""
CHILD_SITEMAPS_MAX = 3
SHARE_OF_NEW_BUSY = 0.2
_ARTICLE_PAGES = ("", "text/html", "application/xhtml+xml", "text/plain")

log = logging.get()


class _Left(msgspec.Struct, frozen=True):
    """An entry whose page is to be had later, and since when (loop time, seconds)."""

    entry: Entry
    since: float


class Poller:
    """Brings what the feeds announce to the intake."""

    def __init__(
        self,
        settings: IngestSettings,
        fetcher: Fetcher,
        parser: Parser,
        intake: Intake,
        publisher: Publisher,
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._fetcher = fetcher
        self._parser = parser
        self._robots = Robots(settings, fetcher, parser)
        self._intake = intake
        self._publisher = publisher
        self._retries = metrics.retries.labels(metrics.stage)
        self._metrics = FeedMetrics(metrics.registry)
        self._failing: set[str] = set()
        self._left: dict[str, dict[str, _Left]] = {}  # of each feed, by URL
        self._polls = asyncio.Semaphore(POLLS_AT_ONCE)

    async def run(self, feeds: list[FeedConfig], stop: asyncio.Event) -> None:
        """Poll the feeds, each in its own rhythm, until `stop`; polls under way are finished."""
        self._metrics.feeds.set(len(feeds))
        async with asyncio.TaskGroup() as tasks:
            for feed in feeds:
                tasks.create_task(self._keep_polling(feed, stop))

    async def once(self, feeds: list[FeedConfig], stop: asyncio.Event) -> int:
        """Poll each feed one time; the number of feeds that failed."""
        self._metrics.feeds.set(len(feeds))
        async with asyncio.TaskGroup() as tasks:
            for feed in feeds:
                tasks.create_task(self.poll(feed, stop))
        return len(self._failing)

    async def _keep_polling(self, feed: FeedConfig, stop: asyncio.Event) -> None:
        while not stop.is_set():
            seconds = await self.poll(feed, stop)
            try:
                await asyncio.wait_for(stop.wait(), seconds * random.uniform(0.9, 1.1))  # noqa: S311
            except TimeoutError:
                continue

    async def poll(self, feed: FeedConfig, stop: asyncio.Event) -> float:
        """Poll a feed; seconds until it should be polled again. Counts failures, raises none."""
        async with self._polls:
            await self._publisher.flowing()
            before = self._intake.feed(feed.url)
            try:
                after, result = await self._poll(feed, before, stop)
            except RecordError as error:
                after, result = self._failed(before, error), "error"
                log.warning("feed failed", feed=feed.url, error=str(error), tries=after.failures)
            self._metrics.polls.labels(result).inc()
            (self._failing.add if after.failures else self._failing.discard)(feed.url)
            self._metrics.failing.set(len(self._failing))
            await self._intake.save_feed(feed.url, after)
            return after.interval_seconds or self._shortest

    async def _poll(
        self, config: FeedConfig, before: FeedState, stop: asyncio.Event
    ) -> tuple[FeedState, str]:
        document = await self._fetcher.get(
            config.url,
            bytes_max=self._settings.feed_bytes_max,
            etag=before.etag,
            last_modified=before.last_modified,
        )
        if document is None:
            return self._next(before, 0.0), "unchanged"
        feed = await self._parse(config, document)
        left = self._left.pop(config.url, {})
        offered = {entry.url for entry in feed.entries}
        # What was left for later is still ours when the feed has dropped it
        dropped = [one.entry for url, one in left.items() if url not in offered]
        outcomes = [
            await self._take(config, feed.kind, entry, left, stop)
            for entry in (*dropped, *reversed(feed.entries))  # oldest first, as it was published
        ]
        new = outcomes.count(Outcome.PUBLISHED)
        complete = None not in outcomes
        after = self._next(before, new / len(outcomes) if outcomes else 0.0)
        # An entry that is left for later is only offered again if the feed is sent again
        after = msgspec.structs.replace(
            after,
            etag=document.etag if complete else None,
            last_modified=document.last_modified if complete else None,
        )
        log.info("polled", feed=config.url, entries=len(outcomes), new=new, complete=complete)
        return after, "new" if new else "unchanged"

    async def _parse(self, config: FeedConfig, document: Fetched) -> Feed:
        feed = await self._parser.feed(document)
        if config.kind is not None and feed.kind != config.kind:
            raise Reject(Reason.PARSE_ERROR, f"it is {feed.kind}, not {config.kind}")
        entries = list(feed.entries)
        for child in feed.children[:CHILD_SITEMAPS_MAX]:
            fetched = await self._fetcher.get(
                resolve(document.url, child), bytes_max=self._settings.feed_bytes_max
            )
            if fetched is not None:
                entries.extend((await self._parser.feed(fetched)).entries)
        return msgspec.structs.replace(
            feed, entries=tuple(entries[: self._settings.feed_entries_max])
        )

    async def _take(
        self,
        config: FeedConfig,
        kind: FeedKind,
        entry: Entry,
        left: Mapping[str, _Left],
        stop: asyncio.Event,
    ) -> Outcome | None:
        """What became of an entry; None where it is left for the next poll.

        `left`: what the last poll left for this one.
        """
        if stop.is_set():
            return None
        item = _item(config, kind, entry)
        try:
            if self._intake.is_known(item.url, item.announced):
                return await self._intake.known(item.url)
            if self._needs_page(config, entry):
                item = await self._with_page(item)
        except Reject as reject:
            await self._intake.reject(item.url, reject, item.raw, item.announced)
            return Outcome.REJECTED
        except Retry as retry:
            return await self._later(config, entry, item, retry, left.get(entry.url))
        return await self._intake.accept(item)

    async def _later(
        self,
        config: FeedConfig,
        entry: Entry,
        item: Item,
        retry: Retry,
        before: _Left | None,
    ) -> Outcome | None:
        self._retries.inc()
        now = asyncio.get_running_loop().time()
        since = before.since if before else now
        log.info("page failed", url=item.url, error=str(retry), seconds=round(now - since))
        if now - since < PAGE_SECONDS_MAX:
            self._left.setdefault(config.url, {})[entry.url] = _Left(entry, since)
            return None
        reject = Reject(Reason.HTTP_ERROR, f"{retry} (for {(now - since) / 3600:.0f} h)")
        await self._intake.reject(item.url, reject, item.raw, item.announced)
        return Outcome.REJECTED

    @staticmethod
    def _needs_page(config: FeedConfig, entry: Entry) -> bool:
        if config.full_text == "auto":
            cut_off = entry.text.rstrip(" ]").endswith(("…", "..."))
            return cut_off or len(entry.text) < FULL_TEXT_CHARACTERS
        return config.full_text == "page"

    async def _with_page(self, item: Item) -> Item:
        """The item with title, text and dates as its page has them.

        Raises:
            Reject: the page cannot be used.
            Retry: it cannot be had now.
        """
        document = await self._fetcher.get(
            item.url, bytes_max=self._settings.page_bytes_max, permit=self._robots.permit
        )
        if document is None:
            raise Reject(Reason.HTTP_ERROR, "HTTP 304 to a request without conditions")
        kind = document.content_type.partition(";")[0].strip().lower()
        if kind not in _ARTICLE_PAGES:
            raise Reject(Reason.NO_TEXT, f"it is {kind[:50]}, not a page")
        page = await self._parser.page(document.body, document.charset, document.url)
        return msgspec.structs.replace(
            item,
            title=item.title or page.title,
            text=page.text,
            published=(*item.published, *_claims(page.published, "page")),
            updated=(*item.updated, *_claims(page.updated, "page")),
        )

    def _next(self, before: FeedState, share_of_new: float) -> FeedState:
        """Sooner where much was new, later where nothing was."""
        interval = before.interval_seconds or self._shortest
        if share_of_new >= SHARE_OF_NEW_BUSY:
            interval /= 2
        elif not share_of_new:
            interval *= 1.5
        return msgspec.structs.replace(before, interval_seconds=self._clamped(interval), failures=0)

    def _failed(self, before: FeedState, error: RecordError) -> FeedState:
        failures = before.failures + 1
        interval = self._shortest * 2.0 ** min(failures, 16)
        if isinstance(error, Retry) and error.after is not None:
            interval = max(interval, error.after)
        return msgspec.structs.replace(
            before, interval_seconds=self._clamped(interval), failures=failures
        )

    @property
    def _shortest(self) -> float:
        return self._settings.poll_minutes_min * 60

    def _clamped(self, seconds: float) -> float:
        return min(max(seconds, self._shortest), self._settings.poll_minutes_max * 60)


def _item(config: FeedConfig, kind: FeedKind, entry: Entry) -> Item:
    origin: DateOrigin = "sitemap" if kind == "sitemap" else "feed"
    return Item(
        url=entry.url,
        title=entry.title,
        text=entry.text,
        source=Source(
            name=config.name, domain=_domain(entry.url), feed=config.url, trust=config.trust
        ),
        via=kind,
        published=_claims(entry.published, origin),
        updated=_claims(entry.updated, origin),
        language=config.language,
        announced=sha256(msgspec.msgpack.encode(entry)).digest()[:16],
        raw=_given(config, entry),
    )


def _given(config: FeedConfig, entry: Entry) -> bytes:
    """The entry as a line that `pledgewatch ingest FILE` would take."""
    fields = {
        "url": entry.url,
        "title": entry.title,
        "text": entry.text,
        "published": entry.published,
        "source": config.name,
        "language": config.language,
    }
    return msgspec.json.encode(fields)


def _domain(url: str) -> str | None:
    try:
        return domain(url)
    except ValueError:
        return None


def _claims(text: str | None, origin: DateOrigin) -> tuple[Claim, ...]:
    return (Claim(text, origin),) if text else ()
