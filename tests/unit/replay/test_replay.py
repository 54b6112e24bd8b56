"""Which articles a replay takes, in what order its ledger does, and what differs."""

from datetime import timedelta
from typing import Any, cast

import pytest
from kafka.consumer.fetcher import ConsumerRecord
from msgspec.structs import replace

from pledgewatch.ontology import Event, Level
from pledgewatch.outcome import Outcome, Stage
from pledgewatch.records import (
    LIVE,
    ArticleOutcome,
    Correction,
    Mention,
    PledgeEvent,
    Quantity,
    Run,
    encode,
)
from pledgewatch.replay.diff import Diff, diff, worst_first
from pledgewatch.replay.selection import Selection
from services.common.runs import Runs
from services.ledger.backlog import Backlog
from services.replay.report import as_html, headline
from tests.unit.ledger.test_ledger import START, mention

STARTED = START + timedelta(days=100)
RUN = Run(
    id="other",
    base=LIVE,
    stages=("classify", "ledger", "index"),
    state="running",
    by="ops",
    started=STARTED,
    updated=STARTED,
)


def _of(one: Mention, **article: Any) -> Mention:
    return replace(one, article=replace(one.article, **article))


# --- Selection ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "day", "carried"),
    [
        ({}, 3, False),
        ({"since": START + timedelta(days=5)}, 3, True),
        ({"since": START + timedelta(days=5)}, 5, False),
        ({"until": START + timedelta(days=5)}, 5, True),
        ({"until": START + timedelta(days=5)}, 4, False),
        ({"sources": ("Alder News",)}, 3, False),
        ({"sources": ("Birch Wire",)}, 3, True),
        ({"reach": START + timedelta(days=5)}, 3, True),
        ({"reach": START + timedelta(days=5)}, 5, False),
    ],
)
def test_what_a_replay_does_not_derive_is_carried_over(
    limits: dict[str, Any], day: int, carried: bool
) -> None:
    selection = Selection.of(replace(RUN, **limits))
    one = _of(mention(day=day), source="Alder News")
    assert selection.carries(one) is carried
    outcome = ArticleOutcome(
        id=one.id,
        article_id=one.id,
        url=None,
        stage=Stage.CLASSIFY,
        outcome=Outcome.NOTHING_FOUND,
        reason=None,
        mentions=(),
        origin=None,
        revision=0,
        model=None,
        at=STARTED,
        published=one.article.published,
        first_seen=one.article.first_seen,
        source="Alder News",
    )
    assert selection.carries(outcome) is carried


def test_what_comes_after_the_start_belongs_to_the_replay() -> None:
    selection = Selection.of(replace(RUN, until=START, sources=("Birch Wire",)))
    new = _of(mention(day=101), source="Alder News", first_seen=STARTED)
    assert not selection.carries(new)


def test_what_a_person_put_right_is_carried_over_whatever_it_is_of() -> None:
    corrected = replace(mention(), correction=Correction(by="analyst", at=STARTED))
    assert Selection.of(RUN).carries(corrected)
    assert not Selection.of(RUN).carries(mention())


# --- Order of the ledger -----------------------------------------------------------------------


def _records(mentions: list[Mention]) -> list[ConsumerRecord]:
    return [
        cast(ConsumerRecord, _Record(offset, encode(one))) for offset, one in enumerate(mentions)
    ]


class _Record:
    def __init__(self, offset: int, value: bytes) -> None:
        self.offset, self.value = offset, value


def test_a_backlog_is_taken_in_the_order_in_which_it_became_known() -> None:
    days = (5, 1, 3, 1, 2)
    given = [mention(day=day, article=f"a{number}") for number, day in enumerate(days)]
    backlog = Backlog(len(given))
    assert not backlog.add(_records(given)[:3])
    assert backlog.add(_records(given)[3:])
    taken = [record.offset for chunk in backlog.chunks() for record in chunk]
    assert [days[offset] for offset in taken] == sorted(days)


def test_articles_stay_whole_and_rubbish_is_passed_on() -> None:
    articles = [f"a{number // 3}" for number in range(1_500)]
    given = [
        mention(day=number // 3 / 1_000, article=article, actor=f"A{number}")
        for number, article in enumerate(articles)
    ]
    records = [*_records(given), cast(ConsumerRecord, _Record(1_500, b"rubbish"))]
    backlog = Backlog(1_501)
    assert backlog.add(records)
    chunks = [[record.offset for record in chunk] for chunk in backlog.chunks()]
    assert sorted(offset for chunk in chunks for offset in chunk) == list(range(1_501))
    seen = [{articles[offset] for offset in chunk if offset < 1_500} for chunk in chunks]
    for number, one in enumerate(seen):
        for other in seen[number + 1 :]:
            assert not one & other, "an article is in two chunks"


# --- Diff --------------------------------------------------------------------------------------


def _diff(before: list[Mention], after: list[Mention]) -> Diff:
    def in_order(mentions: list[Mention]) -> list[Mention]:
        return sorted(mentions, key=lambda one: one.id)

    return diff(in_order(before), in_order(after))


NUMBER = Quantity(min=200, max=200, unit="personnel", approximate=False, text="200")


def test_the_same_mentions_are_no_difference_whatever_their_run() -> None:
    given = [mention(Level.WILLING), mention(Level.SIGNED, day=2)]
    assert _diff(given, [replace(one, run="other") for one in given]).empty


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"level": Level.WILLING}, "relevelled"),
        ({"quantity": NUMBER}, "renumbered"),
        ({"place": "the north"}, "changed"),
    ],
)
def test_a_mention_that_says_something_else_is_a_difference(
    change: dict[str, Any], what: str
) -> None:
    one = mention(Level.SIGNED)
    (found,) = _diff([one], [replace(one, **change)]).mentions
    assert found.what == what


def test_how_sure_another_model_is_makes_no_difference() -> None:
    one = mention()
    other = replace(one, confidence=0.5, model=replace(one.model, version="2"))
    assert _diff([one], [other]).empty
    assert not _diff([one], [replace(one, confidence=0.5)]).empty


def test_what_is_gained_and_lost_is_on_the_board_and_would_alert() -> None:
    old, new = mention(Level.SIGNED, actor="FRA"), mention(Level.SIGNED, actor="NOR")
    found = _diff([old], [new])
    assert sorted(one.what for one in found.mentions) == ["gained", "lost"]
    assert {one.pledge.actor.code: one.what for one in found.pledges if one.pledge.actor} == {
        "FRA": "lost",
        "NOR": "gained",
    }
    alerts = {one.event.actor.code: (one.event.event, one.alert) for one in found.events}
    assert alerts == {
        "FRA": (Event.NEW, "would not fire"),
        "NOR": (Event.NEW, "would fire"),
    }
    assert found.share("lost") == 1
    assert "1 alerts would have fired" in headline(found)


def test_the_order_in_which_mentions_come_makes_no_events() -> None:
    given = [mention(Level.WILLING, day=1), mention(Level.SIGNED, day=9), mention(day=4)]
    assert _diff(given, given[::-1]).empty


def test_the_least_sure_comes_first() -> None:
    sure = replace(mention(actor="FRA"), confidence=0.9)
    unsure = replace(mention(actor="NOR"), confidence=0.4)
    found = _diff([], [sure, unsure])
    assert [one.mention.confidence for one in worst_first(found.mentions)] == [0.4, 0.9]


def test_a_report_shows_text_as_text() -> None:
    bad = replace(mention(), sentence=replace(mention().sentence, text="<img src=x onerror=y>"))
    page = as_html(RUN, _diff([], [bad]), [])
    assert "<img" not in page
    assert "&lt;img" in page


# --- Runs --------------------------------------------------------------------------------------


def test_the_run_that_was_promoted_last_is_live() -> None:
    assert Runs().live == LIVE
    first = replace(RUN, id="first", state="live", promoted=STARTED)
    second = replace(RUN, id="second", state="live", promoted=STARTED + timedelta(hours=1))
    assert Runs({one.id: one for one in (first, second, RUN)}).live == "second"


def test_a_run_reads_from_its_base_what_it_does_not_derive() -> None:
    first = replace(RUN, id="first")
    second = replace(RUN, id="second", base="first", stages=("index",))
    known = Runs({one.id: one for one in (first, second)})
    topics = known.topics("x.", "second")
    assert topics.mentions == "x.first.mentions"
    assert topics.pledge_events == "x.first.pledge-events"
    assert topics.group("index") == "x.second.index"
    assert topics.articles == "x.articles"
    assert known.topics("x.").mentions == "x.mentions"
    assert known.users("first") == ["second"]
    assert known.users("second") == []


def test_events_have_the_same_id_in_every_run() -> None:
    def told(run: str) -> list[PledgeEvent]:
        from pledgewatch.ledger import Ledger

        return list(Ledger().apply([replace(mention(), run=run)]).events)

    assert [one.id for one in told(LIVE)] == [one.id for one in told("other")]
