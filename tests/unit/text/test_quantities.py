"""Quantities: numbers, bounds and units."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pledgewatch.text.quantities import find_quantities


@pytest.mark.parametrize(
    ("text", "least", "most", "unit", "approximate"),
    [
        ("several thousand troops", 2000, 9999, "personnel", True),
        ("up to 800 soldiers", 0, 800, "personnel", False),
        ("as many as 5,000 soldiers", 0, 5000, "personnel", False),
        ("fewer than 90 officers", 0, 90, "personnel", False),
        ("more than 200 police officers", 200, None, "personnel", False),
        ("no fewer than 40 instructors", 40, None, "personnel", False),
        ("at least 12 trainers", 12, None, "personnel", False),
        ("between 300 and 500 personnel", 300, 500, "personnel", False),
        ("from 300 to 500 personnel", 300, 500, "personnel", False),
        ("300-500 troops", 300, 500, "personnel", False),
        ("raise its force from 209 to 250 monitors", 250, 250, "personnel", False),
        ("a ceiling of 15,000 men", 0, 15_000, "personnel", False),
        ("capped at 400 soldiers", 0, 400, "personnel", False),
        ("its dozen police officers", 12, 12, "personnel", False),
        ("a pair of ageing Uwajima-class vessels", 2, 2, "ship", False),
        ("30 armoured carriers", 30, 30, "vehicle", False),
        ("about 2,500 fighters", 2500, 2500, "personnel", True),
        ("12 fighters", 12, 12, "aircraft", False),
        ("an 800-man battalion", 800, 800, "personnel", False),
        ("a P-8A patrol aircraft", 1, 1, "aircraft", False),
        ("1,230 blue helmets", 1230, 1230, "personnel", False),
        ("about 70 advisers", 70, 70, "personnel", True),
        ("nearly 70 advisers", 70, 70, "personnel", True),
        ("dozens of engineers", 24, 99, "personnel", True),
        ("scores of observers", 40, 99, "personnel", True),
        ("hundreds of soldiers", 200, 999, "personnel", True),
        ("tens of thousands of soldiers", 20_000, 99_999, "personnel", True),
        ("twenty-five hundred soldiers", 2500, 2500, "personnel", False),
        ("one thousand five hundred soldiers", 1500, 1500, "personnel", False),
        ("a 2,000-strong force", 2000, 2000, "personnel", False),
        ("a battalion", 1, 1, "battalion", False),
        ("a company of infantry", 1, 1, "company", False),
        ("two brigades", 2, 2, "brigade", False),
        ("two frigates", 2, 2, "ship", False),
        ("a naval vessel", 1, 1, "ship", False),
        ("half a dozen F-16 jets", 6, 6, "aircraft", False),
        ("sixteen F-16s", 16, 16, "aircraft", False),
        ("six Gripen fighters", 6, 6, "aircraft", False),
        ("40 infantry fighting vehicles", 40, 40, "vehicle", False),
        ("an 850-strong battalion", 850, 850, "personnel", False),
        ("their artillery company", 1, 1, "company", False),
        ("three helicopters", 3, 3, "helicopter", False),
        ("a dozen Leopard 2 tanks", 12, 12, "vehicle", False),
        ("two Patriot batteries", 2, 2, "system", False),
        ("half a million euros", 500_000, 500_000, "eur", False),
        ("€1.2bn", 1_200_000_000, 1_200_000_000, "eur", False),
        ("€1-2 billion", 1_000_000_000, 2_000_000_000, "eur", False),
        ("$300 million", 300_000_000, 300_000_000, "usd", False),
        ("3 billion Danish kroner", 3_000_000_000, 3_000_000_000, "dkk", False),
        ("hundreds of millions of euros", 200_000_000, 999_999_999, "eur", True),
        ("10.500 soldiers", 10_500, 10_500, "personnel", False),
        ("1,20,000 soldiers", 120_000, 120_000, "personnel", False),
        ("2-3 thousand soldiers", 2000, 3000, "personnel", False),
        ("5 to 6,000 troops", 5000, 6000, "personnel", False),
        ("two to three hundred men", 200, 300, "personnel", False),
        ("50 to 150 men", 50, 150, "personnel", False),
        ("two and a half thousand soldiers", 2500, 2500, "personnel", False),
        ("1½ billion euros", 1_500_000_000, 1_500_000_000, "eur", False),
        ("five hundred-odd soldiers", 500, 500, "personnel", True),
        ("150 or so soldiers", 150, 150, "personnel", True),
        ("20,000-plus troops", 20_000, None, "personnel", False),
        ("20,000+ troops", 20_000, None, "personnel", False),
        ("20 or more jets", 20, None, "aircraft", False),
        ("two thousand Kenyan troops", 2000, 2000, "personnel", False),
        ("800 Sierra Leone soldiers", 800, 800, "personnel", False),
        ("200 members of NATO forces", 200, 200, "personnel", False),
        ("a dozen-odd trainers", 12, 21, "personnel", True),
        ("a thousand-strong force", 1000, 1000, "personnel", False),
        ("a couple of hundred soldiers", 200, 200, "personnel", True),
        ("several dozen soldiers", 24, 99, "personnel", True),
        ("six dozen soldiers", 72, 72, "personnel", False),
        ("$2.5 billion-worth of arms", 2_500_000_000, 2_500_000_000, "usd", False),
        ("a €1.5-billion package", 1_500_000_000, 1_500_000_000, "eur", False),
        ("5 mn euros", 5_000_000, 5_000_000, "eur", False),
        ("2,5 billion euros", 2_500_000_000, 2_500_000_000, "eur", False),
        ("a 31-million-dollar grant", 31_000_000, 31_000_000, "usd", False),
        ("thirty-odd soldiers", 30, 39, "personnel", True),
        ("130 drone operators", 130, 130, "personnel", False),
        ("150 Gripen E fighters", 150, 150, "aircraft", False),
        ("16 Spanish, Italian and French gendarmes", 16, 16, "personnel", False),
        ("an ASC 890 radar plane", 1, 1, "aircraft", False),
        ("a 42-metre patrol boat", 1, 1, "ship", False),
        ("a ceiling raised from 50 to 95 soldiers", 0, 95, "personnel", False),
        ("the German tanker Bonn", 1, 1, "ship", False),
        ("HMS Trent", 1, 1, "ship", False),
        ("the frigates Kimon, Psara and Hydra", 3, 3, "ship", False),
        ("two frigates, HMS Kent and HMS Iron Duke,", 2, 2, "ship", False),
        ("two warships, the destroyer Hessen and the frigate Bayern,", 2, 2, "ship", False),
        ("the destroyer HMS Diamond", 1, 1, "ship", False),
        (
            "three warships, the destroyers INS Kochi and INS Kolkata and the frigate INS Talwar,",
            3,
            3,
            "ship",
            False,
        ),
        ("a partner, who has another ship,", 1, 1, "ship", False),
        ("a further two aircraft", 2, 2, "aircraft", False),
        ("a quarter of a million men", 250_000, 250_000, "personnel", False),
        ("a 250- to 300-strong force", 250, 300, "personnel", False),
        ("500 odd soldiers", 500, 500, "personnel", True),
        ("a liaison officer", 1, 1, "personnel", False),
        ("its company", 1, 1, "company", False),
    ],
)
def test_quantity(
    text: str, least: int | None, most: int | None, unit: str, approximate: bool
) -> None:
    (found,) = find_quantities(f"It names {text} in all.")
    assert (found.min, found.max, found.unit, found.approximate) == (
        least,
        most,
        unit,
        approximate,
    )


@pytest.mark.parametrize(
    "text",
    ["30% of the troops", "in 2026", "3 percent", "12 countries",
     "five years", "a soldier's letter", "the 1990s"],
)  # fmt: skip
def test_what_is_no_quantity_of_forces(text: str) -> None:
    assert find_quantities(f"It names {text} too.") == ()


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("the remaining 205", 205, 205), ("40 people", 40, 40), ("one colonel", 1, 1),
        ("850 to 1,100 Ivorians", 850, 1100), ("an American C-17", 1, 1),
        ("up to twelve surgeons", 0, 12), ("some 3,500 more Americans", 3500, 3500),
    ],
)  # fmt: skip
def test_a_number_of_something_has_no_unit(text: str, least: int, most: int) -> None:
    (found,) = find_quantities(f"It names {text} too.")
    assert (found.min, found.max, found.unit) == (least, most, None)


@pytest.mark.parametrize(
    "text",
    ["Article 5", "Leopard 2", "12 March", "March 12", "since 2019", "40 tonnes", "10th",
     "at 14:52 Norway", "its 17-year stay", "by 82 to 9 that", "six European states",
     "Patrick Cammaert, 68, who", "before 2027 because her missiles", "155-mm"],
)  # fmt: skip
def test_what_counts_nothing(text: str) -> None:
    assert find_quantities(f"It names {text} too.") == ()


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("80 soldiers at most", 0, 80),
        ("80 soldiers or fewer", 0, 80),
        ("80 troops or more", 80, None),
    ],
)
def test_bounds_may_stand_behind(text: str, least: int, most: int | None) -> None:
    (found,) = find_quantities(f"It names {text} in all.")
    assert (found.min, found.max) == (least, most)


def test_a_range_may_be_cut_off() -> None:
    assert [one.min for one in find_quantities("It will send 250- to")] == [250]


def test_a_further_number_is_marked() -> None:
    (found,) = find_quantities("It sends a further 300 troops.")
    assert found.further
    assert (found.min, found.max) == (300, 300)


@pytest.mark.parametrize(
    "text",
    [
        "A third of the 600 Spanish soldiers are leaving.",
        "Ten per cent of Ireland's 340 soldiers will leave.",
        "Kenya will withdraw half of its 1,000 police.",
        "It cut its 600-strong contingent by half.",
        "Two thirds of the 900 soldiers left.",
        "It will send one in ten of its soldiers.",
        "It will send 1 in 10 of its soldiers.",
        "One in four soldiers is a reservist.",
        "It will send half its 400 soldiers.",
        "It will send a fr\u0131gate.",
        "It will send a force of " + "9" * 5000 + ".",
        "It will send half a battalion.",
        "It will send ½ soldiers.",
        "The Nordic-Baltic Eight agreed.",
        "Eight Baltic and Nordic states will send forces.",
        "Britain will send Challenger 2 tanks.",
        "It will lead a 1,000-strong EU mission.",
        "It would lead a force of up to 15,000.",
        "It may double its contingent of 100.",
        "The 15 members of the Security Council agreed.",
        "It will send a Gripen squadron.",
        "Nine of 27 member states will contribute troops.",
        "Eight of the 15 ECOWAS states will send soldiers.",
        "It will send " + "9" * 400 + " soldiers.",
        "It will send a force of " + "9" * 30 + ".",
    ],
)
def test_shares_and_what_nobody_sends_are_no_quantities(text: str) -> None:
    assert find_quantities(text) == ()


def test_what_goes_to_a_country_is_counted() -> None:
    (found,) = find_quantities("It will add perhaps 200 in nearby countries.")
    assert found.min == 200


def test_what_goes_in_a_year_is_counted() -> None:
    found = find_quantities("It will send 200 in 2027 and nine in 2028 to Mali.")
    assert [one.min for one in found] == [200, 9]


def test_a_day_is_not_counted() -> None:
    (found,) = find_quantities("On 5 May 300 Danish soldiers will leave.")
    assert found.min == 300


def test_aid_is_doubled_and_soldiers_are_not() -> None:
    (found,) = find_quantities("It will double its aid and send 300 soldiers.")
    assert found.min == 300


def test_a_cut_is_of_one_unit() -> None:
    found = find_quantities("It will go from 1,000 soldiers to a company.")
    assert [one.cut_from for one in found] == [None, None]


def test_of_a_cut_what_is_left_counts() -> None:
    (found,) = find_quantities("It will cut its force from 2,500 to 2,000 troops.")
    assert (found.min, found.max, found.unit, found.cut_from) == (2000, 2000, "personnel", 2500)


@pytest.mark.parametrize(
    ("text", "left", "before"),
    [
        ("It will cut its force to 900 soldiers from 1,500.", 900, 1500),
        ("It will raise its force to 900 soldiers from 500.", 900, None),
        ("It will cut its 1,100 soldiers in Lebanon by 300.", 300, None),
        ("The lower house approved 400 soldiers by 208 votes.", 400, None),
        ("It will strengthen NATO's flank with 500 soldiers by 1 July.", 500, None),
        ("It will raise its contribution to 900 troops by 10 June.", 900, None),
        ("It will send 500 to Latvia and other countries.", 500, None),
    ],
)
def test_of_a_change_one_number_counts(text: str, left: int, before: int | None) -> None:
    first = find_quantities(text)[0]
    assert (first.max, first.cut_from) == (left, before)


def test_what_others_send_goes_without_a_unit() -> None:
    found = find_quantities("Norway sends 200 soldiers, Denmark 100 and Sweden one.")
    assert [(one.min, one.unit) for one in found] == [(200, "personnel"), (100, None), (1, None)]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("3 000 soldiers", 3000, "personnel"),
        ("12\u202f500 men", 12_500, "personnel"),
        ("1.000 peacekeepers", 1000, "personnel"),
        ("USD 20 million", 20_000_000, "usd"),
        ("EUR20m", 20_000_000, "eur"),
        ("700 million yuan", 700_000_000, "cny"),
        ("In 2024 300 soldiers", 300, "personnel"),
        ("$ $ $ $5 million", 5_000_000, "usd"),
    ],
)
def test_thousands_and_currencies_are_read_as_they_are_written(
    text: str, value: int, unit: str
) -> None:
    (found,) = find_quantities(text)
    assert (found.min, found.max, found.unit) == (value, value, unit)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *["9" * 400, "USD", "$" * 40, "000", "1e400", "½", "-odd", "+", "hundred-plus"],
                *[
                    "a",
                    "1",
                    "2,000",
                    "€3",
                    "bn",
                    "million",
                    "and",
                    "to",
                    "-",
                    "between",
                    "hundreds",
                ],
                *["of", "thousands", "dozen", "half", "several", "troops", "euros", "$", "up"],
                *["more", "than", "frigates", "%", "\ud800", ".", ",", "battalion", "twenty"],
            ]
        ),
        max_size=14,
    ).map(" ".join)
)
def test_any_words_give_ordered_bounds_within_the_text(text: str) -> None:
    quantities = find_quantities(text)
    assert all(one.end <= other.start for one, other in pairwise(quantities))
    for found in quantities:
        assert 0 <= found.start < found.end <= len(text)
        assert found.min is None or found.max is None or found.min <= found.max
