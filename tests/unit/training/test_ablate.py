"""How designs are compared; needs PyTorch."""

import pytest


def test_shares_of_what_was_right() -> None:
    from training.ablate import Tally

    tally = Tally()
    for said, right in ((True, True), (True, False), (False, True), (False, False)):
        tally.compare("commitment", said, right)
    for right in (True, True, True, False):
        tally.mark("level", right)
    assert tally.table() == {"commitment": pytest.approx(0.5), "level": pytest.approx(0.75)}
