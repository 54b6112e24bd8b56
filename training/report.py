"""The evaluation as a document with pictures: `make evaluate` writes `docs/evaluation.md`.

The figures beside the model, in its card and in README are of the same run.
"""

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib import pyplot, rcParams
from rich.console import Console

from pledgewatch.extract import Extractor
from pledgewatch.extract.heads import CONTRIBUTIONS, LEVELS, OBSTACLES
from pledgewatch.extract.network import FOLDER, Network
from training import agreement, figures
from training.evaluate import (
    Chances,
    Judged,
    alarms,
    chances,
    confidences,
    is_by_stranger,
    is_of_article,
    judge,
    stating_and_silent,
    sureness,
    total,
    untrained,
)
from training.labels import CORPUS, sentences
from training.score import (
    CALIBRATION,
    FIELDS,
    NONE,
    OTHER_FIELDS,
    SETS,
    SILENCE,
    TARGETS,
    Points,
    Scores,
    binned,
    calibration_error,
)

DOCS = Path(__file__).parents[1] / "docs"
_DRAWS, _WORST, _LEAST = 400, 50, 12
rcParams["svg.hashsalt"] = "evaluation"  # the same figures make the same files
_DASH = "–"


def kind(measure: str) -> str:
    """What number a measure of `TARGETS` is."""
    last = measure.rpartition(" ")[2]
    if last in ("precision", "recall", "macro-F1"):
        return last
    return "F1" if measure in SETS else "share right"


def counted(scores: Scores, measure: str) -> int:
    """How many things a measure of `TARGETS` is about; where there are none, it says nothing."""
    match kind(measure):
        case "F1":
            return scores.sets[measure].labelled
        case "precision":
            return scores.sets[measure.removesuffix(" precision")].found
        case "recall":
            return scores.sets[measure.removesuffix(" recall")].labelled
        case _:
            return scores.compared[measure.removesuffix(" macro-F1")]


def cells(judged: Sequence[Judged], shown: Iterable[str]) -> list[str]:
    """Some measures of some sentences, a dash where there is nothing to measure."""
    scores, table = total(judged), figures.rounded(judged)
    return [f"{table[name]:.2f}" if counted(scores, name) else _DASH for name in shown]


def share(hits: int, of: int) -> str:
    """A share, a dash where it is of nothing."""
    return f"{hits / of:.2f}" if of else _DASH


def reached(table: Mapping[str, float]) -> dict[str, bool]:
    """Whether each target is reached."""
    return {name: table[name] >= target for name, target in TARGETS.items()}


def verdict(targets: Mapping[str, bool]) -> str:
    """How many targets are reached, and which are not."""
    missed = [name for name, is_reached in targets.items() if not is_reached]
    which = f"; not reached: {', '.join(missed)}" if missed else ""
    return f"{len(targets) - len(missed)} of {len(targets)} targets are reached{which}."


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
    table, bounds = figures.rounded(judged), intervals(judged)
    lines = [
        "| measure | number | value | 95% interval | target | reached |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, is_reached in reached(table).items():
        low, high = bounds[name]
        lines.append(
            f"| {name} | {kind(name)} | {table[name]:.3f} | {low:.3f}–{high:.3f}"
            f" | {TARGETS[name]:.2f} | {'yes' if is_reached else 'no'} |"
        )
    return lines


def counts(judged: Sequence[Judged]) -> list[str]:
    """Precision and recall where there are both."""
    scores = total(judged)
    lines = ["| | precision | recall | labelled |", "| --- | --- | --- | --- |"]
    for name in SETS:
        one = scores.sets[name]
        lines.append(f"| {name} | {one.precision:.3f} | {one.recall:.3f} | {one.labelled} |")
    return lines


def other_fields(judged: Sequence[Judged]) -> list[str]:
    """Fields that no target is set for, over commitments found with the right actor."""
    scores = total(judged)
    lines = [
        "| | right | of | where labelled | where found | labelled, one within the other |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name in OTHER_FIELDS:
        one = scores.others[name]
        lines.append(
            f"| {name} | {scores.accuracy(name):.3f} | {scores.compared[name]}"
            f" | {one.hits} of {one.labelled} | {one.hits} of {one.found}"
            f" | {scores.within[name]} of {one.labelled} |"
        )
    return lines


def beside(groups: Mapping[str, Sequence[Judged]]) -> list[str]:
    """All measures of some parts of a set, side by side."""
    lines = [f"| | {' | '.join(groups)} |", "| --- |" + " ---: |" * len(groups)]
    lines.append(f"| sentences | {' | '.join(str(len(group)) for group in groups.values())} |")
    scores = [total(group) for group in groups.values()]
    for name in ("contributing actors", "retractions", "obstacle kind", "condition"):
        there = " | ".join(str(one.sets[name].labelled) for one in scores)
        lines.append(f"| {name}: labelled | {there} |")
    columns = [cells(group, TARGETS) for group in groups.values()]
    for name, *row in zip(TARGETS, *columns, strict=True):
        lines.append(f"| {name} | {' | '.join(row)} |")
    return lines


def parts(test: Sequence[Judged]) -> dict[str, list[Judged]]:
    """The test set, and what in it is least like what was learnt."""
    missions = {one.label.mission for one in test}
    new = untrained(missions, {one.mission for one in sentences(CORPUS / "train")})
    return {
        "all": [*test],
        "missions not in training": [one for one in test if one.label.mission in new],
        "writers who knew no rule": [one for one in test if is_by_stranger(one)],
        "whole articles": [one for one in test if is_of_article(one)],
    }


def slices(judged: Sequence[Judged], key: Callable[[Judged], str], least: int) -> list[str]:
    """The main measures by writer or mission, of those with `least` sentences or more."""
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups[key(one)].append(one)
    shown = ("commitment in sentence", "obstacle in sentence", "contributing actors", "level")
    titles = " | ".join(f"{measure}, {kind(measure)}" for measure in shown)
    lines = [f"| | sentences | {titles} |", "| --- |" + " --- |" * (len(shown) + 1)]
    for name, group in sorted(groups.items()):
        if len(group) >= least:
            lines.append(f"| {name} | {len(group)} | {' | '.join(cells(group, shown))} |")
    return lines


def classes(judged: Sequence[Judged]) -> list[str]:
    """Each class, by sentence and actor for commitments and by sentence for obstacles."""
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
                f"| {field} {name} | {there} | {share(hits[name], found)}"
                f" | {share(hits[name], there)} |"
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


def calibration(points: Mapping[str, Points]) -> list[str]:
    """How far confidence is from the share that is right, by what is asked."""
    lines = ["| | expected error | mentions | aim |", "| --- | ---: | ---: | ---: |"]
    for name, held in points.items():
        aim = f"below {CALIBRATION[name]}" if name in CALIBRATION else ""
        lines.append(f"| {name} | {calibration_error(held):.3f} | {len(held)} | {aim} |")
    return lines


def reliability(points: Mapping[str, Points], file: Path) -> None:
    """How often a mention is right by how sure the model was, as a picture."""
    figure, axes = pyplot.subplots(figsize=(4, 4), layout="constrained")
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    for name, held in points.items():
        tenths = np.array(binned(held)).reshape(-1, 3)
        axes.scatter(tenths[:, 1], tenths[:, 2], s=10 + 200 * tenths[:, 0], alpha=0.7, label=name)
    axes.set_xlabel("confidence")
    axes.set_ylabel("share that is right")
    axes.legend(fontsize="small")
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)


def worst(judged: Sequence[Judged], chances: Chances) -> list[str]:
    """The errors of which the model was surest, those of what it missed among them."""
    ranked = sorted((one for one in judged if one.errors), key=lambda one: -sureness(one, chances))
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
    confusion(test, "level", [str(one) for one in LEVELS], pictures / "levels.svg")
    confusion(
        test, "contribution", [str(one) for one in CONTRIBUTIONS], pictures / "contributions.svg"
    )
    confusion(
        test, "obstacle", [*(str(one) for one in OBSTACLES), NONE], pictures / "obstacles.svg"
    )
    sure = confidences(test)
    reliability(sure, pictures / "reliability.svg")
    manifest = network.manifest
    int8 = manifest.made_with.get("int8 costs", "not measured")
    lines = [
        "# Evaluation",
        "",
        f"What {manifest.name} {manifest.version} finds in text that it has not seen, against what",
        "a reader labelled, in the words of [the ontology](ontology.md); made by `make evaluate`.",
        f"Test: {len(test)} sentences of writers who wrote nothing of the training set;",
        f"validation ({len(validation)}): where thresholds and calibration were chosen.",
        f"Figures are of the test set where nothing else is said; {_DASH}: nothing to measure.",
        f"What int8 costs against fp32 (validation; negative: it is better): {int8}.",
        "What each part of the training is worth is in [the ablations](ablations.md).",
        "",
        "## Test",
        "",
        verdict(reached(figures.rounded(test))),
        "",
        *measures(test),
        "",
        "*Precision*: share of what was found that is right; *recall*: share of what is labelled",
        "that was found; *F1*: their harmonic mean. *Share right* is of commitments that were",
        "found with the right actor, *macro-F1* the mean F1 of the levels over the same.",
        "",
        "* *Troop pledges*: who pledges ground, air or naval forces (trainers, and monitors that",
        "  are people, are ground forces), at `willing` or firmer.",
        "* *Every field*: share of sentences with a commitment in which each is found with the",
        f"  right {', '.join(('actor', *FIELDS[:-1]))} and {FIELDS[-1]}, and no other is found.",
        "",
        *counts(test),
        "",
        "Each counts once a sentence: who offers two things there is one contributing actor.",
        "",
        "## Other fields",
        "",
        "Fields of commitments that were found with the right actor; none has a target. Right is",
        "the same code of a recipient, and the same words of a place or speaker, but for capitals,",
        "marks and a leading article or possessive; where the reader gave none, none is right.",
        "Commitments count one by one, and an actor can have several in a sentence.",
        "*Where labelled* leaves out those of which the reader gave none, *where found* those of",
        'which the model did; the last column counts "Prime Minister Meloni" for "Meloni" too.',
        "",
        *other_fields(test),
        "",
        "## What is least like the training set",
        "",
        "A mission is not in training where no mission trained on has a name whose words are all",
        "among its own, or all of its own among theirs, whatever the spelling and the year;",
        '"force" and "mission" do not count. Writers who knew no rule wrote what their papers',
        "would print, and two others labelled it.",
        "",
        *beside(parts(test)),
        "",
        "## Silence",
        "",
        "Sentences of news that states nothing, and those in which a commitment was found;",
        "thresholds were chosen on those of validation too:",
        "",
        "| news | set | sentences | found | share | aim |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
        *(
            f"| {mission} | {name} | {heard.sentences} | {heard.found} | {heard.share:.4f}"
            f" | {SILENCE[mission]} |"
            for name, judged in silent.items()
            for mission, heard in alarms(judged).items()
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
        "Test:",
        "",
        *slices(test, lambda one: one.file, 1),
        "",
        "Validation:",
        "",
        *slices(validation, lambda one: one.file, 1),
        "",
        "## By mission",
        "",
        f"Missions of {_LEAST} sentences or more. Where nothing is labelled, what is found all the",
        "same counts against precision above. News that states nothing is here as far as it is",
        "in batches that state something; the rest is under [Silence](#silence).",
        "",
        *slices(test, lambda one: one.label.mission, _LEAST),
        "",
        "## By class",
        "",
        "Each class of a level or contribution counts once a sentence and actor, each kind of",
        "obstacle once a sentence. An actor that declines one thing and withdraws another in a",
        "sentence is in both classes, but one of the retractions above. Commitments missed or",
        "found in vain count here, unlike in the shares right above.",
        "",
        *classes(test),
        "",
        "![levels](pictures/levels.svg) ![contributions](pictures/contributions.svg)",
        "",
        f"Kinds of obstacles by sentence; *{NONE}*: missed, and found where there is none.",
        "",
        "![obstacles](pictures/obstacles.svg)",
        "",
        "## Confidence",
        "",
        "How far confidence is from the share that is right, by tenths. A commitment is right",
        "where its actor contributes, a retraction where its actor takes something back. The",
        "confidence of an obstacle is that the sentence states one: of its kind it is less sure.",
        "Mentions count one by one: there are more of them than of actors or kinds by sentence.",
        "",
        *calibration(sure),
        "",
        "![reliability](pictures/reliability.svg)",
        "",
        f"## The {_WORST} errors of which it was surest",
        "",
        "Sure of a mention, or sure that there is none; what it did not read, it was sure of.",
        "",
        *worst(test, partial(chances, extractor)),
        "",
    ]
    text = "\n".join(lines)
    (DOCS / "evaluation.md").write_text(text, encoding="utf-8")
    figures.write(options.model, figures.figures(test, validation, silent["test"]))
    print(text)


if __name__ == "__main__":
    main()
