"""Currencies: signs, codes and names."""

import pytest

from pledgewatch.text.currencies import of_giver
from pledgewatch.text.quantities import find_quantities


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("20 million dollars", "usd"),
        ("20 million American dollars", "usd"),
        ("20 million Namibian dollars", "nad"),
        ("20 million New Zealand dollars", "nzd"),
        ("N$20 million", "nad"),
        ("C$20 million", "cad"),
        ("20 million CFA francs", "xof"),
        ("20 million Rwandan francs", "rwf"),
        ("20 million Czech crowns", "czk"),
        ("20 million crowns", "sek"),
        ("20 million kronur", "isk"),
        ("20 million leva", "bgn"),
        ("20 million marks", "dem"),
        ("20 million Malian francs", "xof"),
        ("20 million Gabonese francs", "xaf"),
        ("₹20 million", "inr"),
        ("20 million sterling", "gbp"),
    ],
)
def test_money(text: str, unit: str) -> None:
    (found,) = find_quantities(f"It gives {text} to the fund.")
    assert (found.min, found.max, found.unit) == (20_000_000, 20_000_000, unit)


@pytest.mark.parametrize(
    "text",
    ["In 1994 Belarus marks its day.", "20 Danes won.", "In 2023 won he.", "two million units"],
)
def test_words_that_mean_money_elsewhere(text: str) -> None:
    assert [found.unit for found in find_quantities(text)] in ([], [None])


@pytest.mark.parametrize(
    ("sum_of_money", "adjectives", "code"),
    [
        ("2bn kroner", ["Danish", "Danes"], "dkk"),
        ("300 million crowns", ["Norwegian"], "nok"),
        ("20 million pesos", ["Filipino", "Philippine"], "php"),
        ("2bn francs", ["Malian", "Malians"], "xof"),
        ("2bn CFA francs", ["Chadian"], "xaf"),
        ("2bn escudos", ["Chilean"], None),
        ("20 million Swedish kronor", ["Danish"], None),
        ("20 million dollars", ["Australian"], None),
        ("300 soldiers", ["Danish"], None),
        ("", ["Danish"], None),
    ],
)
def test_money_is_the_givers_where_nothing_else_tells(
    sum_of_money: str, adjectives: list[str], code: str | None
) -> None:
    assert of_giver(sum_of_money, adjectives) == code
