"""Events in words and as messages: a sentence, an alert for Alertmanager, a webhook's body."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from pledgewatch.ontology import Event, Level
from pledgewatch.records import Amount, PledgeEvent

Json = dict[str, Any]

_FORCES = {"ground": "ground forces", "air": "air forces", "naval": "naval forces"}
_STATES = {
    Level.DEPLOYED: "has {what} deployed",
    Level.APPROVED: "has approved {what}",
    Level.SIGNED: "has signed for {what}",
    Level.ANNOUNCED: "will send {what}",
    Level.WILLING: "is willing to send {what}",
    Level.CONSIDERING: "is considering {what}",
}


def summary(event: PledgeEvent) -> str:
    """The event in one sentence: "France → Ukraine: willing → signed (3,000 personnel)"."""
    who, forces = event.actor.name, _FORCES[event.family]
    where = f" for {event.recipient.name}" if event.recipient else ""
    number = words(event.quantity)
    what = f"{number} ({forces})" if number else forces
    before = f", before: {event.from_level}" if event.from_level else ""
    match event.event:
        case Event.NEW | Event.FIRMER if event.to_level in _STATES:
            sentence = f"{who} {_STATES[event.to_level].format(what=what)}{where}{before}"
        case Event.LARGER | Event.SMALLER:
            old = words(event.quantity_before) or "an unknown number"
            direction = "more" if event.event is Event.LARGER else "fewer"
            new = words(event.quantity) or direction
            sentence = f"{who} changes its {forces}{where}: {old} → {new}"
        case Event.WEAKER:
            sentence = (
                f"{who} steps back{where}: {event.from_level} → {event.to_level or 'nothing'}"
            )
        case Event.RETRACTED:
            done = "withdraws" if event.to_level is Level.WITHDRAWN else "takes back"
            sentence = f"{who} {done} its {forces}{where}{before}"
        case Event.BLOCKED:
            sentence = f"{who}: {_spoken(event.obstacle)} stands in the way of its {forces}{where}"
        case Event.CLEARED:
            sentence = f"{who}: {_spoken(event.obstacle)} no longer stops its {forces}{where}"
        case _:
            sentence = f"{who}: {event.event}, {forces}{where}"
    marks = [
        mark
        for mark, holds in (
            ("a correction", event.correction),
            ("unconfirmed", not event.confirmed),
        )
        if holds
    ]
    return sentence + (f" [{', '.join(marks)}]" if marks else "")


def words(amount: Amount | None) -> str:
    """A number as people write it; empty where there is none."""
    if amount is None:
        return ""
    about = "about " if amount.approximate else ""
    if amount.min == amount.max:
        number = f"{amount.min:,}"
    elif amount.max is None:
        number = f"more than {amount.min:,}"
    elif not amount.min:
        number = f"up to {amount.max:,}"
    else:
        number = f"{amount.min:,}–{amount.max:,}"
    return f"{about}{number} {amount.unit}"


def _spoken(obstacle: str | None) -> str:
    return (obstacle or "an obstacle").replace("_", " ")


def alert(
    event: PledgeEvent,
    severity: str,
    *,
    now: datetime,
    lasts: timedelta,
    kibana: str | None,
    console: str | None = None,
) -> Json:
    """An alert as the v2 API of Alertmanager takes it; `kibana`, `console`: their base URLs."""
    link = next((one.url for one in event.sources if one.url), None)
    annotations = {
        "summary": summary(event),
        "evidence": event.sentence,
        "sources": "\n".join(f"{one.outlet} {one.url or ''}".strip() for one in event.sources),
        "independent_sources": str(event.independent_sources),
        "event_id": event.id,
        "mention": event.mention,
        "published": event.at.isoformat(),
    }
    if kibana:
        query = f"pledgewatch.pledge_event.id:{event.id}"
        annotations["kibana"] = f"{kibana.rstrip('/')}/app/discover#/?_a=(query:(query:'{query}'))"
    if console:
        annotations["console"] = f"{console.rstrip('/')}/mentions/{event.mention}"
    body: Json = {
        "labels": {
            "alertname": "PledgeChanged",
            "actor": event.actor.code,
            "recipient": event.recipient.code if event.recipient else "-",
            "family": str(event.family),
            "event": str(event.event),
            "severity": severity,
            "confirmed": "true" if event.confirmed else "false",
            "event_id": event.id,
        },
        "annotations": annotations,
        "startsAt": now.isoformat(),
        "endsAt": (now + lasts).isoformat(),
    }
    if link:
        body["generatorURL"] = link
    return body


def webhook_body(event: PledgeEvent) -> bytes:
    """The body of a webhook about one event: always the same bytes."""
    return msgspec.json.encode(
        {
            "type": f"pledge.{event.event}",
            "timestamp": event.known_at,
            "data": {"summary": summary(event), "event": event},
        }
    )


def short_body(event: PledgeEvent) -> bytes:
    """The body of a webhook about one event in few words, for who takes no more.

    It has neither sentence nor sources, and of the event what tells it from others.
    """
    told = {
        "id": event.id,
        "event": event.event,
        "actor": event.actor,
        "recipient": event.recipient,
        "family": event.family,
        "from": event.from_level,
        "to": event.to_level,
        "at": event.at,
        "confirmed": event.confirmed,
    }
    return msgspec.json.encode(
        {
            "type": f"pledge.{event.event}",
            "timestamp": event.known_at,
            "data": {"summary": summary(event), "short": True, "event": told},
        }
    )


def digest_body(events: Sequence[PledgeEvent]) -> bytes:
    """The body of a webhook about many events at once."""
    return msgspec.json.encode(
        {
            "type": "pledge.digest",
            "timestamp": max(one.known_at for one in events),
            "data": {
                "count": len(events),
                "events": [{"summary": summary(one), "event": one} for one in events],
            },
        }
    )
