"""Documents: ECS names around the record's own bytes, and mappings that know every field."""

import json
import types
import typing
from contextlib import suppress
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.transport.mentions import mentions
from pledgewatch import documents, ids
from pledgewatch.outcome import Outcome, Reason, Reject, Stage
from pledgewatch.records import (
    Article,
    ArticleOutcome,
    DeadLetter,
    Language,
    Mention,
    Origin,
    Pledge,
    PledgeEvent,
    Published,
    Record,
    Sample,
    Source,
    decode,
    encode,
)

TEMPLATES = Path(__file__).parents[2] / "deploy" / "elasticsearch"
INDEX = b"pledgewatch-x-write"
NOW = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
THEN = datetime(2026, 5, 1, 12, 0, 0, 250_000, tzinfo=UTC)

ARTICLE = Article(
    id="a" * 32,
    url="https://outlet.example/1",
    title="Kenya to send police",
    text="Kenya will send police.\nThe vote was close.",
    source=Source(name="Outlet", domain="outlet.example"),
    language=Language(code="en", confidence=0.99),
    published=Published(at=THEN, origin="feed", trusted=True),
    first_seen=NOW,
    revision=ids.milliseconds(THEN),
    content_hash="c" * 32,
    story_id="a" * 32,
    via="rss",
)
MENTION = next(mentions(1))
EXAMPLES = Path(__file__).parents[2] / "schemas"
PLEDGE = decode((EXAMPLES / "pledge/examples/good/v1-deployed.json").read_bytes(), Pledge)
PLEDGE_EVENT = decode(
    (EXAMPLES / "pledge-event/examples/good/v1-smaller.json").read_bytes(), PledgeEvent
)
SAMPLE = decode((EXAMPLES / "sample/examples/good/v1-classify.json").read_bytes(), Sample)
OUTCOME = ArticleOutcome(
    id="d" * 32,
    article_id="a" * 32,
    url=ARTICLE.url,
    stage=Stage.CLASSIFY,
    outcome=Outcome.MENTIONS_FOUND,
    reason=None,
    mentions=("e" * 32,),
    origin=Origin(topic="articles", partition=1, offset=2),
    revision=ARTICLE.revision,
    model=MENTION.model,
    at=NOW,
)
DEAD_LETTER = DeadLetter(
    id="f" * 32,
    stage=Stage.INGEST,
    reason=Reason.NO_TEXT,
    message="the page has no text",
    origin=None,
    key=None,
    value=b"<html>\n</html>",
    headers=(("content-type", b"text/html"),),
    url=ARTICLE.url,
    at=THEN,
    attempts=3,
)
RECORDS: dict[str, tuple[str, Record]] = {
    "articles": ("article", ARTICLE),
    "mentions": ("mention", MENTION),
    "pledges": ("pledge", PLEDGE),
    "pledge-events": ("pledge_event", PLEDGE_EVENT),
    "outcomes": ("outcome", OUTCOME),
    "dead-letters": ("dead_letter", DEAD_LETTER),
    "metrics": ("sample", SAMPLE),
}
UNSEARCHED = (".proof", ".headers", ".history")
KINDS = pytest.mark.parametrize("name", RECORDS)


def build(name: str, value: bytes | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Action and document."""
    body = documents.BUILDERS[name](value, INDEX, documents.as_json(NOW)).body
    action, document, rest = body.split(b"\n")
    assert rest == b""
    return json.loads(action)["index"], json.loads(document)


@KINDS
def test_a_document_holds_the_record_as_it_is_under_its_name(name: str) -> None:
    field, record = RECORDS[name]
    action, document = build(name, encode(record))
    assert document["pledgewatch"] == {field: json.loads(encode(record))}
    assert document["event"]["dataset"] == f"pledgewatch.{field}"
    assert document["event"]["ingested"] == "2026-05-06T07:08:09Z"
    assert action["_id"] == record.id  # type: ignore[attr-defined]
    assert action["_index"] == INDEX.decode()
    assert action["version_type"] == "external_gte"


@KINDS
def test_every_field_of_a_document_is_in_the_mapping(name: str) -> None:
    record = RECORDS[name][1]
    _, document = build(name, encode(record))
    assert set(paths(document)) <= set(mapped(name)), "strict mappings refuse such a document"


def test_versions_follow_the_revision_then_the_generation_then_the_attempt() -> None:
    assert build("articles", encode(ARTICLE))[0]["version"] == ids.milliseconds(THEN) * 1000
    newer = msgspec.structs.replace(
        MENTION, model=msgspec.structs.replace(MENTION.model, generation=7)
    )
    revision = MENTION.article.revision
    assert build("mentions", encode(MENTION))[0]["version"] == revision * 1000
    assert build("mentions", encode(newer))[0]["version"] == revision * 1000 + 7
    assert build("dead-letters", encode(DEAD_LETTER))[0]["version"] == (
        ids.milliseconds(THEN) * 1000 + 3
    )


def test_the_time_of_a_document_is_that_of_publication() -> None:
    assert build("articles", encode(ARTICLE))[1]["@timestamp"] == "2026-05-01T12:00:00.250000Z"
    undated = msgspec.structs.replace(
        MENTION,
        article=msgspec.structs.replace(MENTION.article, published=None, first_seen=THEN),
    )
    assert build("mentions", encode(undated))[1]["@timestamp"] == "2026-05-01T12:00:00.250000Z"
    unseen = msgspec.structs.replace(
        undated, article=msgspec.structs.replace(undated.article, first_seen=None)
    )
    assert build("mentions", encode(unseen))[1]["@timestamp"] == "2026-05-06T07:08:09Z"


@KINDS
def test_a_record_on_several_lines_becomes_one_line(name: str) -> None:
    record = RECORDS[name][1]
    value = msgspec.json.format(encode(record), indent=2)
    assert b"\n" in value
    assert build(name, value) == build(name, encode(record))


@KINDS
@pytest.mark.parametrize(
    ("value", "reason"),
    [(None, Reason.TOMBSTONE), (b"\x00", Reason.NOT_JSON), (b'{"id":1}', Reason.SCHEMA)],
)
def test_what_is_no_record_is_rejected(name: str, value: bytes | None, reason: Reason) -> None:
    with pytest.raises(Reject) as rejected:
        build(name, value)
    assert rejected.value.reason is reason


def test_a_revision_that_no_version_can_hold_is_rejected() -> None:
    with pytest.raises(Reject, match="revision") as rejected:
        build("articles", encode(msgspec.structs.replace(ARTICLE, revision=10**15)))
    assert rejected.value.reason is Reason.SCHEMA


@given(st.sampled_from(sorted(RECORDS)), st.binary())
def test_any_bytes_are_a_document_of_two_lines_or_rejected(name: str, value: bytes) -> None:
    with suppress(Reject):
        build(name, value)


@given(st.sampled_from(sorted(RECORDS)), st.data())
def test_a_damaged_record_is_a_document_of_two_lines_or_rejected(
    name: str, data: st.DataObject
) -> None:
    value = bytearray(encode(RECORDS[name][1]))
    place = data.draw(st.integers(0, len(value) - 1))
    value[place : place + 1] = data.draw(st.binary(max_size=3))
    with suppress(Reject):
        body = documents.BUILDERS[name](bytes(value), INDEX, documents.as_json(NOW)).body
        assert body.count(b"\n") == 2


# --- Mappings ----------------------------------------------------------------------------------


def template(family: str, name: str) -> dict[str, Any]:
    """A template file."""
    return typing.cast(
        "dict[str, Any]", json.loads((TEMPLATES / family / f"{name}.json").read_text())
    )


def mapping(name: str) -> dict[str, Any]:
    """The properties of an index, from all the component templates that compose it."""
    properties: dict[str, Any] = {}
    for component in template("index", name)["composed_of"]:
        part = template("component", component.removeprefix("pledgewatch-"))["template"]
        merge(properties, part.get("mappings", {}).get("properties", {}))
    return properties


def merge(into: dict[str, Any], part: dict[str, Any]) -> None:
    """Add the properties of a component template, as Elasticsearch does."""
    for name, definition in part.items():
        if name in into and "properties" in definition:
            merge(into[name]["properties"], definition["properties"])
        else:
            into[name] = definition


def mapped(name: str) -> dict[str, dict[str, Any]]:
    """Path → definition of each field of an index."""
    found: dict[str, dict[str, Any]] = {}

    def walk(properties: dict[str, Any], above: str) -> None:
        for key, definition in properties.items():
            if "properties" in definition:
                walk(definition["properties"], f"{above}{key}.")
            else:
                found[f"{above}{key}"] = definition

    walk(mapping(name), "")
    return found


def paths(document: Any, above: str = "") -> set[str]:
    """The field paths of a document's values; below what is not searched, none."""
    if document is None:
        return set()
    if isinstance(document, dict):
        return {
            path
            for key, value in document.items()
            for path in (
                [f"{above}{key}"]
                if f"{above}{key}".endswith(UNSEARCHED)
                else paths(value, f"{above}{key}.")
            )
        }
    if isinstance(document, list):
        return {path for value in document for path in paths(value, above)}
    return {above.removesuffix(".")}


def fields(record: type[Record], above: str) -> set[str]:
    """The paths of all fields that a record can have."""
    found: set[str] = set()
    for field in msgspec.structs.fields(record):
        path = f"{above}.{field.encode_name}"
        inner = [] if path.endswith(UNSEARCHED) else structs(field.type)
        if not inner:
            found.add(path)
        for kind in inner:
            found |= fields(kind, path)
    return found


def structs(annotation: Any) -> list[type[Record]]:
    """The records within a type."""
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return [annotation]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return []
    arguments = typing.get_args(annotation)
    if isinstance(annotation, types.UnionType) or arguments:
        return [kind for argument in arguments for kind in structs(argument)]
    return []


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("articles", Article),
        ("mentions", Mention),
        ("pledges", Pledge),
        ("pledge-events", PledgeEvent),
        ("outcomes", ArticleOutcome),
        ("dead-letters", DeadLetter),
        ("metrics", Sample),
    ],
)
def test_every_field_of_a_record_is_mapped_and_nothing_else(
    name: str, record: type[Record]
) -> None:
    root = f"pledgewatch.{RECORDS[name][0]}"
    assert {path for path in mapped(name) if path.startswith("pledgewatch.")} == fields(
        record, root
    )


@KINDS
def test_every_alias_of_a_mapping_leads_to_a_field(name: str) -> None:
    found = mapped(name)
    aliases = {path: field["path"] for path, field in found.items() if field["type"] == "alias"}
    assert aliases
    assert {target for target in aliases.values() if target not in found} == set()


@KINDS
def test_keywords_are_cut_off_and_mappings_are_strict(name: str) -> None:
    assert template("component", "ecs")["template"]["mappings"]["dynamic"] == "strict"
    unbounded = [
        path
        for path, field in mapped(name).items()
        if field["type"] == "keyword" and "ignore_above" not in field
    ]
    assert not unbounded
