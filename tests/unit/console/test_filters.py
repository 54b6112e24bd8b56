"""What is asked for is read strictly, and written again as it was read."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pledgewatch.ontology import Family, Level
from services.console.filters import AskedWronglyError, Filters, Query, Sort, cursor


def test_filters_are_written_as_they_are_read() -> None:
    asked = (
        "recipient=UKR&family=ground&level=signed&level=approved&confirmed=false"
        "&q=brigade+%26+more&as_of=2026-03-01&known_on=2026-03-02T10:00:00%2B00:00&sort=number"
    )
    filters = Filters.of(Query(asked))
    assert filters.level == (Level.APPROVED, Level.SIGNED)
    assert filters.family == (Family.GROUND,)
    assert filters.confirmed is False
    assert filters.as_of == datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC)
    assert filters.sort is Sort.NUMBER
    assert Filters.of(Query(filters.query())) == filters
    assert filters.dated


def test_what_a_form_leaves_empty_is_not_asked_for() -> None:
    assert Filters.of(Query("recipient=&level=&confirmed=&q=+&as_of=&unknown=1")) == Filters()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("level=certain", "level must be one of deployed"),
        ("confirmed=yes", "confirmed must be true or false"),
        ("as_of=yesteryear", "as_of 'yesteryear' is no date"),
        ("sort=colour", "sort must be one of"),
        (f"q={'x' * 501}", "q is longer than 500"),
        (f"recipient={'x' * 41}", "recipient is longer than 40"),
    ],
)
def test_what_means_nothing_is_named(asked: str, said: str) -> None:
    with pytest.raises(AskedWronglyError, match=said):
        Filters.of(Query(asked))


@pytest.mark.parametrize("after", ["x", "eyJhIjoxfQ", "W1tdXQ", "bnVsbA", "%00", "=="])
def test_a_page_that_is_none_is_refused(after: str) -> None:
    with pytest.raises(AskedWronglyError, match="after is no page"):
        Query(f"after={after}").cursor()


@given(st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=50)), max_size=5))
def test_a_page_is_read_as_it_was_written(sort: list[object]) -> None:
    assert Query(f"after={cursor(sort)}").cursor() == tuple(sort)


def test_too_many_fields_are_refused() -> None:
    with pytest.raises(AskedWronglyError, match="asks for too much"):
        Query("&".join(f"a{n}=1" for n in range(200)))
