"""The shipped network: sentences as ids in, what it says of each token out."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer

from pledgewatch.extract.encoding import Encoded
from pledgewatch.extract.heads import WIDTH

FILES = ("model.onnx", "tokenizer.json")
CALIBRATED = ("sentence", "hinders", "hindered", "commits")
THRESHOLDS = (
    *CALIBRATED, "commits_unnamed", "retracts", "contributions", "conditions", "links", "obstacles",
    "evidence", "off_topic",
)  # fmt: skip
"""What a manifest must hold to be read by: a key that is missing would show sentences later."""
FOLDER = Path(__file__).parents[2] / "models" / "pledgewatch-extractor"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`manifest.json` of a model folder: what it is, and the decisions chosen on validation data.

    `sha256` by file name; `thresholds` on probabilities; `calibration`: (slope, offset) by which a
    logit becomes a probability, by head.
    """

    name: str
    version: str
    generation: int
    sha256: dict[str, str]
    thresholds: dict[str, float]
    calibration: dict[str, tuple[float, float]]
    made_with: dict[str, str] = {}

    def check(self) -> None:
        """See that every decision is there; a model that is being made lacks some.

        Raises:
            ModelError: one is missing.
        """
        for field, held, needed in (
            ("thresholds", self.thresholds, THRESHOLDS),
            ("calibration", self.calibration, CALIBRATED),
        ):
            for name in needed:
                if name not in held:
                    raise ModelError(f"manifest.json of {self.name}: {field} has no {name}")


class ModelError(RuntimeError):
    """The model folder is missing, incomplete or altered; the message says which file."""


class Network:
    """Runs the ONNX model, one sentence at a time on each core.

    One at a time, because int8 scales are taken over a whole batch: alone, a sentence gets the
    same answer whatever else is read with it. It is no slower, as nothing is padded.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        """Load and check a model folder.

        Raises:
            ModelError: a file is missing, is not the one that the manifest names, is not named
                there, or does not fit this code.
        """
        self.manifest = _manifest(folder)
        for name in FILES:
            if name not in self.manifest.sha256:
                raise ModelError(f"{folder / 'manifest.json'}: sha256 has no {name}")
        for name, expected in self.manifest.sha256.items():
            if sha256(_bytes(folder / name)).hexdigest() != expected:
                raise ModelError(f"{folder / name} is not the file that manifest.json names")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = ort.InferenceSession(
            str(folder / "model.onnx"),
            options,
            providers=["CPUExecutionProvider"],
            # onnxruntime 1.32 takes ten times as long to normalise where it fuses the sum before it
            disabled_optimizers=["SkipLayerNormFusion"],
        )
        if self._session.get_outputs()[0].shape[-1] != WIDTH:
            raise ModelError(f"{folder / 'model.onnx'} is of another version of this program")
        self._workers = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="model")

    @classmethod
    @cache
    def load(cls) -> Self:
        """The shipped model, loaded once a process."""
        return cls()

    def read(self, sentences: Sequence[Encoded]) -> list[NDArray[np.float32]]:
        """Logits of each sentence, [T, `heads.WIDTH`], in the order given."""
        return list(self._workers.map(self._read, sentences))

    def _read(self, sentence: Encoded) -> NDArray[np.float32]:
        ids = np.array([sentence.ids], np.int64)
        (outputs,) = self._session.run(None, {"ids": ids, "mask": np.ones_like(ids)})
        logits: NDArray[np.float32] = outputs[0]
        return logits


def _manifest(folder: Path) -> Manifest:
    try:
        return msgspec.json.decode(_bytes(folder / "manifest.json"), type=Manifest)
    except msgspec.DecodeError as error:
        raise ModelError(f"{folder / 'manifest.json'}: {error}") from error


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ModelError(f"{file}: {error.strerror}; run `make train` to make it") from error
