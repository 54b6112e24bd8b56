"""Fine-tuning: examples in, a network out."""

import math
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.optim.swa_utils
from rich.progress import track
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as f

from pledgewatch.extract import heads
from pledgewatch.extract.heads import SLICES
from training.distil import Teacher, pooled, soft_loss
from training.examples import Example, Swapper, example
from training.labels import LabelledSentence
from training.network import Network, read_tokenizer
from training.weights import minilm

BATCH = 16
LEARNING_RATE, HEADS_RATE = 1e-4, 1e-3
WARMUP = 0.1
AVERAGED = 0.995
"""Decay of the running average of the weights, which is what is kept."""
VIEWS = 3
"""Views of each sentence that a teacher reads."""
TAUGHT = 0.6
"""Share of the loss that is the teacher's, where there is one."""
SWAPPED = 0.4
"""Share of sentences in which other actors are put, anew in each epoch."""
WITHOUT_CONTEXT = 0.3
"""Share of sentences with a headline that are read without it."""


def padded(examples: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """Ids and mask, [B, T]."""
    longest = max(len(one.encoded.ids) for one in examples)
    ids = torch.zeros(len(examples), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, one in enumerate(examples):
        ids[row, : len(one.encoded.ids)] = torch.tensor(one.encoded.ids)
        mask[row, : len(one.encoded.ids)] = 1
    return ids, mask


def loss_of(outputs: Tensor, one: Example) -> Tensor:
    """The loss of one sentence; `outputs`: [T, `heads.WIDTH`]."""
    total = outputs.new_zeros(())
    commits = any(g.contributions.any() for g in one.groups)
    hindered = np.max([g.obstacles for g in one.groups], axis=0)
    first = outputs[0]
    total = total + _bce(first[SLICES["sentence"]], np.array([commits, hindered.any()], np.float32))
    if hindered.any():
        total = total + _kinds(first[SLICES["sentence_obstacles"]], hindered)
    rows = []
    for group in one.groups:
        mixed = pooled(outputs, group.positions, "commits")
        hinders = pooled(outputs, group.positions, "hindered")
        rows.append(mixed)
        weight = 1.0 if group.code is not None else 0.5
        total = total + weight * _bce(
            mixed[SLICES["commits"]], np.array([group.contributions.any()], np.float32)
        )
        total = total + weight * _bce(
            hinders[SLICES["hindered"]], np.array([group.obstacles.any()], np.float32)
        )
        if group.contributions.any():
            total = total + _kinds(mixed[SLICES["contributions"]], group.contributions)
            logits = mixed[SLICES["levels"]] + mixed[SLICES["levels_by_contribution"]].view(
                len(heads.CONTRIBUTIONS), len(heads.LEVELS)
            )
            stated = np.flatnonzero(group.levels >= 0)
            total = total + f.cross_entropy(
                logits[stated], torch.from_numpy(group.levels[stated]), label_smoothing=0.05
            )
            total = total + 3 * _bce(mixed[SLICES["conditions"]], group.conditions)
    if one.encoded.numbers:
        at = outputs[one.encoded.quantities]
        vectors = torch.stack([row[SLICES["of_actor"]] for row in rows])
        scores = vectors @ at[:, SLICES["of_quantity"]].T
        total = total + f.binary_cross_entropy_with_logits(scores, torch.from_numpy(one.links))
        linked = np.flatnonzero(one.quantity_contributions >= 0)
        if len(linked):
            total = total + 0.5 * f.cross_entropy(
                at[linked][:, SLICES["quantity_contributions"]],
                torch.from_numpy(one.quantity_contributions[linked]),
            )
        counted = np.flatnonzero(one.quantity_units >= 0)
        if len(counted):
            total = total + 0.5 * f.cross_entropy(
                at[counted][:, SLICES["quantity_units"]],
                torch.from_numpy(one.quantity_units[counted]),
            )
    known = one.evidence[:, 0] >= 0
    if known.any():
        total = total + 2 * f.binary_cross_entropy_with_logits(
            outputs[: len(known)][known][:, SLICES["evidence"]],
            torch.from_numpy(one.evidence[known]),
        )
    return total


def _bce(logits: Tensor, right: np.ndarray) -> Tensor:
    return f.binary_cross_entropy_with_logits(logits, torch.from_numpy(right))


def _kinds(logits: Tensor, right: np.ndarray) -> Tensor:
    """Of kinds of which mostly one holds: cross entropy, shared where several do."""
    return f.cross_entropy(logits, torch.from_numpy(right / right.sum()), label_smoothing=0.03)


def batches(examples: Sequence[Example], rng: random.Random) -> Iterator[list[Example]]:
    """Batches of about equal length, in random order."""
    order = sorted(examples, key=lambda one: (len(one.encoded.ids) // 8, rng.random()))
    chunks = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    rng.shuffle(chunks)
    yield from chunks


def views(
    labelled: Sequence[LabelledSentence], tokenizer: Tokenizer, swapper: Swapper, rng: random.Random
) -> list[Example]:
    """Each sentence as it is read in one epoch: with other actors or not, with headline or not."""
    return [
        example(
            tokenizer,
            swapper(label) if rng.random() < SWAPPED else label,
            context=rng.random() >= WITHOUT_CONTEXT,
        )
        for label in labelled
    ]


def train(
    encoder: Path,
    labelled: Sequence[LabelledSentence],
    *,
    epochs: int,
    seed: int,
    fixed: frozenset[str],
    teacher: Teacher | None = None,
    learning_rate: float = LEARNING_RATE,
) -> Network:
    """Fine-tune the encoder and its heads; the same on the same machine for the same seed.

    With a teacher, `VIEWS` views of each sentence are drawn once, since reading them is costly.
    """
    torch.manual_seed(seed)
    rng = random.Random(seed)  # noqa: S311
    tokenizer = read_tokenizer(minilm())
    swapper = Swapper(seed, fixed)
    network = Network(encoder)
    average = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGED)
    )
    kept = [label for label in labelled if not label.ambiguous]
    drawn: list[list[Example]] = []
    soft: list[list[np.ndarray]] = []
    if teacher is not None:
        drawn = [views(kept, tokenizer, swapper, rng) for _ in range(VIEWS)]
        soft = [teacher(view) for view in drawn]
    steps = epochs * math.ceil(len(kept) / BATCH)
    groups = [
        {"params": network.encoder.parameters(), "lr": learning_rate},
        {"params": network.heads.parameters(), "lr": HEADS_RATE},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, step / (WARMUP * steps), (steps - step) / steps)
    )
    network.train()
    for epoch in range(epochs):
        began = time.perf_counter()
        if teacher is None:
            examples = views(kept, tokenizer, swapper, rng)
            goals: dict[int, np.ndarray] = {}
        else:
            examples = drawn[epoch % VIEWS]
            goals = dict(zip(map(id, examples), soft[epoch % VIEWS], strict=True))
        losses = []
        for batch in track([*batches(examples, rng)], f"epoch {epoch + 1} of {epochs}"):
            outputs = network(*padded(batch))
            loss = torch.stack(
                [
                    _loss(row, one, goals.get(id(one)))
                    for row, one in zip(outputs, batch, strict=True)
                ]
            ).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            average.update_parameters(network)
            losses.append(loss.item())
        print(
            f"epoch {epoch + 1}: loss {np.mean(losses):.3f},"
            f" {len(kept) / (time.perf_counter() - began):.0f} sentences/s",
            flush=True,
        )
    averaged: Network = average.module
    averaged.eval()
    return averaged


def _loss(outputs: Tensor, one: Example, goal: np.ndarray | None) -> Tensor:
    if goal is None:
        return loss_of(outputs, one)
    return (1 - TAUGHT) * loss_of(outputs, one) + TAUGHT * soft_loss(outputs, goal, one)
