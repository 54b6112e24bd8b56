"""The model's files: checked before they are used, and answers that no neighbour changes."""

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from pledgewatch.extract import Extractor
from pledgewatch.extract.encoding import candidates, encode
from pledgewatch.extract.network import (
    CALIBRATED,
    FILES,
    FOLDER,
    THRESHOLDS,
    ModelError,
    Network,
)
from pledgewatch.gazetteer import Gazetteer
from training.labels import CORPUS, sentences


def test_answers_are_the_same_in_any_company() -> None:
    network, names = Network.load(), Gazetteer.load()
    encoded = [
        encode(network.tokenizer, one.text, candidates(one.text, names.find(one.text)))
        for one in list(sentences(CORPUS / "validation"))[:40]
    ]
    alone = [network.read([one])[0] for one in encoded]
    order = list(range(len(encoded)))
    random.Random(1).shuffle(order)  # noqa: S311
    together = network.read([encoded[index] for index in order])
    for index, logits in zip(order, together, strict=True):
        assert np.array_equal(logits, alone[index])


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_an_altered_file_is_refused(tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "model")
    with (folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(ModelError, match=f"{name} is not the file that manifest.json names"):
        Network(folder)


@pytest.mark.parametrize("name", ["manifest.json", "model.onnx"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "model")
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"{name}: No such file"):
        Network(folder)


def manifest_without(folder: Path, field: str, name: str) -> Path:
    copy = shutil.copytree(FOLDER, folder / "model")
    content = json.loads((copy / "manifest.json").read_text("utf-8"))
    del content[field][name]
    (copy / "manifest.json").write_text(json.dumps(content), "utf-8")
    return copy


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_the_manifest_does_not_name_is_refused(tmp_path: Path, name: str) -> None:
    folder = manifest_without(tmp_path, "sha256", name)
    with pytest.raises(ModelError, match=f"manifest.json: sha256 has no {name}"):
        Network(folder)


@pytest.mark.parametrize(
    ("field", "name"),
    [("thresholds", name) for name in THRESHOLDS] + [("calibration", name) for name in CALIBRATED],
)
def test_a_manifest_without_a_decision_is_refused(tmp_path: Path, field: str, name: str) -> None:
    network = Network(manifest_without(tmp_path, field, name))
    with pytest.raises(ModelError, match=rf"manifest.json of .*: {field} has no {name}$"):
        Extractor(network)


def test_each_decision_of_the_shipped_model_is_asked_for() -> None:
    manifest = Network.load().manifest
    assert manifest.thresholds.keys() == set(THRESHOLDS)
    assert manifest.calibration.keys() == set(CALIBRATED)
    assert manifest.sha256.keys() == set(FILES)


def test_what_ships_is_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 40_000_000
