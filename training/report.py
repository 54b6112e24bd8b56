"""The evaluation as a document with pictures: `make evaluate` writes `docs/evaluation.md`."""

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from matplotlib import pyplot
from rich.console import Console

from pledgewatch.extract import Extractor
from pledgewatch.extract.heads import CONTRIBUTIONS, LEVELS
from pledgewatch.extract.network import FOLDER, Network
from pledgewatch.records import Mention
from training import agreement
from training.evaluate import Judged, false_alarms, judge, stating_and_silent, total
from training.labels import CORPUS
from training.score import SETS, SILENCE, TARGETS

DOCS = Path(__file__).parents[1] / "docs"
FIGURES = "figures.json"
"""Beside the model: its figures on the held-out sets, below which a later change may not fall."""
_DRAWS, _WORST = 400, 50


def intervals(judged: Sequence[Judged]) -> dict[str, tuple[float, float]]:
    """95% intervals by drawing sentences again."""
    rng = random.Random(0)  # noqa: S311
    tables = [total(rng.choices(judged, k=len(judged))).table() for _ in range(_DRAWS)]
    return {
        name: tuple(np.quantile([table[name] for table in tables], (0.025, 0.975)))
        for name in TARGETS
    }


def measures(judged: Sequence[Judged]) -> list[str]:
    """The table of all measures."""
    table, bounds = total(judged).table(), intervals(judged)
    lines = ["| measure | value | 95% interval | target |", "| --- | --- | --- | --- |"]
    for name, target in TARGETS.items():
        low, high = bounds[name]
        lines.append(f"| {name} | {table[name]:.3f} | {low:.3f}–{high:.3f} | {target:.2f} |")
    return lines


def counts(judged: Sequence[Judged]) -> list[str]:
    """Precision and recall where there are both."""
    scores = total(judged)
    lines = ["| | precision | recall | of |", "| --- | --- | --- | --- |"]
    for name in SETS:
        one = scores.sets[name]
        lines.append(
            f"| {name} | {one.precision:.3f} | {one.recall:.3f} | {one.hits + one.missed} |"
        )
    return lines


def slices(judged: Sequence[Judged], key: Callable[[Judged], str], least: int) -> list[str]:
    """The main measures by writer or mission, of those with `least` sentences or more."""
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups[key(one)].append(one)
    shown = ("commitment in sentence", "obstacle in sentence", "contributing actors", "level")
    lines = [f"| | sentences | {' | '.join(shown)} |", "| --- |" + " --- |" * (len(shown) + 1)]
    for name, group in sorted(groups.items()):
        if len(group) >= least:
            table = total(group).table()
            cells = " | ".join(f"{table[measure]:.2f}" for measure in shown)
            lines.append(f"| {name} | {len(group)} | {cells} |")
    return lines


def classes(judged: Sequence[Judged]) -> list[str]:
    """F1 of each class, by sentence and actor for commitments and by sentence for obstacles."""
    lines = ["| class | labelled | precision | recall |", "| --- | --- | --- | --- |"]
    for field in ("level", "contribution", "obstacle"):
        hits: Counter[str] = Counter()
        missed: Counter[str] = Counter()
        false: Counter[str] = Counter()
        for one in judged:
            whose = field != "obstacle"
            right, got = (
                {
                    (getattr(s, field), s.actor if whose else None)
                    for s in statements
                    if getattr(s, field)
                }
                for statements in (one.labelled, one.found)
            )
            hits.update(name for name, _ in right & got)
            missed.update(name for name, _ in right - got)
            false.update(name for name, _ in got - right)
        for name in sorted(hits.keys() | missed.keys() | false.keys()):
            there, found = hits[name] + missed[name], hits[name] + false[name]
            lines.append(
                f"| {field} {name} | {there} | {hits[name] / max(1, found):.2f}"
                f" | {hits[name] / max(1, there):.2f} |"
            )
    return lines


def confusion(judged: Sequence[Judged], name: str, labels: Sequence[str], file: Path) -> None:
    """A confusion matrix as a picture: rows as labelled, columns as found, shares of the row."""
    pairs = total(judged).confused[name]
    matrix = np.array([[pairs[right, got] for got in labels] for right in labels], float)
    shares = matrix / np.maximum(1, matrix.sum(1, keepdims=True))
    size = 2 + len(labels) * 0.45
    figure, axes = pyplot.subplots(figsize=(size, size), layout="constrained")
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=90)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("found")
    axes.set_ylabel("labelled")
    for row, column in np.argwhere(matrix > 0):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(
            column,
            row,
            f"{matrix[row, column]:.0f}",
            ha="center",
            va="center",
            color=colour,
            size=8,
        )
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)


def reliability(judged: Sequence[Judged], file: Path) -> float:
    """How often a commitment is right by how sure the model was; returns the expected error."""
    points = [(m.confidence, right) for one in judged for m, right in _right(one)]
    if not points:
        return 0.0
    sure = np.array([chance for chance, _ in points])
    right = np.array([held for _, held in points], float)
    bins = np.minimum((sure * 10).astype(int), 9)
    error = 0.0
    figure, axes = pyplot.subplots(figsize=(4, 4), layout="constrained")
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    for index in range(10):
        inside = bins == index
        if inside.any():
            error += inside.mean() * abs(sure[inside].mean() - right[inside].mean())
            axes.scatter(sure[inside].mean(), right[inside].mean(), s=10 + 200 * inside.mean())
    axes.set_xlabel("confidence")
    axes.set_ylabel("share with the right actor")
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)
    return float(error)


def _right(one: Judged) -> list[tuple[Mention, bool]]:
    actors = {s.actor for s in one.labelled if s.obstacle is None}
    return [
        (m, (m.actor.code if m.actor else None) in actors)
        for m in one.mentions
        if m.obstacle is None
    ]


def worst(judged: Sequence[Judged]) -> list[str]:
    """The errors of which the model was surest."""
    ranked = sorted(
        (one for one in judged if one.errors),
        key=lambda one: -max((m.confidence for m in one.mentions), default=0.0),
    )
    lines = []
    for one in ranked[:_WORST]:
        lines.append(f"* {one.label.text}  \n  *{'; '.join(one.errors)}*")
    return lines


def main() -> None:
    """Print the report and write it with its pictures."""
    parser = argparse.ArgumentParser(prog="make evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, default=FOLDER)
    options = parser.parse_args()
    network = Network(options.model)
    extractor = Extractor(network)
    with Console(stderr=True).status("reading the held-out sets"):
        sets = {name: judge(extractor, CORPUS / name) for name in ("test", "validation")}
    pictures = DOCS / "pictures"
    pictures.mkdir(exist_ok=True)
    silent = {}
    test, silent["test"] = stating_and_silent(sets["test"])
    validation, silent["validation"] = stating_and_silent(sets["validation"])
    alarms = {name: false_alarms(judged) for name, judged in silent.items()}
    confusion(test, "level", [str(one) for one in LEVELS], pictures / "levels.svg")
    confusion(
        test, "contribution", [str(one) for one in CONTRIBUTIONS], pictures / "contributions.svg"
    )
    error = reliability(test, pictures / "reliability.svg")
    manifest = network.manifest
    lines = [
        "# Evaluation",
        "",
        f"What {manifest.name} {manifest.version} finds in text that it has not seen, against what",
        "a reader labelled, in the words of [the ontology](ontology.md); made by `make evaluate`.",
        f"Test: {len(test)} sentences of writers who wrote nothing of the training set;",
        f"validation ({len(validation)}): where thresholds and calibration were chosen.",
        "",
        "## Test",
        "",
        *measures(test),
        "",
        *counts(test),
        "",
        "## Silence",
        "",
        "Sentences of news that states nothing, and the share in which a commitment was found;",
        "thresholds were chosen on those of validation too:",
        "",
        "| news | set | sentences | found | aim |",
        "| --- | --- | ---: | ---: | ---: |",
        *(
            f"| {mission} | {name} | {sum(one.label.mission == mission for one in silent[name])}"
            f" | {share:.4f} | {SILENCE[mission]} |"
            for name, shares in alarms.items()
            for mission, share in shares.items()
        ),
        "",
        "## Validation",
        "",
        *measures(validation),
        "",
        "## What two readers agree on",
        "",
        *agreement.table(),
        "",
        "## By writer",
        "",
        *slices([*test, *validation], lambda one: one.file, 1),
        "",
        "## By mission",
        "",
        *slices(test, lambda one: one.label.mission, 12),
        "",
        "## By class",
        "",
        *classes(test),
        "",
        "![levels](pictures/levels.svg) ![contributions](pictures/contributions.svg)",
        "",
        "## Confidence",
        "",
        f"Expected calibration error of commitments: {error:.3f}.",
        "",
        "![reliability](pictures/reliability.svg)",
        "",
        f"## The {_WORST} errors of which it was surest",
        "",
        *worst(test),
        "",
    ]
    text = "\n".join(lines)
    (DOCS / "evaluation.md").write_text(text, encoding="utf-8")
    figures = {
        name: {measure: round(value, 3) for measure, value in total(judged).table().items()}
        for name, judged in (("test", test), ("validation", validation))
    } | {"silence": {name: round(share, 4) for name, share in alarms["test"].items()}}
    (options.model / FIGURES).write_bytes(
        msgspec.json.format(msgspec.json.encode(figures), indent=2) + b"\n"
    )
    print(text)


if __name__ == "__main__":
    main()
