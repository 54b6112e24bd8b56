"""The services as child processes: log lines with their name, a new start for one that died."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping

import typer

from services.common.running import pauses
from services.common.settings import Settings, variable
from services.local.children import die_with_parent
from services.local.errors import LocalServerError
from services.local.servers import HOST, bindable, free_port

SERVICES = ("ingest", "classify", "ledger", "notify", "index", "reconcile", "console")
"""In the order in which they start and stop: what feeds the others comes first."""

COMMANDS = {"ledger": ("ledger", "--serve"), "notify": ("notify", "serve")}
"""Those that are not started by their name alone."""

CONSOLE_PORT = variable("console", "port")

STOP_SECONDS = 30
"""Services drain and commit within this after SIGTERM."""

BACK_OFF_SECONDS_MAX = 30
STEADY_SECONDS = 60
"""After running for so long the next back-off begins small again."""


def http_ports(settings: Settings) -> dict[str, str]:
    """A port for each service's metrics, and for the console's pages, as variables.

    They are the settings' own, or free ones.
    """
    ports: dict[str, str] = {}
    wanted = {variable(name, "http_port"): getattr(settings, name).http_port for name in SERVICES}
    for name, port in (wanted | {CONSOLE_PORT: settings.console.port}).items():
        free = port and bindable(port) and str(port) not in ports.values()
        ports[name] = str(port if free else free_port())
    return ports


def provision(environment: Mapping[str, str]) -> None:
    """Create topics, templates, indices and aliases.

    Raises:
        LocalServerError: it failed; its own words were shown.
    """
    child = _Child("provision", environment)
    if child.wait() != 0:
        raise LocalServerError("provision failed: see its lines above")


class Pipeline:
    """All services, from `start` to `stop`; `check` starts those again that died."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._supervised = [_Supervised(name, environment) for name in SERVICES]

    def check(self) -> None:
        """Start what is not running and is due; call it often, from a thread that lives on."""
        for service in self._supervised:
            service.check()

    def stop(self) -> None:
        """SIGTERM to all, then SIGKILL to those that still run 30 s later."""
        children = [service.child for service in self._supervised if service.child]
        for child in children:
            child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                typer.echo(f"up         | {child.name} did not end within {STOP_SECONDS} s: killed")
                child.process.kill()
            child.wait()


class _Child:
    """One process `pledgewatch NAME`, whose lines are shown with its name."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self.name = name
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-m", "services.cli", *COMMANDS.get(name, (name,))],
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
        """Its exit status, when its last line was shown."""
        status = self.process.wait()
        self._lines.join()
        return status

    def _show(self) -> None:
        assert self.process.stdout is not None  # noqa: S101
        with self.process.stdout as lines:
            for line in lines:
                typer.echo(f"{self.name:<10} | {line.rstrip()}")


class _Supervised:
    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self.child: _Child | None = None
        self._name = name
        self._environment = environment
        self._pauses = _back_off()
        self._due = 0.0

    def check(self) -> None:
        if self.child is not None and self.child.process.poll() is not None:
            status = self.child.wait()
            if time.monotonic() - self.child.started > STEADY_SECONDS:
                self._pauses = _back_off()
            pause = next(self._pauses)
            self._due = time.monotonic() + pause
            self.child = None
            typer.echo(
                f"up         | {self._name} ended with status {status}; again in {pause:.0f} s"
            )
        if self.child is None and time.monotonic() >= self._due:
            self.child = _Child(self._name, self._environment)


def _back_off() -> Iterator[float]:
    return pauses(BACK_OFF_SECONDS_MAX, first=2)


def listening(environment: Mapping[str, str]) -> Iterator[str]:
    """A line for each service that says where its metrics are, and where the pages for people."""
    for name in SERVICES:
        yield f"{name:<10} | http://{HOST}:{environment[variable(name, 'http_port')]}/metrics"
    yield f"{'console':<10} | http://{HOST}:{environment[CONSOLE_PORT]}/ has the pages for people"
