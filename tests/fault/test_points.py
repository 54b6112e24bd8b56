"""The ledger dies between any two of its steps: each record that it writes, and each commit."""

import threading
from collections.abc import Iterable

import pytest
from kafka.structs import TopicPartition

from pledgewatch.ledger import Ledger
from pledgewatch.records import Mention, PledgeEvent
from services.common.settings import Settings
from services.common.stateful import Sending
from services.ledger.service import LedgerService
from services.local.servers import Kafka
from tests.conftest import own_settings
from tests.integration.test_ledger import board, events, expected
from tests.topics import committed, publish_mentions
from tests.unit.ledger.stories import stories

pytestmark = [pytest.mark.fault, pytest.mark.slow]

MENTIONS = 5


class DiedError(BaseException):
    """As if the process had been killed."""


class Mortal(LedgerService):
    """A ledger that dies after so many steps, or ends when all mentions are committed."""

    def __init__(self, settings: Settings, mentions: int, steps: int | None = None) -> None:
        super().__init__(settings, threading.Event())
        self._mentions = mentions
        self._steps = steps
        self.taken = 0

    def _step(self) -> None:
        if self.taken == self._steps:
            raise DiedError
        self.taken += 1

    def write(self, sendings: Iterable[Sending]) -> None:
        """One record after another, each a step."""
        for one in sendings:
            self._step()
            super().write([one])

    def _commit(self, place: TopicPartition, offset: int) -> None:
        self._step()
        super()._commit(place, offset)
        if committed(self.settings.kafka, "ledger") == self._mentions:
            self.stop.set()


def test_wherever_it_dies_each_change_is_told_once(kafka: Kafka) -> None:
    mentions = [one for story in stories() for one in story.mentions][:MENTIONS]
    with own_settings(kafka) as settings:
        steps = _live(settings, mentions)
    assert steps > len(mentions)
    for number in range(steps):
        with own_settings(kafka) as settings:
            _live(settings, mentions, dies_after=number)


def _live(settings: Settings, mentions: list[Mention], dies_after: int | None = None) -> int:
    """Have a ledger read the mentions, which may die once, and another end it; the steps."""
    publish_mentions(settings.kafka, mentions)
    if dies_after is not None:
        first = Mortal(settings, len(mentions), dies_after)
        with pytest.raises(DiedError):
            first.run()
        first.stop.set()  # for its threads
    last = Mortal(settings, len(mentions))
    last.run()
    assert board(settings) == expected(mentions)
    told: dict[str, list[PledgeEvent]] = {}
    for one in events(settings):
        told.setdefault(one.id, []).append(one)
    ledger = Ledger()
    assert set(told) == {event.id for one in mentions for event in ledger.apply([one]).events}
    for repeats in told.values():
        assert len({(one.event, one.to_level, one.known_at) for one in repeats}) == 1
    return last.taken
