"""Publication times: read strictly, believed only where they can be true."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

import msgspec
from dateutil import parser as dateutil_parser

from pledgewatch.records import Published

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
FUTURE_MAX = timedelta(days=1)

DateOrigin = Literal["feed", "page", "sitemap", "given"]

_AMBIGUOUS = re.compile(r"\b(\d{1,2})[./-](\d{1,2})[./-](\d{2}|\d{4})\b")
_TWELVE_HOURS = re.compile(r"\d\s*[ap]\.?m\b", re.IGNORECASE)
_YEAR = re.compile(r"\b\d{4}\b")
_DEFAULTS = (datetime(2000, 1, 1), datetime(2001, 2, 2))  # noqa: DTZ001  # only to see gaps


class Claim(msgspec.Struct, frozen=True):
    """A publication time as somebody states it."""

    text: str
    origin: DateOrigin


def parse_date(text: str) -> datetime | None:
    """The moment that a text names, in UTC; None where it names none or could mean two days.

    Reads RFC 822, ISO 8601 and dates in English words. A time without a zone is taken as UTC.

    >>> parse_date("Sat, 14 Nov 2026 12:00:00 +0100").isoformat()
    '2026-11-14T11:00:00+00:00'
    """
    digits = "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in text.strip()
    )
    if not digits or len(digits) > 100:
        return None
    for read in (datetime.fromisoformat, _rfc_822, _in_words):
        try:
            moment = read(digits)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, ArithmeticError, IndexError):
            continue
    return None


def believable(moment: datetime, now: datetime) -> bool:
    """Neither before there was news online nor more than a day ahead."""
    return EARLIEST <= moment <= now + FUTURE_MAX


def published(claims: Sequence[Claim], first_seen: datetime) -> Published:
    """The first claim that can be believed; else the moment the article was first seen."""
    for claim in claims:
        moment = parse_date(claim.text)
        if moment is not None and believable(moment, first_seen):
            return Published(at=moment, origin=claim.origin, trusted=True)
    claimed = claims[0].text[:100] if claims else None
    return Published(at=first_seen, origin="first_seen", trusted=False, claimed=claimed)


def _rfc_822(text: str) -> datetime:
    if _TWELVE_HOURS.search(text):  # the standard library would pass over am and pm
        raise ValueError("not an RFC 822 date")
    return parsedate_to_datetime(text)


def _in_words(text: str) -> datetime:
    ambiguous = _AMBIGUOUS.search(text)
    if ambiguous and int(ambiguous[1]) <= 12 and int(ambiguous[2]) <= 12:
        raise ValueError("day and month cannot be told apart")
    if not _YEAR.search(text):
        raise ValueError("no year")
    first, second = (dateutil_parser.parse(text, default=default) for default in _DEFAULTS)
    if first != second:
        raise ValueError("not a whole date")
    return first
