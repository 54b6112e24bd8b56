"""Which way the words go, on sentences that are close to each other."""

import pytest
from msgspec.structs import replace

from pledgewatch.ledger import wording
from pledgewatch.ontology import Level, Voice
from pledgewatch.records import Actor, Attribution, Mention, Quantity
from tests.unit.ledger.test_ledger import mention


def said(
    text: str,
    level: Level = Level.DECLINED,
    *,
    speaker: str | None = None,
    number: str | None = None,
    actor: str = "NOR",
) -> Mention:
    """A mention with this sentence."""
    quantity = (
        Quantity(min=1, max=1, unit="personnel", approximate=False, text=number) if number else None
    )
    return replace(
        mention(level, text=text),
        quantity=quantity,
        actor=Actor(code=actor, name=actor),
        attribution=Attribution(speaker=speaker, voice=Voice.REPORTED if speaker else Voice.WRITER),
    )


@pytest.mark.parametrize(
    ("speaker", "text"),
    [
        (None, "Norway will not send troops."),
        ("Norway's defence minister", "Norway will stay out, Norway's defence minister said."),
        ("the prime minister", "Norway will send nobody, said the prime minister."),
        (
            "the defence minister",
            "Nobody will go, the defence minister, answering opposition lawmakers, said.",
        ),
        ("Tore Sandvik", "Norway will not send troops, Defence Minister Tore Sandvik said."),
        ("the ministry", "Norway will not send troops, the ministry said."),
    ],
)
def test_the_actor_speaks_for_itself(speaker: str | None, text: str) -> None:
    assert wording.is_own_word(said(text, speaker=speaker))


@pytest.mark.parametrize(
    ("speaker", "text"),
    [
        ("Dmitry Medvedev", "Norway will not send troops, Dmitry Medvedev said."),
        ("Moscow", "Norway will not send troops, Moscow said."),
        ("Aftenposten", "Norway will not send soldiers, Aftenposten reported."),
        (None, "Norway reportedly will not send soldiers."),
        (None, "Norway will not send soldiers, according to media reports."),
        ("Russia's ambassador to Norway", "Nobody will go, said Russia's ambassador to Norway."),
        ("Norwegian media", "Norway will not send soldiers, Norwegian media say."),
        ("a Norwegian newspaper", "Norway will not send soldiers, a Norwegian newspaper said."),
        ("a source in the ministry", "Nobody will go, a source in the ministry said."),
        ("Tom Berg", "Norway will send nobody, said analyst Tom Berg."),
        ("Tom Berg", "Norway will send nobody, said Tom Berg, a defence analyst."),
        ("Tom Berg", "Norway will send nobody, said Tom Berg, who teaches strategy."),
        ("an opposition leader", "Norway will send nobody, an opposition leader said."),
    ],
)
def test_others_do_not_speak_for_the_actor(speaker: str | None, text: str) -> None:
    assert not wording.is_own_word(said(text, speaker=speaker))


@pytest.mark.parametrize(
    ("speaker", "text", "actor", "person"),
    [
        ("Pistorius", "Germany will send nobody, Pistorius said.", "DEU", None),
        ("Boris Pistorius", "Germany will send nobody, said Boris Pistorius.", "DEU", None),
        (
            "Defence Minister Tore Olsen",
            "Norway will send nobody, Defence Minister Tore Olsen said.",
            "NOR",
            "Tore Olsen",
        ),
        (
            "Tore Olsen",
            "Norway will send nobody, said Tore Olsen, the defence minister.",
            "NOR",
            "Tore Olsen",
        ),
        ("President Faye", "Senegal will send nobody, President Faye said.", "SEN", "Faye"),
        ("the ministry", "Norway will send nobody, the ministry said.", "NOR", None),
        ("She", "Norway will send nobody, she said.", "NOR", None),
    ],
)
def test_a_person_in_office_speaks_for_the_actor(
    speaker: str, text: str, actor: str, person: str | None
) -> None:
    assert wording.who_speaks(said(text, speaker=speaker, actor=actor)) == (True, person)


@pytest.mark.parametrize(
    ("speaker", "actor", "person"),
    [
        ("Olsen", "NOR", "Olsen"),
        ("Tore Olsen", "NOR", "Tore Olsen"),
        ("Jan van der Berg", "NLD", "Berg"),
        ("Pistorius", "NOR", None),
        ("analyst Tom Berg", "NOR", None),
        ("former minister Tom Berg", "NOR", None),
    ],
)
def test_a_name_without_an_office_is_nobody_s_own_word(
    speaker: str, actor: str, person: str | None
) -> None:
    mention = said(f"There will be no troops, {speaker} said.", speaker=speaker, actor=actor)
    assert wording.who_speaks(mention) == (False, person)


def test_a_headline_may_give_the_office() -> None:
    mention = said("Norway will send nobody, Olsen said.", speaker="Olsen")
    for headline, own in (
        ("Defence Minister Olsen: nobody goes", True),
        ("Olsen, the defence minister, speaks", True),
        ("Olsen on the minister's plans", False),
        ("Minister speaks", False),
    ):
        article = replace(mention.article, title=headline)
        assert wording.is_own_word(replace(mention, article=article)) is own, headline


def test_a_union_of_states_is_no_trade_union() -> None:
    text = "The European Union will send nobody, the European Union said."
    assert wording.is_own_word(said(text, speaker="the European Union", actor="EU"))


@pytest.mark.parametrize(
    "text",
    [
        "Norway backs away from its pledge.",
        "Norway has put the deployment on hold.",
        "Oslo is no longer willing to send 500 soldiers and only considers it.",
        "Norway shelved its plan to send soldiers.",
        "The prime minister walked his pledge back.",
        "Norway is rethinking its offer of 500 soldiers.",
    ],
)
def test_an_actor_steps_back(text: str) -> None:
    assert wording.steps_back(text)


@pytest.mark.parametrize(
    "text",
    [
        "Norway is ready to send 500 soldiers once the fighting is suspended.",
        "After Russia's retreat from Kherson, Norway is ready to send 500 soldiers.",
        "Norway, no longer bound by neutrality, is ready to send 500 soldiers.",
        "Norway no longer ruled out sending troops.",
        "Norway would send troops if elections are postponed.",
        "Norway is ready to go even as Sweden backs away.",
        "Norway is now considering sending frigates as well.",
        "Norway is open to sending soldiers.",
    ],
)
def test_a_softer_wording_is_no_step_back(text: str) -> None:
    assert not wording.steps_back(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Norway is pulling its 200 soldiers out of Mali.", "200 soldiers"),
        ("Norway will withdraw all 200 soldiers.", "200 soldiers"),
        ("Norway will withdraw all its remaining 200 soldiers.", "all its remaining 200 soldiers"),
        ("The last 300 Norwegian soldiers left.", "The last 300 Norwegian soldiers"),
        ("Norway is pulling out of the mission.", None),
        ("Norway ends its mission in Mali.", None),
    ],
)
def test_a_withdrawal_of_all(text: str, number: str | None) -> None:
    assert wording.is_whole(said(text, Level.WITHDRAWN, number=number))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("The government will withdraw 200 soldiers.", "200 soldiers"),
        ("The army is bringing home 120 troops.", "120 troops"),
        ("Its defence minister said 300 troops would leave Mali.", "300 troops"),
        ("Norway is bringing home one of its two frigates.", "one of its two frigates"),
        ("Norway is bringing home most of its troops.", None),
        ("Norway scales back its force.", None),
        ("Norway pulls back troops from the border post.", None),
    ],
)
def test_a_withdrawal_of_some(text: str, number: str | None) -> None:
    assert not wording.is_whole(said(text, Level.WITHDRAWN, number=number))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Norway will withdraw some of its 200 soldiers.", True),
        ("Two thirds of the Norwegian 200 soldiers will leave.", True),
        ("Norway will withdraw its 200 soldiers.", False),
        ("Most of them gone, its 200 soldiers will leave, too.", False),
    ],
)
def test_the_number_of_a_whole_is_not_that_of_the_part_that_goes(text: str, part: bool) -> None:
    assert wording.is_of_part(said(text, Level.WITHDRAWN, number="200 soldiers")) is part


@pytest.mark.parametrize(
    "text",
    [
        "Norway will not send troops.",
        "Norway will no longer send troops.",
        "Norway has ruled out any deployment.",
        "In a setback for the mission, Norway said that it would not send troops.",
    ],
)
def test_a_refusal_of_all(text: str) -> None:
    assert wording.is_whole(said(text))


@pytest.mark.parametrize(
    "text",
    [
        "Norway will not send more troops.",
        "Norway will not send combat troops.",
        "Norway will not send soldiers before a ceasefire.",
        "Norway will not send soldiers without American backing.",
        "Norway will not send troops this year.",
        "Norway has ruled out sending conscripts.",
    ],
)
def test_a_refusal_in_part_or_for_a_time(text: str) -> None:
    assert not wording.is_whole(said(text))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Norway raises its pledge to 800 soldiers.", "800 soldiers"),
        ("Norway doubles its contingent to 800.", "800"),
        ("Norway will send 800 soldiers instead of 400.", "800 soldiers"),
        ("Norway will now send 800 soldiers, not 400.", "800 soldiers"),
        ("Norway upped its offer to 800 soldiers.", "800 soldiers"),
        ("Norway brought its pledge down to 200 soldiers.", "200 soldiers"),
        ("The force is being cut by 300 soldiers.", "300 soldiers"),
    ],
)
def test_a_number_changes(text: str, number: str) -> None:
    assert wording.changes_number(said(text, Level.ANNOUNCED, number=number))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Norway will send 800 soldiers to reinforce the mission.", "800 soldiers"),
        ("As violence grows, Norway will send 800 soldiers.", "800 soldiers"),
        ("Despite budget cuts Norway will send 800 soldiers.", "800 soldiers"),
        ("In a boost for Kyiv, Norway will send 800 soldiers.", "800 soldiers"),
    ],
)
def test_a_number_is_only_stated(text: str, number: str) -> None:
    assert not wording.changes_number(said(text, Level.ANNOUNCED, number=number))


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Hungary has dropped its objection to the deployment.", True),
        ("The court lifted the injunction against the mission.", True),
        ("The row over costs is over.", True),
        ("The host withdrew its consent.", False),
        ("Washington withdrew its promise of a backstop.", False),
        ("Spare parts are no longer available.", False),
        ("Nobody can leave before the dispute is settled.", False),
        ("Moscow cleared the air: it rejects any NATO force.", False),
    ],
)
def test_an_obstacle_is_gone(text: str, gone: bool) -> None:
    assert wording.is_gone(text) is gone


@pytest.mark.parametrize(
    ("text", "past"),
    [
        ("Norway had promised 300 soldiers.", True),
        ("Norway, which originally pledged 300 soldiers, was silent.", True),
        ("The minister said Norway had agreed to send 300 soldiers.", False),
        ("Norway will send 300 soldiers, as it had promised.", False),
    ],
)
def test_a_pledge_is_looked_back_on(text: str, past: bool) -> None:
    assert wording.is_past(text) is past


@pytest.mark.parametrize(
    ("text", "voted"),
    [
        ("The Storting approved the deployment of 200 soldiers.", True),
        ("Lawmakers in Oslo have voted for the deployment.", True),
        ("The deployment was approved by parliament.", True),
        ("The cabinet voted to send 200 soldiers.", False),
        ("The White House approved the deployment.", False),
        ("The UN General Assembly approved the mission.", False),
        ("The cabinet approved a deployment which parliament must still debate.", False),
    ],
)
def test_a_legislature_approves(text: str, voted: bool) -> None:
    assert wording.legislature_approves(text) is voted
