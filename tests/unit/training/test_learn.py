"""How networks are trained; needs PyTorch."""

import torch


def test_the_mean_of_networks_is_that_of_each_weight() -> None:
    from training.learn import mean_weights

    first = {"heads.weight": torch.tensor([[1.0, 2.0]]), "heads.bias": torch.tensor([0.0])}
    second = {"heads.weight": torch.tensor([[3.0, 0.0]]), "heads.bias": torch.tensor([1.0])}
    found = mean_weights([first, second])
    assert found["heads.weight"].tolist() == [[2.0, 1.0]]
    assert found["heads.bias"].tolist() == [0.5]
