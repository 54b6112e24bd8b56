"""The shipped model does not fall below the figures that stand beside it."""

from functools import cache

import pytest

from pledgewatch.extract.network import FOLDER
from tests.unit.extract.helpers import EXTRACTOR
from training import figures
from training.evaluate import Judged, alarms, confidences, judge, stating_and_silent, total
from training.labels import CORPUS
from training.score import CALIBRATION, calibration_error

pytestmark = pytest.mark.slow

RECORDED = figures.read(FOLDER)
SLACK, SLACK_SENTENCES = 0.005, 1
"""Other machines round int8 products a little differently."""


@cache
def judged(split: str) -> list[Judged]:
    return judge(EXTRACTOR, CORPUS / split)


@pytest.mark.parametrize(
    ("split", "recorded"), [("test", RECORDED.test), ("validation", RECORDED.validation)]
)
def test_no_measure_falls_below_what_is_recorded(split: str, recorded: dict[str, float]) -> None:
    table = total(stating_and_silent(judged(split))[0]).table()
    fallen = {
        name: (round(table[name], 3), least)
        for name, least in recorded.items()
        if table[name] < least - SLACK
    }
    assert fallen == {}, "run `make evaluate` if this is meant"


def test_confidence_stays_as_near_to_what_is_right_as_is_recorded() -> None:
    points = confidences(stating_and_silent(judged("test"))[0])
    errors = {name: calibration_error(held) for name, held in points.items()}
    assert errors.keys() == RECORDED.calibration.keys()
    worse = {k: error for k, error in errors.items() if error > RECORDED.calibration[k] + SLACK}
    assert worse == {}, "run `make evaluate` if this is meant"
    assert {k: errors[k] for k, aim in CALIBRATION.items() if errors[k] >= aim} == {}


def test_silent_news_stays_silent() -> None:
    heard = alarms(stating_and_silent(judged("test"))[1])
    assert heard.keys() == RECORDED.silence.keys()
    louder = {
        k: one
        for k, one in heard.items()
        if one.found > RECORDED.silence[k].found + SLACK_SENTENCES
    }
    assert louder == {}, "run `make evaluate` if this is meant"
