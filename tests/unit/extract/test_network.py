"""The model's files: checked before they are used, and answers that no neighbour changes."""

import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from pledgewatch.extract.encoding import candidates, encode
from pledgewatch.extract.network import FOLDER, ModelError, Network
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


def test_what_ships_is_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 40_000_000
