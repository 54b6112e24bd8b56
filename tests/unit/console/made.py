"""Records that tests of the console begin with."""

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from pledgewatch import ids
from pledgewatch.ontology import Contribution, Event, Family, Kind, Level, Voice
from pledgewatch.records import (
    Actor,
    Amount,
    Article,
    ArticleRef,
    Attribution,
    Backing,
    Language,
    Mention,
    Model,
    Pledge,
    PledgeEvent,
    Proof,
    Published,
    Quantity,
    Sentence,
    Source,
    Span,
)

NORWAY = Actor(code="NOR", name="Norway")
UKRAINE = Actor(code="UKR", name="Ukraine")
AT = datetime(2026, 3, 5, 10, tzinfo=UTC)
MODEL = Model(name="test", version="1", sha256="0" * 64)
TEXT = "Norway will send 200 soldiers to Ukraine."


def mention(
    text: str = TEXT,
    *,
    id: str = "a" * 32,
    start: int = 0,
    url: str | None = "https://news.example/a",
    story: str = "c" * 32,
    article: str = "b" * 32,
    title: str = "A title",
    **changes: Any,
) -> Mention:
    """Norway's announcement of 200 soldiers for Ukraine, or what has been changed of it."""
    made = Mention(
        id=id,
        kind=Kind.COMMITMENT,
        actor=NORWAY,
        recipient=UKRAINE,
        contribution=Contribution.GROUND_TROOPS,
        level=Level.ANNOUNCED,
        quantity=Quantity(min=200, max=200, unit="personnel", approximate=False, text="200"),
        place=None,
        conditions=(),
        obstacle=None,
        attribution=Attribution(speaker=None, voice=Voice.WRITER),
        specific=True,
        sentence=Sentence(text=text, start=start, end=start + len(text)),
        proof=Proof(actor=Span(text=text[:6], start=start, end=start + 6))
        if len(text) >= 6
        else Proof(),
        confidence=0.9,
        model=MODEL,
        cameo="0334",
        plover="PROMISE",
        article=ArticleRef(
            id=article,
            url=url,
            title=title,
            source="Norrland Post",
            published=AT,
            first_seen=AT,
            story_id=story,
        ),
    )
    return replace(made, **changes)


def article(text: str, *, id: str = "b" * 32, title: str = "A title") -> Article:
    """An article with a text."""
    return Article(
        id=id,
        url="https://news.example/a",
        title=title,
        text=text,
        source=Source(name="Norrland Post"),
        language=Language(code="en", confidence=1.0),
        published=Published(at=AT, origin="feed", trusted=True),
        first_seen=AT,
        revision=0,
        content_hash="d" * 32,
        story_id="c" * 32,
        via="rss",
    )


EVENT = PledgeEvent(
    id="e" * 32,
    event=Event.NEW,
    actor=NORWAY,
    recipient=UKRAINE,
    family=Family.GROUND,
    from_level=None,
    to_level=Level.ANNOUNCED,
    level=Level.ANNOUNCED,
    contribution=Contribution.GROUND_TROOPS,
    quantity=Amount(min=200, max=200, unit="personnel"),
    at=AT,
    known_at=AT,
    confirmed=True,
    sources=(Backing(mention="a" * 32, article="b" * 32, url=None, outlet="Post", at=AT),),
    independent_sources=1,
    mention="a" * 32,
    sentence=TEXT,
)


def pledge(**changes: Any) -> Pledge:
    """Norway's pledge, or what has been changed of it."""
    made = Pledge(
        id=ids.pledge_id("NOR", "UKR", "ground"),
        actor=NORWAY,
        recipient=UKRAINE,
        family=Family.GROUND,
        level=Level.ANNOUNCED,
        on_the_table=True,
        quantity=Amount(min=200, max=200, unit="personnel"),
        contributions=(),
        conditions=(),
        obstacles=(),
        disputed=False,
        confirmed=True,
        first_seen=AT,
        last_confirmed=AT,
        changed=AT,
        articles=1,
        independent_sources=1,
        mention="a" * 32,
        sentence=TEXT,
        history=(EVENT,),
    )
    return replace(made, **changes)
