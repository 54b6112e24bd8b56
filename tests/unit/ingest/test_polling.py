"""The rhythm of a feed, and where its articles' text is taken from."""

import pytest

from pledgewatch.outcome import Reason, Reject, Retry, Stage
from pledgewatch.text.feeds import Entry
from services.common.metrics import Metrics
from services.common.settings import IngestSettings
from services.ingest.feeds_file import FeedConfig
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
