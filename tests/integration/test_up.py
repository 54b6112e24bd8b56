"""`pledgewatch up` runs everything, starts again what dies, and leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dotenv import dotenv_values

from services.common.children import die_with_parent
from services.local.artifacts import PROJECT
from services.local.pipeline import SERVICES
from services.local.servers import bindable
from tests.processes import wait_for

pytestmark = pytest.mark.integration


@pytest.fixture
def up(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`pledgewatch up` in `tmp_path`, with its output in `up.log`."""
    (tmp_path / "feeds.yaml").write_text("feeds: []\n")
    command = [sys.executable, "-m", "services.cli", "up"]
    command += ["--kafka-port", "0", "--elasticsearch-port", "0"]
    with (
        (tmp_path / "up.log").open("wb") as log,
        subprocess.Popen(
            command,
            cwd=tmp_path,
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            preexec_fn=die_with_parent,
        ) as process,
    ):
        yield process
        process.kill()


@pytest.mark.slow
def test_up_starts_again_what_dies_and_ends_on_sigterm(
    up: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    def shown() -> str:
        return (tmp_path / "up.log").read_text()

    env_file = tmp_path / ".run" / "env"
    wait_for(lambda: env_file.exists() or up.poll() is not None, 240, "the address file")
    assert up.poll() is None, shown()
    variables = dotenv_values(env_file)
    ports = [int(found[1]) for value in variables.values() if (found := _PORT.search(value or ""))]
    assert len(ports) == 3 + len(SERVICES)  # Kafka, Elasticsearch, the console's pages
    wait_for(lambda: not any(map(bindable, ports)), 60, "every server and service to listen")

    os.kill(_child(up.pid, "index"), signal.SIGKILL)
    wait_for(lambda: "index ended with status -9" in shown(), 10, "the death to be seen")
    wait_for(lambda: _child(up.pid, "index"), 30, "a new index service")

    started = _descendants(up.pid)
    assert len(started) >= len(SERVICES)
    up.terminate()
    assert up.wait(60) == 0, shown()
    assert "Traceback" not in shown()
    # not their ports: another test may have been given one since
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
    assert not env_file.exists()


_PORT = re.compile(r"(?:^|:)(\d+)$")


def _descendants(parent: int) -> list[int]:
    """Process ids of all that a process has started, and what they have."""
    return [pid for child in _children(parent) for pid in (child, *_descendants(child))]


def _child(parent: int, name: str) -> int:
    """Process id of the child that runs `pledgewatch NAME`; 0 if there is none."""
    for pid in _children(parent):
        if Path(f"/proc/{pid}/cmdline").read_text().split("\0")[-2:-1] == [name]:
            return pid
    return 0


def _children(parent: int) -> list[int]:
    """Process ids of what any thread of a process has started."""
    threads = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(pid) for thread in threads for pid in thread.read_text().split()]
