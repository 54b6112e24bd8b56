"""Text as a reader sees it, and the way back to where it stood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pledgewatch.text.clean import Cleaned


@pytest.mark.parametrize(
    ("given_", "read"),
    [
        ("Fran\u200bce", "France"),
        ("Franсe", "France"),  # a Cyrillic letter
        ("ofﬁcers", "officers"),
        ("Ｆｒａｎｃｅ", "France"),
        ("France&nbsp;&amp; Italy", "France\xa0& Italy"),
        ("France&#8217;s", "France’s"),
        ("so\u00adldiers", "soldiers"),
        ("Élysée", "Élysée"),
        ("Москва", "Москва"),
        ("A & B &c.", "A & B &c."),
        ("", ""),
    ],
)
def test_what_a_reader_sees(given_: str, read: str) -> None:
    assert Cleaned.of(given_).text == read


def test_the_way_back() -> None:
    text = "Ofﬁcers of Fran\u200bce &amp; Italy left."
    clean = Cleaned.of(text)
    start = clean.text.index("France & Italy")
    assert slice(*clean.at(start, start + 14)) == slice(11, 30)
    assert text[11:30] == "Fran\u200bce &amp; Italy"


@given(st.text())
def test_any_text_has_a_way_back(text: str) -> None:
    clean = Cleaned.of(text)
    assert clean.given == text
    for index in range(len(clean.text)):
        start, end = clean.at(index, index + 1)
        assert 0 <= start < end <= len(text)
