"""The measures, on answers whose scores are known."""

from dataclasses import replace

import pytest

from pledgewatch.ontology import Contribution, Level
from training.labels import CommitmentLabel, LabelledSentence
from training.score import (
    NONE,
    Counts,
    Scores,
    Statement,
    binned,
    calibration_error,
    of_label,
    plain,
)

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


def test_what_is_wrong_is_told_in_words() -> None:
    both = replace(FRANCE, conditions=frozenset({"parliament", "ceasefire"}))
    assert Scores().add([both], [FRANCE]) == ["conditions none, not ceasefire and parliament"]
    assert Scores().add([FRANCE], [replace(FRANCE, level="announced")]) == [
        "level announced, not willing"
    ]


def test_f1_is_the_accuracy_where_one_thing_is_always_said() -> None:
    decisions, marks = Counts(), Counts()
    for said, right in ((True, True), (True, False), (False, True), (False, False)):
        decisions.add({True} if right else set(), {True} if said else set())
    for right in (True, True, True, False):
        marks.add({True}, {right})
    assert decisions.f1 == pytest.approx(0.5)
    assert marks.f1 == pytest.approx(0.75)


def other_fields(place: str | None, speaker: str | None = None) -> Statement:
    return replace(FRANCE, recipient="UKR", place=plain(place), speaker=plain(speaker))


def test_a_place_is_right_by_its_words() -> None:
    scores = Scores()
    scores.add([other_fields("the Golan Heights")], [other_fields("Golan heights")])
    scores.add([other_fields("western Ukraine")], [other_fields("Ukraine")])
    scores.add([other_fields("Kherson")], [other_fields(None)])
    scores.add([other_fields(None)], [other_fields(None)])
    assert scores.accuracy("place") == 0.5
    assert scores.others["place"] == Counts(hits=1, missed=2, false=1)
    assert scores.within["place"] == 2
    assert scores.accuracy("recipient") == 1


def test_words_within_others_are_whole_words() -> None:
    scores = Scores()
    scores.add([other_fields(None, "Rama")], [other_fields(None, "Cyril Ramaphosa")])
    assert scores.within["speaker"] == 0


def test_other_fields_are_no_part_of_every_field_nor_of_what_readers_must_agree_on() -> None:
    here, there = other_fields("Kherson", "Macron"), other_fields("Odesa", "he")
    assert here == there
    assert table(([here], [there]))["every field"] == 1


def test_what_a_label_says_of_other_fields_is_compared_plainly() -> None:
    label = CommitmentLabel(
        actor="FRA",
        contribution=Contribution.GROUND_TROOPS,
        level=Level.WILLING,
        place="The Gulf",
        recipient="OMN",
        speaker="its foreign minister",
    )
    (stated,) = of_label(LabelledSentence(id="1", mission="gulf", text="", commitments=(label,)))
    assert (stated.recipient, stated.place, stated.speaker) == ("OMN", "gulf", "foreign minister")


def test_each_kind_of_obstacle_stands_once_in_the_confusion() -> None:
    scores = Scores()
    court, shot = Statement("KEN", obstacle="legal_mandate"), Statement("KEN", obstacle="other")
    scores.add([NO_MONEY, court], [NO_MONEY, shot])
    scores.add([court], [])
    scores.add([], [shot])
    assert scores.confused["obstacle"] == {
        ("funding", "funding"): 1,
        ("legal_mandate", "other"): 1,
        ("legal_mandate", NONE): 1,
        (NONE, "other"): 1,
    }


def test_confidence_is_compared_with_the_share_that_is_right() -> None:
    # of two said to be 95% sure one is right; a third is as sure as it should be
    points = [(0.95, True), (0.95, False), (1.0, True), (0.05, False)]
    tenths = binned(points)
    assert [share for share, _, _ in tenths] == [0.25, 0.75]
    assert calibration_error(points) == pytest.approx(
        0.25 * 0.05 + 0.75 * ((0.95 + 0.95 + 1) / 3 - 2 / 3)
    )
    assert calibration_error([]) == 0
