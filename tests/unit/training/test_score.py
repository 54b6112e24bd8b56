"""The measures, on answers whose scores are known."""

import pytest

from training.score import Counts, Scores, Statement

FRANCE = Statement("FRA", "ground_troops", "willing", (2000, 2000, "personnel"))
KENYA = Statement("KEN", "ground_troops", "withdrawn")
NO_MONEY = Statement("KEN", obstacle="funding")


def table(*pairs: tuple[list[Statement], list[Statement]]) -> dict[str, float]:
    scores = Scores()
    for labelled, found in pairs:
        scores.add(labelled, found)
    return scores.table()


def test_the_right_answer_scores_all() -> None:
    answer = [FRANCE, KENYA, NO_MONEY]
    values = table((answer, answer), ([], []))
    del values["condition"]  # none to be found
    assert set(values.values()) == {1.0}


def test_a_wrong_actor_is_a_miss_and_a_false_alarm() -> None:
    values = table(([FRANCE], [KENYA]))
    assert values["commitment in sentence"] == 1
    assert values["contributing actors"] == 0
    assert values["retractions precision"] == 0
    assert values["every field"] == 0


def test_a_wrong_level_costs_level_and_every_field_alone() -> None:
    found = Statement("FRA", "ground_troops", "announced", FRANCE.quantity)
    values = table(([FRANCE], [found]))
    assert values["level"] == 0
    assert values["every field"] == 0
    assert values["contribution"] == values["quantity"] == values["troop pledges"] == 1


def test_a_retraction_is_no_troop_pledge() -> None:
    assert KENYA.family is None
    assert FRANCE.family == "ground"
    assert Statement("FRA", "ground_troops", "considering").family is None


def test_silence_is_right_where_nothing_is_said() -> None:
    scores = Scores()
    assert scores.add([], []) == []
    assert scores.add([], [NO_MONEY]) == ["false funding"]
    assert scores.sets["obstacle in sentence"].precision == pytest.approx(0)


def test_f1_is_the_accuracy_where_one_thing_is_always_said() -> None:
    decisions, marks = Counts(), Counts()
    for said, right in ((True, True), (True, False), (False, True), (False, False)):
        decisions.add({True} if right else set(), {True} if said else set())
    for right in (True, True, True, False):
        marks.add({True}, {right})
    assert decisions.f1 == pytest.approx(0.5)
    assert marks.f1 == pytest.approx(0.75)
