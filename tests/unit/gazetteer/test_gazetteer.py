"""The gazetteer: every state, the names that stand for it, and names that do not."""

from datetime import date
from itertools import pairwise

import pycountry
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pledgewatch.gazetteer import Gazetteer, rows
from pledgewatch.ontology import Organisation

GAZETTEER = Gazetteer.load()
NO_MEMBERS = frozenset(
    """
    ALA ASM AIA ATA ABW BMU BES BVT IOT CYM CXR CCK COK CUW FLK FRO GUF PYF ATF GIB GRL GLP GUM GGY
    HMD VAT HKG IMN JEY MAC MTQ MYT MSR NCL NIU NFK MNP PSE PCN PRI REU BLM SHN MAF SPM SXM SGS SJM
    TWN TKL TCA UMI VGB VIR WLF ESH XKX
    """.split()  # noqa: SIM905
)
"""Codes of what is no member of the United Nations."""
REVIEWED = "2026-11-27"
"""The day of the tables' last review."""
NO_HEAD_KNOWN = frozenset({"SMR", "STP"})
"""San Marino's heads serve six months; who was elected in São Tomé in 2026 is not known to us."""
CITY_STATES = frozenset({"SGP", "STP"})
"""Whose capital has no name of its own."""
OFFICES = frozenset(
    {
        "head of state", "head of government", "foreign minister", "defence minister",
        "deputy head of state", "deputy defence minister", "chief of defence",
        "chief of the army staff", "supreme leader", "state counsellor",
        "general secretary of the party", "deputy head of the security council",
        "minister of state for foreign affairs", "spokesperson of the president",
        "spokesperson of the foreign minister",
        "secretary-general", "head of the commission", "president of the council",
        "president of the parliament", "high representative", "defence commissioner",
        "head of peacekeeping",
    }
)  # fmt: skip


def codes(text: str, at: date | None = None) -> list[str]:
    return [name.code for name in GAZETTEER.find(text, at)]


def test_every_state_and_organisation_is_there() -> None:
    states = {row["code"] for row in rows("countries")}
    assert states == {country.alpha_3 for country in pycountry.countries} | {"XKX"}
    assert {row["code"] for row in rows("organisations")} == set(Organisation)
    assert {row["code"] for row in rows("leaders")} <= states | set(Organisation)


@pytest.mark.parametrize(
    "row",
    [row for row in rows("countries") if row["code"] not in NO_MEMBERS],
    ids=lambda row: row["code"],
)
def test_a_member_of_the_united_nations_has_names_of_all_kinds(row: dict[str, str]) -> None:
    assert row["demonyms"]
    assert row["seats"] or row["code"] in CITY_STATES
    heads = {
        one["code"]
        for one in rows("leaders")
        if (not one["to"] or one["to"] > REVIEWED) and one["role"].startswith("head of ")
    }
    assert row["code"] in heads | NO_HEAD_KNOWN


def test_a_name_that_states_share_is_marked_and_of_no_use_for_new_text() -> None:
    alone: set[str] = set()
    shared: set[str] = set()
    for row in rows("countries"):
        for field in ("aliases", "demonyms", "seats", "institutions"):
            names = [name for name in row[field].split("|") if name]
            assert len(names) == len(set(names)), row
            shared |= {name[:-1] for name in names if name.endswith("?")}
            plain = {name.rstrip("~") for name in names if not name.endswith("?")}
            assert plain.isdisjoint(alone), plain & alone
            alone |= plain
    assert {"Congo", "Congolese", "Korean", "HMS"} <= shared & alone
    assert {"ADF", "Forsvaret"} <= shared - alone
    forms = GAZETTEER.forms()
    assert "Congolese" in forms["COD"]["demonym"]
    assert "demonym" not in forms["COG"]
    assert "Rangoon" not in forms["MMR"]["seat"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("The Soviet Union", "RUS"), ("Zaire", "COD"), ("Ceylon", "LKA"), ("Upper Volta", "BFA"),
        ("Dahomey", "BEN"), ("Swaziland", "SWZ"), ("Macedonia", "MKD"), ("Burma", "MMR"),
        ("Rangoon", "MMR"), ("Peking", "CHN"), ("Kishinev", "MDA"), ("Western Samoa", "WSM"),
        ("Alma-Ata", "KAZ"), ("Lagos", "NGA"), ("Moldavia", "MDA"),
    ],
)  # fmt: skip
def test_news_of_the_past_calls_states_by_their_former_names(name: str, code: str) -> None:
    assert codes(f"{name} will send a battalion.") == [code]


@pytest.mark.parametrize("row", list(rows("countries")), ids=lambda row: row["code"])
def test_a_states_own_name_finds_it(row: dict[str, str]) -> None:
    assert codes(f"A ship from {row['name']} came.") == [row["code"]]


def test_terms_of_office_are_in_order() -> None:
    table = list(rows("leaders"))
    assert table == sorted(table, key=lambda row: (row["code"], row["role"], row["from"]))
    for row in table:
        since = date.fromisoformat(row["from"])
        assert not row["to"] or since < date.fromisoformat(row["to"]), row
        assert row["role"] in OFFICES, row


def test_no_two_hold_one_office_on_a_day() -> None:
    """But for the day on which one hands over to the other."""
    for one, other in pairwise(rows("leaders")):
        if (one["code"], one["role"]) == (other["code"], other["role"]):
            assert one["to"], one
            assert one["to"] <= other["from"], (one, other)


def test_a_name_of_a_leader_means_one_state_a_day() -> None:
    terms: dict[str, list[dict[str, str]]] = {}
    for row in rows("leaders"):
        names = row["person"].split("|")
        assert len(names) == len(set(names)), row
        for name in names:
            terms.setdefault(name, []).append(row)
    for name, held in terms.items():
        held.sort(key=lambda row: row["from"])
        for one, other in pairwise(held):
            same = one["code"] == other["code"]
            assert same or (one["to"] and one["to"] <= other["from"]), name


def test_given_names_are_no_names_of_states() -> None:
    for row in rows("given_names"):
        assert not {name.kind for name in GAZETTEER.find(row["name"])} & {"name", "demonym"}, row


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
        # short names, adjectives, forces
        ("St. Kitts, St Lucia and St. Vincent", ["KNA", "LCA", "VCT"]),
        ("Kittitian, Vincentian and Saint Lucian police", ["KNA", "VCT", "LCA"]),
        ("Sammarinese, I-Kiribati, Liechtensteiner, São Toméan", ["SMR", "KIR", "LIE", "STP"]),
        ("Yaren, Ngerulmud, the City of San Marino and Victoria, Seychelles",
         ["NRU", "PLW", "SMR", "SYC"]),
        ("Northern Ireland, Scottish and Welsh", ["GBR", "GBR", "GBR"]),
        ("JGSDF, Ground Self-Defence Force", ["JPN", "JPN"]),
        ("the Marine nationale, the Esercito and the Guardia Civil", ["FRA", "ITA", "ESP"]),
        ("Hellenic Army, Carabinieri, Heimevernet, Gurkhas", ["GRC", "ITA", "NOR", "GBR"]),
        ("TNI KDF UPDF RDF SANDF NZDF PLA FARDC", ["IDN", "KEN", "UGA", "RWA", "ZAF", "NZL", "CHN",
                                                   "COD"]),
        ("the People’s Liberation Army in N’Djamena", ["CHN", "TCD"]),
        ("the Irish Guards and the Swiss Guard", ["GBR", "VAT"]),
        # names that several share
        ("Congo will send", ["COD"]),
        ("Congo-Brazzaville, the Republic of Congo, Congo Republic", ["COG", "COG", "COG"]),
        ("Brazzaville said Congo would send Congolese police", ["COG", "COG", "COG"]),
        ("Kinshasa and Brazzaville: Congolese troops", ["COD", "COG", "COD"]),
        ("Dominican police; Dominica", ["DMA", "DMA"]),
        ("Dominican police", ["DOM"]),
        ("Pyongyang's Korean soldiers", ["PRK", "PRK"]),
        ("Korean soldiers", ["KOR"]),
        ("Korea will send troops", []),
        ("ADF rebels in Congo", ["COD"]),
        ("Australia's ADF", ["AUS", "AUS"]),
        ("the Kurdish-led SDF in Syria", ["SYR"]),
        ("Japan's SDF", ["JPN", "JPN"]),
        ("Forsvaret", []),
        ("Norway's Forsvaret", ["NOR", "NOR"]),
        ("Sweden sends HMS Karlskrona", ["SWE", "SWE"]),
        ("HMS Trent", ["GBR"]),
        ("The House of Commons; Canada's House of Commons", ["CAN", "CAN", "CAN"]),
        ("Austria's National Council", ["AUT", "AUT"]),
        ("Kenyan National Council", ["KEN"]),
        ("Russia's Security Council", ["RUS"]),
        ("the National Security Council spokesman", []),
        # ships
        ("The USS Georgia and HMCS Ottawa will deploy to Guinea", ["USA", "CAN", "GIN"]),
        ("HMAS Canberra, HMNZS Wellington, HMS London", ["AUS", "NZL", "GBR"]),
        ("FGS Berlin, PNS Islamabad and the ferry MS Estonia", []),
        ("THE USS GEORGIA", ["USA"]),
        ("The US Georgia strategy, US Germany talks", ["USA", "GEO", "USA", "DEU"]),
        # papers, broadcasters, houses
        ("The Moscow Times said; the Kyiv Independent; the Sudan Tribune", []),
        ("Times of Israel, Voice of America, Radio France Internationale, Radio Moscow", []),
        ("Jerusalem Post, Japan Times, Korea Herald, China Daily, Bangkok Post", []),
        ("Times of India, Gulf News, Arab News, Straits Times, Jakarta Post, Cyprus Mail", []),
        ("THE MOSCOW TIMES", []),
        ("The Moscow Times Says Russia Will Send Troops", ["RUS"]),
        ("Ghana Today Sends Its First Police Abroad", ["GHA"]),
        ("Moscow times its strikes; Polish radio operators; Kenya posts a battalion",
         ["RUS", "POL", "KEN"]),
        ("A British post in Cyprus", ["GBR", "CYP"]),
        ("Georgetown University, the University of Oslo, Moscow State University", []),
        ("Bank of Canada, Kenya Airways, Turkish Airlines, Korean Air, Norwegian Air, Air Jordan",
         []),
        ("The Norwegian Air Force, Korean Air Force, Ukraine air defence", ["NOR", "KOR", "UKR"]),
        ("The Danish Crown Prince", ["DNK"]),
        ("The European Council on Foreign Relations; the European Council", ["EU"]),
        ("Guinea fowl, guinea worm, Cuba Gooding Jr", []),
        # wars and treaties
        ("the Korean War, the Vietnam War, the Gulf War", []),
        ("the Oslo accords, the Doha agreement, the 2003 Pretoria Agreement, the Astana process",
         []),
        ("a Moscow summit agreement; White House agreement", ["RUS", "USA"]),
        ("a Russian agreement with Oslo, an agreement in Doha", ["RUS", "NOR", "QAT"]),
        # people
        ("Michael Jordan", []),
        ("Michael B. Jordan scored.", []),
        ("Denzel Washington", []),
        ("the actor Denzel Washington's film", []),
        ("Mr Holland said", []),
        ("Jordan Henderson", []),
        ("Jordan Henderson Joins Brentford After Talks", []),
        ("Chad Smith", []),
        ("Paris Hilton", []),
        ("Jordan Sends Troops to Gaza", ["JOR", "PSE"]),
        ("Kenya Will Send Police to Haiti", ["KEN", "HTI"]),
        ("US Urges Jordan to Send Troops", ["USA", "JOR"]),
        ("India Pakistan talks", ["IND", "PAK"]),
        ("Jordan will send", ["JOR"]),
        ("In Amman, Jordan", ["JOR", "JOR"]),
        ("Chad's army", ["TCD"]),
        ("Chad President Deby's guard", ["TCD"]),
        # states of America, and of Nigeria
        ("Georgia's Senate race", []),
        ("Georgia's new governor", []),
        ("The Georgia National Guard", ["USA"]),
        ("the state of Georgia", []),
        ("Atlanta, Georgia", []),
        ("in Athens, Georgia, on Monday", []),
        ("in Athens, Georgia and Kyiv", ["GRC", "GEO", "UKR"]),
        ("voters in Arizona, Georgia and Michigan", []),
        ("Georgia or Florida", []),
        ("Ukraine, Georgia and Moldova", ["UKR", "GEO", "MDA"]),
        ("Georgia sent 150 soldiers to Helmand", ["GEO"]),
        ("Georgia and Senator Graham", ["GEO"]),
        ("Washington Gov. Bob Ferguson", []),
        ("Washington state police", []),
        ("Washington state visit, Washington State Department", ["USA", "USA", "USA"]),
        ("Seattle, Washington", []),
        ("Washington said", ["USA"]),
        ("Paris, Texas", []),
        ("Moscow, Idaho, and Lebanon, Pa.", []),
        ("Paris, Washington and London", ["FRA", "USA", "GBR"]),
        ("Niger state's governor", []),
        # water, land, and a bird
        ("the Niger River and the Niger Delta", []),
        ("Lake Chad, the River Jordan", []),
        ("the Gulf of Aden, the Gulf of Finland, the Strait of Gibraltar", []),
        ("a Bangladeshi river unit", ["BGD"]),
        ("New Guinea and Inner Mongolia", []),
        ("Turkey prices rose before Thanksgiving", []),
        ("Turkey will be served to 500 troops", []),
        ("Turkey will send 500 troops before Thanksgiving", ["TUR"]),
        ("Turkey has served in ISAF", ["TUR", "NATO"]),
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


@pytest.mark.parametrize(
    ("name", "at", "expected"),
    [
        ("Lammy", date(2025, 9, 1), ["GBR"]),
        ("Lammy", date(2026, 3, 1), []),
        ("Burnham", date(2026, 8, 1), ["GBR"]),
        ("Starmer", date(2026, 8, 1), []),
        ("Lecornu", date(2024, 1, 1), ["FRA"]),
        ("Shoigu", date(2024, 5, 1), ["RUS"]),
        ("Shoigu", date(2024, 6, 1), []),
        ("Péter Magyar", date(2026, 6, 1), ["HUN"]),
    ],
)
def test_who_held_an_office_on_a_day(name: str, at: date, expected: list[str]) -> None:
    assert codes(f"{name} spoke.", at) == expected


def test_one_name_can_change_its_office() -> None:
    assert codes("Rutte spoke.", date(2026, 1, 1)) == ["NATO"]
    assert codes("Mark Rutte spoke.", date(2020, 1, 1)) == ["NLD"]
    assert codes("Mark Rutte spoke.") == ["NATO"], "the latest where no day is known"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Brazzaville waits.", "Congo sends police."], [["COG"], ["COG"]]),
        (["Congo sends police.", "Brazzaville waits."], [["COG"], ["COG"]]),
        (["Kinshasa waits.", "Brazzaville waits.", "Congo sends police."],
         [["COD"], ["COG"], ["COD"]]),
        (["Kinshasa waits.", "Brazzaville has Congolese police."], [["COD"], ["COG", "COG"]]),
        (["Pyongyang waits.", "Korean troops; Seoul has Korean troops."],
         [["PRK"], ["KOR", "KOR", "KOR"]]),
        (["Norway and Denmark wait.", "Forsvaret sends police."], [["NOR", "DNK"], []]),
        (["Norway waits.", "Forsvaret sends police."], [["NOR"], ["NOR"]]),
        ([], []),
    ],
)  # fmt: skip
def test_texts_of_an_article_tell_who_is_meant(texts: list[str], expected: list[list[str]]) -> None:
    assert [[one.code for one in found] for found in GAZETTEER.find_all(texts)] == expected


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


def test_a_place_is_of_one_state() -> None:
    places = [
        name
        for row in rows("theatres")
        for column in ("names", "towns")
        for name in row[column].split("|")
        if name
    ]
    assert len(places) == len(set(places))
    assert [row["code"] for row in rows("theatres")] == sorted(
        row["code"] for row in rows("theatres")
    )
    (town,) = GAZETTEER.towns("They landed at Bouar.")
    assert (town.code, town.start) == ("CAF", 15)
