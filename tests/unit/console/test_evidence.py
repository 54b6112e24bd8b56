"""A sentence is shown where it stands, with what it proves, and copies of it are folded."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pledgewatch.ontology import Level
from services.console.evidence import claims, folded, pieces, quote
from tests.unit.console.made import TEXT, article, mention

BEFORE, AFTER = "It rained in Oslo. " * 40, " The ferry was late." * 40


@given(
    st.text(max_size=40),
    st.lists(st.tuples(st.integers(0, 45), st.integers(0, 45), st.sampled_from("abc")), max_size=6),
)
def test_pieces_put_together_are_the_text_whatever_is_marked(
    text: str, marks: list[tuple[int, int, str]]
) -> None:
    found = pieces(text, marks, 0, len(text))
    assert "".join(one.text for one in found) == text
    place = 0
    for piece in found:
        middle = place
        names = {name for first, last, name in marks if first <= middle < last}
        assert set(piece.marks) == (names if piece.text else set(piece.marks))
        place += len(piece.text)


def test_a_sentence_is_marked_where_it_stands_with_some_words_around() -> None:
    found = quote(mention(start=len(BEFORE)), article(BEFORE + TEXT + AFTER))
    text = "".join(one.text for one in found.pieces)
    assert found.found
    assert found.cut_before
    assert found.cut_after
    assert TEXT in text
    assert len(text) < len(TEXT) + 600
    assert (BEFORE + TEXT + AFTER).find(text) >= 0
    marked = {mark: one.text for one in found.pieces for mark in one.marks if mark == "actor"}
    assert marked == {"actor": "Norway"}
    assert "".join(one.text for one in found.pieces if "sentence" in one.marks) == TEXT


def test_a_sentence_that_has_moved_in_a_later_revision_is_found() -> None:
    found = quote(mention(start=0), article(BEFORE + TEXT))
    assert found.found
    assert "".join(one.text for one in found.pieces if "sentence" in one.marks) == TEXT


def test_a_sentence_that_is_gone_stands_alone() -> None:
    for source in (article("Nothing of the kind."), None):
        found = quote(mention(start=500), source)
        assert not found.found
        assert "".join(one.text for one in found.pieces) == TEXT
        assert "actor" in found.pieces[0].marks


def test_a_headline_is_shown_in_the_headline() -> None:
    headline = replace(mention(), sentence=replace(mention().sentence, field="title"))
    found = quote(headline, article("The text.", title=TEXT))
    assert found.found
    assert "".join(one.text for one in found.pieces) == TEXT


def test_copies_are_folded_by_story_or_by_words_and_other_claims_are_not() -> None:
    first = mention(id="1" * 32)
    same_story = mention("Norway is to send 200 men.", id="2" * 32, article="2" * 32)
    same_words = mention(id="3" * 32, story="9" * 32, article="3" * 32)
    other = mention(id="4" * 32, level=Level.WILLING)
    groups = folded([other, same_words, same_story, first])
    assert [{one.id[0] for one in group} for group in groups] == [{"4"}, {"1", "2", "3"}]
    found = claims(groups, {})
    assert [len(one.copies) for one in found] == [0, 2]
