"""Whether a driver is at work for a run, as far as its record tells."""

from datetime import UTC, datetime

from pledgewatch.records import Run

ALIVE_SECONDS = 20
"""A run whose record has not been written for so long has no driver."""

AT_WORK = ("running", "caught_up", "promoting")
"""The states of a run that needs a driver."""


def is_driven(run: Run) -> bool:
    """Whether a driver is at work for a run, as far as its record tells."""
    age = (datetime.now(UTC) - run.updated).total_seconds()
    return run.state in AT_WORK and run.host is not None and age < ALIVE_SECONDS
