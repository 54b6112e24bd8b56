"""A real Prometheus and a real Alertmanager, of their Debian packages."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

from services.local.servers import free_port
from tests.debian import required, with_its_files
from tests.processes import wait_for

Json = dict[str, Any]


class Server:
    """A server that speaks HTTP on loopback; `start` and `kill` it at will.

    Args:
        command: the program and its arguments.
        port: where it listens.
        log: the file that gets what it writes.
    """

    def __init__(self, command: list[str], port: int, log: Path) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is ready."""
        with self._log.open("ab") as log:
            process = subprocess.Popen(self._command, stdout=log, stderr=log)
        self._process = process

        def ready() -> bool:
            assert process.poll() is None, self._log.read_text()[-3000:]
            return self.get("/-/ready") is not None

        wait_for(ready, 60, self._command[0])

    def kill(self) -> None:
        """End it as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def get(self, path: str) -> bytes | None:
        """What a page says; None while it does not."""
        try:
            with urlopen(f"{self.url}{path}", timeout=5) as answer:  # noqa: S310
                return bytes(answer.read())
        except (URLError, OSError):
            return None


@contextmanager
def running_alertmanager(config: str, folder: Path, port: int = 0) -> Iterator[Server]:
    """An Alertmanager with a configuration, on a free port if none is given."""
    program = required("prometheus-alertmanager")
    file = folder / "alertmanager.yml"
    file.write_text(config)
    port = port or free_port()
    command = [
        *with_its_files(program),
        f"--config.file={file}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    yield from _running(Server(command, port, folder / "alertmanager.log"))


@contextmanager
def running_prometheus(config: str, folder: Path) -> Iterator[Server]:
    """A Prometheus with a configuration; files that it names are looked for in `folder`.

    `{port}` in the configuration is its own port.
    """
    file, port = folder / "prometheus.yml", free_port()
    file.write_text(config.replace("{port}", str(port)))
    command = [
        required("prometheus"),
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    yield from _running(Server(command, port, folder / "prometheus.log"))


def _running(server: Server) -> Iterator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.kill()


def alerts(alertmanager: Server) -> list[Json]:
    """The alerts that an Alertmanager has."""
    found: list[Json] = json.loads(alertmanager.get("/api/v2/alerts") or b"[]")
    return found


def series(prometheus: Server, query: str) -> list[Json]:
    """The labels of the series that a Prometheus finds for a query."""
    said = json.loads(prometheus.get(f"/api/v1/query?query={quote(query)}") or b"{}")
    return [one["metric"] for one in said.get("data", {}).get("result", [])]


def hastened(config: str, **durations: str) -> str:
    """A configuration with other durations of these names, wherever they stand in it."""
    for name, duration in durations.items():
        config, count = re.subn(rf"(?m)^(\s*{name.rstrip('_')}: )\S+$", rf"\g<1>{duration}", config)
        assert count, f"there is no {name}"
    return config
