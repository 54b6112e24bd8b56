"""Distillation: the student learns what a larger teacher says of a sentence, doubts included."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as f

from pledgewatch.extract import heads, network
from pledgewatch.extract.heads import SLICES
from training.examples import Example

Teacher = Callable[[Sequence[Example]], list[NDArray[np.float32]]]
"""What a larger network says of each example: its logits, [T, `heads.WIDTH`]."""


def teacher_in(folder: Path) -> Teacher:
    """A trained, larger model: a folder as `training.train` writes it."""
    model = network.Network(folder)

    return lambda examples: model.read([one.encoded for one in examples])


def pooled(at: Tensor, key: str, empty: Tensor | None = None) -> Tensor:
    """Actors' outputs from those at their markers, weighted by how much each says `key`.

    `at`: [..., P, `heads.WIDTH`]; `empty`: [..., P], true where there is no marker.
    """
    score = at[..., SLICES[key]].amax(-1)
    if empty is not None:
        score = score.masked_fill(empty, -torch.inf)
    return (score.softmax(-1)[..., None] * at).sum(-2)


def soft_loss(outputs: Tensor, teacher: np.ndarray, one: Example) -> Tensor:
    """How far the student is from the teacher; both [T, `heads.WIDTH`].

    Fields count as much as the teacher believes that there is something which has them.
    """
    outputs = outputs[: len(teacher)]  # what is behind it is padding
    wanted = torch.from_numpy(teacher.astype(np.float32)).to(outputs.device)
    first, right = outputs[0], wanted[0]
    total = _bce(first, right, "sentence")
    hinders = right[SLICES["sentence"]][1].sigmoid()
    total = total + hinders * _kinds(first, right, "sentence_obstacles")
    rows, right_rows = [], []
    for group in one.groups:
        mixed, goal = (pooled(side[group.positions], "commits") for side in (outputs, wanted))
        rows.append(mixed)
        right_rows.append(goal)
        weight = 1.0 if group.code is not None else 0.5
        total = total + weight * _bce(mixed, goal, "commits")
        total = total + weight * _bce(
            pooled(outputs[group.positions], "hindered"),
            pooled(wanted[group.positions], "hindered"),
            "hindered",
        )
        commits = goal[SLICES["commits"]][0].sigmoid()
        if commits > 0.1:
            at = int(goal[SLICES["contributions"]].argmax())
            total = total + commits * (
                _kinds(mixed, goal, "contributions")
                + _divergence(_levels(mixed, at), _levels(goal, at))
                + 3 * _bce(mixed, goal, "conditions")
            )
    if one.encoded.numbers:
        at_numbers = outputs[one.encoded.quantities], wanted[one.encoded.quantities]
        scores, goals = (
            torch.stack([row[SLICES["of_actor"]] for row in side])
            @ numbers[:, SLICES["of_quantity"]].T
            for side, numbers in zip((rows, right_rows), at_numbers, strict=True)
        )
        total = total + f.binary_cross_entropy_with_logits(scores, goals.sigmoid())
        linked = goals.sigmoid().max(dim=0).values
        for head in ("quantity_contributions", "quantity_units"):
            kinds = _each_kind(*(side[:, SLICES[head]] for side in at_numbers))
            total = total + 0.5 * (linked * kinds).mean()
    inside = [offsets is not None for offsets in one.encoded.offsets]
    return total + 2 * _bce(outputs[inside], wanted[inside], "evidence")


def _levels(at: Tensor, contribution: int) -> Tensor:
    shift = at[SLICES["levels_by_contribution"]].view(len(heads.CONTRIBUTIONS), -1)
    return at[SLICES["levels"]] + shift[contribution]


def _bce(own: Tensor, goal: Tensor, head: str) -> Tensor:
    return f.binary_cross_entropy_with_logits(
        own[..., SLICES[head]], goal[..., SLICES[head]].sigmoid()
    )


def _kinds(own: Tensor, goal: Tensor, head: str) -> Tensor:
    return _divergence(own[SLICES[head]], goal[SLICES[head]])


def _each_kind(own: Tensor, goal: Tensor) -> Tensor:
    return f.cross_entropy(own, goal.softmax(-1), reduction="none")


def _divergence(own: Tensor, goal: Tensor) -> Tensor:
    return f.cross_entropy(own, goal.softmax(-1))
