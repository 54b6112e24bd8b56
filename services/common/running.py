"""How a service ends, waits, and gives memory back."""

import ctypes
import os
import random
import signal
import sys
import threading
from collections.abc import Iterator

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # of glibc's malloc.h


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set; the service then drains, commits and returns."""
    stop = threading.Event()

    def end(*_: object) -> None:
        _Over.ended = True
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return stop


class _Over:
    """Whether the process was asked to start over, and whether to end for good."""

    wanted = False
    ended = False


def start_over(stop: threading.Event) -> None:
    """Have the service drain, commit and return, and then start afresh in the same process."""
    _Over.wanted = True
    stop.set()


def start_over_if_asked() -> None:
    """Become the same command again, if `start_over` was called: the last thing a service does."""
    if _Over.wanted and not _Over.ended:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  # ourselves


def return_freed_memory() -> None:
    """Let blocks of 64 kB and more go back to the system when they are freed (glibc alone).

    Left to itself glibc raises that limit to 32 MB after the first large block, and a service that
    has once held many large records keeps their memory, in pieces, for good.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 64 * 1024)
        mallopt(_M_ARENA_MAX, 2)


def pauses(cap: float, *, first: float = 0.1) -> Iterator[float]:
    """Seconds to wait before each next try: doubling up to `cap`, with jitter."""
    pause = first
    while True:
        yield min(cap, pause) * random.uniform(0.5, 1.0)  # noqa: S311  # jitter, not secrecy
        pause = min(cap, pause * 2)
