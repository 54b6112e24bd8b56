"""How trained networks are joined; needs PyTorch."""

import torch
from torch import nn


def test_the_mean_of_networks_has_the_mean_of_their_weights() -> None:
    from training.learn import mean

    members = [nn.Linear(3, 2) for _ in range(3)]
    given = torch.ones(1, 3)
    apart = torch.stack([member(given) for member in members]).mean(0)
    assert torch.allclose(
        mean(members)(given), apart, atol=1e-6
    )  # a linear layer is linear in them
