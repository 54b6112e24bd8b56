"""What provisioning did or found."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from services.common.reach import UnreachableError
from services.common.running import pauses

T = TypeVar("T")


class State(StrEnum):
    """What became of one thing."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    UNCHANGED = "unchanged"
    ATTENTION = "attention"  # left as it is: a person has to decide


@dataclass(frozen=True)
class Change:
    """One topic, template, index or alias, and what was done about it."""

    what: str
    state: State
    detail: str = ""


def until_reached(step: Callable[[], T], wait: float) -> T:
    """The step's result; tried again for `wait` seconds while its server does not answer.

    Raises:
        UnreachableError: the time is over.
    """
    deadline = time.monotonic() + wait
    for pause in pauses(2.0):
        try:
            return step()
        except UnreachableError:
            if time.monotonic() + pause > deadline:
                raise
        time.sleep(pause)
    raise AssertionError("pauses never end")
