"""What Retry-After asks for."""

from datetime import UTC, datetime

import pytest

from services.common.headers import retry_after
from services.ingest.fetch import RETRY_AFTER_MAX

NOW = datetime(2026, 11, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Sat, 14 Nov 2026 12:01:30 GMT", 90.0),
        ("Sat, 14 Nov 2026 11:00:00 GMT", 0.0),
        ("999999", RETRY_AFTER_MAX),
        ("Sat, 14 Nov 2036 12:00:00 GMT", RETRY_AFTER_MAX),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("\u0663", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW, most=RETRY_AFTER_MAX) == seconds
