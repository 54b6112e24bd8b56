"""Whether a driver is at work for a run, as far as its record tells."""

import os
import socket
from datetime import UTC, datetime

from pledgewatch.records import Run

ALIVE_SECONDS = 20
"""A run whose record has not been written for so long has no driver."""

AT_WORK = ("running", "caught_up", "promoting")
"""The states of a run that needs a driver."""


def here() -> str:
    """This process, as the record of a run names its driver."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_driven(run: Run) -> bool:
    """Whether a driver is at work for a run, as far as its record tells."""
    if run.state not in AT_WORK or run.host is None:
        return False
    host, _, process = run.host.rpartition(":")
    if host == socket.gethostname() and process.isdecimal() and not _exists(int(process)):
        return False
    return (datetime.now(UTC) - run.updated).total_seconds() < ALIVE_SECONDS


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
