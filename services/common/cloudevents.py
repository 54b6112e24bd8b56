"""CloudEvents 1.0 headers in Kafka binary mode: what a record is, without opening it."""

from datetime import UTC, datetime

from pledgewatch.records import SCHEMA_VERSION

CONTENT_TYPE = "application/json"

RUN_HEADER = "pledgewatch_run"
"""Which run wrote an event: only those of the live one alert anybody."""

ANNOUNCED_HEADER = "pledgewatch_announced_by"
"""Who wants an event of a promoted replay to be told like news."""


def headers(
    kind: str, id: str, source: str, *, at: datetime | None = None
) -> list[tuple[str, bytes]]:
    """The headers of a record.

    Args:
        kind: a key of `pledgewatch.records.TOPIC_RECORDS`.
        id: the record's own id, the same for a repeat: the idempotency key.
        source: who wrote it, as a URI reference (`/pledgewatch/classify`).
        at: when it was written; now, if not given.
    """
    time = (at or datetime.now(UTC)).isoformat()
    fields = {
        "ce_specversion": "1.0",
        "ce_id": id,
        "ce_source": source,
        "ce_type": f"pledgewatch.{kind}",
        "ce_time": time,
        "ce_dataschema": f"urn:pledgewatch:schema:{kind}:{SCHEMA_VERSION}",
        "content-type": CONTENT_TYPE,
    }
    return [(name, value.encode()) for name, value in fields.items()]
