"""A person puts a mention right: Elasticsearch knows it, the ledger follows."""

import subprocess
import sys
from pathlib import Path

import pytest

from pledgewatch.ontology import Level
from services.common.settings import Settings
from services.local.artifacts import PROJECT
from tests.conftest import RunService
from tests.integration.test_ledger import board
from tests.processes import environment, wait_for
from tests.topics import publish_mentions, wait_committed
from tests.unit.ledger.test_ledger import mention

pytestmark = pytest.mark.integration


def test_a_person_puts_a_mention_right(
    settings: Settings, run_service: RunService, tmp_path: Path
) -> None:
    (wrong,) = [mention(Level.ANNOUNCED, number=200)]
    publish_mentions(settings.kafka, [wrong])
    index = run_service("index")
    ledger = run_service("ledger", None, "--serve")
    index.wait_ready()
    ledger.wait_ready()

    def ask(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "services.cli", *words],
            cwd=tmp_path,
            env={"PATH": "", "PYTHONPATH": str(PROJECT), **environment(settings)},
            capture_output=True,
            text=True,
            check=False,
        )

    wait_for(lambda: ask("correct", wrong.id, "--recipient", "MDA", "--by", "Ada").returncode == 0)
    wait_committed(settings.kafka, "ledger", 3)
    rows = board(settings)
    assert [one.recipient and one.recipient.code for one in rows.values()] == ["MDA"]
    wait_for(lambda: "Ada" in ask("corrections").stdout)
    missing = ask("correct", "0" * 32, "--reject", "--by", "Ada")
    assert missing.returncode == 2
    assert "there is no mention" in missing.stderr
    assert ask("correct", wrong.id, "--by", "Ada").returncode == 2
    assert "nobody's code" in ask("correct", wrong.id, "--actor", "QQQ", "--by", "Ada").stderr
    assert ledger.terminate(30) == 0
    assert index.terminate(30) == 0
