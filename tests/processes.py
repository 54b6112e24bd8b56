"""Services as real child processes, and waiting for what they do."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr

from services.common.children import die_with_parent
from services.common.settings import Settings, variable
from services.local.artifacts import PROJECT
from services.local.servers import HOST, free_port

T = TypeVar("T")


def wait_for(condition: Callable[[], T], timeout: float = 30, message: str = "the condition") -> T:
    """The first true value that `condition` returns; asked again and again for `timeout` seconds.

    Raises:
        AssertionError: it never was true; says `message`.
    """
    deadline = time.monotonic() + timeout
    asked = time.monotonic()
    while not (value := condition()):
        now = time.monotonic()
        if now > deadline:
            raise AssertionError(f"waited {timeout:.0f} s for {message}; last value: {value!r}")
        # Asking may cost a whole process, and what is waited for needs the cores: asking takes a
        # quarter of the time, and a long one is asked again within 3 seconds.
        time.sleep(min(max(0.05, 3 * (now - asked)), 3))
        asked = time.monotonic()
    return value


def environment(settings: Settings) -> dict[str, str]:
    """The environment variables that give a child process these settings."""
    return dict(_variables(settings, ()))


def _variables(group: BaseModel, path: tuple[str, ...]) -> list[tuple[str, str]]:
    found = []
    for name in type(group).model_fields:
        value: Any = getattr(group, name)
        if isinstance(value, BaseModel):
            found += _variables(value, (*path, name))
        elif isinstance(value, SecretStr):
            found.append((variable(*path, name), value.get_secret_value()))
        elif isinstance(value, tuple):
            found.append((variable(*path, name), json.dumps([str(item) for item in value])))
        elif value is not None:
            found.append((variable(*path, name), str(value)))
    return found


class Service:
    """`pledgewatch NAME` as a child process; dies with the test run.

    Args:
        name: the command: `ingest`, `classify`, `index`, `reconcile`.
        environment: PLEDGEWATCH_ variables on top of the test run's own environment.
        folder: its working folder, which also gets its log.
        arguments: further words of the command line.
    """

    def __init__(
        self, name: str, environment: Mapping[str, str], folder: Path, arguments: tuple[str, ...]
    ) -> None:
        port = variable(name, "http_port")
        self.name = name
        self.port = int(environment.get(port) or 0) or free_port()
        self.log_path = folder / f"{name}-{self.port}.log"
        self._command = [sys.executable, "-m", "services.cli", name, *arguments]
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(PROJECT),
            **environment,
            port: str(self.port),
        }
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the last start."""
        return self._started.pid

    @property
    def running(self) -> bool:
        """Whether the process exists."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """All that it has written, over all starts."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start it, again with the same settings and port if it has ended."""
        if not self.running:
            with self.log_path.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command,
                    cwd=self._folder,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    preexec_fn=die_with_parent,
                )

    def wait_ready(self, timeout: float = 60) -> None:
        """Wait until `/readyz` answers 200.

        Raises:
            AssertionError: it ended, or not in time; shows the end of its log.
        """
        deadline = time.monotonic() + timeout
        while (answer := self.get("/readyz"))[0] != http.HTTPStatus.OK:
            if not self.running or time.monotonic() > deadline:
                state = answer[1].strip() if self.running else "it has ended"
                raise AssertionError(f"{self.name} is not ready: {state}\n{self.log[-3000:]}")
            time.sleep(0.1)

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page of its HTTP port; status 0 if nothing answers."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error)
        finally:
            connection.close()

    def terminate(self, timeout: float = 30) -> int:
        """SIGTERM, and its exit status; `subprocess.TimeoutExpired` after `timeout` seconds."""
        self._started.terminate()
        return self._started.wait(timeout)

    def kill(self) -> None:
        """SIGKILL, as a crash."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def wait(self, timeout: float = 30) -> int:
        """Its exit status when it ends by itself."""
        return self._started.wait(timeout)

    @property
    def _started(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, f"{self.name} was not started"
        return self._process
