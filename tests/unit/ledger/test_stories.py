"""Scripted stories: each has exactly the events that a reader of the ontology expects."""

from itertools import groupby, zip_longest

import pytest

from pledgewatch.ledger import Ledger
from pledgewatch.records import PledgeEvent
from tests.unit.ledger.stories import Story, line, stories


@pytest.mark.parametrize("story", list(stories()), ids=lambda story: story.name)
def test_a_story_raises_exactly_its_events(story: Story) -> None:
    ledger = Ledger()
    told: dict[str, PledgeEvent] = {}
    for _, mentions in groupby(story.mentions, key=lambda one: one.article):
        came = ledger.apply(mentions)
        told |= {one.id: one for one in (*came.events, *came.confirmed)}
    found = [
        line(event, wanted)
        for event, wanted in zip_longest(told.values(), story.events)
        if event is not None
    ]
    assert found == story.events, story.shows
