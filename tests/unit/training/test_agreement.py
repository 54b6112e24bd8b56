"""Agreement of two readers."""

import pytest
from msgspec.structs import replace

from pledgewatch.ontology import Contribution, Level
from training.agreement import fields, kappa, read_once
from training.labels import CORPUS, CommitmentLabel, LabelledSentence, sentences, stating

SENT = CommitmentLabel(
    actor="KEN",
    contribution=Contribution.GROUND_TROOPS,
    level=Level.ANNOUNCED,
    place="Haiti",
    recipient="HTI",
    speaker="Ruto",
)


def read(*commitments: CommitmentLabel) -> LabelledSentence:
    return LabelledSentence(id="1", mission="haiti", text="", commitments=commitments)


def test_kappa_of_a_known_table() -> None:
    # Cohen's own kind of example: 20 yes/yes, 15 no/no, 5 yes/no, 10 no/yes
    pairs = [("y", "y")] * 20 + [("n", "n")] * 15 + [("y", "n")] * 5 + [("n", "y")] * 10
    assert kappa([*pairs]) == pytest.approx(0.4)


def test_kappa_where_nothing_differs() -> None:
    assert kappa([("y", "y")] * 3) == 1
    assert kappa([]) == 1


def test_what_two_readers_said_is_paired_by_question() -> None:
    other = replace(SENT, level=Level.WILLING, place="the capital", speaker="Ruto")
    found = fields([(read(SENT), read(other, replace(other, actor="JAM"))), (read(), read())])
    assert found["commitment"] == [(True, True), (False, False)]
    assert found["actor"] == [(frozenset({"KEN"}), frozenset({"KEN", "JAM"}))]
    assert found["level"] == [("announced", "willing")]
    assert found["recipient"] == [("HTI", "HTI")]
    assert found["place"] == [("haiti", "capital")]
    assert found["speaker"] == [("ruto", "ruto")]


def test_where_a_second_reading_was_not_kept_its_place_is_not_taken_as_the_same() -> None:
    found = fields([(read(SENT), read(SENT))])
    assert found["level"] == [("announced", "announced")]
    assert found["recipient"] == found["place"] == found["speaker"] == []


def test_silent_news_that_one_reader_labelled_is_counted() -> None:
    once, silent = read_once()
    splits = [CORPUS / split for split in ("train", "validation", "test")]
    every = sum(len({*sentences(split)} - {*stating(split)}) for split in splits)
    assert 0 < once < silent == every
