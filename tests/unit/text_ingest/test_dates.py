"""Dates are read strictly, and believed only where they can be true."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pledgewatch.text.dates import Claim, parse_date, published

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sat, 14 Nov 2026 12:00:00 GMT", "2026-11-14T12:00:00"),
        ("Sat, 14 Nov 2026 12:00:00 +0100", "2026-11-14T11:00:00"),
        ("Sat, 14 Nov 2026 12:00:00 -0330", "2026-11-14T15:30:00"),
        ("Sat, 14 Nov 2026 12:00:00 EST", "2026-11-14T17:00:00"),
        ("14 Nov 2026 12:00:00 Z", "2026-11-14T12:00:00"),
        ("Sat, 14 Nov 26 12:00:00 GMT", "2026-11-14T12:00:00"),
        ("2026-11-14", "2026-11-14T00:00:00"),
        ("20261114", "2026-11-14T00:00:00"),
        ("2026-11-14T12:00:00Z", "2026-11-14T12:00:00"),
        ("2026-11-14T12:00:00.123+02:00", "2026-11-14T10:00:00.123000"),
        ("2026-11-14T12:00:00+0200", "2026-11-14T10:00:00"),
        ("2026-11-14 12:00", "2026-11-14T12:00:00"),
        ("2026-W46-6", "2026-11-14T00:00:00"),
        ("14 November 2026", "2026-11-14T00:00:00"),
        ("November 14, 2026", "2026-11-14T00:00:00"),
        ("November 14, 2026 3:04 pm", "2026-11-14T15:04:00"),
        ("Saturday, November 14, 2026", "2026-11-14T00:00:00"),
        ("14/11/2026", "2026-11-14T00:00:00"),
        ("11/14/2026", "2026-11-14T00:00:00"),
        ("29 February 2028", "2028-02-29T00:00:00"),
        ("\u0661\u0664 November \u0662\u0660\u0662\u0666", "2026-11-14T00:00:00"),
        ("  2026-11-14\n", "2026-11-14T00:00:00"),
    ],
)
def test_read(text: str, expected: str) -> None:
    moment = parse_date(text)
    assert moment is not None
    assert moment.utcoffset() == timedelta(0)
    assert moment.replace(tzinfo=None).isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2 hours ago",
        "Tuesday",
        "14 November",
        "November 2026",
        "2026",
        "12:30",
        "03/04/2026",
        "3-4-26",
        "29 February 2026",
        "2026-13-01",
        "2026-02-30",
        "31 November 2026",
        "0000-00-00",
        "Sat, 99 Nov 2026 12:00:00 GMT",
        "9" * 50,
        "2026-11-14" * 20,
        "\x00",
        "1412:001099999999999999149999999999999914",
    ],
)
def test_not_read(text: str) -> None:
    assert parse_date(text) is None


@given(st.text(max_size=40))
def test_total(text: str) -> None:
    moment = parse_date(text)
    assert moment is None or moment.tzinfo is UTC


def test_first_believable_claim_counts() -> None:
    found = published(
        [
            Claim("soon", "feed"),
            Claim("2026-11-19T08:00:00Z", "page"),
            Claim("2026-11-18", "given"),
        ],
        NOW,
    )
    assert found.at == datetime(2026, 11, 19, 8, tzinfo=UTC)
    assert (found.origin, found.trusted, found.claimed) == ("page", True, None)


@pytest.mark.parametrize(
    "absurd", ["2036-11-14T12:00:00Z", "1969-12-31T23:59:59Z", "1970-01-01", "Thu, 1 Jan 1"]
)
def test_absurd_claims_are_kept_but_not_believed(absurd: str) -> None:
    found = published([Claim(absurd, "feed")], NOW)
    assert (found.at, found.origin, found.trusted) == (NOW, "first_seen", False)
    assert found.claimed == absurd


def test_a_day_ahead_is_a_time_zone() -> None:
    assert published([Claim("2026-11-21T09:00:00Z", "feed")], NOW).trusted
    assert not published([Claim("2026-11-21T10:00:00Z", "feed")], NOW).trusted


def test_without_a_claim() -> None:
    found = published([], NOW)
    assert (found.at, found.trusted, found.claimed) == (NOW, False, None)
