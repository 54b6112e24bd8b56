"""What HTTP headers mean."""

from datetime import datetime

from pledgewatch.text.dates import parse_date


def retry_after(header: str | None, now: datetime, *, most: float) -> float | None:
    """Seconds to wait as a Retry-After header says, in seconds or as a date; at most `most`."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return min(float(header), most)
    moment = parse_date(header)
    if moment is None:
        return None
    return min(max(0.0, (moment - now).total_seconds()), most)
