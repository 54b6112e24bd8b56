"""What a student learns from a teacher, on a toy network's outputs; needs PyTorch."""

import numpy as np
import pytest
import torch

from pledgewatch.extract import decode
from pledgewatch.extract.heads import WIDTH
from pledgewatch.extract.network import Network
from training.examples import Example, example
from training.labels import LabelledSentence

SENTENCE = LabelledSentence(
    id="1", mission="mali", text="Norway and Sweden will send 200 troops to Mali."
)


@pytest.fixture
def one() -> Example:
    return example(Network.load().tokenizer, SENTENCE)


def outputs(one: Example, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 2, (len(one.encoded.ids), WIDTH))


def test_actors_are_pooled_as_they_are_read(one: Example) -> None:
    from training.distil import pooled

    said = outputs(one, 1).astype(np.float32)
    positions = one.encoded.actors[:2]
    mixed = pooled(torch.from_numpy(said)[positions], "commits").numpy()
    assert np.allclose(mixed, decode.pooled(said, positions, "commits"), atol=1e-5)
    empty = torch.tensor([False, True])
    alone = pooled(torch.from_numpy(said)[positions], "commits", empty).numpy()
    assert np.allclose(alone, said[positions[0]])


def test_a_student_that_says_what_the_teacher_says_has_least_to_learn(one: Example) -> None:
    from training.distil import soft_loss

    teacher = outputs(one, 1).astype(np.float32)
    said = torch.tensor(outputs(one, 2), dtype=torch.float32, requires_grad=True)
    losses = []
    for _ in range(60):
        loss = soft_loss(said, teacher, one)
        (slope,) = torch.autograd.grad(loss, said)
        said = (said - 2 * slope).detach().requires_grad_()
        losses.append(float(loss.detach()))
    best = float(soft_loss(torch.from_numpy(teacher), teacher, one))
    assert losses[-1] < losses[0]
    assert best <= losses[-1]


def test_padding_teaches_nothing(one: Example) -> None:
    from training.distil import soft_loss

    teacher = outputs(one, 1).astype(np.float32)
    said = torch.from_numpy(outputs(one, 2).astype(np.float32))
    longer = torch.cat([said, torch.full((3, WIDTH), 9.0)])
    assert float(soft_loss(longer, teacher, one)) == float(soft_loss(said, teacher, one))
