"""The broker stops under the ledger and notify: every change is on the board, and told once."""

from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import pytest
from msgspec.structs import replace

from pledgewatch.alerts import DEFAULTS, receivers_of
from pledgewatch.ledger import Ledger
from pledgewatch.ontology import Level
from pledgewatch.records import Mention, PledgeEvent
from services.common.kafka import Topics
from services.common.settings import Settings
from services.demo.desk import Desk
from services.local.servers import Kafka
from tests.conftest import RunService
from tests.processes import wait_for
from tests.topics import publish_mentions, read_as, wait_committed
from tests.unit.ledger.test_ledger import START, mention

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.without_elasticsearch]

ACTORS = 60


def changes() -> list[Mention]:
    """Two steps of each of many actors, as published in the last minutes."""
    now = datetime.now(UTC)
    steps = [
        mention(level, day=day, actor=f"X{number}", number=200)
        for level, day in ((Level.WILLING, 0), (Level.SIGNED, 1))
        for number in range(ACTORS)
    ]
    ages = {one.id: (one.article.published or START) - START for one in steps}
    return [
        replace(
            one,
            article=replace(
                one.article,
                published=now + (ages[one.id] - max(ages.values())),
                first_seen=now + (ages[one.id] - max(ages.values())),
            ),
        )
        for one in steps
    ]


def test_a_broker_that_stops_loses_no_change_and_tells_none_twice(
    settings: Settings, kafka: Kafka, run_service: RunService, tmp_path: Path
) -> None:
    mentions = changes()
    half = len(mentions) // 2
    with Desk() as desk:
        env = {"PLEDGEWATCH_NOTIFY__RULES": str(desk.write_rules(tmp_path))}
        ledger = run_service("ledger", None, "--serve")
        notify = run_service("notify", env, "serve")
        ledger.wait_ready()
        notify.wait_ready()
        publish_mentions(settings.kafka, mentions[:half])
        wait_for(lambda: desk.told)
        kafka.kill()
        kafka.start()
        publish_mentions(settings.kafka, mentions[half:])
        wait_committed(settings.kafka, "ledger", len(mentions), 120)

        expected: set[str] = set()
        pure = Ledger()
        for _, group in groupby(mentions, key=lambda one: one.article):
            events = pure.apply(group).events
            expected |= {one.id for one in events if receivers_of(one, DEFAULTS)}
        wait_for(lambda: expected <= desk.told.keys(), 120, "every change to be told")
        assert desk.told.keys() == expected
        topic = Topics(settings.kafka.topic_prefix).pledge_events
        written = {one.id for one in read_as(settings.kafka, topic, PledgeEvent)}
        assert written == expected
        assert ledger.running
        assert notify.running
