"""How a service ends and waits: SIGTERM sets an event, and every pause listens to it."""

import random
import signal
import threading
from collections.abc import Iterator


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set; the service then drains, commits and returns."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def pauses(cap: float, *, first: float = 0.1) -> Iterator[float]:
    """Seconds to wait before each next try: doubling up to `cap`, with jitter."""
    pause = first
    while True:
        yield min(cap, pause) * random.uniform(0.5, 1.0)  # noqa: S311  # jitter, not secrecy
        pause = min(cap, pause * 2)
