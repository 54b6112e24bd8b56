"""Each item has one outcome; what is known is not published again."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest

from pledgewatch.outcome import Outcome, Reason, Reject, Stage
from pledgewatch.records import Article, ArticleOutcome, DeadLetter, Source, decode
from pledgewatch.text.dates import Claim
from services.common.kafka import RECORD_BYTES_MAX, Topics
from services.common.metrics import Metrics
from services.common.settings import Settings
from services.ingest.articles import Item
from services.ingest.intake import Intake
from services.ingest.state import ARTICLE_KEY, State

TOPICS = Topics("pledgewatch.")
STORY = (
    "Ghana will double its battalion in the border mission to 900 soldiers by March, the defence "
    "ministry in Accra said, once the neighbours have agreed on a command.\n\n"
    "The soldiers are to guard the two main roads and train the local border police, which has "
    "lost nine posts since the summer.\n\n"
    "Money for the first six months has been found, a spokesman said."
)


class Writer:
    """Keeps what is sent, in order; each send can be held back."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, bytes | None]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(
        self, topic: str, key: str, value: bytes | None, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        assert dict(headers)["ce_source"] == b"/pledgewatch/ingest"
        await self.gate.wait()
        self.sent.append((topic, key, value))

    def values(self, topic: str) -> list[bytes]:
        return [value for name, _, value in self.sent if name == topic and value is not None]

    @property
    def articles(self) -> list[Article]:
        return [decode(value, Article) for value in self.values(TOPICS.articles)]


class Rig:
    """An intake on a writer, which can be restarted from what it wrote."""

    def __init__(self) -> None:
        self.writer = Writer()
        self.restart()

    def restart(self) -> None:
        self.state = State(timedelta(days=3))
        self.state.load(
            (key, value) for topic, key, value in self.writer.sent if topic == TOPICS.ingest_state
        )
        self.metrics = Metrics(Stage.INGEST)
        self.intake = Intake(Settings(), self.writer, self.state, self.metrics)  # type: ignore[arg-type]

    def counted(self, outcome: Outcome) -> float:
        labels: dict[str, str] = {"stage": Stage.INGEST, "outcome": outcome}
        return self.metrics.registry.get_sample_value("pledgewatch_records_total", labels) or 0


@pytest.fixture
def rig() -> Rig:
    return Rig()


def item(url: str = "https://n.example/a", text: str = STORY, **fields: object) -> Item:
    values: dict[str, object] = {
        "url": url,
        "title": "Ghana doubles battalion",
        "text": text,
        "source": Source(name="Newsroom"),
        "via": "rss",
        "published": (Claim("2026-01-05T10:00:00Z", "feed"),),
    }
    return Item(**(values | fields))  # type: ignore[arg-type]


async def test_the_article_is_sent_before_its_state(rig: Rig) -> None:
    assert await rig.intake.accept(item()) is Outcome.PUBLISHED
    assert [topic for topic, _, _ in rig.writer.sent] == [TOPICS.articles, TOPICS.ingest_state]
    assert rig.counted(Outcome.PUBLISHED) == 1


@pytest.mark.parametrize("restart", [False, True])
async def test_the_same_twice(rig: Rig, restart: bool) -> None:
    await rig.intake.accept(item())
    sent = len(rig.writer.sent)
    if restart:
        rig.restart()
    assert await rig.intake.accept(item("https://n.example/a?utm_source=x")) is Outcome.DUPLICATE
    assert len(rig.writer.sent) == sent
    assert rig.counted(Outcome.DUPLICATE) == 1


async def test_crash_before_the_state_publishes_the_same_again(rig: Rig) -> None:
    await rig.intake.accept(item())
    rig.writer.sent = [entry for entry in rig.writer.sent if entry[0] != TOPICS.ingest_state]
    rig.restart()
    assert await rig.intake.accept(item()) is Outcome.PUBLISHED
    first, second = rig.writer.articles
    assert (first.id, first.revision) == (second.id, second.revision)


@pytest.mark.parametrize("restart", [False, True])
async def test_a_copy_gets_the_story_of_the_first(rig: Rig, restart: bool) -> None:
    await rig.intake.accept(item())
    if restart:
        rig.restart()
    copy = item("https://other.example/b", STORY.rpartition("\n\n")[0], title="Accra sends more")
    assert await rig.intake.accept(copy) is Outcome.PUBLISHED
    first, second = rig.writer.articles
    assert first.story_id == first.id
    assert second.story_id == first.id
    assert second.id != first.id


async def test_copies_at_the_same_time_have_one_story(rig: Rig) -> None:
    rig.writer.gate.clear()
    tasks = [
        asyncio.create_task(rig.intake.accept(item(f"https://{host}.example/a")))
        for host in ("one", "two", "three")
    ]
    await asyncio.sleep(0)
    rig.writer.gate.set()
    await asyncio.gather(*tasks)
    assert len({article.story_id for article in rig.writer.articles}) == 1


async def test_the_same_at_the_same_time_is_published_once(rig: Rig) -> None:
    outcomes = await asyncio.gather(*(rig.intake.accept(item()) for _ in range(5)))
    assert sorted(outcomes) == [Outcome.DUPLICATE] * 4 + [Outcome.PUBLISHED]


async def test_a_change_is_published_with_a_greater_revision(rig: Rig) -> None:
    await rig.intake.accept(item())
    assert await rig.intake.accept(item(text=STORY + "\n\nAn update.")) is Outcome.PUBLISHED
    first, second = rig.writer.articles
    assert second.revision > first.revision
    assert (second.story_id, second.first_seen) == (first.story_id, first.first_seen)


async def test_an_unchanged_announcement_is_known(rig: Rig) -> None:
    url, announced = "https://n.example/a", b"1" * 16
    assert not rig.intake.is_known(url, announced)
    await rig.intake.accept(item(url, announced=announced))
    assert rig.intake.is_known(url, announced)
    assert not rig.intake.is_known(url, b"2" * 16)
    # offered in other words, but with the same article behind it
    assert await rig.intake.accept(item(url, announced=b"2" * 16)) is Outcome.DUPLICATE
    rig.restart()
    assert rig.intake.is_known(url, b"2" * 16)


async def test_what_cannot_be_used_can_be_traced(rig: Rig) -> None:
    refused = item(text="", announced=b"1" * 16, raw=b'{"url": "https://n.example/a"}')
    assert await rig.intake.accept(refused) is Outcome.REJECTED
    letter = decode(rig.writer.values(TOPICS.dead_letters)[0], DeadLetter)
    assert (letter.reason, letter.url, letter.value) == (Reason.NO_TEXT, refused.url, refused.raw)
    outcome = decode(rig.writer.values(TOPICS.outcomes)[0], ArticleOutcome)
    assert (outcome.stage, outcome.outcome, outcome.reason) == (
        Stage.INGEST,
        Outcome.REJECTED,
        Reason.NO_TEXT,
    )
    assert rig.counted(Outcome.REJECTED) == 1
    rig.restart()
    assert rig.intake.is_known(refused.url, refused.announced)
    # with text it is an article like any other
    assert await rig.intake.accept(item(announced=b"2" * 16)) is Outcome.PUBLISHED
    assert rig.writer.articles[0].story_id == rig.writer.articles[0].id


async def test_a_url_that_may_not_be_fetched_is_traced_as_given(rig: Rig) -> None:
    assert await rig.intake.accept(item("javascript:alert(1)")) is Outcome.REJECTED
    outcome = decode(rig.writer.values(TOPICS.outcomes)[0], ArticleOutcome)
    assert (outcome.url, outcome.reason) == ("javascript:alert(1)", Reason.UNSAFE_URL)


async def test_a_letter_is_known_by_the_canonical_url(rig: Rig) -> None:
    for campaign in "xy":
        await rig.intake.accept(item(f"https://n.example/a?utm_source={campaign}", text=""))
    letters = [decode(value, DeadLetter) for value in rig.writer.values(TOPICS.dead_letters)]
    assert {letter.url for letter in letters} == {"https://n.example/a"}
    assert len({letter.id for letter in letters}) == 1


async def test_bytes_that_no_letter_can_hold_are_left_out(rig: Rig) -> None:
    reject = Reject(Reason.NOT_JSON, "not JSON")
    await rig.intake.reject("https://n.example/a", reject, b"x" * (RECORD_BYTES_MAX - 1))
    (value,) = rig.writer.values(TOPICS.dead_letters)
    letter = decode(value, DeadLetter)
    assert (letter.reason, letter.value) == (Reason.NOT_JSON, None)
    assert str(RECORD_BYTES_MAX - 1) in letter.message


async def test_too_large_for_kafka(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    send = rig.writer.send

    async def refuse(topic: str, *arguments: object) -> None:
        if topic == TOPICS.articles:
            raise Reject(Reason.TOO_LARGE, "larger than Kafka takes")
        await send(topic, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(rig.writer, "send", refuse)
    assert await rig.intake.accept(item()) is Outcome.REJECTED
    monkeypatch.undo()
    assert await rig.intake.accept(item()) is Outcome.PUBLISHED


async def test_state_on_the_topic_is_plain_json(rig: Rig) -> None:
    await rig.intake.accept(item())
    value = json.loads(rig.writer.values(TOPICS.ingest_state)[0])
    assert set(value) == set(msgspec.json.decode(msgspec.json.encode(value)))
    assert {"content", "story", "revision", "first_seen", "seen", "signature"} <= set(value)


async def test_what_is_offered_while_the_old_is_dropped_stays(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.intake.accept(item())
    key = ARTICLE_KEY + rig.writer.articles[0].id
    monkeypatch.setattr(rig.state, "forget_old", lambda _: [key, ARTICLE_KEY + "b" * 32])
    await rig.intake.forget_old()
    removed = [key for topic, key, value in rig.writer.sent if value is None]
    assert removed == [ARTICLE_KEY + "b" * 32]
