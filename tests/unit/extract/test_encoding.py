"""What the model reads: markers where candidates begin, a bounded length, who a reference means."""

import pytest

from pledgewatch.extract.encoding import LONGEST, MARKERS, Candidate, candidates, encode
from pledgewatch.extract.network import Network
from pledgewatch.gazetteer import Gazetteer
from tests.unit.extract.helpers import mentions

TOKENIZER = Network.load().tokenizer


def marked(text: str, state: str | None = None, organisation: str | None = None) -> list[Candidate]:
    return [*candidates(text, Gazetteer.load().find(text), state, organisation)]


def test_each_candidate_has_its_marker_before_its_first_token() -> None:
    text = "Norway and the Bundeswehr will send 200 troops."
    found = encode(TOKENIZER, text, marked(text))
    for candidate, position in zip(found.candidates, found.actors, strict=True):
        assert found.ids[position] == MARKERS[candidate.kind]
        behind = found.offsets[position + 1]
        assert behind is not None
        assert behind[0] == candidate.start
    (position,) = found.quantities
    assert found.ids[position] == MARKERS["quantity"]


@pytest.mark.parametrize("word", ["Brussels ", "Mali\ufffd", "troops ", "200 soldiers ", "it "])
def test_no_text_is_too_long_for_the_model(word: str) -> None:
    text = "Norway will send troops to " + word * 2000
    assert len(encode(TOKENIZER, text, marked(text), "Talks " * 100).ids) < LONGEST + 30
    assert mentions(text) is not None


def test_brussels_may_be_either() -> None:
    assert {one.code for one in marked("Brussels will pay.")} == {"BEL", "EU"}


def test_a_reference_is_whom_the_text_before_means() -> None:
    text = "The country will send troops, and the bloc is to pay."
    assert [one.code for one in marked(text, "NOR", "EU")] == ["NOR", "EU"]
    assert [one.code for one in marked(text)] == [None, None]


def test_groups_of_states_are_the_coalition() -> None:
    text = "Foreign troops and European governments disagree."
    assert {one.code for one in marked(text)} == {"COALITION"}
