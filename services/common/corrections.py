"""A person puts a mention right, or rejects it; the ledger and the indices follow."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from elasticsearch import NotFoundError
from msgspec.structs import replace

from pledgewatch.gazetteer import Gazetteer
from pledgewatch.ledger import key
from pledgewatch.ontology import Contribution, Level, Obstacle
from pledgewatch.records import CORRECTED, Actor, Correction, Mention, Quantity, encode
from services.common import cloudevents, kafka
from services.common.elasticsearch import Indices, client
from services.common.errors import UserError
from services.common.reach import asking_elasticsearch, asking_kafka
from services.common.runs import live_topics
from services.common.settings import ElasticsearchSettings, KafkaSettings, Settings

SOURCE = "/pledgewatch/correct"
ACKNOWLEDGE_SECONDS = 30
CORRECTED_MAX = 10_000
_QUANTITY = re.compile(r"(\d+)(?:-(\d+))? ([a-z]+)")


def correct(
    settings: Settings, id: str, changes: Mapping[str, Any], correction: Correction
) -> tuple[Mention, Mention]:
    """Put a mention right; it as it was, and as it is now.

    Args:
        settings: where Kafka and Elasticsearch are.
        id: of the mention.
        changes: fields of the mention and their new values; nothing but `correction` if rejected.
        correction: who does so, and when.

    Raises:
        UserError: there is no such mention, or the values do not go together.
    """
    old = find(settings.elasticsearch, id)
    model = replace(old.model, generation=CORRECTED)
    try:
        new = replace(old, model=model, correction=correction, **changes)
    except ValueError as error:
        raise UserError(f"that is no mention: {error}") from error
    records = [new]
    if key(new) != key(old):  # it leaves one page of the ledger and comes to another
        just_before = correction.at - timedelta(milliseconds=1)  # in the index, the other one stays
        gone = replace(correction, rejected=True, at=just_before)
        records.append(replace(old, model=model, correction=gone))
    publish(settings.kafka, records)
    return old, new


def changes(
    *,
    actor: str | None = None,
    recipient: str | None = None,
    contribution: Contribution | None = None,
    level: Level | None = None,
    obstacle: Obstacle | None = None,
    number: str | None = None,
) -> dict[str, Any]:
    """The fields of a mention that a person wants to put right; None leaves one as it is.

    Args:
        actor: code of who contributes; `-` is nobody.
        recipient: code of who receives; `-`: not known.
        contribution: what is offered.
        level: how firmly.
        obstacle: what stands in the way.
        number: as `quantity` reads it.

    Raises:
        UserError: a code or a number is none.
    """
    wanted: dict[str, Any] = {
        name: actor_of(code)
        for name, code in (("actor", actor), ("recipient", recipient))
        if code is not None
    }
    closed = {"contribution": contribution, "level": level, "obstacle": obstacle}
    wanted |= {name: value for name, value in closed.items() if value is not None}
    if number is not None:
        wanted["quantity"] = quantity(number)
    return wanted


def find(settings: ElasticsearchSettings, id: str) -> Mention:
    """The mention as it stands in the index.

    Raises:
        UserError: it is not there.
    """
    index = Indices(settings.index_prefix).read("mentions")
    with asking_elasticsearch(settings), client(settings) as elasticsearch:
        try:
            found = elasticsearch.search(index=index, query={"ids": {"values": [id]}}, size=1)
        except NotFoundError as error:
            raise UserError(f"there is no {index}: run `pledgewatch provision`") from error
    hits = found["hits"]["hits"]
    if not hits:
        raise UserError(f"there is no mention {id} in {index}: `pledgewatch trace URL` lists ids")
    return msgspec.convert(hits[0]["_source"]["pledgewatch"]["mention"], Mention)


def corrected(settings: ElasticsearchSettings) -> list[Mention]:
    """All mentions that a person has put right, the newest first."""
    index = Indices(settings.index_prefix).read("mentions")
    with asking_elasticsearch(settings), client(settings) as elasticsearch:
        found = elasticsearch.search(
            index=index,
            query={"exists": {"field": "pledgewatch.mention.correction.by"}},
            sort=[{"pledgewatch.mention.correction.at": "desc"}],
            size=CORRECTED_MAX,
        )
    return [
        msgspec.convert(hit["_source"]["pledgewatch"]["mention"], Mention)
        for hit in found["hits"]["hits"]
    ]


def actor_of(code: str) -> Actor | None:
    """The actor of a code; None for `-`.

    Raises:
        UserError: nobody has this code.
    """
    if code == "-":
        return None
    name = Gazetteer.load().name(code)
    if name == code and code not in ("NATO", "COALITION"):
        raise UserError(
            f"{code!r} is nobody's code: use ISO 3166 alpha-3, or NATO, EU, UN and such"
        )
    return Actor(code=code, name=name)


def quantity(text: str) -> Quantity | None:
    """A number as people type it; None for `-`.

    Raises:
        UserError: it is none.
    """
    if text == "-":
        return None
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        raise UserError(
            f"{text!r} is no number: write `200 personnel`, `200-800 personnel`, `2 ship`"
        )
    least = int(match[1])
    return Quantity(
        min=least, max=int(match[2] or least), unit=match[3], approximate=False, text=text
    )


def now() -> datetime:
    """The time of a correction."""
    return datetime.now(UTC)


def publish(settings: KafkaSettings, mentions: list[Mention]) -> None:
    """Put mentions on their topic, in order."""
    topics = live_topics(settings)
    with asking_kafka(settings), kafka.producer(settings, "pledgewatch-correct") as producer:
        for one in mentions:
            headers = cloudevents.headers("mention", one.id, SOURCE)
            producer.send(
                topics.mentions,
                key=kafka.page_key(one.actor, one.recipient).encode(),
                value=encode(replace(one, run=topics.classify)),
                headers=headers,
            ).get(timeout=ACKNOWLEDGE_SECONDS)
