"""Sentences: their offsets, and where they may not be cut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pledgewatch.text.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He left. She stayed.", ["He left.", "She stayed."]),
        ("Gen. Brown of the U.S. Army spoke. Then he left.",
         ["Gen. Brown of the U.S. Army spoke.", "Then he left."]),
        ("“We will go. We will stay,” he said. Then he left.",
         ["“We will go. We will stay,” he said.", "Then he left."]),
        ("Talks go on\n\nThe envoy left. He is back.",
         ["Talks go on", "The envoy left.", "He is back."]),
        ("Aid worth €3.5 million was sent.", ["Aid worth €3.5 million was sent."]),
        ("The envoy of the government, who had waited for a week in the town,\nleft on Monday.",
         ["The envoy of the government, who had waited for a week in the town,\n"
          "left on Monday."]),
        ("It was told that France will\nnot send troops. He left.",
         ["It was told that France will\nnot send troops.", "He left."]),
        ("Talks go on\nThe envoy left.", ["Talks go on", "The envoy left."]),
        ("Talks go on\x0bThe envoy left.", ["Talks go on", "The envoy left."]),
        ("It sends\n- troops\n- tanks", ["It sends", "- troops", "- tanks"]),
        ("", []),
        (" \n\t ", []),
    ],
)  # fmt: skip
def test_sentences_are_cut_where_a_reader_would(text: str, expected: list[str]) -> None:
    assert [sentence.text for sentence in split_sentences(text)] == expected


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters() | st.sampled_from("\n\r\x0b\x0c\x85\u2028\u2029 a.-"), max_size=300))
def test_offsets_are_true_and_in_order(text: str) -> None:
    reached = 0
    for sentence in split_sentences(text):
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.start >= reached
        assert sentence.text.strip()
        reached = sentence.end


@pytest.mark.parametrize("unit", ["a", "a. ", "U.S. ", "(", "\n", "“a.” ", "1,2 ", "\0", "\ud800"])
@pytest.mark.timeout(20)
def test_a_hundred_thousand_characters_are_no_trouble(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    assert all(text[s.start : s.end] == s.text for s in split_sentences(text))


@pytest.mark.parametrize(
    "dateline",
    ["LISBON, Nov 20 (Agency) - ", "PARIS — ", "The Hague (Agency) – ", "NEW YORK, May 3 -- "],
)
def test_a_dateline_is_no_part_of_the_sentence(dateline: str) -> None:
    text = dateline + "Portugal will send 200 troops. It said so."
    first, second = split_sentences(text)
    assert first.text == "Portugal will send 200 troops."
    assert text[first.start : first.end] == first.text
    assert second.text == "It said so."


def test_a_name_before_a_dash_is_no_dateline() -> None:
    assert [s.text for s in split_sentences("NATO - the alliance - met.")] == [
        "NATO - the alliance - met."
    ]
