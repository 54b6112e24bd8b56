"""Line breaks: wrapped lines go on, cut words are whole."""

import pytest

from pledgewatch.text.lines import line_breaks, whole_words


@pytest.mark.parametrize(
    "text",
    [
        "France will\nnot send troops.",
        "France will\nNOT send troops.",
        "the troops of the\nFrench army",
        "an attack on\nnon-combatants",
        "the army of the U.S.\nwill not go",
        "it says (as before)\nthat it will not",
        "“We go,”\nhe said",
        "The envoy, who had waited for a whole week in the old town, met\nal-Shabaab’s men.",
        "The minister said on Monday that the army of the country sends\n200 troops.",
        "France will \n\tnot send troops.",
    ],
)
def test_a_wrapped_line_goes_on(text: str) -> None:
    assert [one.wrapped for one in line_breaks(text)] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "Norway to send troops\nThe minister said so.",
        "Norway to send troops\n\nnot now",
        "Norway to send troops\r\n\r\nnot now",
        "Norway to send troops\u2029not now",
        "Norway sends troops.\nnot now",
        "“Norway sends troops.”\nnot now",
        "What it sends:\ntroops",
        "What it sends\n- troops",
        "What it sends\n• troops",
        "What it sends\na) troops",
        "What it sends\n1. troops",
        "Talks go on\nal-Shabaab attacks",
        "Talks go on\niPhone sales fall",
        "Talks go on\n200 soldiers left",
        "\nnot now",
    ],
)
def test_another_line_begins_anew(text: str) -> None:
    assert [one.wrapped for one in line_breaks(text)] == [False]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("2,000 troo-\nps", "2,000 troops"),
        ("sol-\r\n  diers", "soldiers"),
        ("sol¬\ndiers", "soldiers"),
        ("peace-\nkeeping", "peacekeeping"),
        ("air-\ncraft", "aircraft"),
        ("pro-\nvided", "provided"),
        ("Ger-\nman", "German"),
        ("cancel-\nled", "cancelled"),
        ("long-\nrange", "long-range"),
        ("short-\nage", "shortage"),
        ("French-\nled", "French-led"),
        ("recently-\nannounced", "recently-announced"),
        ("two-\nman", "two-man"),
        ("1,500-\nman", "1,500-man"),
        ("tr00-\nps", "tr00ps"),
        ("two- or three-\nyear", "two- or three-year"),
        ("two-\nor three-year", "two-\nor three-year"),
        ("Franco-\nGerman", "Franco-\nGerman"),
        ("troops -\nwhich", "troops -\nwhich"),
        ("troops--\nwhich", "troops--\nwhich"),
        ("troo-\n\nps", "troo-\n\nps"),
    ],
)
def test_words_that_a_line_cuts_are_whole(text: str, whole: str) -> None:
    assert whole_words(text) == whole
