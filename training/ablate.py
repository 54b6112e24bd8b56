"""What each part of the training is worth: `python -m training.ablate`.

Networks that are trained alike but for one thing, compared on the validation sets by what they say
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
import torch
from numpy.typing import ArrayLike, NDArray
from tokenizers import Tokenizer

from pledgewatch.extract.decode import level_chances, pooled, retraction
from pledgewatch.extract.heads import LEVELS, SLICES
from pledgewatch.gazetteer import AT_WAR
from training.examples import Example, Group, Swapper
from training.labels import CORPUS, LabelledSentence, sentences
from training.learn import AS_SHIPPED, BATCH, LEARNING_RATE, Reading, padded, train
from training.network import Network, read_tokenizer
from training.score import Counts
from training.train import SEED
from training.variants import Grammar
from training.weights import minilm, mpnet

PAGE = Path(__file__).parents[1] / "docs" / "ablations.md"
SENTENCES, EPOCHS, VARIANTS = 4000, 3, 250

INTRODUCTION = """\
# What each part of the training is worth

Written by `python -m training.ablate`: {sentences:,} sentences of the corpus, {epochs} epochs, each
design trained alike but for what its row says. Measured on the validation sets at the network's
outputs, by sentence and actor, every decision at 0.5: F1 of commitment, obstacle and retraction;
where something is stated, contribution and level accuracy. The two first rows differ by the seed
alone: a rough guide to what chance does. With a pass for each actor there are some three times as
many readings, in which the sentence's heads learn of that actor alone.

| design | commitment | obstacle | retraction | contribution | level | minutes |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
"""
MEASURES = ("commitment", "obstacle", "retraction", "contribution", "level")


@dataclass(frozen=True)
class Design:
    """One way to train."""

    title: str
    reading: Reading = AS_SHIPPED
    variants: bool = True
    taught: bool = False
    members: int = 1
    seed: int = SEED
    encoder: Callable[[], Path] = minilm
    learning_rate: float = LEARNING_RATE


LARGE = Design("the larger encoder, the teacher", encoder=mpnet, learning_rate=4e-5)
DESIGNS = (
    Design("base"),
    Design("base, another seed", seed=SEED + 100),
    LARGE,
    Design("learns from the teacher too", taught=True),
    Design("each actor alone, in a pass of its own", Reading(one_by_one=True)),
    Design("the mean of two networks", members=2),
    Design("without generated variants", variants=False),
    Design("without other actors put in", Reading(swapped=0)),
    Design("without headlines", Reading(without_context=1)),
)


def outputs(network: Network, examples: Sequence[Example]) -> list[NDArray[np.float32]]:
    """The network's logits of each example, [T, `heads.WIDTH`]."""
    ordered = sorted(range(len(examples)), key=lambda at: len(examples[at].encoded.ids))
    found: dict[int, NDArray[np.float32]] = {}
    with torch.inference_mode():
        for start in range(0, len(ordered), BATCH):
            batch = ordered[start : start + BATCH]
            logits = network(*padded([examples[at] for at in batch])).numpy()
            for at, one in zip(batch, logits, strict=True):
                found[at] = one[: len(examples[at].encoded.ids)].copy()
    return [found[at] for at in range(len(examples))]


def measure(network: Network, examples: Sequence[Example]) -> dict[str, float]:
    """What the network says of each actor of the examples, against their labels: F1 by measure.

    Of values of which there is always one, contribution and level, that is the accuracy.
    """
    counts: defaultdict[str, Counts] = defaultdict(Counts)
    for one, logits in zip(examples, outputs(network, examples), strict=True):
        for group in one.groups:
            _compare(counts, group, logits)
    return {name: count.f1 for name, count in counts.items()}


def _compare(counts: defaultdict[str, Counts], group: Group, logits: NDArray[np.float32]) -> None:
    said = pooled(logits, group.positions, "commits")
    hindered = pooled(logits, group.positions, "hindered")
    stated = bool(group.contributions.any())
    counts["commitment"].add(_where([stated]), _where(said[SLICES["commits"]] > 0))
    counts["obstacle"].add(
        _where([group.obstacles.any()]), _where(hindered[SLICES["hindered"]] > 0)
    )
    kind = int(said[SLICES["contributions"]].argmax())
    taken_back = said[SLICES["commits"]][0] > 0 and retraction(level_chances(said, kind)) > 0.5
    retractions = [LEVELS[level].is_retraction for level in group.levels[group.levels >= 0]]
    counts["retraction"].add(_where([any(retractions)]), _where([taken_back]))
    if not stated:
        return
    counts["contribution"].add({True}, {bool(group.contributions[kind])})
    for at in np.flatnonzero(group.levels >= 0):
        level = int(level_chances(said, int(at)).argmax())
        counts["level"].add({int(group.levels[at])}, {level})


def _where(holds: ArrayLike) -> set[object]:
    return set(np.flatnonzero(holds).tolist())


def main() -> None:
    """Train each design, measure it and write the page."""
    parser = argparse.ArgumentParser(prog="python -m training.ablate", description=__doc__)
    parser.add_argument("--sentences", type=int, default=SENTENCES, help="of the corpus")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--only", default="", help="designs whose title has these words")
    parser.add_argument("--out", type=Path, default=PAGE)
    options = parser.parse_args()
    chosen = [design for design in DESIGNS if options.only in design.title]
    if LARGE not in chosen and any(design.taught for design in chosen):
        parser.error(f"--only has to find {LARGE.title!r} too, for there to be a teacher")
    introduction = INTRODUCTION.format(sentences=options.sentences, epochs=options.epochs)
    rows = written(options.out, introduction)
    corpus = list(sentences(CORPUS / "train"))
    random.Random(SEED).shuffle(corpus)  # noqa: S311
    held_out = [one for one in sentences(CORPUS / "validation") if not one.ambiguous]
    tokenizer = read_tokenizer(minilm())
    teacher: Network | None = None
    for design in chosen:
        began = time.perf_counter()
        labelled = corpus[: options.sentences]
        if design.variants:
            labelled = labelled + Grammar(design.seed).sentences(VARIANTS)
        network = train(
            design.encoder(), labelled, epochs=options.epochs, seed=design.seed, fixed=AT_WAR,
            teacher=partial(outputs, teacher) if teacher and design.taught else None,
            learning_rate=design.learning_rate, reading=design.reading, members=design.members,
        )  # fmt: skip
        if design is LARGE:
            teacher = network
        minutes = (time.perf_counter() - began) / 60
        table = measure(network, _asked(design.reading, held_out, tokenizer))
        values = " | ".join(f"{table[name]:.3f}" for name in MEASURES)
        rows[design.title] = f"| {design.title} | {values} | {minutes:.0f} |"
        print(rows[design.title], flush=True)
        lines = [rows[one.title] for one in DESIGNS if one.title in rows]
        options.out.write_text(introduction + "\n".join([*lines, ""]), encoding="utf-8")


def written(page: Path, introduction: str) -> dict[str, str]:
    """The rows that a page has already, by design, if it tells of the same training."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    lines = text.removeprefix(introduction).splitlines() if text.startswith(introduction) else []
    return {line.split(" | ")[0].removeprefix("| "): line for line in lines}


def _asked(
    reading: Reading, labelled: Sequence[LabelledSentence], tokenizer: Tokenizer
) -> list[Example]:
    """Held-out sentences as such a network is asked: as they are."""
    headless = float(reading.without_context == 1)
    asked = Reading(swapped=0, without_context=headless, one_by_one=reading.one_by_one)
    return asked.views(labelled, tokenizer, Swapper(SEED, AT_WAR), random.Random(SEED))  # noqa: S311


if __name__ == "__main__":
    main()
