"""Elasticsearch documents out of topic records: ECS names around the record's own bytes.

A record is decoded once, to prove that it is what it should be and to learn its id, version and
time; its JSON then goes into the document as it came. The mappings are in `deploy/elasticsearch`.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec

from pledgewatch.ids import document_version, milliseconds
from pledgewatch.outcome import Reason, Reject
from pledgewatch.records import (
    Action,
    Article,
    ArticleOutcome,
    DeadLetter,
    Mention,
    Pledge,
    PledgeEvent,
    Record,
    Run,
    Sample,
    decode,
    encode,
)

ECS_VERSION = "9.0.0"

VERSION_MAX = 2**53
"""Versions from here on are not exact in every JSON reader; Elasticsearch's own limit is 2^63."""

ATTEMPTS_MAX = 999
"""What a document version can tell apart within one millisecond."""


class Document(msgspec.Struct, frozen=True, gc=False):
    """One record as Elasticsearch's bulk API takes it.

    `body`: the action line and the document line, each with its line feed.
    `first_seen`: when ingest first saw the article; None where the record does not tell.
    """

    body: bytes
    first_seen: datetime | None


Builder = Callable[[bytes | None, bytes, bytes], Document]
"""(value of the Kafka record, index or alias, now as JSON) → document; raises `Reject`."""

as_json = msgspec.json.encode
"""A time as JSON, many times as fast as `isoformat`."""


def article(value: bytes | None, index: bytes, now: bytes) -> Document:
    """The document of an article, at its time of publication."""
    record = decode(value, Article)
    body = _ARTICLE % (
        index,
        record.id.encode(),
        _version(record.revision, 0),
        as_json(record.published.at),
        now,
        b"ingest",
        _line(value, record),
    )
    return Document(body, record.first_seen)


def mention(value: bytes | None, index: bytes, now: bytes) -> Document:
    """The document of a mention, at the time of publication of its article."""
    record = decode(value, Mention)
    source = record.article
    at = source.published or source.first_seen
    body = _MENTION % (
        index,
        record.id.encode(),
        _version(_revision(record), record.model.generation),
        as_json(at) if at else now,
        now,
        b"classify",
        _line(value, record),
    )
    return Document(body, source.first_seen)


def _revision(mention: Mention) -> int:
    """The article's, or when a person put the mention right."""
    corrected = milliseconds(mention.correction.at) if mention.correction else 0
    return max(mention.article.revision, corrected)


def outcome(value: bytes | None, index: bytes, now: bytes) -> Document:
    """The document of an outcome, at the time when it came about."""
    record = decode(value, ArticleOutcome)
    body = _OUTCOME % (
        index,
        record.id.encode(),
        _version(record.revision, record.model.generation if record.model else 0),
        as_json(record.at),
        now,
        record.stage.encode(),
        _line(value, record),
    )
    return Document(body, None)


def dead_letter(value: bytes | None, index: bytes, now: bytes) -> Document:
    """The document of a dead letter, at the time when it was written."""
    record = decode(value, DeadLetter)
    body = _DEAD_LETTER % (
        index,
        record.id.encode(),
        _version(milliseconds(record.retried_at or record.at), min(record.attempts, ATTEMPTS_MAX)),
        as_json(record.at),
        now,
        record.stage.encode(),
        _line(value, record),
    )
    return Document(body, None)


def pledge(value: bytes | None, index: bytes, now: bytes) -> Document:
    """The document of a row of the board, at the time when it last changed."""
    record = decode(value, Pledge)
    body = _PLEDGE % (
        index,
        record.id.encode(),
        _version(milliseconds(record.updated or record.last_confirmed), 0),
        as_json(record.changed or record.last_confirmed),
        now,
        b"ledger",
        _line(value, record),
    )
    return Document(body, None)


def pledge_event(value: bytes | None, index: bytes, now: bytes) -> Document:
    """The document of an event, at the time when its news was published."""
    record = decode(value, PledgeEvent)
    body = _PLEDGE_EVENT % (
        index,
        record.id.encode(),
        _version(milliseconds(record.updated or record.known_at), 0),
        as_json(record.at),
        now,
        b"ledger",
        _line(value, record),
    )
    return Document(body, record.known_at)


def run(value: bytes | None, index: bytes, now: bytes) -> Document:
    """The document of a run, at the time when it was started."""
    record = decode(value, Run)
    body = _RUN % (
        index,
        record.id.encode(),
        _version(milliseconds(record.updated), 0),
        as_json(record.started),
        now,
        b"replay",
        _line(value, record),
    )
    return Document(body, None)


def action(value: bytes | None, index: bytes, now: bytes) -> Document:
    """The document of what somebody did to a run, at the time when it was done."""
    record = decode(value, Action)
    body = _ACTION % (
        index,
        record.id.encode(),
        _version(milliseconds(record.at), 0),
        as_json(record.at),
        now,
        b"replay",
        _line(value, record),
    )
    return Document(body, None)


def sample(value: bytes | None, index: bytes, now: bytes) -> Document:
    """The document of a sample, at the end of its interval."""
    record = decode(value, Sample)
    body = _SAMPLE % (
        index,
        record.id.encode(),
        _version(milliseconds(record.at), 0),
        as_json(record.at),
        now,
        record.service.encode(),
        _line(value, record),
    )
    return Document(body, None)


BUILDERS: dict[str, Builder] = {
    "articles": article,
    "mentions": mention,
    "pledges": pledge,
    "pledge-events": pledge_event,
    "outcomes": outcome,
    "dead-letters": dead_letter,
    "runs": run,
    "audit": action,
    "metrics": sample,
}
"""How the records of each topic become documents of the index of the same name."""


def _template(field: str, kind: str) -> bytes:
    """Action and document of a record: index, id, version, time, now, service, record."""
    return (
        b'{"index":{"_index":"%b","_id":"%b","version":%d,"version_type":"external_gte"}}\n'
        b'{"@timestamp":%b,"event":{"ingested":%b,'
        + f'"kind":"{kind}","module":"pledgewatch","dataset":"pledgewatch.{field}"}},'.encode()
        + f'"ecs":{{"version":"{ECS_VERSION}"}},'.encode()
        + b'"service":{"name":"pledgewatch-%b"},'
        + f'"pledgewatch":{{"{field}":'.encode()
        + b"%b}}\n"
    )


_ARTICLE = _template("article", "event")
_MENTION = _template("mention", "event")
_PLEDGE = _template("pledge", "state")
_PLEDGE_EVENT = _template("pledge_event", "event")
_OUTCOME = _template("outcome", "event")
_RUN = _template("run", "state")
_ACTION = _template("action", "event")
_SAMPLE = _template("sample", "metric")
_DEAD_LETTER = _template("dead_letter", "pipeline_error")


def _version(revision: int, generation: int) -> int:
    version = document_version(revision, generation)
    if version >= VERSION_MAX:
        raise Reject(Reason.SCHEMA, f"Revision {revision} is no time in ms - at `$.revision`")
    return version


def _line(value: bytes | None, record: Record) -> bytes:
    """The record's JSON on one line, since a line feed would end the document."""
    if value is None or b"\n" in value:
        return encode(record)
    return value
