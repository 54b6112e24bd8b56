"""Our own commands as child processes: their log lines, a new start for one that died, an end."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from services.common.running import pauses

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None

STOP_SECONDS = 30
"""Services drain and commit within this after SIGTERM."""

BACK_OFF_SECONDS_MAX = 30
STEADY_SECONDS = 60
"""After running for so long the next back-off begins small again."""

Say = Callable[[str], None]
"""Takes a line for whoever watches."""


def die_with_parent() -> None:
    """For `preexec_fn`: the kernel kills the child when the thread that started it ends (Linux)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """One process `pledgewatch COMMAND`, whose lines are said with its name."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], say: Say
    ) -> None:
        self.name = name
        self.started = time.monotonic()
        self.say = say
        self.process = subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-m", "services.cli", *command],
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C is for us: we stop the services in order
            preexec_fn=die_with_parent,
        )
        self._lines = threading.Thread(target=self._show, daemon=True)
        self._lines.start()

    def wait(self) -> int:
        """Its exit status, when its last line was said."""
        status = self.process.wait()
        self._lines.join()
        return status

    def _show(self) -> None:
        assert self.process.stdout is not None  # noqa: S101
        with self.process.stdout as lines:
            for line in lines:
                self.say(f"{self.name:<10} | {line.rstrip()}")


class Supervised:
    """A child that is started again when it dies.

    Call `check` often, from a thread that lives on.
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], say: Say
    ) -> None:
        self.child: Child | None = None
        self.failures = 0  # in a row, each soon after its start
        self._name = name
        self._command = command
        self._environment = environment
        self._say = say
        self._pauses = _back_off()
        self._due = 0.0

    def check(self) -> None:
        """Start it if it does not run and is due."""
        if self.child is not None and self.child.process.poll() is not None:
            status = self.child.wait()
            if time.monotonic() - self.child.started > STEADY_SECONDS:
                self._pauses, self.failures = _back_off(), 0
            self.failures += 1
            pause = next(self._pauses)
            self._due = time.monotonic() + pause
            self.child = None
            self._say(
                f"up         | {self._name} ended with status {status}; again in {pause:.0f} s"
            )
        if self.child is None and time.monotonic() >= self._due:
            self.child = Child(self._name, self._command, self._environment, self._say)


def end(supervised: Sequence[Supervised]) -> None:
    """SIGTERM to all, then SIGKILL to those that still run 30 s later."""
    children = [one.child for one in supervised if one.child]
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.say(f"up         | {child.name} did not end within {STOP_SECONDS} s: killed")
            child.process.kill()
        child.wait()


def _back_off() -> Iterator[float]:
    return pauses(BACK_OFF_SECONDS_MAX, first=2)
