"""A poisoned article through all services: dead-lettered, repaired by hand, then found like any."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.pipeline.articles import synthetic
from pledgewatch.records import encode
from services.common import elasticsearch
from services.common.settings import Settings
from services.local.artifacts import PROJECT
from tests.conftest import RunService
from tests.processes import environment, wait_for
from tests.topics import article, mentions_of, put

pytestmark = pytest.mark.integration


def command(settings: Settings, folder: Path, *words: str) -> str:
    """What `pledgewatch WORDS` prints."""
    result = subprocess.run(
        [sys.executable, "-m", "services.cli", *words],
        env=environment(settings) | {"PYTHONPATH": str(PROJECT)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_record_that_was_cut_short_is_repaired_and_indexed(
    settings: Settings, run_service: RunService, tmp_path: Path
) -> None:
    whole = article(next(made for made in synthetic(100) if made.relevant))
    cut = encode(whole)[:-40]
    put(settings.kafka, [(whole.id.encode(), cut, [])])
    for name in ("classify", "index"):
        run_service(name)

    search = elasticsearch.client(settings.elasticsearch)
    read = elasticsearch.Indices(settings.elasticsearch.index_prefix).read

    def count(name: str) -> int:
        return int(search.count(index=read(name))["count"])

    # Both classify and index refuse the cut record, each for its own stage.
    wait_for(lambda: count("dead-letters") == 2, 60, "both dead letters to be searchable")
    letters = json.loads(command(settings, tmp_path, "dead-letters", "list", "--json"))
    assert {letter["stage"] for letter in letters} == {"classify", "index"}
    assert {letter["reason"] for letter in letters} == {"not_json"}
    assert "rejected" in command(settings, tmp_path, "trace", whole.id, "--json")

    repaired = tmp_path / "repaired.json"
    repaired.write_bytes(encode(whole))
    for letter in letters:
        command(settings, tmp_path, "dead-letters", "retry", letter["id"], "--value", str(repaired))
    expected = mentions_of([whole])
    assert expected
    wait_for(lambda: count("mentions") == len(expected), 60, "the mentions to be searchable")
    wait_for(lambda: count("articles") == 1, 60, "the article to be searchable")
    assert json.loads(command(settings, tmp_path, "dead-letters", "list", "--json")) == []
