"""News that states nothing is counted apart: there, whatever is found is a false alarm."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from pledgewatch.ontology import Level, Obstacle
from tests.unit.extract.helpers import EXTRACTOR
from tests.unit.training.helpers import FOUND, STATED, UNSAID
from training.evaluate import (
    STRANGERS,
    Alarms,
    Judged,
    alarms,
    chances,
    confidences,
    false_alarms,
    stating_and_silent,
    sureness,
    untrained,
)
from training.labels import (
    CORPUS,
    LabelledSentence,
    ObstacleLabel,
    encode,
    sentences,
    stating,
)
from training.score import SILENCE


def test_batches_are_parted_by_whether_they_state_anything() -> None:
    judged = [
        Judged("said", STATED, []),
        Judged("said", UNSAID, []),
        Judged("silent", UNSAID, []),
    ]
    stating_, silent = stating_and_silent(judged)
    assert [one.file for one in stating_] == ["said", "said"]
    assert [one.file for one in silent] == ["silent"]


def test_the_share_of_false_alarms_is_told_by_what_the_news_is_about() -> None:
    assert FOUND
    war = LabelledSentence(id="3", mission="war-reporting", text="Shells fell.")
    judged = [
        Judged("silent", UNSAID, FOUND),
        Judged("silent", UNSAID, []),
        Judged("silent", war, []),
    ]
    assert false_alarms(judged) == {"other-news": 0.5, "war-reporting": 0.0}
    assert alarms(judged) == {"other-news": Alarms(1, 2), "war-reporting": Alarms(0, 1)}


def test_batches_of_silent_news_are_left_out(tmp_path: Path) -> None:
    for name, label in (("said", STATED), ("silent", UNSAID)):
        (tmp_path / f"sentences-{name}.jsonl").write_bytes(encode(label))
    assert list(stating(tmp_path)) == [STATED]


def test_there_is_an_aim_for_all_silent_news_that_is_held_out() -> None:
    for split in ("validation", "test"):
        silent = {*sentences(CORPUS / split)} - {*stating(CORPUS / split)}
        assert {one.mission for one in silent} == SILENCE.keys()


@pytest.mark.parametrize(
    "mission",
    [
        "gaza-stabilization-force",
        "gaza-stabilisation",
        "gaza-stabilisation-force-2026",
        "red-sea-escorts",
        "unifil-south-lebanon",
        "lebanon",
    ],
)
def test_a_mission_is_known_by_another_spelling_or_a_longer_or_shorter_name(mission: str) -> None:
    trained = ["gaza-stabilisation-force", "red-sea-escort", "lebanon-unifil"]
    assert untrained([mission, "ecuador-foreign-bases"], trained) == {"ecuador-foreign-bases"}


def test_batches_by_strangers_are_held_out() -> None:
    held = [file.stem for split in ("validation", "test") for file in (CORPUS / split).glob("*")]
    assert {f"sentences-{name}" for name in STRANGERS} <= set(held)


def test_a_mention_is_right_by_what_is_asked() -> None:
    (mention,) = FOUND
    taken_back = replace(mention, level=Level.WITHDRAWN)
    sure = mention.confidence
    said = confidences([Judged("said", STATED, [mention]), Judged("said", UNSAID, [taken_back])])
    assert said["commitments"] == [(sure, True), (sure, False)]
    assert said["retractions"] == [(sure, False)]
    assert said["obstacles"] == said["kinds of obstacles"] == []


def test_it_is_as_sure_of_what_it_missed_as_that_there_was_nothing() -> None:
    def unsure(one: LabelledSentence) -> tuple[float, float]:
        return 0.3, 0.1

    missed = Judged("said", STATED, [])
    false = Judged("said", UNSAID, FOUND)
    assert sureness(missed, unsure) == pytest.approx(0.7)
    assert sureness(false, unsure) == FOUND[0].confidence
    assert sureness(Judged("said", UNSAID, []), unsure) == 0
    hindered = replace(UNSAID, obstacles=(ObstacleLabel(obstacle=Obstacle.FUNDING),))
    assert sureness(Judged("said", hindered, []), unsure) == pytest.approx(0.9)


def test_the_network_is_asked_how_likely_a_sentence_states_something() -> None:
    commitment, obstacle = chances(EXTRACTOR, STATED)
    assert commitment > 0.5 > obstacle
    assert chances(EXTRACTOR, UNSAID) == (0, 0)  # not put to it
