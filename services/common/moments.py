"""Times that a person asks for: what the board looked like then."""

from datetime import datetime, timedelta

from pledgewatch.text.dates import parse_date
from services.common.errors import UserError


def moment(value: str | None, option: str) -> datetime | None:
    """The time that an option names; a day alone means its end.

    Raises:
        UserError: it is no date.
    """
    if value is None:
        return None
    found = parse_date(value)
    if found is None:
        raise UserError(f"{option} {value!r} is no date: write it like 2026-03-01")
    day_alone = len(value.strip()) <= len("2026-03-01")
    return found + timedelta(days=1, microseconds=-1) if day_alone else found
