"""What each part of the training is worth: `python -m training.ablate`, some seventy minutes.

Networks that are trained alike but for one thing, compared on the validation set by what they say
of each actor at 0.5, before any threshold is chosen. They are trained on a part of the corpus and
for fewer epochs than what ships: differences count, not heights. Writes docs/ablations.md.
"""

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pledgewatch.extract.decode import level_chances, pooled, retraction
from pledgewatch.extract.heads import SLICES
from pledgewatch.gazetteer import AT_WAR
from training.examples import Group, Swapper
from training.labels import CORPUS, LabelledSentence, sentences, stating
from training.learn import AS_SHIPPED, LEARNING_RATE, Reading, logits_of, train
from training.network import Network, shipped_tokenizer
from training.score import Counts
from training.train import SEED
from training.variants import Grammar
from training.weights import bge_small, minilm, mpnet

PAGE = Path(__file__).parents[1] / "docs" / "ablations.md"
SENTENCES, EPOCHS, VARIANTS, POOL = 3000, 3, 250, 4000


@dataclass(frozen=True)
class Design:
    """One way to train."""

    title: str
    reading: Reading = AS_SHIPPED
    variants: int = VARIANTS
    """How many generated sentences it reads beside the corpus's."""
    teacher: "Design | None" = None
    """Whose network it learns from too; to be trained before."""
    seed: int = SEED
    encoder: Callable[[], Path] = bge_small
    learning_rate: float = LEARNING_RATE


LARGE = Design("all-mpnet-base, at half the rate", encoder=mpnet, learning_rate=LEARNING_RATE / 2)
DESIGNS = (
    Design("base: bge-small, all actors in one pass"),
    Design("base, another seed", seed=SEED + 100),
    Design("all-MiniLM-L6, half as many layers", encoder=minilm),
    Design("each actor alone, in a pass of its own", Reading(one_by_one=True)),
    LARGE,
    Design("learns from that one too, two views of each sentence", teacher=LARGE),
    Design(
        f"all-MiniLM-L6 learns from that one, of {POOL:,} variants too",
        encoder=minilm,
        teacher=LARGE,
        variants=POOL,
    ),
    Design("without headlines", Reading(without_context=1, under_another=0)),
    Design("none under a headline of other news", Reading(under_another=0)),
    Design("without other actors put in", Reading(swapped=0)),
    Design("without generated variants", variants=0),
)
MEASURES = ("commitment", "retraction", "contribution", "level", "obstacle")
INTRODUCTION = f"""\
# What each part of the training is worth

Written by `python -m training.ablate`: {{sentences:,}} of the corpus's {{all:,}} sentences,
{VARIANTS} generated variants, {{epochs}} epochs, each design trained alike but for what its row
says. Measured on {{held_out:,}} sentences of the validation set at the network's outputs, by
sentence and actor, every decision at 0.5: F1 of commitment, of retraction and of a named actor
being hindered; where something is stated, accuracy of contribution and level. The two first rows
differ by the seed alone: a rough guide to what chance does.

With a pass for each actor there are some three times as many readings, to learn from and to pay for
whenever news is read. What a teacher's row costs comes on top of that of the teacher. So short a
training leaves the larger encoder further from its end than the small one.

| design | {" | ".join(MEASURES)} | minutes |
| --- |{" ---: |" * (len(MEASURES) + 1)}
"""


def measure(
    network: Network, reading: Reading, held_out: Sequence[LabelledSentence]
) -> dict[str, float]:
    """What the network says of each actor, against the labels: F1 by measure.

    Of values of which there is always one, contribution and level, that is the accuracy.
    """
    as_they_are = Reading(
        swapped=0,
        without_context=float(reading.without_context == 1),
        under_another=0,
        one_by_one=reading.one_by_one,
    )
    swapper, rng = Swapper(SEED, AT_WAR), random.Random(SEED)  # noqa: S311
    examples = as_they_are.views(held_out, shipped_tokenizer(), swapper, rng)
    counts: defaultdict[str, Counts] = defaultdict(Counts)
    for one, logits in zip(examples, logits_of(network, examples), strict=True):
        for group in one.groups:
            _compare(counts, group, logits)
    return {name: counts[name].f1 for name in MEASURES}


def _compare(counts: defaultdict[str, Counts], group: Group, logits: NDArray[np.float32]) -> None:
    said = pooled(logits, group.positions, "commits")
    commits = bool(said[SLICES["commits"]][0] > 0)
    stated = bool(group.contributions.any())
    counts["commitment"].add(_if(stated), _if(commits))
    kind = int(said[SLICES["contributions"]].argmax())
    taken_back = commits and retraction(level_chances(said, kind)) > 0.5
    counts["retraction"].add(_if(group.retracts), _if(taken_back))
    if group.code:
        hindered = pooled(logits, group.positions, "hindered")[SLICES["hindered"]][0] > 0
        counts["obstacle"].add(_if(bool(group.obstacles.any())), _if(bool(hindered)))
    if not stated:
        return
    counts["contribution"].add({True}, {bool(group.contributions[kind])})
    for at in np.flatnonzero(group.levels >= 0):
        level = int(level_chances(said, int(at)).argmax())
        counts["level"].add({int(group.levels[at])}, {level})


def _if(holds: bool) -> set[object]:
    return {True} if holds else set()


def main() -> None:
    """Train each design, measure it and write the page."""
    parser = argparse.ArgumentParser(prog="python -m training.ablate", description=__doc__)
    parser.add_argument("--sentences", type=int, default=SENTENCES, help="of the corpus")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument(
        "--only", type=int, nargs="+", metavar="ROW", help="of the table, from 1; teachers, too"
    )
    parser.add_argument("--out", type=Path, default=PAGE)
    options = parser.parse_args()
    corpus = list(sentences(CORPUS / "train"))
    random.Random(SEED).shuffle(corpus)  # noqa: S311
    held_out = [one for one in stating(CORPUS / "validation") if not one.ambiguous]
    page = INTRODUCTION.format(
        sentences=options.sentences, all=len(corpus), epochs=options.epochs, held_out=len(held_out)
    )
    trained: dict[Design, Network] = {}
    for design in [DESIGNS[row - 1] for row in options.only] if options.only else DESIGNS:
        encoder = design.encoder()
        began = time.perf_counter()
        labelled = corpus[: options.sentences]
        labelled = labelled + Grammar(design.seed).sentences(design.variants)
        trained[design] = train(
            encoder, labelled, epochs=options.epochs, seed=design.seed, fixed=AT_WAR,
            teacher=partial(logits_of, trained[design.teacher]) if design.teacher else None,
            learning_rate=design.learning_rate, reading=design.reading,
        )  # fmt: skip
        minutes = (time.perf_counter() - began) / 60
        table = measure(trained[design], design.reading, held_out)
        values = " | ".join(f"{table[name]:.3f}" for name in MEASURES)
        page += f"| {design.title} | {values} | {minutes:.0f} |\n"
        print(page.splitlines()[-1], flush=True)
        options.out.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
