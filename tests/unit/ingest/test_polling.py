"""The rhythm of a feed, and where its articles' text is taken from."""

import asyncio
from typing import Any

import pytest

from pledgewatch.outcome import Outcome, Reason, Reject, Retry, Stage
from pledgewatch.text.feeds import Entry, Feed
from pledgewatch.text.pages import Page
from services.common.metrics import Metrics
from services.common.settings import IngestSettings
from services.ingest import polling
from services.ingest.articles import Item
from services.ingest.feeds_file import FeedConfig
from services.ingest.fetch import Fetched
from services.ingest.polling import FULL_TEXT_CHARACTERS, Poller
from services.ingest.state import FeedState

MINUTE = 60.0


@pytest.fixture
def poller() -> Poller:
    nothing: object = None
    settings = IngestSettings(poll_minutes_min=2, poll_minutes_max=60)
    return Poller(settings, nothing, nothing, nothing, nothing, Metrics(Stage.INGEST))  # type: ignore[arg-type]


def interval(state: FeedState) -> float:
    assert state.interval_seconds is not None
    return state.interval_seconds / MINUTE


def test_a_quiet_feed_is_polled_less_and_less(poller: Poller) -> None:
    state = FeedState()
    seen = []
    for _ in range(12):
        state = poller._next(state, 0.0)
        seen.append(interval(state))
    assert seen[0] == 3
    assert seen == sorted(seen)
    assert seen[-1] == 60


def test_a_busy_feed_is_polled_more(poller: Poller) -> None:
    quiet = FeedState(interval_seconds=40 * MINUTE, failures=3)
    assert interval(poller._next(quiet, 0.5)) == 20
    assert interval(poller._next(quiet, 0.1)) == 40
    assert poller._next(quiet, 0.1).failures == 0
    assert interval(poller._next(FeedState(), 1.0)) == 2


def test_a_failing_feed_backs_off(poller: Poller) -> None:
    state = FeedState(etag="1")
    error = Reject(Reason.PARSE_ERROR, "not a feed")
    seen = []
    for _ in range(8):
        state = poller._failed(state, error)
        seen.append(interval(state))
    assert seen == [4, 8, 16, 32, 60, 60, 60, 60]
    assert (state.failures, state.etag) == (8, "1")
    for _ in range(2_000):
        state = poller._failed(state, error)
    assert interval(state) == 60


def test_retry_after_is_respected(poller: Poller) -> None:
    assert interval(poller._failed(FeedState(), Retry("busy", after=25 * MINUTE))) == 25
    assert interval(poller._failed(FeedState(), Retry("busy", after=1))) == 4


@pytest.mark.parametrize(
    ("full_text", "text", "page"),
    [
        ("auto", "", True),
        ("auto", "A summary.", True),
        ("auto", "x" * FULL_TEXT_CHARACTERS, False),
        ("auto", "x" * FULL_TEXT_CHARACTERS + " [\u2026]", True),
        ("auto", "x" * FULL_TEXT_CHARACTERS + "...", True),
        ("page", "x" * FULL_TEXT_CHARACTERS, True),
        ("feed", "A summary.", False),
    ],
)
def test_where_the_text_is(full_text: str, text: str, page: bool) -> None:
    config = FeedConfig.model_validate(
        {"url": "https://n.example/", "name": "N", "full_text": full_text}
    )
    assert Poller._needs_page(config, Entry(url="https://n.example/a", text=text)) is page


class World:
    """A feed, its pages and an intake, in place of all that a poller works with."""

    def __init__(self) -> None:
        self.offered = ["https://n.example/a", "https://n.example/b"]
        self.away: set[str] = set()
        self.taken: list[str] = []
        self.rejected: list[tuple[str, Reason]] = []
        self.poller = Poller(IngestSettings(), self, self, self, self, Metrics(Stage.INGEST))  # type: ignore[arg-type]

    async def poll(self) -> None:
        config = FeedConfig(url="https://n.example/feed", name="N", full_text="page")
        await self.poller.poll(config, asyncio.Event())

    async def get(self, url: str, **_: Any) -> Fetched:
        if url in self.away:
            raise Retry("away")
        return Fetched(
            url=url, body=b"", content_type="", charset=None, etag="1", last_modified=None
        )

    async def page(self, body: bytes, charset: str | None, url: str) -> Page:
        return Page(title="T", text="A whole article.", published=None, updated=None)

    def feed(self, given: Any) -> Any:
        if isinstance(given, str):  # asked as the intake
            return FeedState()
        entries = tuple(Entry(url=url) for url in self.offered)
        return asyncio.sleep(0, Feed(kind="rss", entries=entries))

    async def flowing(self) -> None: ...

    def is_known(self, url: str, announced: bytes) -> bool:
        return url in self.taken

    async def known(self, url: str) -> Outcome:
        return Outcome.DUPLICATE

    async def accept(self, item: Item) -> Outcome:
        self.taken.append(item.url)
        return Outcome.PUBLISHED

    async def reject(self, url: str, reject: Reject, *_: Any) -> None:
        self.rejected.append((url, reject.reason))

    async def save_feed(self, url: str, state: FeedState) -> None:
        self.saved = state


async def test_a_page_is_had_later_though_the_feed_has_dropped_it() -> None:
    world = World()
    world.away = {"https://n.example/a"}
    await world.poll()
    assert world.taken == ["https://n.example/b"]
    assert world.saved.etag is None
    world.offered, world.away = ["https://n.example/b", "https://n.example/c"], set()
    await world.poll()
    assert world.taken == [f"https://n.example/{name}" for name in "bac"]
    assert world.saved.etag == "1"


async def test_a_page_that_stays_away_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.away = {"https://n.example/a"}
    world.offered = ["https://n.example/a"]
    for _ in range(30):
        await world.poll()
    assert world.rejected == []
    monkeypatch.setattr(polling, "PAGE_SECONDS_MAX", 0)
    await world.poll()
    assert world.rejected == [("https://n.example/a", Reason.HTTP_ERROR)]
    assert world.saved.etag == "1"
