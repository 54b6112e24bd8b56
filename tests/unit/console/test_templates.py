"""Whatever articles say stands on the pages as text."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from msgspec.structs import replace

from pledgewatch.ontology import Contribution, Event, Level, Obstacle
from pledgewatch.records import Amount, Backing, Held, OpenObstacle, Pledge
from services.console import pages, pictures
from services.console.board import Choices
from services.console.evidence import claims, folded, quote
from services.console.filters import Filters
from services.console.templating import environment, rung
from tests.unit.console.made import AT, EVENT, article, mention, pledge

HOSTILE = '<img src=x onerror="alert(1)">\'"&{{ 7*7 }}</script>'
SCRIPT = "javascript:alert(document.cookie)"
NOW = AT + timedelta(days=20)


class Links(HTMLParser):
    """The elements of a page, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        """Text."""
        self.text += data


def render(template: str, **context: Any) -> Links:
    """A page as browsers read it."""
    html = (
        environment()
        .get_template(template)
        .render(path="/", session=None, json_url=None, filters=Filters(), **context)
    )
    return Links(html)


def assert_inert(found: Links) -> None:
    """No element, attribute or link comes from an article, and its words are there."""
    assert found.tags.count("img") == 1  # our own sign
    assert not [name for name, _ in found.attributes if name.startswith("on") or name == "style"]
    assert not [v for n, v in found.attributes if n in ("href", "src", "action") and "script:" in v]  # type: ignore[operator]
    assert found.tags.count("script") == 1
    assert 'onerror="alert(1)"' in found.text
    assert "{{ 7*7 }}" in found.text


def hostile() -> Any:
    """A mention of an article that means harm."""
    made = mention(HOSTILE, url=SCRIPT, title=HOSTILE)
    source = replace(made.article, source=HOSTILE)
    return replace(made, article=source, proof=replace(made.proof, actor=None))


def test_an_evidence_page_is_inert() -> None:
    found = hostile()
    page = pages.MentionPage(
        mention=found,
        quote=quote(found, article(HOSTILE, title=HOSTILE), context=None),
        article=article(HOSTILE),
        pledge=None,
    )
    assert_inert(
        render("mention.html", page=page, sent=None, problem=None, possible=False, seen="")
    )


def test_a_pledge_page_is_inert() -> None:
    row = pledge(
        sentence=HOSTILE,
        history=(replace(EVENT, sentence=HOSTILE, corrected_by=HOSTILE, correction=True),),
        obstacles=(
            OpenObstacle(obstacle=Obstacle.FUNDING, since=AT, mention="a" * 32, sentence=HOSTILE),
        ),
    )
    page = pages.PledgePage(
        pledge=row, claims=tuple(claims(folded([hostile()]), {})), mentions=1, after=None
    )
    drawn = pages.drawn(row, Filters(as_of=NOW))
    assert_inert(render("pledge.html", page=page, pictures=drawn))


def test_the_list_of_changes_is_inert() -> None:
    source = Backing(mention="a" * 32, article="b", url=SCRIPT, outlet=HOSTILE, at=AT)
    event = replace(EVENT, sentence=HOSTILE, sources=(source,))
    page = pages.ChangesPage(
        events=(event,),
        newest=None,
        after=None,
        choices=Choices(actors={}, recipients={}),
    )
    assert_inert(render("changes.html", page=page, days=[[event]], pledge_of=lambda _: "p"))


def test_a_search_page_is_inert() -> None:
    page = pages.SearchPage(
        query=HOSTILE,
        hits=(pages.SearchHit(mention=hostile(), pieces=pages._highlighted(HOSTILE)),),
        total=1,
        after=None,
    )
    assert_inert(render("search.html", page=page))


def test_words_that_were_found_are_marked() -> None:
    found = pages._highlighted("will \ue000send\ue001 200 \ue000troops\ue001")
    assert [(one.text, one.marks) for one in found] == [
        ("will ", ()),
        ("send", ("found",)),
        (" 200 ", ()),
        ("troops", ("found",)),
    ]


@pytest.mark.parametrize(
    ("level", "steps"),
    [(Level.DEPLOYED, 6), (Level.CONSIDERING, 1), (Level.DECLINED, 0), (Level.WITHDRAWN, 0)],
)
def test_a_level_has_its_steps(level: Level, steps: int) -> None:
    assert rung(level) == steps


def day(number: int) -> datetime:
    """A day of March 2026."""
    return datetime(2026, 3, number, 12, tzinfo=UTC)


def history() -> Pledge:
    """A pledge that became firmer, was blocked and cleared, and grew."""
    willing = replace(EVENT, id="1" * 32, at=day(1), to_level=Level.WILLING, quantity=None)
    announced = replace(EVENT, id="2" * 32, event=Event.FIRMER, at=day(5), from_level=Level.WILLING)
    blocked = replace(EVENT, id="3" * 32, event=Event.BLOCKED, at=day(7), obstacle=Obstacle.FUNDING)
    cleared = replace(blocked, id="4" * 32, event=Event.CLEARED, at=day(9))
    larger = replace(
        EVENT,
        id="5" * 32,
        event=Event.LARGER,
        at=day(10),
        quantity=Amount(min=300, max=None, unit="personnel"),
    )
    return pledge(
        history=(willing, announced, blocked, cleared, larger),
        quantity=larger.quantity,
        first_seen=day(1),
        last_confirmed=day(10),
    )


def test_the_ladder_goes_up_to_the_right_and_down_the_page() -> None:
    picture = pictures.ladder(history(), day(20))
    heights = {one.level: one.y for one in picture.rungs}
    assert list(heights) == list(Level)
    assert sorted(heights.values()) == list(heights.values())
    assert [one.event.event for one in picture.steps] == [
        Event.NEW, Event.FIRMER, Event.BLOCKED, Event.CLEARED, Event.LARGER,
    ]  # fmt: skip
    assert [one.x for one in picture.steps] == sorted(one.x for one in picture.steps)
    assert picture.steps[0].y == heights[Level.WILLING]
    assert picture.line.startswith(f"M{pictures.LEFT} {heights[Level.WILLING]:g}H")
    assert picture.line.endswith(f"H{pictures.WIDTH - pictures.RIGHT}")
    (bar,) = picture.bars
    assert (bar.label, bar.open) == ("funding", False)
    assert bar.width == pytest.approx(picture.steps[3].x - picture.steps[2].x, abs=0.2)


def test_news_that_came_late_is_where_it_belongs_on_the_ladder() -> None:
    late = replace(EVENT, id="6" * 32, at=day(1), to_level=Level.DEPLOYED, late=True)
    held = Held(
        contribution=Contribution.GROUND_TROOPS,
        level=Level.DEPLOYED,
        since=day(1),
        mention="a" * 32,
    )
    row = pledge(
        level=Level.DEPLOYED,
        history=(replace(EVENT, at=day(5)), late),
        contributions=(held,),
        first_seen=day(1),
    )
    picture = pictures.ladder(row, day(20))
    top = next(one.y for one in picture.rungs if one.level is Level.DEPLOYED)
    assert picture.line == f"M{pictures.LEFT} {top:g}H{pictures.WIDTH - pictures.RIGHT}"


def test_the_numbers_are_ranges_one_after_the_other() -> None:
    picture = pictures.numbers(history(), day(20))
    assert picture is not None
    assert [one.label for one in picture.ranges] == ["200 personnel", "more than 300 personnel"]
    assert [one.open for one in picture.ranges] == [False, True]
    for before, after in zip(picture.ranges, picture.ranges[1:], strict=False):
        assert before.x + before.width == pytest.approx(after.x, abs=0.2)
    assert pictures.numbers(pledge(quantity=None, history=()), day(20)) is None
