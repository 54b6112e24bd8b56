"""How thresholds and probabilities are chosen from what is right."""

import numpy as np
import pytest

from training.calibrate import _platt, _threshold

RNG = np.random.default_rng(7)


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (0.5, -1.0), (2.0, 0.7)])
def test_calibration_finds_how_sure_the_logits_should_be(slope: float, offset: float) -> None:
    logits = RNG.normal(0, 2, 20_000)
    right = RNG.random(20_000) < 1 / (1 + np.exp(-(slope * logits + offset)))
    assert _platt(logits, right) == pytest.approx((slope, offset), abs=0.1)


def test_calibration_of_what_is_always_right_stays_finite() -> None:
    slope, offset = _platt(np.array([3.0, 4.0, 5.0]), np.array([True, True, True]))
    assert np.isfinite([slope, offset]).all()


def test_the_threshold_parts_what_is_right() -> None:
    chances = np.array([0.2, 0.3, 0.6, 0.9], np.float32)
    right = np.array([False, False, True, True])
    assert 0.3 < _threshold(chances, right, 0.0) <= 0.6


def test_the_threshold_is_as_precise_as_asked() -> None:
    chances = np.array([0.3, 0.5, 0.6, 0.7, 0.9], np.float32)
    right = np.array([True, True, False, True, True])
    assert _threshold(chances, right, 0.0) <= 0.3  # best F1: all that is right, one that is not
    assert _threshold(chances, right, 0.9) > 0.6
