"""Agreement of two readers."""

import pytest

from training.agreement import kappa


def test_kappa_of_a_known_table() -> None:
    # Cohen's own kind of example: 20 yes/yes, 15 no/no, 5 yes/no, 10 no/yes
    pairs = [("y", "y")] * 20 + [("n", "n")] * 15 + [("y", "n")] * 5 + [("n", "y")] * 10
    assert kappa([*pairs]) == pytest.approx(0.4)


def test_kappa_where_nothing_differs() -> None:
    assert kappa([("y", "y")] * 3) == 1
    assert kappa([]) == 1
