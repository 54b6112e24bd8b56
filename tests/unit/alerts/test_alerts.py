"""Who is told of an event, in which words, and when it is tried again."""

import json
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import pytest
from msgspec.structs import replace

from pledgewatch.alerts import DEFAULTS, Rule, messages, receivers_of
from pledgewatch.alerts.retries import PAUSES, next_try
from pledgewatch.alerts.rules import why_nobody
from pledgewatch.ledger import Ledger
from pledgewatch.ontology import Event, Family, Level
from pledgewatch.records import Amount, PledgeEvent
from tests.unit.ledger.stories import stories
from tests.unit.ledger.test_ledger import mention

NOW = datetime(2026, 4, 1, tzinfo=UTC)


def event(kind: Event = Event.NEW, **changes: Any) -> PledgeEvent:
    """A new pledge of Norway's to send 200 soldiers to Ukraine, changed."""
    (new,) = Ledger().apply([mention(Level.ANNOUNCED, number=200)]).events
    return replace(new, event=kind, **changes)


def test_by_default_new_firmer_and_retracted_pledges_are_told() -> None:
    for kind in Event:
        told = receivers_of(event(kind), DEFAULTS)
        assert bool(told) is (kind in (Event.NEW, Event.FIRMER, Event.RETRACTED))


@pytest.mark.parametrize(
    ("rule", "changes", "reason"),
    [
        (Rule(to=("x",), events=frozenset({Event.FIRMER})), {}, "event new is not among firmer"),
        (Rule(to=("x",), actors=frozenset({"FRA"})), {}, "actor NOR is not among FRA"),
        (Rule(to=("x",), recipients=frozenset({"MLI"})), {"recipient": None}, "recipient - is not"),
        (Rule(to=("x",), families=frozenset({Family.AIR})), {}, "family ground is not"),
        (Rule(to=("x",), level=Level.SIGNED), {}, "never was signed or firmer"),
        (Rule(to=("x",), quantity_min=500), {}, "number is below 500"),
        (Rule(to=("x",), quantity_min=1), {"quantity": None}, "number is below 1"),
        (Rule(to=("x",), confirmed=True), {"confirmed": False}, "is not confirmed yet"),
    ],
)
def test_a_rule_says_why_it_does_not_want_an_event(
    rule: Rule, changes: dict[str, Any], reason: str
) -> None:
    refused = rule.refuses(event(**changes))
    assert refused is not None
    assert reason in refused


def test_a_retraction_is_as_large_as_what_it_takes_back() -> None:
    ledger = Ledger()
    ledger.apply([mention(Level.ANNOUNCED, number=800)])
    (retracted,) = ledger.apply([mention(Level.DECLINED, day=5)]).events
    assert Rule(to=("x",), quantity_min=500).refuses(retracted) is None


def test_the_first_rule_that_wants_an_event_sets_the_severity() -> None:
    rules = [
        Rule(to=("desk",), actors=frozenset({"FRA"}), severity="critical"),
        Rule(to=("desk", "log"), severity="info"),
        Rule(to=("desk",), severity="warning"),
    ]
    assert receivers_of(event(), rules) == {"desk": "info", "log": "info"}


@pytest.mark.parametrize(("changes", "reason"), [({"late": True}, "too late")])
def test_no_rule_tells_what_is_no_news(changes: dict[str, Any], reason: str) -> None:
    assert receivers_of(event(**changes), [Rule(to=("x",))]) == {}
    assert reason in (why_nobody(event(**changes)) or "")


def test_every_event_of_every_story_has_a_sentence_and_messages_that_are_json() -> None:
    kinds = set()
    for story in stories():
        ledger = Ledger()
        for _, mentions in groupby(story.mentions, key=lambda one: one.article):
            for one in ledger.apply(mentions).events:
                kinds.add(one.event)
                sentence = messages.summary(one)
                assert one.actor.name in sentence
                assert "None" not in sentence
                body = json.loads(messages.webhook_body(one))
                assert body["type"] == f"pledge.{one.event}"
                assert body["data"]["event"]["id"] == one.id
                alert = messages.alert(
                    one, "info", now=NOW, lasts=timedelta(hours=1), kibana="https://kibana.example"
                )
                assert all(isinstance(value, str) for value in alert["labels"].values())
                assert alert["annotations"]["evidence"] == one.sentence
    assert kinds == set(Event)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (None, ""),
        (Amount(min=3000, max=3000, unit="personnel"), "3,000 personnel"),
        (Amount(min=0, max=800, unit="personnel"), "up to 800 personnel"),
        (Amount(min=200, max=None, unit="personnel"), "more than 200 personnel"),
        (
            Amount(min=2000, max=9999, unit="personnel", approximate=True),
            "about 2,000–9,999 personnel",
        ),
    ],
)
def test_numbers_are_written_as_people_do(amount: Amount | None, words: str) -> None:
    assert messages.words(amount) == words


def test_tries_come_soon_then_over_days_and_never_before_the_receiver_asked() -> None:
    for chance in (0.0, 0.5, 1.0):
        waits = [next_try(n, NOW, chance=lambda c=chance: c) - NOW for n in range(1, 14)]  # type: ignore[misc]
        assert waits == sorted(waits)
        assert timedelta(seconds=4) <= waits[0] <= timedelta(seconds=6)
        assert waits[-1] >= PAUSES[-1] * 0.8
    assert next_try(1, NOW, after=3600) == NOW + timedelta(hours=1)
