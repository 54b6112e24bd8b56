"""The gazetteer: every state, the names that stand for it, and names that do not."""

from datetime import date

import pycountry
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pledgewatch.gazetteer import Gazetteer, rows
from pledgewatch.ontology import Organisation

GAZETTEER = Gazetteer.load()


def codes(text: str, at: date | None = None) -> list[str]:
    return [name.code for name in GAZETTEER.find(text, at)]


def test_every_state_and_organisation_is_there() -> None:
    states = {row["code"] for row in rows("countries")}
    assert states == {country.alpha_3 for country in pycountry.countries} | {"XKX"}
    assert {row["code"] for row in rows("organisations")} == set(Organisation)
    assert {row["code"] for row in rows("leaders")} <= states | set(Organisation)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("The Soviet Union", "RUS"), ("Zaire", "COD"), ("Ceylon", "LKA"), ("Upper Volta", "BFA"),
        ("Dahomey", "BEN"), ("Swaziland", "SWZ"), ("Macedonia", "MKD"), ("Burma", "MMR"),
    ],
)  # fmt: skip
def test_news_of_the_past_calls_states_by_their_former_names(name: str, code: str) -> None:
    assert codes(f"{name} will send a battalion.") == [code]


@pytest.mark.parametrize("row", list(rows("countries")), ids=lambda row: row["code"])
def test_a_states_own_name_finds_it(row: dict[str, str]) -> None:
    assert codes(f"A ship from {row['name']} came.") == [row["code"]]


def test_terms_of_office_are_in_order() -> None:
    for row in rows("leaders"):
        since = date.fromisoformat(row["from"])
        assert not row["to"] or since < date.fromisoformat(row["to"]), row


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Downing Street and the Élysée", ["GBR", "FRA"]),
        ("the Kremlin, the Pentagon", ["RUS", "USA"]),
        ("South Sudan and Sudan", ["SSD", "SDN"]),
        ("Guinea-Bissau, Guinea, Papua New Guinea, Equatorial Guinea",
         ["GNB", "GIN", "PNG", "GNQ"]),
        ("DR Congo; the Republic of the Congo", ["COD", "COG"]),
        ("Niger and Nigeria", ["NER", "NGA"]),
        ("the U.S. and the UK", ["USA", "GBR"]),
        ("POLAND TO SEND TROOPS", ["POL"]),
        ("the Spanish Congress", ["ESP"]),
        ("Brazil's Congress and Congress", ["BRA", "USA"]),
        ("American Marines", ["USA", "USA"]),
        ("the coalition of the willing", ["COALITION"]),
        ("the Security Council and Nato", ["UN", "NATO"]),
        ("Kenya's and Türkiye’s", ["KEN", "TUR"]),
        ("turkey, chad, polish, may, us, china plates", []),
        ("French fries at Paris Saint-Germain", []),
        ("the Georgia governor, New Georgia, Georgia Tech", []),
        ("Tbilisi, Georgia", ["GEO", "GEO"]),
        ("midfielder Jordan Henderson", []),
        ("the Jordan Armed Forces", ["JOR"]),
        ("the writer Jack London", []),
        ("Romanian Omanis, Malians", ["ROU", "OMN", "MLI"]),
    ],
)  # fmt: skip
def test_names(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [(date(2024, 1, 10), []), (date(2026, 3, 1), ["DEU"]), (None, ["DEU"])],
)
def test_a_leader_counts_while_in_office(at: date | None, expected: list[str]) -> None:
    assert codes("Merz spoke.", at) == expected


def test_one_name_can_change_its_office() -> None:
    assert codes("Rutte spoke.", date(2026, 1, 1)) == ["NATO"]
    assert codes("Mark Rutte spoke.", date(2020, 1, 1)) == ["NLD"]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([*"abc ES'.-\ud800\0É", "UN", "Mali", "Oman", "Ro"]), max_size=60).map(
        "".join
    )
)
def test_offsets_are_true_and_apart(text: str) -> None:
    reached = 0
    for name in GAZETTEER.find(text):
        assert reached <= name.start < name.end <= len(text)
        reached = name.end
