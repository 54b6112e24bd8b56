"""When a delivery that failed is tried again: soon at first, then over days."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600)
)
"""Between tries, as Standard Webhooks recommends; the last one repeats."""
JITTER = 0.2


def next_try(
    attempts: int,
    now: datetime,
    *,
    after: float | None = None,
    chance: Callable[[], float] = random.random,
) -> datetime:
    """When to try again after so many attempts; `after`: seconds that the receiver asked for."""
    pause = PAUSES[min(attempts, len(PAUSES)) - 1]
    jittered = pause * (1 - JITTER + 2 * JITTER * chance())
    return now + max(jittered, timedelta(seconds=after or 0))
