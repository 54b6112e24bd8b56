"""Makes dead letters: the original bytes and headers, the reason, and where the record stood."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pledgewatch.ids import dead_letter_id
from pledgewatch.outcome import Reject, Stage
from pledgewatch.records import DeadLetter, Origin
from services.common.kafka import RECORD_BYTES_MAX

ATTEMPTS_HEADER = "pledgewatch_attempts"
"""Set by `pledgewatch dead-letters retry`, so that a record that fails again counts its tries."""

VALUE_BYTES_MAX = RECORD_BYTES_MAX * 3 // 4 - 256 * 1024
"""What a dead letter can hold of a value: it grows by a third in base64, and is not alone."""


def dead_letter(
    stage: Stage,
    reject: Reject,
    *,
    origin: Origin | None,
    key: bytes | None = None,
    value: bytes | None = None,
    headers: Sequence[tuple[str, bytes]] = (),
    url: str | None = None,
) -> DeadLetter:
    """The dead letter of a record at a topic's offset, or of an item that never was on a topic.

    A value that is too large for a dead letter is left at its origin, and the message says so.
    """
    message = reject.message
    if value is not None and len(value) > VALUE_BYTES_MAX:
        message = f"{message} (the original of {len(value)} bytes is at its origin)"
        value = None
    place = (
        (origin.topic, str(origin.partition), str(origin.offset)) if origin else ("url", url or "")
    )
    attempts = next((_count(value) for name, value in headers if name == ATTEMPTS_HEADER), 0)
    return DeadLetter(
        id=dead_letter_id(stage, place),
        stage=stage,
        reason=reject.reason,
        message=message,
        origin=origin,
        key=key,
        value=value,
        headers=tuple((name, data) for name, data in headers if name != ATTEMPTS_HEADER),
        url=url,
        at=datetime.now(UTC),
        attempts=attempts + 1,
    )


def _count(value: bytes) -> int:
    """The header's number; 0 where someone else wrote something that is none."""
    return int(value) if value.isdigit() else 0
