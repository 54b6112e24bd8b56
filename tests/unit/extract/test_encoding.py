"""What the model reads: markers where candidates begin, a bounded length, who a reference means."""

from collections.abc import Mapping

import pytest

from pledgewatch.extract.encoding import (
    LONGEST,
    MARKERS,
    Candidate,
    candidates,
    encode,
    so_called,
)
from pledgewatch.extract.network import Network
from pledgewatch.gazetteer import Gazetteer
from tests.unit.extract.helpers import mentions

TOKENIZER = Network.load().tokenizer


def marked(
    text: str, state: str | None = None, organisations: Mapping[str, str] | None = None
) -> list[Candidate]:
    return [*candidates(text, Gazetteer.load().find(text), state, organisations or {})]


def meant(*before: str) -> dict[str, str]:
    """Whom alliance, bloc and union mean after some sentences."""
    found: dict[str, str] = {}
    for text in before:
        found = so_called(text, Gazetteer.load().find(text), found)
    return found


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
    for mention in mentions(text):
        sentence = mention.sentence
        assert text[sentence.start : sentence.end] == sentence.text


def test_brussels_may_be_either() -> None:
    assert {one.code for one in marked("Brussels will pay.")} == {"BEL", "EU"}


def test_a_reference_is_whom_the_text_before_means() -> None:
    text = "The country will send troops, and the bloc is to pay."
    assert [one.code for one in marked(text, "NOR", {"bloc": "EU"})] == ["NOR", "EU"]
    assert [one.code for one in marked(text, "NOR", {"union": "EU"})] == ["NOR", None]
    assert [one.code for one in marked(text)] == [None, None]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (["The European Union met."], {"bloc": "EU", "union": "EU"}),
        (["NATO met the EU."], {"alliance": "NATO", "bloc": "EU", "union": "EU"}),
        (["The EU met.", "ECOWAS met."], {"bloc": "ECOWAS", "union": "EU"}),
        (["ECOWAS and the African Union met."], {"bloc": "AU", "union": "AU"}),
        (["ASEAN met."], {"bloc": "COALITION"}),
        (["The Alliance of Sahel States met."], {"alliance": "COALITION"}),
        (["NATO met.", "The CSTO met."], {"alliance": "NATO"}),
        (["The United Nations and the OSCE met."], {}),
        (["European allies and Norway met."], {}),
    ],
)
def test_alliance_bloc_and_union_are_told_apart(
    before: list[str], expected: dict[str, str]
) -> None:
    assert meant(*before) == expected


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("The European Union met in Brussels. The alliance will send 200 soldiers.", set()),
        ("NATO met the European Union. This alliance will send 200 soldiers to Mali.", {"NATO"}),
        ("ECOWAS met the United Nations. The bloc will send 200 soldiers to Mali.", {"ECOWAS"}),
    ],
)
def test_only_an_alliance_is_one(text: str, codes: set[str]) -> None:
    found = mentions(text)
    assert {one.actor.code for one in found if one.actor} == codes


def test_groups_of_states_are_the_coalition() -> None:
    text = "Foreign troops and European governments disagree."
    assert {one.code for one in marked(text)} == {"COALITION"}
