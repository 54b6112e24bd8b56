"""The shipped model does not fall below the figures that stand beside it."""

from functools import cache

import msgspec
import pytest

from pledgewatch.extract.network import FOLDER
from tests.unit.extract.helpers import EXTRACTOR
from training.evaluate import Judged, false_alarms, judge, stating_and_silent, total
from training.labels import CORPUS
from training.report import FIGURES

pytestmark = pytest.mark.slow

RECORDED = msgspec.json.decode((FOLDER / FIGURES).read_bytes(), type=dict[str, dict[str, float]])
SLACK = 0.005
"""Other machines round int8 products a little differently."""


@cache
def judged(split: str) -> list[Judged]:
    return judge(EXTRACTOR, CORPUS / split)


@pytest.mark.parametrize("split", ["test", "validation"])
def test_no_measure_falls_below_what_is_recorded(split: str) -> None:
    table = total(stating_and_silent(judged(split))[0]).table()
    fallen = {
        name: (round(table[name], 3), recorded)
        for name, recorded in RECORDED[split].items()
        if table[name] < recorded - SLACK
    }
    assert fallen == {}, "run `make evaluate` if this is meant"


def test_silent_news_stays_silent() -> None:
    shares = false_alarms(stating_and_silent(judged("test"))[1])
    assert shares.keys() == RECORDED["silence"].keys()
    louder = {k: share for k, share in shares.items() if share > RECORDED["silence"][k] + SLACK}
    assert louder == {}
