"""Chooses thresholds and calibration on the validation set; `make train` ends with it.

python -m training.calibrate [--model FOLDER]   choose anew for a model that is there
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import cast

import msgspec
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from pledgewatch.extract import Extractor
from pledgewatch.extract.decode import level_chances, pooled, retraction, sigmoid, softmax
from pledgewatch.extract.encoding import Encoded
from pledgewatch.extract.heads import SLICES
from pledgewatch.extract.network import FOLDER, Manifest, Network
from training.evaluate import false_alarms, judge, stating_and_silent, total
from training.examples import Example, example
from training.labels import CORPUS, LabelledSentence, stating
from training.score import SILENCE, TARGETS

Pairs = dict[str, tuple[NDArray[np.float64], NDArray[np.bool_]]]
_PRECISE = {"retracts": 0.9, "commits_unnamed": 0.6}
"""Least precision of a head whose false alarms cost more than its misses."""

_TUNED = (
    "commits", "retracts", "hinders", "hindered", "obstacles", "contributions", "conditions",
    "links", "commits_unnamed", "sentence",
)  # fmt: skip
_LEAST = {"sentence": 0.5, "commits": 0.56, "hinders": 0.45, "retracts": 0.7}
"""Thresholds are not tuned below these: the validation set states far more than news does, and a
wrong retraction is worse than a missed one."""
_SHORT = defaultdict(lambda: 3.0, {"retractions precision": 6.0})
"""What a point below the aim costs, where a point above it gains one."""
_STEPS = (-0.3, -0.2, -0.1, -0.05, 0.05, 0.1, 0.2, 0.3)

_KINDS = frozenset({"obstacles", "contributions", "retracts"})
"""Values that are probabilities already."""


def calibrate(folder: Path) -> Manifest:
    """The manifest with the thresholds and calibration that suit the validation set."""
    labelled = [label for label in stating(CORPUS / "validation") if not label.ambiguous]
    network = Network(folder)
    manifest = network.manifest
    pairs = collect(network, labelled)
    calibration = {
        head: _platt(*pairs[head]) for head in ("sentence", "hinders", "hindered", "commits")
    }
    thresholds = dict(manifest.thresholds)
    for name, (logits, right) in pairs.items():
        head = name.removesuffix("_unnamed")
        slope, offset = calibration.get(head, (1.0, 0.0))
        chances = (
            logits.astype(np.float32)
            if head in _KINDS
            else sigmoid((slope * logits + offset).astype(np.float32))
        )
        thresholds[name] = round(_threshold(chances, right, _PRECISE.get(name, 0.0)), 3)
    # where tuning begins
    thresholds |= {name: max(least, thresholds[name]) for name, least in _LEAST.items()}
    return msgspec.structs.replace(manifest, calibration=calibration, thresholds=thresholds)


def tune(folder: Path) -> Manifest:
    """The manifest with thresholds moved, one after another, to where the measures are best.

    Heads are chosen for each other's sake: a commitment that is missed has no level to be right.
    """
    replay = _Replay(folder)
    manifest = replay.manifest
    best = replay.worth(manifest)
    for name in track(_TUNED * 2, "thresholds"):
        for step in _STEPS:
            moved = dict(manifest.thresholds)
            least = _LEAST.get(name, 0.02)
            moved[name] = round(min(0.98, max(least, moved[name] + step)), 3)
            if moved == manifest.thresholds:  # it is at the end of its range
                continue
            candidate = msgspec.structs.replace(manifest, thresholds=moved)
            worth = replay.worth(candidate)
            if worth > best + 1e-4:
                best, manifest = worth, candidate
    return manifest


def costs_of_int8(folder: Path, exact: Path) -> dict[str, float]:
    """How much better the fp32 graph `exact` does on the validation set, by measure.

    Negative where the int8 graph in `folder` does better; thresholds and calibration are the same.
    """
    with TemporaryDirectory() as temporary:
        copy = Path(temporary)
        copyfile(exact, copy / "model.onnx")
        copyfile(folder / "tokenizer.json", copy / "tokenizer.json")
        write(copy, Network(folder).manifest)
        as_trained, as_shipped = (
            total(stating_and_silent(judge(Extractor(Network(at)), CORPUS / "validation"))[0])
            for at in (copy, folder)
        )
    shipped = as_shipped.table()
    return {name: value - shipped[name] for name, value in as_trained.table().items()}


class _Replay:
    """Stands in for the network: each sentence of the validation set is read once."""

    def __init__(self, folder: Path) -> None:
        self._network = Network(folder)
        self._known: dict[tuple[int, ...], NDArray[np.float32]] = {}
        self.tokenizer = self._network.tokenizer
        self.manifest = self._network.manifest

    def read(self, encoded: Sequence[Encoded]) -> list[NDArray[np.float32]]:
        """As `Network.read`."""
        keys = [tuple(one.ids) for one in encoded]
        new = {k: one for k, one in zip(keys, encoded, strict=True) if k not in self._known}
        self._known |= zip(new, self._network.read([*new.values()]), strict=True)
        return [self._known[key] for key in keys]

    def worth(self, manifest: Manifest) -> float:
        """The sum of all measures; what falls short of its aim counts more.

        A point of silence, a false alarm in a hundred sentences, costs ten points of the others.
        """
        self.manifest = manifest
        judged = judge(Extractor(cast(Network, self)), CORPUS / "validation")
        told, silent = stating_and_silent(judged)
        table = total(told).table()
        gained = sum(
            table[name] + _SHORT[name] * min(0, table[name] - aim) for name, aim in TARGETS.items()
        )
        loud = (max(0, share - SILENCE[name]) for name, share in false_alarms(silent).items())
        return gained - 10 * sum(loud)


def collect(network: Network, labelled: Sequence[LabelledSentence]) -> Pairs:
    """Logits and truth by head."""
    examples = [example(network.tokenizer, label) for label in labelled]
    values: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    outputs = network.read([one.encoded for one in examples])
    for one, logits in zip(examples, outputs, strict=True):
        _one(values, one, logits)
    return {
        name: (np.array([v for v, _ in rows]), np.array([r for _, r in rows]))
        for name, rows in values.items()
    }


def _one(
    values: dict[str, list[tuple[float, bool]]], one: Example, logits: NDArray[np.float32]
) -> None:
    commits = any(g.contributions.any() for g in one.groups)
    hindered = np.max([g.obstacles for g in one.groups], axis=0)
    sentence = logits[0, SLICES["sentence"]]
    values["sentence"].append((float(sentence[0]), bool(commits)))
    values["hinders"].append((float(sentence[1]), bool(hindered.any())))
    if hindered.any():
        values["obstacles"] += _rows(softmax(logits[0, SLICES["sentence_obstacles"]]), hindered)
    for group in one.groups:
        suffix = "" if group.code else "_unnamed"
        at = pooled(logits, group.positions, "commits")
        said = float(at[SLICES["commits"]][0])
        values["commits" + suffix].append((said, bool(group.contributions.any())))
        if said > 0 or group.contributions.any():
            levels = level_chances(at, int(at[SLICES["contributions"]].argmax()))
            values["retracts"].append((retraction(levels), group.retracts))
        if group.contributions.any():
            values["contributions"] += _rows(
                softmax(at[SLICES["contributions"]]), group.contributions
            )
            values["conditions"] += _rows(at[SLICES["conditions"]], group.conditions)
        if group.code and hindered.any():
            hinders = pooled(logits, group.positions, "hindered")[SLICES["hindered"]]
            values["hindered"].append((float(hinders[0]), bool(group.obstacles.any())))
    for row, group in enumerate(one.groups):
        at = pooled(logits, group.positions, "commits")
        if group.contributions.any():
            for column, position in enumerate(one.encoded.quantities):
                score = logits[position, SLICES["of_quantity"]] @ at[SLICES["of_actor"]]
                values["links"].append((float(score), bool(one.links[row, column])))


def _rows(values: NDArray[np.float32], right: NDArray[np.float32]) -> list[tuple[float, bool]]:
    return [(float(value), bool(holds)) for value, holds in zip(values, right, strict=True)]


def _platt(logits: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset by which a logit becomes a probability: least log loss, by Newton steps."""

    def loss(at: NDArray[np.float64]) -> float:
        value = at[0] * logits + at[1]
        wrong = np.logaddexp(0, np.where(right, -value, value)).sum()
        return float(wrong + ((at - start) ** 2).sum() / 2)

    start = np.array([1.0, 0.0])
    best = start
    for _ in range(50):
        chances = 1 / (1 + np.exp(-np.clip(best[0] * logits + best[1], -30, 30)))
        error = chances - right
        weight = chances * (1 - chances)
        gradient = np.array([error @ logits, error.sum()]) + (best - start)
        cross = (weight * logits).sum()
        hessian = np.array([[(weight * logits**2).sum() + 1, cross], [cross, weight.sum() + 1]])
        step = np.linalg.solve(hessian, gradient)
        while loss(best - step) > loss(best) and np.abs(step).max() > 1e-6:
            step = step / 2
        best = best - step
        if np.abs(step).max() < 1e-6:
            break
    return round(float(best[0]), 4), round(float(best[1]), 4)


def _threshold(chances: NDArray[np.float32], right: NDArray[np.bool_], precise: float) -> float:
    """The threshold of the best F1 among those that are precise enough."""
    best, chosen = -1.0, 0.5
    for bar in np.arange(0.1, 0.96, 0.01):
        found = chances >= bar
        hits = int((found & right).sum())
        precision = hits / max(1, int(found.sum()))
        f1 = 2 * hits / max(1, int(found.sum()) + int(right.sum()))
        score = f1 if precision >= precise else f1 - 1
        if score > best:
            best, chosen = score, float(bar)
    return chosen


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest with the checksums of the files beside it."""
    sums = {
        name: sha256((folder / name).read_bytes()).hexdigest()
        for name in ("model.onnx", "tokenizer.json")
    }
    record = msgspec.structs.replace(manifest, sha256=sums)
    (folder / "manifest.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"
    )


def main() -> None:
    """Calibrate and tune a model folder."""
    parser = argparse.ArgumentParser(prog="python -m training.calibrate", description=__doc__)
    parser.add_argument("--model", type=Path, default=FOLDER)
    folder = parser.parse_args().model
    write(folder, calibrate(folder))
    write(folder, tune(folder))


if __name__ == "__main__":
    main()
