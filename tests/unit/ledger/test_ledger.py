"""What must hold of the ledger whatever the news: order, repetition, explanation, no flapping."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pledgewatch import ids
from pledgewatch.ledger import Ledger
from pledgewatch.ontology import Condition, Contribution, Event, Kind, Level, Obstacle, Voice
from pledgewatch.records import (
    CORRECTED,
    Actor,
    ArticleRef,
    Attribution,
    ConditionMention,
    Correction,
    Mention,
    Model,
    Pledge,
    PledgeEvent,
    Proof,
    Quantity,
    Sentence,
    decode,
    encode,
)
from tests.unit.ledger.stories import stories

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
MODEL = Model(name="test", version="1", sha256="0" * 64)


def mention(
    level: Level | None = Level.ANNOUNCED,
    *,
    day: float = 0,
    article: str | None = None,
    actor: str | None = "NOR",
    recipient: str | None = "UKR",
    contribution: Contribution = Contribution.GROUND_TROOPS,
    number: int | None = None,
    obstacle: Obstacle | None = None,
    text: str = "Norway says so.",
    speaker: str | None = None,
    outlet: str | None = None,
    trust: float | None = None,
    seen: float | None = None,
    story: str | None = None,
    revision: int = 0,
    copy: bool = False,
) -> Mention:
    """A mention of Norway's troops for Ukraine, a number of days after the start.

    Its words are its own, but for a copy.
    """
    name = article or f"{day}-{outlet}-{level}-{number}-{obstacle}-{text}-{speaker}-{seen}-{trust}"
    kind = Kind.OBSTACLE if obstacle else Kind.COMMITMENT
    if not copy:
        text = f"{text} #{ids.digest(name)[:6]}"
    published = START + timedelta(days=day)
    return Mention(
        id=ids.digest(
            name, str(revision), obstacle or contribution, level or "", actor or "", text
        ),
        kind=kind,
        actor=Actor(code=actor, name=actor) if actor else None,
        recipient=Actor(code=recipient, name=recipient) if recipient else None,
        contribution=None if obstacle else contribution,
        level=None if obstacle else level,
        quantity=Quantity(
            min=number, max=number, unit="personnel", approximate=False, text=str(number)
        )
        if number is not None
        else None,
        place=None,
        conditions=(),
        obstacle=obstacle,
        attribution=Attribution(speaker=speaker, voice=Voice.REPORTED if speaker else Voice.WRITER),
        specific=number is not None,
        sentence=Sentence(text=text, start=0, end=len(text)),
        proof=Proof(),
        confidence=0.9,
        model=MODEL,
        cameo=None,
        plover=None,
        article=ArticleRef(
            id=name,
            source=outlet or name,
            published=published,
            first_seen=START + timedelta(days=seen) if seen is not None else published,
            story_id=ids.digest(story) if story else None,
            trust=trust,
            revision=revision,
        ),
    )  # fmt: skip


def tell(ledger: Ledger, mentions: Sequence[Mention]) -> list[PledgeEvent]:
    """All events that mentions raise, in order."""
    return [event for one in mentions for event in ledger.apply([one]).events]


def names(events: Sequence[PledgeEvent]) -> list[str]:
    """What happened, late events marked."""
    return [f"{one.event}{' late' if one.late else ''}" for one in events]


def board(ledger: Ledger) -> list[Pledge]:
    """The board without what depends on the order of arrival: what was told."""
    rows = [replace(row, history=(), changed=None) for row in ledger.board()]
    return sorted(rows, key=lambda row: row.id)


mentions = st.builds(
    mention,
    st.sampled_from(list(Level)),
    day=st.sampled_from([0, 0.2, 1, 1.1, 2, 5, 5.5, 9]),
    contribution=st.sampled_from(
        [Contribution.GROUND_TROOPS, Contribution.TRAINERS_ADVISERS, Contribution.AIR]
    ),
    number=st.sampled_from([None, 100, 110, 200, 500]),
    text=st.sampled_from(
        [
            "Norway says so.",
            "Norway backs away from it.",
            "Norway raises its pledge.",
            "It cuts the force by so many.",
            "It had promised so.",
        ]
    ),
    speaker=st.sampled_from([None, "Moscow", "the defence minister"]),
    outlet=st.sampled_from(["a", "b", "c"]),
    seen=st.sampled_from([None, 12.0]),
    trust=st.sampled_from([None, 0.1]),
)
hindrances = st.builds(
    mention,
    st.none(),
    day=st.sampled_from([0, 1, 2, 5, 9]),
    obstacle=st.sampled_from([Obstacle.FUNDING, Obstacle.PARLIAMENTARY_APPROVAL]),
    text=st.sampled_from(["Money is short.", "The objection was lifted."]),
    outlet=st.sampled_from(["a", "b"]),
)
news = st.lists(mentions | hindrances, max_size=12)


@settings(max_examples=300, deadline=None)
@given(news, st.randoms(use_true_random=False))
def test_order_and_repetition_never_change_the_board(
    given: list[Mention], rng: random.Random
) -> None:
    shuffled = given * 2
    rng.shuffle(shuffled)
    one, other = Ledger(), Ledger()
    tell(one, given)
    tell(other, shuffled)
    assert board(one) == board(other)


@settings(max_examples=200, deadline=None)
@given(news)
def test_each_event_explains_itself_and_none_is_without_a_change(given: list[Mention]) -> None:
    known = {one.id: one for one in given}
    ledger = Ledger()
    told: set[str] = set()
    for one in given:
        before = board(ledger)
        for event in ledger.apply([one]).events:
            assert event.late or board(ledger) != before
            assert event.id not in told
            told.add(event.id)
            assert known[event.mention].sentence.text == event.sentence
            assert event.sources
            if event.event in (Event.FIRMER, Event.WEAKER):
                assert event.from_level is not event.to_level
            if event.event in (Event.LARGER, Event.SMALLER):
                assert event.quantity != event.quantity_before or event.quantity is None


@settings(max_examples=100, deadline=None)
@given(news)
def test_a_ledger_that_was_kept_goes_on_as_if_it_had_never_stopped(given: list[Mention]) -> None:
    half = len(given) // 2
    whole, first, second = Ledger(), Ledger(), Ledger()
    events = tell(whole, given)
    kept = tell(first, given[:half])
    entries = [one for page in first.pages() for one in page.entries]
    second.load(
        [decode(encode(one), type(one)) for one in entries],
        [decode(encode(one), type(one)) for one in kept],
    )
    assert kept + tell(second, given[half:]) == events
    assert board(second) == board(whole)


def test_late_news_adds_a_source_and_moves_nothing() -> None:
    ledger = Ledger()
    tell(ledger, [mention(Level.WILLING, day=0), mention(Level.WILLING, day=5)])
    (before,) = ledger.board()
    events = tell(ledger, [mention(Level.DEPLOYED, day=-3, seen=9)])
    assert names(events) == ["new late"]  # for the record
    (after,) = ledger.board()
    assert after.level is Level.WILLING
    assert after.articles == before.articles + 1
    assert after.first_seen < before.first_seen


def test_what_arrives_late_is_recorded_and_not_news() -> None:
    ledger = Ledger()
    events = tell(ledger, [mention(Level.ANNOUNCED, day=0, seen=20)])
    assert names(events) == ["new late"]


@pytest.mark.parametrize(
    ("speaker", "text"),
    [
        ("Moscow", "Norway will send nobody, Moscow said."),
        ("Tom Berg", "Norway will send nobody, said Tom Berg, a defence analyst."),
        ("an opposition leader", "Norway will send nobody, an opposition leader said."),
        ("sources", "Norway will send nobody, sources said."),
    ],
)
def test_what_others_deny_is_disputed_and_not_retracted(speaker: str, text: str) -> None:
    ledger = Ledger()
    events = tell(ledger, [mention(), mention(Level.DECLINED, day=2, speaker=speaker, text=text)])
    assert names(events) == ["new"]
    (row,) = ledger.board()
    assert row.disputed
    assert row.on_the_table


def test_the_board_can_be_asked_as_of_a_day_and_as_known_on_one() -> None:
    ledger = Ledger()
    tell(
        ledger,
        [
            mention(Level.WILLING, day=0),
            mention(Level.ANNOUNCED, day=2, seen=6),
            mention(Level.DEPLOYED, day=8),
        ],
    )

    def level(as_of: float | None, known_on: float | None) -> Level | None:
        days = [None if day is None else START + timedelta(days=day) for day in (as_of, known_on)]
        rows = list(ledger.board(as_of=days[0], known_on=days[1]))
        return rows[0].level if rows else None

    assert level(None, None) is Level.DEPLOYED
    assert level(-1, None) is None
    assert level(1, None) is Level.WILLING
    assert level(3, None) is Level.ANNOUNCED
    assert level(3, 4) is Level.WILLING  # what we knew then
    assert level(None, 7) is Level.ANNOUNCED


def test_an_unknown_recipient_is_merged_with_none() -> None:
    ledger = Ledger()
    events = tell(ledger, [mention(), mention(Level.DEPLOYED, day=1, recipient=None)])
    assert names(events) == ["new", "new"]


def test_a_future_date_is_not_believed() -> None:
    ledger = Ledger()
    (event,) = tell(ledger, [mention(day=400, seen=0)])
    assert event.at == START


@pytest.mark.parametrize("seed", range(3))
def test_a_story_ends_on_the_same_board_in_any_order(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    for story in stories():
        shuffled = list(story.mentions)
        rng.shuffle(shuffled)
        one, other = Ledger(), Ledger()
        tell(one, story.mentions)
        tell(other, shuffled)
        assert board(one) == board(other), story.name


def test_every_step_of_the_ladder_is_firmer_than_the_next() -> None:
    ladder = [level for level in Level if level.is_pledge]
    for low, high in product(ladder, ladder):
        ledger = Ledger()
        events = tell(ledger, [mention(low), mention(high, day=1)])
        firmer = ladder.index(high) < ladder.index(low)
        assert names(events) == (["new", "firmer"] if firmer else ["new"])


def test_each_change_that_comes_again_much_later_is_told_again() -> None:
    ledger = Ledger()
    events = tell(
        ledger,
        [
            mention(day=0),
            mention(Level.DECLINED, day=10, outlet="a"),
            mention(Level.DECLINED, day=9.6, seen=10.1, outlet="b"),  # the day of it moves
            mention(day=20),
            mention(Level.DECLINED, day=40, outlet="c"),
        ],
    )
    assert names(events) == ["new", "retracted", "new", "retracted"]


def test_a_revision_that_comes_in_parts_ends_as_the_whole_does() -> None:
    def article(revision: int) -> list[Mention]:
        return [
            mention(
                Level.CONSIDERING, article="x", revision=revision, copy=True,
                contribution=Contribution.TRAINERS_ADVISERS, text="Norway is studying more.",
            ),
            mention(
                Level.DEPLOYED, article="x", revision=revision, copy=True,
                text="Norway has 200 soldiers there.",
            ),
        ]  # fmt: skip

    whole, parts = Ledger(), Ledger()
    whole.apply(article(0))
    whole.apply(article(1))
    parts.apply(article(0))
    for one in article(1):
        parts.apply([one])
    assert board(whole) == board(parts)


def test_news_of_one_family_is_not_late_because_of_another() -> None:
    ledger = Ledger()
    events = tell(
        ledger,
        [mention(day=10), mention(day=8.9, seen=11.1, contribution=Contribution.AIR)],
    )
    assert names(events) == ["new", "new"]


def test_a_copy_of_old_words_changes_nothing() -> None:
    ledger = Ledger()
    pledge = "Norway will send soldiers."
    events = tell(
        ledger,
        [
            mention(day=0, text=pledge, copy=True),
            mention(Level.DECLINED, day=5),
            mention(day=16, text=pledge, copy=True, outlet="late paper"),
        ],
    )
    assert names(events) == ["new", "retracted"]


def test_a_firmer_article_of_the_day_before_is_no_second_new_pledge() -> None:
    ledger = Ledger()
    events = tell(ledger, [mention(day=5), mention(Level.DEPLOYED, day=4, seen=5.2)])
    assert names(events) == ["new", "firmer"]


@pytest.mark.parametrize("days", [0.9, 8, 66, 200])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"level": Level.ANNOUNCED}, {"level": Level.DECLINED}),
        ({"level": Level.DECLINED}, {"level": Level.ANNOUNCED}),
        ({"number": 100}, {"number": 900}),
        ({"number": 100}, {"number": 900, "text": "Norway raises its pledge to 900."}),
        ({}, {"level": Level.CONSIDERING, "text": "Norway backs away from its pledge."}),
    ],
)
def test_claims_that_alternate_for_long_are_few_events(
    first: dict[str, Any], second: dict[str, Any], days: float
) -> None:
    ledger = Ledger()
    given = [
        mention(**(first, second)[n % 2], day=n * days / 200, outlet=f"outlet {n}")
        for n in range(200)
    ]
    assert len(tell(ledger, given)) <= 2


def test_a_number_that_one_source_got_wrong_does_not_stay() -> None:
    ledger = Ledger()
    tell(ledger, [mention(number=500), mention(number=200, day=3, trust=0.1)])
    tell(ledger, [mention(number=500, day=day, outlet=f"paper {day}") for day in range(4, 15)])
    (row,) = ledger.board()
    assert row.quantity is not None
    assert row.quantity.max == 500


def test_more_than_so_many_is_not_nothing_after_a_cut() -> None:
    pledge = mention(number=200)
    assert pledge.quantity
    ledger = Ledger()
    events = tell(
        ledger,
        [
            replace(pledge, quantity=replace(pledge.quantity, max=None)),
            mention(Level.WITHDRAWN, day=5, number=50, text="Norway brings 50 soldiers home."),
        ],
    )
    assert "retracted" not in names(events)


def test_what_a_rival_claims_is_unconfirmed() -> None:
    ledger = Ledger()
    events = tell(ledger, [mention(), mention(Level.DEPLOYED, day=6, speaker="Moscow")])
    assert [one.confirmed for one in events] == [True, False]


def test_a_row_shows_the_sentence_that_sets_its_level() -> None:
    for levels in (
        (Level.DECLINED, Level.CONSIDERING),
        (Level.CONSIDERING, Level.DECLINED),
        (Level.ANNOUNCED, Level.DECLINED, Level.CONSIDERING),
    ):
        ledger = Ledger()
        given = [mention(level, day=5 * n) for n, level in enumerate(levels)]
        tell(ledger, given)
        (row,) = ledger.board()
        assert row.level is levels[-1]
        assert row.mention == given[-1].id


def test_drones_that_are_refused_take_no_observers_back() -> None:
    ledger = Ledger()
    monitoring = Contribution.MONITORING
    text = "Norway will not send surveillance drones."
    events = tell(
        ledger,
        [
            mention(Level.DEPLOYED, number=100, contribution=monitoring),
            mention(Level.DECLINED, day=5, contribution=monitoring, text=text),
        ],
    )
    assert names(events) == ["new"]


def by_hand(one: Mention, **changes: Any) -> Mention:
    """A mention as a person has put it right."""
    at = START + timedelta(minutes=changes.pop("minute", 0))
    correction = Correction(by="Ada", at=at, rejected=changes.pop("rejected", False))
    model = replace(one.model, generation=CORRECTED)
    return replace(one, model=model, correction=correction, **changes)


def test_what_a_person_rejects_is_taken_back_with_the_name() -> None:
    ledger = Ledger()
    wrong = mention()
    events = tell(ledger, [wrong, by_hand(wrong, rejected=True)])
    assert [(one.event, one.correction, one.corrected_by) for one in events] == [
        (Event.NEW, False, None),
        (Event.WEAKER, True, "Ada"),
    ]
    assert list(ledger.board()) == []


def test_what_a_person_put_right_holds_against_replays() -> None:
    ledger = Ledger()
    wrong = mention(number=5000)
    right = by_hand(wrong, level=Level.WILLING)
    better_model = replace(wrong, model=replace(wrong.model, generation=7))
    events = tell(ledger, [wrong, right, wrong, better_model])
    assert names(events) == ["new", "weaker", "new late"]
    (row,) = ledger.board()
    assert row.level is Level.WILLING


def test_a_wrong_retraction_that_is_rejected_brings_the_pledge_back() -> None:
    ledger = Ledger()
    wrong = mention(Level.DECLINED, day=3)
    events = tell(ledger, [mention(), wrong, by_hand(wrong, rejected=True)])
    assert names(events) == ["new", "retracted", "new"]
    assert events[-1].correction
    (row,) = ledger.board()
    assert row.on_the_table


def test_of_two_corrections_the_later_one_holds_in_either_order() -> None:
    for levels in ((Level.WILLING, Level.SIGNED), (Level.SIGNED, Level.WILLING)):
        wrong = mention()
        first = by_hand(wrong, level=levels[0])
        second = by_hand(wrong, level=levels[1], minute=5)
        for order in ((wrong, first, second), (second, first, wrong)):
            ledger = Ledger()
            tell(ledger, order)
            (row,) = ledger.board()
            assert row.level is levels[1]


def test_what_was_refused_since_is_no_news_beside_another_family() -> None:
    given = [
        mention(Level.DEPLOYED, contribution=Contribution.AIR),
        mention(Level.DECLINED, day=1),
        mention(Level.DEPLOYED),  # of the day before, and it comes last
    ]
    (told, *late) = tell(Ledger(), given)
    assert (told.event, told.late) == (Event.NEW, False)
    assert [(one.event, one.late) for one in late] == [(Event.NEW, True), (Event.RETRACTED, True)]


# --- Who speaks, obstacles that come back, what set a condition ----------------------------------


def names_of(*mentions: Mention) -> list[str]:
    """What happened."""
    return [str(one.event) for one in tell(Ledger(), mentions)]


def test_a_name_is_heard_once_the_person_was_named_with_the_office() -> None:
    pledge = mention(Level.ANNOUNCED, number=200)
    no = "Norway will send nobody"
    bare = mention(Level.DECLINED, day=5, text=f"{no}, Olsen said.", speaker="Olsen")
    minister = "Defence Minister Tore Olsen"
    known = mention(
        Level.ANNOUNCED,
        day=2,
        text=f"Norway will send soldiers, {minister} said.",
        speaker=minister,
    )
    other = mention(
        Level.ANNOUNCED,
        day=2,
        text="Norway will send soldiers, Prime Minister Kari Berg said.",
        speaker="Prime Minister Kari Berg",
    )
    assert names_of(pledge, bare) == ["new"]
    assert names_of(pledge, other, bare) == ["new"]
    assert names_of(pledge, known, bare) == ["new", "retracted"]
    namesake = replace(bare, attribution=Attribution(speaker="Kari Olsen", voice=Voice.REPORTED))
    assert names_of(pledge, known, namesake) == ["new"]


def test_a_name_is_heard_where_another_sentence_of_the_article_has_the_office() -> None:
    pledge = mention(Level.ANNOUNCED, number=200)
    bare = mention(
        Level.DECLINED, day=5, article="a", text="Norway will send nobody, Olsen said.",
        speaker="Olsen",
    )  # fmt: skip
    minister = mention(
        day=5, obstacle=Obstacle.FUNDING, article="a", speaker="Defence Minister Tore Olsen",
        text="Norway has no money for soldiers, Defence Minister Tore Olsen said.",
    )  # fmt: skip
    assert "retracted" in names_of(pledge, minister, bare)
    assert "retracted" in names_of(pledge, bare, minister)
    ledger = Ledger()
    tell(ledger, [pledge, bare])
    (row,) = ledger.board()
    assert row.disputed
    assert row.on_the_table


def obstacle(day: float, text: str, outlet: str | None = None) -> Mention:
    """A court that stands in Norway's way."""
    return mention(day=day, obstacle=Obstacle.LEGAL_MANDATE, text=text, outlet=outlet)


def test_an_obstacle_that_comes_back_is_open_again() -> None:
    begun = [
        mention(Level.ANNOUNCED, number=200),
        obstacle(2, "A court has blocked it."),
        obstacle(10, "The court has lifted its injunction."),
    ]
    assert names_of(*begun) == ["new", "blocked", "cleared"]
    for back, is_open in (
        ([obstacle(12, "A court has blocked it.", "Post")], False),
        ([obstacle(12, f"A court, {name}.", name) for name in ("Post", "Mail")], True),
        ([obstacle(20, "A court has blocked it anew.")], True),
    ):
        ledger = Ledger()
        events = tell(ledger, [*begun, *back])
        (row,) = ledger.board()
        assert [one.obstacle for one in row.obstacles] == [Obstacle.LEGAL_MANDATE] * is_open
        assert [str(one.event) for one in events][3:] == ["blocked"] * is_open
        if is_open:
            assert row.obstacles[0].since == back[0].article.published


def conditional(day: float, *kinds: Condition, level: Level = Level.ANNOUNCED) -> Mention:
    """A pledge on conditions."""
    return replace(
        mention(level, day=day, text=f"On conditions {kinds}."),
        conditions=tuple(ConditionMention(kind=kind, text=kind) for kind in kinds),
    )


def test_a_condition_on_the_board_names_the_mention_that_set_it() -> None:
    ledger = Ledger()
    first = conditional(0, Condition.CEASEFIRE)
    again = conditional(3, Condition.CEASEFIRE, Condition.PARLIAMENT)
    tell(ledger, [first, again])
    (row,) = ledger.board()
    assert row.conditions == (Condition.CEASEFIRE, Condition.PARLIAMENT)
    set_by = {one.condition: one.mention for one in row.stated_conditions}
    assert set_by == {Condition.CEASEFIRE: first.id, Condition.PARLIAMENT: again.id}
    firmer = conditional(6, Condition.PARLIAMENT, level=Level.SIGNED)
    tell(ledger, [firmer])
    (row,) = ledger.board()
    assert [(one.condition, one.mention) for one in row.stated_conditions] == [
        (Condition.PARLIAMENT, again.id)
    ]
    tell(ledger, [mention(Level.DEPLOYED, day=9)])
    (row,) = ledger.board()
    assert row.stated_conditions == ()
