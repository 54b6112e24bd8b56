"""News that states nothing is counted apart: there, whatever is found is a false alarm."""

from pathlib import Path

from pledgewatch.ontology import Contribution, Level
from tests.unit.extract.helpers import EXTRACTOR
from training.evaluate import Judged, false_alarms, of_sentences, stating_and_silent
from training.labels import CORPUS, CommitmentLabel, LabelledSentence, encode, sentences, stating
from training.score import SILENCE

SENT = "Kenya will send 400 soldiers to Haiti, its government said."
FOUND = of_sentences(EXTRACTOR, [LabelledSentence(id="0", mission="haiti", text=SENT)])[0]
STATED = LabelledSentence(
    id="1",
    mission="haiti",
    text=SENT,
    commitments=(
        CommitmentLabel(
            actor="KEN",
            name="Kenya",
            contribution=Contribution.GROUND_TROOPS,
            level=Level.ANNOUNCED,
            level_words="will send",
        ),
    ),
)
UNSAID = LabelledSentence(id="2", mission="other-news", text="Rain is on its way.")


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


def test_batches_of_silent_news_are_left_out(tmp_path: Path) -> None:
    for name, label in (("said", STATED), ("silent", UNSAID)):
        (tmp_path / f"sentences-{name}.jsonl").write_bytes(encode(label))
    assert list(stating(tmp_path)) == [STATED]


def test_there_is_an_aim_for_all_silent_news_that_is_held_out() -> None:
    for split in ("validation", "test"):
        silent = {*sentences(CORPUS / split)} - {*stating(CORPUS / split)}
        assert {one.mission for one in silent} == SILENCE.keys()
