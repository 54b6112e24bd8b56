"""The report says what its numbers are, which targets are reached, and where there is no number."""

import pytest

from tests.unit.training.helpers import FOUND, STATED, UNSAID
from training.evaluate import Judged, total
from training.report import (
    beside,
    cells,
    classes,
    counted,
    kind,
    measures,
    reached,
    share,
    slices,
    verdict,
)
from training.score import TARGETS

RIGHT = Judged("said", STATED, FOUND)
MISSED = Judged("said", STATED, [])
SILENT = Judged("silent", UNSAID, [])
FALSE = Judged("silent", UNSAID, FOUND)


@pytest.mark.parametrize(
    ("measure", "number"),
    [
        ("troop pledges", "F1"),
        ("condition", "F1"),
        ("retractions precision", "precision"),
        ("retractions recall", "recall"),
        ("level macro-F1", "macro-F1"),
        ("level", "share right"),
        ("every field", "share right"),
    ],
)
def test_each_measure_is_a_number_of_a_kind(measure: str, number: str) -> None:
    assert kind(measure) == number


def test_targets_are_reached_from_their_very_value_on() -> None:
    assert all(reached(TARGETS).values())
    below = TARGETS | {"level": TARGETS["level"] - 0.001}
    assert [name for name, is_reached in reached(below).items() if not is_reached] == ["level"]


def test_a_sentence_says_how_many_targets_are_reached_and_which_are_not() -> None:
    assert verdict({"a": True, "b": True}) == "2 of 2 targets are reached."
    assert verdict({"a": False, "b": True, "c": False}) == (
        "1 of 3 targets are reached; not reached: a, c."
    )


def test_the_table_of_measures_marks_what_is_reached() -> None:
    lines = measures([RIGHT, RIGHT])
    assert "| troop pledges | F1 | 1.000 | 1.000–1.000 | 0.86 | yes |" in lines
    assert "| retractions recall | recall | 0.000 | 0.000–0.000 | 0.80 | no |" in lines


def test_every_measure_counts_something_where_something_of_it_is_there() -> None:
    there, nothing = total([RIGHT]), total([SILENT])
    counting = {name for name in TARGETS if counted(there, name)}
    assert TARGETS.keys() - counting == {
        "obstacle in sentence",
        "obstacle kind",
        "retractions precision",
        "retractions recall",
        "condition",
    }
    assert not any(counted(nothing, name) for name in TARGETS)


@pytest.mark.parametrize(
    ("judged", "said"), [(RIGHT, "1.00"), (MISSED, "0.00"), (SILENT, "–"), (FALSE, "–")]
)
def test_where_nothing_is_labelled_there_is_no_score(judged: Judged, said: str) -> None:
    assert cells([judged], ["contributing actors"]) == [said]


def test_a_share_of_nothing_is_none() -> None:
    assert (share(1, 2), share(0, 2), share(0, 0)) == ("0.50", "0.00", "–")


def test_rows_of_silent_batches_have_dashes_and_their_number_of_sentences() -> None:
    head, _, *rows = slices([RIGHT, SILENT, FALSE], lambda one: one.file, 1)
    assert head.endswith("| contributing actors, F1 | level, share right |")
    assert rows == ["| said | 1 | 1.00 | – | 1.00 | 1.00 |", "| silent | 2 | – | – | – | – |"]
    assert slices([RIGHT, SILENT, FALSE], lambda one: one.file, 2)[2:] == rows[1:]


def test_parts_without_labels_have_dashes() -> None:
    lines = beside({"all": [RIGHT, SILENT], "silent": [SILENT]})
    assert "| contributing actors | 1.00 | – |" in lines


def test_a_class_that_is_never_found_has_no_precision() -> None:
    assert "| level announced | 1 | – | 0.00 |" in classes([MISSED])
    assert "| level announced | 0 | 0.00 | – |" in classes([FALSE])
