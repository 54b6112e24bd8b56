"""The ledger service on a real Kafka: the same board and events through kills and rebalances."""

import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from pledgewatch.ledger import Ledger
from pledgewatch.ontology import Level
from pledgewatch.records import DeadLetter, Mention, Pledge, PledgeEvent, decode, encode
from services.common.kafka import Topics
from services.common.settings import Settings
from services.local.artifacts import PROJECT
from tests.conftest import RunService
from tests.processes import environment
from tests.topics import (
    publish_mentions,
    put,
    read,
    read_as,
    wait_committed,
)
from tests.unit.ledger.stories import stories
from tests.unit.ledger.test_ledger import mention

pytestmark = [pytest.mark.integration, pytest.mark.without_elasticsearch]


Board = dict[str, Pledge]


def board(settings: Settings) -> Board:
    """The board on its topic: the newest row of each id."""
    topic = Topics(settings.kafka.topic_prefix).pledges
    rows: dict[bytes, Pledge] = {}
    for record in read(settings.kafka, topic):
        rows[record.key] = decode(record.value, Pledge)
    return {row.id: _timeless(row) for row in rows.values() if row.articles}


def expected(mentions: Iterable[Mention], **when: datetime) -> Board:
    """The board that the ledger has of them in this process, as of a time."""
    ledger = Ledger()
    for one in mentions:
        ledger.apply([one])
    return {row.id: _timeless(row) for row in ledger.board(**when)}


def _timeless(row: Pledge) -> Pledge:
    return replace(row, updated=None, history=(), changed=None)


def events(settings: Settings) -> list[PledgeEvent]:
    """All records on the topic of events."""
    return read_as(settings.kafka, Topics(settings.kafka.topic_prefix).pledge_events, PledgeEvent)


def all_stories() -> list[Mention]:
    """The mentions of all stories, each story about years of its own, so that none meet."""
    found = []
    for number, story in enumerate(stories()):
        for one in story.mentions:
            recipient = one.recipient and replace(
                one.recipient, code=f"{one.recipient.code}-{number}"
            )
            actor = one.actor and replace(one.actor, code=f"{one.actor.code}-{number}")
            found.append(replace(one, recipient=recipient, actor=actor))
    return found


def asked(settings: Settings, folder: Path, *words: str) -> Board:
    """The board, as `pledgewatch board` tells it."""
    said = subprocess.run(
        [sys.executable, "-m", "services.cli", "board", "--json", *words],
        cwd=folder,
        env={"PATH": "", "PYTHONPATH": str(PROJECT), **environment(settings)},
        capture_output=True,
        check=True,
    ).stdout
    rows = [decode(line, Pledge) for line in said.splitlines()]
    return {row.id: _timeless(row) for row in rows}


def _delay(one: Mention) -> timedelta:
    """How long after its publication a mention was seen."""
    article = one.article
    if article.published is None or article.first_seen is None:
        return timedelta(0)
    return article.first_seen - article.published


def test_what_is_told_on_the_topics_is_what_the_ledger_says(
    settings: Settings, run_service: RunService, tmp_path: Path
) -> None:
    mentions = all_stories()
    publish_mentions(settings.kafka, mentions)
    service = run_service("ledger", None, "--serve")
    service.wait_ready()
    wait_committed(settings.kafka, "ledger", len(mentions))
    assert board(settings) == expected(mentions)
    page = service.get("/metrics")[1]
    assert 'pledgewatch_records_total{outcome="recorded",stage="ledger"}' in page
    told = events(settings)
    assert len({one.id for one in told if not one.confirmed}) > 0
    assert asked(settings, tmp_path) == expected(mentions)
    latest = max(mentions, key=_delay).article  # it came in latest
    assert latest.published is not None
    day = latest.published.date()
    end = datetime.combine(day, time.max, UTC)
    as_of = asked(settings, tmp_path, "--as-of", day.isoformat())
    assert as_of == expected(mentions, as_of=end) != expected(mentions)
    known_on = asked(settings, tmp_path, "--known-on", day.isoformat())
    assert known_on == expected(mentions, known_on=end) != as_of
    assert service.terminate(30) == 0


@pytest.mark.slow
def test_a_ledger_that_is_killed_again_and_again_tells_each_change_once(
    settings: Settings, run_service: RunService
) -> None:
    mentions = all_stories()
    service = run_service("ledger", None, "--serve")
    step = len(mentions) // 5 + 1
    for start in range(0, len(mentions), step):
        publish_mentions(settings.kafka, mentions[start : start + step])
        wait_committed(settings.kafka, "ledger", start + step // 2)
        service.kill()
        service.start()
    service.wait_ready()
    wait_committed(settings.kafka, "ledger", len(mentions))
    assert board(settings) == expected(mentions)
    first: dict[str, PledgeEvent] = {}
    for one in events(settings):
        same = replace(one, updated=None)
        earlier = first.setdefault(one.id, same)
        # a repeat is the same event, or its confirmation
        assert (earlier.event, earlier.to_level) == (same.event, same.to_level)
    assert service.terminate(30) == 0


def test_two_instances_share_the_pages_and_one_takes_over(
    settings: Settings, run_service: RunService
) -> None:
    mentions = all_stories()
    half = len(mentions) // 2
    one = run_service("ledger", None, "--serve")
    one.wait_ready()
    other = run_service("ledger", None, "--serve")
    other.wait_ready()
    publish_mentions(settings.kafka, mentions[:half])
    wait_committed(settings.kafka, "ledger", half)
    other.kill()
    publish_mentions(settings.kafka, mentions[half:])
    wait_committed(settings.kafka, "ledger", len(mentions))
    assert board(settings) == expected(mentions)
    assert one.terminate(30) == 0


def test_rubbish_is_dead_lettered_and_a_replay_repeats_nothing(
    settings: Settings, run_service: RunService
) -> None:
    topics = Topics(settings.kafka.topic_prefix)
    good = [mention(Level.WILLING), mention(Level.SIGNED, day=2)]
    undated = replace(good[0], article=replace(good[0].article, published=None, first_seen=None))
    bad: Sequence[tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]] = [
        (b"NOR|UKR", b"not json", []),
        (b"NOR|UKR", None, []),
        (b"NOR|UKR", encode(undated), []),
    ]
    put(settings.kafka, bad, topics.mentions)
    publish_mentions(settings.kafka, good)
    publish_mentions(settings.kafka, [replace(one, run="replay-1") for one in good])
    publish_mentions(settings.kafka, good)
    service = run_service("ledger", None, "--serve")
    service.wait_ready()
    wait_committed(settings.kafka, "ledger", 9)
    letters = read_as(settings.kafka, topics.dead_letters, DeadLetter)
    assert sorted(str(one.reason) for one in letters) == ["no_date", "not_json", "tombstone"]
    assert [str(one.event) for one in events(settings)] == ["new", "firmer"]
    page = service.get("/metrics")[1]
    for outcome, count in {"recorded": 2, "duplicate": 2, "ignored": 2, "rejected": 3}.items():
        sample = f'pledgewatch_records_total{{outcome="{outcome}",stage="ledger"}} {count}.0'
        assert sample in page
    assert service.terminate(30) == 0
