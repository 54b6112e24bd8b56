"""Fine-tuning: examples in, a network out."""

import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from msgspec.structs import replace
from numpy.typing import ArrayLike, NDArray
from rich.progress import track
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as f

from pledgewatch.extract import heads
from pledgewatch.extract.heads import SLICES
from training.distil import Teacher, pooled, soft_loss
from training.examples import Example, Group, Swapper, actor_by_actor, example
from training.labels import LabelledSentence
from training.network import Network, shipped_tokenizer

BATCH = 16
LEARNING_RATE, HEADS_RATE = 2e-4, 1e-3
WARMUP = 0.1
DOUBT = 0.03
"""How far from certain a yes or no is taught, for a network that is sure of all it has learnt is
too sure of what it has not (label smoothing: Szegedy et al. 2016)."""
VIEWS = 2
"""Views of each sentence that a teacher reads, which is costly."""
TAUGHT = 0.6
"""Share of the loss that is the teacher's, where there is one."""
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
BFLOAT16 = DEVICE == "cuda" or bool(torch.cpu.get_capabilities().get("avx512_bf16"))
"""Whether to multiply in bfloat16: where the processor can, that takes two thirds of the time."""


@dataclass(frozen=True)
class Reading:
    """How sentences are put before the network, by chance and seed."""

    swapped: float = 0.4
    """Share of sentences in which other actors are put."""
    without_context: float = 0.3
    """Share of sentences with a headline that are read without it."""
    under_another: float = 0.15
    """Share of sentences without a headline that are read under one of other news: what they state
    must not hang on it."""
    one_by_one: bool = False
    """Whether each actor is marked alone, in a reading of its own, and not all in one."""

    def views(
        self,
        labelled: Sequence[LabelledSentence],
        tokenizer: Tokenizer,
        swapper: Swapper,
        rng: random.Random,
    ) -> list[Example]:
        """The examples of one epoch."""
        above = {label.context or label.text for label in labelled if label.context or label.title}
        headlines = sorted(above)
        found = []
        for label in labelled:
            read = swapper(label) if rng.random() < self.swapped else label
            context = rng.random() >= self.without_context
            if headlines and not read.context and rng.random() < self.under_another:
                read, context = replace(read, context=rng.choice(headlines)), True
            if self.one_by_one:
                found += actor_by_actor(tokenizer, read, context=context)
            else:
                found.append(example(tokenizer, read, context=context))
        return found


AS_SHIPPED = Reading()


def padded(examples: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """Ids and mask, [B, T]."""
    longest = max(len(one.encoded.ids) for one in examples)
    lengths = torch.tensor([len(one.encoded.ids) for one in examples], device=DEVICE)
    ids = [[*one.encoded.ids, *[0] * (longest - len(one.encoded.ids))] for one in examples]
    mask = torch.arange(longest, device=DEVICE) < lengths[:, None]
    return torch.tensor(ids, device=DEVICE), mask.long()


def of_groups(flat: Tensor, groups: Sequence[tuple[int, Group]], longest: int, key: str) -> Tensor:
    """[G, `heads.WIDTH`]: each actor's outputs, pooled by `key`.

    `flat`: [B * T, `heads.WIDTH`]; `groups`: each with the row of its sentence.
    """
    most = max(len(group.positions) for _, group in groups)
    places = [
        [row * longest + position for position in group.positions]
        + [-1] * (most - len(group.positions))
        for row, group in groups
    ]
    index = torch.tensor(places, device=flat.device)
    return pooled(flat[index.clamp(min=0)], key, index < 0)


def loss_of(outputs: Tensor, batch: Sequence[Example]) -> Tensor:
    """The mean loss of the sentences of a batch; `outputs`: [B, T, `heads.WIDTH`]."""
    size, longest, width = outputs.shape
    flat = outputs.reshape(size * longest, width)
    first = outputs[:, 0]
    groups = [(row, group) for row, one in enumerate(batch) for group in one.groups]
    commits = of_groups(flat, groups, longest, "commits")
    hinders = of_groups(flat, groups, longest, "hindered")
    stated = _tensor([group.contributions for _, group in groups])
    hindered = _tensor([group.obstacles for _, group in groups])
    of_row = _tensor([row for row, _ in groups], np.int64)
    kinds = flat.new_zeros(size, hindered.shape[1]).index_reduce(0, of_row, hindered, "amax")
    commit = flat.new_zeros(size).index_reduce(0, of_row, stated.amax(1), "amax")
    truth = torch.stack([commit, kinds.amax(1)], 1)
    total = _bce(first[:, SLICES["sentence"]], truth).mean(1).sum()
    total = total + _kinds(first[:, SLICES["sentence_obstacles"]], kinds)
    weight = _tensor([0.5 if group.code is None else 1.0 for _, group in groups])
    for at, head, right in ((commits, "commits", stated), (hinders, "hindered", hindered)):
        total = total + (weight * _bce(at[:, SLICES[head]][:, 0], right.amax(1))).sum()
    total = total + _kinds(commits[:, SLICES["contributions"]], stated)
    conditions = _tensor([group.conditions for _, group in groups])
    missing = _bce(commits[:, SLICES["conditions"]], conditions).mean(1)
    total = total + 3 * (stated.amax(1) * missing).sum()
    total = total + _levels(commits, groups)
    total = total + _quantities(flat, commits, batch, longest)
    return (total + _evidence(flat, batch, longest)) / size


def _levels(commits: Tensor, groups: Sequence[tuple[int, Group]]) -> Tensor:
    rows, columns, right, weights = [], [], [], []
    for row, (_, group) in enumerate(groups):
        known = np.flatnonzero(group.levels >= 0)
        for column in known:
            rows.append(row)
            columns.append(int(column))
            right.append(int(group.levels[column]))
            weights.append(1 / len(known))
    if not rows:
        return commits.new_zeros(())
    shift = commits[:, SLICES["levels_by_contribution"]].view(
        len(commits), len(heads.CONTRIBUTIONS), len(heads.LEVELS)
    )
    logits = commits[rows][:, SLICES["levels"]] + shift[rows, columns]
    losses = f.cross_entropy(
        logits, _tensor(right, np.int64), label_smoothing=0.05, reduction="none"
    )
    return (_tensor(weights) * losses).sum()


def _quantities(flat: Tensor, commits: Tensor, batch: Sequence[Example], longest: int) -> Tensor:
    total = flat.new_zeros(())
    actors: list[int] = []
    numbers: list[int] = []
    linked: list[float] = []
    shares: list[float] = []
    kinds: list[tuple[int, int, float]] = []
    units: list[tuple[int, int, float]] = []
    start = 0
    for row, one in enumerate(batch):
        places = [row * longest + position for position in one.encoded.quantities]
        for group, links in enumerate(one.links, start):
            actors += [group] * len(places)
            numbers += places
            linked += links.tolist()
            shares += [1 / max(1, one.links.size)] * len(places)
        for found, right in ((kinds, one.quantity_contributions), (units, one.quantity_units)):
            known = np.flatnonzero(right >= 0)
            found += [(places[i], int(right[i]), 0.5 / len(known)) for i in known]
        start += len(one.groups)
    if actors:
        vectors = commits[actors][:, SLICES["of_actor"]] * flat[numbers][:, SLICES["of_quantity"]]
        total = total + (_tensor(shares) * _bce(vectors.sum(1), _tensor(linked))).sum()
    for head, known_kinds in (("quantity_contributions", kinds), ("quantity_units", units)):
        if known_kinds:
            which, kind, weights = zip(*known_kinds, strict=True)
            logits = flat[list(which)][:, SLICES[head]]
            losses = f.cross_entropy(logits, _tensor(kind, np.int64), reduction="none")
            total = total + (_tensor(weights) * losses).sum()
    return total


def _evidence(flat: Tensor, batch: Sequence[Example], longest: int) -> Tensor:
    tokens, rights, weights = [], [], []
    for row, one in enumerate(batch):
        known = np.flatnonzero(one.evidence[:, 0] >= 0)
        tokens += [row * longest + int(token) for token in known]
        rights.append(one.evidence[known])
        weights += [2 / len(known)] * len(known)
    losses = _bce(flat[tokens][:, SLICES["evidence"]], _tensor(np.concatenate(rights))).mean(1)
    return (_tensor(weights) * losses).sum()


def _tensor(values: ArrayLike, dtype: type = np.float32) -> Tensor:
    return torch.from_numpy(np.asarray(values, dtype)).to(DEVICE)


def _bce(logits: Tensor, right: Tensor) -> Tensor:
    taught = DOUBT + (1 - 2 * DOUBT) * right
    return f.binary_cross_entropy_with_logits(logits, taught, reduction="none")


def _kinds(logits: Tensor, right: Tensor) -> Tensor:
    """Of kinds of which mostly one holds: cross entropy, shared where several do; summed."""
    rows = right.amax(1) > 0
    shares = right[rows] / right[rows].sum(1, keepdim=True)
    return f.cross_entropy(logits[rows], shares, label_smoothing=0.03, reduction="sum")


def batches(examples: Sequence[Example], rng: random.Random) -> Iterator[list[Example]]:
    """Batches of about equal length, in random order."""
    order = sorted(examples, key=lambda one: (len(one.encoded.ids) // 8, rng.random()))
    chunks = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    rng.shuffle(chunks)
    yield from chunks


def logits_of(network: Network, examples: Sequence[Example]) -> list[NDArray[np.float32]]:
    """What a network says of each example, [T, `heads.WIDTH`]."""
    found: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(examples)
    order = sorted(range(len(examples)), key=lambda at: len(examples[at].encoded.ids))
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            outputs = network(*padded([examples[at] for at in batch])).cpu().numpy()
            for at, one in zip(batch, outputs, strict=True):
                found[at] = one[: len(examples[at].encoded.ids)].copy()
    return found


def train(
    encoder: Path,
    labelled: Sequence[LabelledSentence],
    *,
    epochs: int,
    seed: int,
    fixed: frozenset[str],
    member: int = 0,
    teacher: Teacher | None = None,
    learning_rate: float = LEARNING_RATE,
    reading: Reading = AS_SHIPPED,
) -> Network:
    """Fine-tune the encoder and its heads; the same on the same machine for the same seed.

    Each `member` of one seed begins with the same weights and reads in another order and other
    views, so that `mean` can join them. With a teacher, `VIEWS` views of each sentence are drawn
    once; without one, anew in each epoch.
    """
    torch.manual_seed(seed)
    rng = random.Random(seed + member)  # noqa: S311
    tokenizer = shipped_tokenizer()
    swapper = Swapper(seed + member, fixed)
    network = Network(encoder)
    network.to(DEVICE)
    kept = [label for label in labelled if not label.ambiguous]
    # the first epoch's view is drawn now: it says how many steps there are
    drawn = [reading.views(kept, tokenizer, swapper, rng) for _ in range(VIEWS if teacher else 1)]
    taught = [[one.astype(np.float16) for one in teacher(view)] for view in drawn if teacher]
    steps = epochs * math.ceil(len(drawn[0]) / BATCH)
    groups = [
        {"params": network.encoder.parameters(), "lr": learning_rate},
        {"params": network.heads.parameters(), "lr": HEADS_RATE},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    # readings of one actor each may be more than in the first epoch: the rate is then 0, not less
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, step / (WARMUP * steps), max(0, steps - step) / steps)
    )
    network.train()
    for epoch in range(epochs):
        began = time.perf_counter()
        goals: dict[int, np.ndarray] = {}
        if teacher:
            examples = drawn[epoch % VIEWS]
            goals = dict(zip(map(id, examples), taught[epoch % VIEWS], strict=True))
        else:
            examples = drawn.pop() if drawn else reading.views(kept, tokenizer, swapper, rng)
        losses = []
        for batch in track([*batches(examples, rng)], f"epoch {epoch + 1} of {epochs}"):
            with torch.autocast(DEVICE, torch.bfloat16, enabled=BFLOAT16):
                outputs = network(*padded(batch)).float()
            loss = loss_of(outputs, batch)
            if goals:
                soft = [soft_loss(r, goals[id(e)], e) for r, e in zip(outputs, batch, strict=True)]
                loss = (1 - TAUGHT) * loss + TAUGHT * torch.stack(soft).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        print(
            f"epoch {epoch + 1}: loss {np.mean(losses):.3f},"
            f" {len(examples) / (time.perf_counter() - began):.0f} readings/s",
            flush=True,
        )
    network.eval()
    return network


def mean(members: Sequence[Network]) -> Network:
    """The first, with the mean of all their weights (model soup: Wortsman et al. 2022)."""
    first = members[0]
    with torch.no_grad():
        for weights in zip(*(member.parameters() for member in members), strict=True):
            weights[0].copy_(torch.stack(weights).mean(0))
    return first
