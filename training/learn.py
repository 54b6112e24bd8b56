"""Fine-tuning: examples in, a network out."""

import math
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from rich.progress import track
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as f

from pledgewatch.extract import heads
from pledgewatch.extract.heads import SLICES
from training.examples import Example, Swapper, example
from training.labels import LabelledSentence
from training.network import Network

BATCH = 16
LEARNING_RATE, HEADS_RATE = 1e-4, 1e-3
WARMUP = 0.1
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


def pooled(outputs: Tensor, positions: Sequence[int], key: str) -> Tensor:
    """One actor's outputs from those at its markers, weighted by how much each says `key`."""
    at = outputs[list(positions)]
    weights = at[:, SLICES[key]].max(dim=1).values.softmax(0)
    mixed: Tensor = (weights[:, None] * at).sum(0)
    return mixed


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


def train(
    encoder: Path,
    labelled: Sequence[LabelledSentence],
    *,
    epochs: int,
    seed: int,
    fixed: frozenset[str],
    learning_rate: float = LEARNING_RATE,
) -> Network:
    """Fine-tune the encoder and its heads; the same on the same machine for the same seed."""
    torch.manual_seed(seed)
    rng = random.Random(seed)  # noqa: S311
    tokenizer = read_tokenizer(encoder)
    swapper = Swapper(seed, fixed)
    network = Network(encoder)
    kept = [label for label in labelled if not label.ambiguous]
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
        drawn = [
            example(
                tokenizer,
                swapper(label) if rng.random() < SWAPPED else label,
                context=rng.random() >= WITHOUT_CONTEXT,
            )
            for label in kept
        ]
        losses = []
        for batch in track([*batches(drawn, rng)], f"epoch {epoch + 1} of {epochs}"):
            outputs = network(*padded(batch))
            loss = torch.stack(
                [loss_of(row, one) for row, one in zip(outputs, batch, strict=True)]
            ).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        print(
            f"epoch {epoch + 1}: loss {np.mean(losses):.3f},"
            f" {len(kept) / (time.perf_counter() - began):.0f} sentences/s",
            flush=True,
        )
    network.eval()
    return network


def read_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer, without its own limits and padding."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
