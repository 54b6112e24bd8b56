"""How a service ends, waits, and gives memory back."""

import ctypes
import random
import signal
import threading
from collections.abc import Iterator

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # of glibc's malloc.h


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set; the service then drains, commits and returns."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


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
