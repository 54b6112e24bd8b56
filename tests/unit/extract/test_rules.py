"""The exact rules: whose a number is, conditions, obstacles, places, refusals, modifiers."""

from dataclasses import replace

import pytest

from pledgewatch.extract.decode import Finding
from pledgewatch.extract.encoding import Candidate
from pledgewatch.extract.rules import amounts, hindrances
from pledgewatch.extract.rules.conditions import (
    closed_clauses,
    find_conditions,
    in_reach,
    kinds_of,
)
from pledgewatch.extract.rules.modifiers import find_modifiers
from pledgewatch.extract.rules.owners import owned
from pledgewatch.extract.rules.places import Setting, find_place
from pledgewatch.extract.rules.refusals import refused
from pledgewatch.gazetteer import Gazetteer
from pledgewatch.ontology import Contribution, Level, Obstacle
from pledgewatch.text.quantities import find_quantities

GAZETTEER = Gazetteer.load()


def finding(
    sentence: str,
    name: str,
    level: Level = Level.ANNOUNCED,
    links: tuple[float, ...] | None = None,
    contribution: Contribution = Contribution.GROUND_TROOPS,
) -> Finding:
    """`name` contributes, and each number of the sentence may be its own."""
    numbers = find_quantities(sentence)
    found = next(one for one in GAZETTEER.find(sentence) if sentence[one.start : one.end] == name)
    return Finding(
        actor=Candidate(found.start, found.end, found.code, found.kind),
        confidence=0.9,
        contribution=contribution,
        level=level,
        quantities=tuple(numbers),
        links=links or tuple(0.9 for _ in numbers),
    )


def least(sentence: str, *findings: Finding) -> list[list[int | None]]:
    return [
        [part.min for part in amounts.parts(sentence, one)]
        for one in owned(sentence, findings, find_quantities(sentence))
    ]


@pytest.mark.parametrize(
    ("sentence", "links", "expected"),
    [
        ("Norway will bring home 755 of its 1,200 soldiers.", (0.8, 0.9), [755]),
        ("Norway will send a battalion of 800 men.", (0.9, 0.8), [800]),
        ("Norway will send 200 soldiers and 40 medics.", (0.9, 0.9), [200, 40]),
        ("Norway will send a destroyer, a frigate and a cutter.", (0.9, 0.9, 0.9), [1, 1, 1]),
        ("Norway will send ten ships, two of them frigates.", (0.9, 0.6), [10]),
        ("Norway, which has lost 12 men, will send 300 soldiers.", (0.6, 0.9), [300]),
        ("Norway will send 300 soldiers, some 900 men in all.", (0.6, 0.9), [900]),
    ],
)
def test_what_adds_up(sentence: str, links: tuple[float, ...], expected: list[int]) -> None:
    assert least(sentence, finding(sentence, "Norway", links=links)) == [expected]


def test_a_number_is_of_those_whom_it_counts() -> None:
    sentence = "Four Danish officers and two Norwegians have been in Paris since July."
    both = finding(sentence, "Danish"), finding(sentence, "Norwegians")
    assert least(sentence, *both) == [[4], [2]]


def test_a_number_is_of_the_likeliest_where_several_claim_it() -> None:
    sentence = "Denmark gives 200 soldiers, while Sweden gives 300 soldiers."
    one = finding(sentence, "Denmark", links=(0.9, 0.4))
    other = finding(sentence, "Sweden", links=(0.3, 0.8))
    assert least(sentence, one, other) == [[200], [300]]


def test_numbers_respectively() -> None:
    sentence = "Norway and Sweden will send 200 and 150 soldiers respectively."
    both = finding(sentence, "Norway"), finding(sentence, "Sweden")
    assert least(sentence, *both) == [[200], [150]]
    (first, _) = owned(sentence, both, find_quantities(sentence))
    assert [part.unit for part in amounts.parts(sentence, first)] == ["personnel"]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Norway and Sweden will each send 200 soldiers, and Finland 100.", [[200], [200], [100]]),
        ("Norway and Sweden send 200 soldiers apiece, Finland 100.", [[200], [200], [100]]),
        ("Norway will send 200 soldiers, Sweden 100 and Finland one.", [[200], [100], [1]]),
        ("Norway will send 200 soldiers, Sweden a company and Finland two.", [[200], [1], [2]]),
        ("500, 300 and 200 soldiers will go from Norway, Sweden and Finland respectively.",
         [[500], [300], [200]]),
        ("One frigate each will go from Norway, Sweden and Finland.", [[1], [1], [1]]),
        ("Norway, Sweden and Finland, together 900 men, will go.", [[], [], []]),
    ],
)  # fmt: skip
def test_whose_the_numbers_of_a_list_are(sentence: str, expected: list[list[int]]) -> None:
    names = (finding(sentence, name) for name in ("Norway", "Sweden", "Finland"))
    assert least(sentence, *names) == expected


def test_the_unit_and_the_millions_that_a_list_leaves_out() -> None:
    sentence = "Norway gave 30 million euros, Sweden 10 and Finland five."
    gave = [
        finding(sentence, name, Level.DEPLOYED, contribution=Contribution.FUNDING)
        for name in ("Norway", "Sweden", "Finland")
    ]
    found = owned(sentence, gave, find_quantities(sentence))
    sums = [(number.min, number.unit) for one in found for number in one.quantities]
    assert sums == [(30_000_000, "eur"), (10_000_000, "eur"), (5_000_000, "eur")]


def test_soldiers_are_not_counted_in_millions() -> None:
    sentence = "Norway gave 2 billion euros and Sweden 200."
    gave = finding(sentence, "Norway", contribution=Contribution.FUNDING)
    sent = finding(sentence, "Sweden")
    (_, other) = owned(sentence, [gave, sent], find_quantities(sentence))
    assert other.quantities[-1].min == 200


@pytest.mark.parametrize(
    ("sentence", "contribution", "expected"),
    [
        ("Norway will send a frigate with 150 men.", Contribution.NAVAL, [1]),
        ("Norway will send a Patriot battery with its crew, some 300 men.", Contribution.AIR, [1]),
        ("Norway will send a Patriot battery and 90 crew.", Contribution.AIR, [1]),
        ("Norway will send 20 vehicles with 400 men.", Contribution.GROUND_TROOPS, [400]),
    ],
)
def test_a_crew_is_no_quantity_beside_what_it_mans(
    sentence: str, contribution: Contribution, expected: list[int]
) -> None:
    one = finding(sentence, "Norway", links=(0.6, 0.9), contribution=contribution)
    assert least(sentence, one) == [expected]


def test_sums_are_in_the_currency_of_the_sentence() -> None:
    sentence = "Of 196 million dollars Norway has paid 22 million."
    links = (0.1, 0.9)
    one = finding(sentence, "Norway", links=links, contribution=Contribution.FUNDING)
    (found,) = owned(sentence, [one], find_quantities(sentence))
    assert [part.unit for part in amounts.parts(sentence, found)] == ["usd"]


def test_decisions_have_no_quantity() -> None:
    sentence = "Norway agreed to a force of 5,500 soldiers."
    one = finding(sentence, "Norway", Level.APPROVED, contribution=Contribution.POLITICAL)
    assert owned(sentence, [one], find_quantities(sentence))[0].quantities == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "Austrian and Bulgarian troops will make up 400 of the force.",
        "Four hundred Austrian and Bulgarian reservists landed in Sarajevo.",
        "Four hundred reservists from Austrian and Bulgarian towns landed in Sarajevo.",
    ],
)
def test_a_joint_total_is_nobodys(sentence: str) -> None:
    both = finding(sentence, "Austrian"), finding(sentence, "Bulgarian")
    assert least(sentence, *both) == [[], []]


@pytest.mark.parametrize(
    ("sentence", "kinds"),
    [
        ("Norway will send troops if Washington pays and the Taliban hold their fire.",
         {"funding", "ceasefire"}),
        ("It would go provided the U.S. Marines flew them.", {"us_backstop"}),
        ("Italy would send sappers, but only if Germany does the same.", {"allies_join"}),
        ("Uganda would lead, but only if the Emirates stop arming one side.", {"other"}),
        ("They will stay for as long as Maputo wishes it.", {"host_invitation"}),
        ("Ghana will go if the Security Council adopts a resolution.", {"un_mandate"}),
        ("The cabinet extended it; the Bundestag has yet to vote.", {"parliament"}),
        ("Germany may add a battalion if the Bundestag consents on February 26.", {"parliament"}),
        ("It goes once there is a peace accord.", {"peace_deal"}),
        ("Norway said that it looked as if it would send troops.", set()),
        ("Norway will go if Oslo joins in.", {"allies_join"}),
        ("Norway will go if NATO provides reinforcements.", {"allies_join"}),
        ("Norway will go once the United Nations has chartered a ship.", {"other"}),
        ("Norway will go if the United Nations takes command.", {"un_mandate"}),
        ("Norway will stay so long as donors meet the daily allowance.", {"funding"}),
        ("Norway will stay, provided that both sides agree to it.", {"host_invitation"}),
        ("Norway's force awaits the arrival of winter clothing.", {"other"}),
        ("The Kuršis can sail, but two yards must first fit new sonar.", {"other"}),
        ("Norway's man cannot start until Bangkok accepts him.", {"other"}),
        ("The sappers need a law on foreign soldiers.", {"other"}),
        ("Norway's soldiers needed the assent of a National Assembly.", {"parliament"}),
        ("It lacks the vote which its constitution demands.", {"parliament"}),
        ("The moment Washington's ships leave, Norway goes too.", set()),
        ("Norway will send troops once the US pulls out.", {"us_backstop"}),
        ("Norway will send arms as long as Russia wages war on it.", {"ceasefire"}),
        ("Norway will go only if others go first.", {"allies_join"}),
        ("Norway will send troops only if it gets air cover from the Americans.", {"us_backstop"}),
        ("France asked whether and if they could go there at all.", {"other"}),
        ("Norway will go provided it is not asked to disarm anyone.", {"other"}),
        ("Norway will go if neighbouring Denmark takes part.", {"allies_join"}),
        ("Norway will go if Ukraine joins NATO.", {"other"}),
        ("Norway will go if Ukraine takes part in the talks.", {"other"}),
        ("Norway will go if the war in Ukraine spreads.", {"other"}),
        ("Norway will go if fighting resumes.", {"other"}),
        ("Norway will go, but only as part of a coalition of Nordic states.", {"allies_join"}),
    ],
)  # fmt: skip
def test_conditions(sentence: str, kinds: set[str]) -> None:
    assert {str(one.kind) for one in find_conditions(sentence)} == kinds


def test_each_main_clause_has_its_own_conditions() -> None:
    sentence = "Norway sends 200 soldiers, but Sweden waits until parliament agrees."
    (held,) = find_conditions(sentence)
    norway, sweden = (
        replace(finding(sentence, name), level_words=((at := sentence.index(verb), at + 5),))
        for name, verb in (("Norway", "sends"), ("Sweden", "waits"))
    )
    assert not in_reach(sentence, held, norway, [norway, sweden])
    assert in_reach(sentence, held, sweden, [norway, sweden])
    assert in_reach(sentence, held, norway, [norway])
    assert obstacles(sentence, norway, sweden) == ["SWE!parliamentary_approval"]


@pytest.mark.parametrize(
    "words",
    [
        "after parliament voted for it on Monday",
        "following parliament's approval on Tuesday",
        "after the Riksdag voted in favour",
        "after the ceasefire took hold last week",
        "after a ceasefire was agreed in June",
        "even without a ceasefire",
        "regardless of whether there is a ceasefire",
        "whether or not there is a ceasefire",
        "without waiting for a UN mandate",
        "with or without a UN mandate",
        "if only for a month",
        "and does not need parliament's approval",
        "and won't require the approval of the Senate",
        "and needs no UN mandate",
        "and has no need of a Security Council resolution",
        "when the bus support is there",
    ],
)
def test_what_is_met_or_denied_or_conceded_is_no_condition(words: str) -> None:
    assert find_conditions(f"Norway will send 300 soldiers {words}.") == ()


def test_a_condition_met_before_they_went() -> None:
    assert find_conditions("Sweden sent 300 soldiers once the Riksdag had agreed.") == ()


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("will send them after parliament has voted", ["parliament"]),
        ("will send them following parliamentary approval next week", ["parliament"]),
        ("said it would send them once parliament had voted", ["parliament"]),
        ("will send them only after the Folketing agreed", ["parliament"]),
        ("will send them after a vote in the Folketing", ["parliament"]),
        ("will send them after a ceasefire", ["ceasefire"]),
        ("will not send them without a ceasefire", ["ceasefire"]),
        ("will send them, but not before a ceasefire", ["ceasefire"]),
        ("will send them with US support", ["us_backstop"]),
        ("will send them once the allies grant us air cover", ["other"]),
        ("will send them if Mali lets us help", ["other"]),
    ],
)
def test_what_is_to_come_is_a_condition(words: str, kinds: list[str]) -> None:
    assert [str(one.kind) for one in find_conditions(f"Norway {words}.")] == kinds


@pytest.mark.parametrize(
    ("sentence", "clauses"),
    [
        ("Norway will go regardless of whether there is a truce, it said.",
         ["regardless of whether there is a truce"]),
        ("Norway will go after parliament voted for it once there is a truce.",
         ["after parliament voted for it "]),
        ("Norway will go once parliament has voted.", []),
    ],
)  # fmt: skip
def test_where_no_condition_is_open(sentence: str, clauses: list[str]) -> None:
    assert list(dict.fromkeys(sentence[slice(*one)] for one in closed_clauses(sentence))) == clauses


def test_a_clause_about_nothing_known_is_other() -> None:
    assert [str(kind) for kind in kinds_of(" the sonar is mended")] == ["other"]


def test_no_obstacle_without_a_word_for_it() -> None:
    kinds = Obstacle.US_BACKSTOP, Obstacle.PARLIAMENTARY_APPROVAL
    assert hindrances.barred("Without air support it would be suicide.") == frozenset(kinds)
    assert hindrances.barred("Without American cover the Seimas says no.") == frozenset()
    assert Obstacle.US_BACKSTOP in hindrances.barred("They asked us to leave.")


def obstacles(sentence: str, *findings: Finding) -> list[str]:
    return [
        f"{one.code}!{one.obstacle}"
        for one in hindrances.settled(sentence, findings)
        if one.obstacle
    ]


def test_an_approval_still_needed_is_an_obstacle() -> None:
    sentence = "Angola will send 500 men once its parliament has agreed."
    assert obstacles(sentence, finding(sentence, "Angola")) == ["AGO!parliamentary_approval"]
    declined = finding(sentence, "Angola", Level.DECLINED)
    assert obstacles(sentence, declined) == []


@pytest.mark.parametrize(
    ("sentence", "level"),
    [
        ("Italy will send 300 soldiers after parliament voted for it.", Level.ANNOUNCED),
        ("Italy will send 300 soldiers and needs no vote of parliament.", Level.ANNOUNCED),
        ("Italy is there with 300 soldiers after the approval of parliament.", Level.DEPLOYED),
    ],
)
def test_an_approval_that_was_had_or_is_not_needed_is_no_obstacle(
    sentence: str, level: Level
) -> None:
    assert obstacles(sentence, finding(sentence, "Italy", level)) == []


def test_an_obstacle_whose_words_tell_of_an_approval_that_was_had_is_none() -> None:
    sentence = "Italy will send 300 soldiers after parliament voted for it."
    words = ((sentence.index("after"), sentence.index(" for it")),)
    stated = Finding(
        actor=None,
        confidence=0.8,
        obstacle=Obstacle.PARLIAMENTARY_APPROVAL,
        obstacle_words=words,
    )
    assert obstacles(sentence, stated) == []


def test_what_must_be_met_first_is_an_obstacle_of_its_kind() -> None:
    sentence = "Uganda will go, but only if the guns fall silent."
    stated = Finding(
        actor=None, confidence=0.8, obstacle=Obstacle.FORCE_SHORTAGE, obstacle_words=((20, 40),)
    )
    assert obstacles(sentence, finding(sentence, "Uganda")) == ["UGA!no_ceasefire"]
    assert obstacles(sentence, stated) == ["None!no_ceasefire"]
    plain = "Uganda will go if the guns fall silent."
    assert obstacles(plain, finding(plain, "Uganda")) == []


@pytest.mark.parametrize(
    ("sentence", "heard", "place", "recipient"),
    [
        ("Norway will send men to Germany's brigade in Lithuania.", "Lithuania", "Lithuania",
         "LTU"),
        ("Norway will send men to Germany's brigade in Lithuania.", "", None, None),
        ("Norway will send men to France's headquarters in Kyiv, Ukraine.", "Kyiv", "Kyiv", "UKR"),
        ("Norway will send tanks to Ukraine's army, it said in Oslo.", "Ukraine", None, "UKR"),
        ("From its base in Djibouti, Norway will send jets over the Red Sea.", "the Red Sea",
         "Red Sea", None),
        ("Norway will send jets from its base in Djibouti.", "", None, None),
        ("Norway will send men to the camp at Bouar.", "camp at Bouar", "Bouar", "CAF"),
        ("Norway will send men to Tripoli, Lebanon's second city.", "Tripoli", "Tripoli", "LBN"),
        ("Norway will send men from Bodø to Rudninkai, near Minsk.", "Rudninkai, near Minsk",
         "Rudninkai", "LTU"),
        ("Norway will send men from Mtwara to Moheli.", "Mtwara|Moheli", "Moheli", "COM"),
        ("Norway will send a ship off Bosaso.", "Bosaso", "off Bosaso", "SOM"),
        ("Norway will send men to Burkina Faso.", "Burkina", "Burkina Faso", "BFA"),
        ("Norway will send men to Camp Bondsteel.", "Camp", "Camp Bondsteel", "XKX"),
        ("Norway will send men to the port of Beira.", "port of", None, None),
        ("Norway will send ships to the Lebanese coast.", "the Lebanese", "Lebanese coast",
         "LBN"),
        ("Norway will send men for KFOR.", "KFOR", None, "XKX"),
        ("Norway will send men to Split, Croatia.", "Split,", "Split", "HRV"),
        ("Norway will send men to Kandi in Sri Lanka.", "Kandi", "Kandi", "LKA"),
        ("Norway will send men to Bouar City.", "Bouar", "Bouar City", "CAF"),
        ("Norway will send men to Bouar Sula.", "Bouar", "Bouar", None),
        ("Norway will send men from Kidal to Beira.", "Kidal to Beira", "Beira", "MOZ"),
        ("Norway will send the frigate Salamis.", "Salamis", None, None),
        ("Norway will send men from Oslo.", "Oslo", None, None),
    ],
)  # fmt: skip
def test_where_it_goes(sentence: str, heard: str, place: str | None, recipient: str | None) -> None:
    start = sentence.index("send")
    stated = replace(finding(sentence, "Norway"), level_words=((start, start + 4),))
    if "tanks" in sentence:
        stated = replace(stated, contribution=Contribution.WEAPONS_EQUIPMENT)
    setting = Setting(
        GAZETTEER.find(sentence), GAZETTEER.theatres(sentence), GAZETTEER.towns(sentence),
        frozenset({"NOR"}),
    )  # fmt: skip
    words = [name for name in heard.split("|") if name]
    spans = [(sentence.index(name), sentence.index(name) + len(name)) for name in words]
    found = find_place(sentence, stated, setting, spans)
    assert (found.text, found.recipient) == (place, recipient)
    assert found.span is None or sentence[slice(*found.span)] == found.text


def test_who_is_trained_receives_wherever_that_is() -> None:
    sentence = "Norway will train Ukrainian recruits in Poland."
    stated = finding(sentence, "Norway", contribution=Contribution.TRAINERS_ADVISERS)
    setting = Setting(GAZETTEER.find(sentence))
    start = sentence.index("Poland")
    found = find_place(sentence, stated, setting, [(start, start + 6)])
    assert (found.text, found.recipient) == ("Poland", "UKR")
    assert find_place(sentence, stated, setting).recipient == "UKR"


def test_who_leaves_leaves_the_place_that_it_is_in() -> None:
    sentence = "Norway will withdraw 300 men from its base in Chad to Niger."
    start = sentence.index("withdraw")
    stated = replace(
        finding(sentence, "Norway", Level.WITHDRAWN), level_words=((start, start + 8),)
    )
    spans = [(sentence.index(name), sentence.index(name) + len(name)) for name in ("Chad", "Niger")]
    found = find_place(sentence, stated, Setting(GAZETTEER.find(sentence)), spans)
    assert (found.text, found.recipient) == ("Chad", "TCD")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Norway will open its ports but will not take part in ground patrols.", "naval"),
        ("Norway gives vehicles, and says it will give no soldiers.", "ground_troops"),
        ("Norway gives trucks; none will enter the strip.", "ground_troops"),
        ("Norway has ruled out sending soldiers but will open its railways.", "ground_troops"),
        ("Norway gives trucks and has not ruled out sending soldiers.", None),
        ("Norway gives trucks but will not send troops before there is a truce.", None),
        ("Norway gives trucks but Sweden will not send troops.", None),
        ("Norway, which has no soldiers to spare, gives trucks.", None),
    ],
)
def test_refused_in_the_same_breath(sentence: str, expected: str | None) -> None:
    offer = finding(sentence, "Norway", contribution=Contribution.LOGISTICS_BASING)
    found = refused(sentence, [offer], GAZETTEER.find(sentence))
    assert [one.contribution for one in found] == ([expected] if expected else [])
    for one in found:
        assert (one.code, one.level) == ("NOR", Level.DECLINED)
        ((start, end),) = one.level_words
        assert sentence[start:end] == sentence[start:end].strip(" ,;")


def test_nobody_is_said_to_refuse_what_it_offers() -> None:
    sentence = "Norway will send trainers, and no combat troops."
    offer = finding(sentence, "Norway")
    assert refused(sentence, [offer], GAZETTEER.find(sentence)) == []


@pytest.mark.parametrize(
    ("sentence", "words", "expected"),
    [
        ("Norway could perhaps send troops.", "send", ["could", "perhaps"]),
        ("Norway will not send troops.", "send", ["not"]),
        ("Norway might go; it would send troops.", "send", ["would"]),
        ("Norway will send troops.", "will send", []),
        ("Norway won't send any.", "send", ["n't"]),
    ],
)
def test_modifiers(sentence: str, words: str, expected: list[str]) -> None:
    start = sentence.index(words)
    found = find_modifiers(sentence, ((start, start + len(words)),))
    assert [sentence[first:last] for first, last in found] == expected


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", ["once the Riksdag agreed ", "not without a mandate, ", "if "])
def test_a_sentence_of_a_hundred_thousand_characters_is_no_trouble(unit: str) -> None:
    sentence = unit * (100_000 // len(unit))
    assert all(one.end <= len(sentence) for one in find_conditions(sentence))
    assert all(start < end for start, end in closed_clauses(sentence))
