"""The screen: which articles are read at all."""

import pytest

from pledgewatch.extract import screen

FILLER = "The vote on the budget had been put off twice by then. " * 12


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("Norway will send soldiers.", True),
        ("Truce observers stay in Mindanao.", True),
        ("Most observers expect a home win.", False),
        ("A mission of forty police officers leaves.", True),  # everyday words, but several
        ("Boats were torn from their moorings by the storm.", False),
        ("She won the Golden Leopard at the festival.", False),
        ("Engineers look for the fault in the screen.", False),
        ("", False),
    ],
)
def test_news_of_other_matters_is_turned_away_unread(text: str, passes: bool) -> None:
    assert screen.passes("A day of news", f"{FILLER}{text} {FILLER}") is passes


def test_what_is_brief_is_read_anyway() -> None:
    assert screen.passes("", "Honduras follows Spain out of Iraq")


def test_a_headline_counts() -> None:
    assert screen.passes("Paratroopers for Mali", FILLER)


@pytest.mark.parametrize(
    ("text", "throughout"),
    [
        ("Norway will send soldiers.", True),
        ("Observers of the truce met police officers.", True),  # unarmed missions have few words
        ("Police officers held a man over a stolen boat.", False),
    ],
)
def test_where_everyday_words_stand_only_their_sentences_are_read(
    text: str, throughout: bool
) -> None:
    assert screen.is_of_forces("A day of news", f"{FILLER}{text} {FILLER}") is throughout
