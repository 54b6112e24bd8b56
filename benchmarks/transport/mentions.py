"""Made-up mentions as the classifier writes them, the same ones each time."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pledgewatch.ids import article_id, mention_id, milliseconds
from pledgewatch.ontology import Contribution, Kind, Level, Voice
from pledgewatch.records import (
    Actor,
    ArticleRef,
    Attribution,
    Mention,
    Model,
    Proof,
    Quantity,
    Sentence,
    Span,
)

ACTORS = (
    ("FRA", "France"),
    ("GBR", "United Kingdom"),
    ("DEU", "Germany"),
    ("POL", "Poland"),
    ("KEN", "Kenya"),
    ("TUR", "Türkiye"),
)
CONTRIBUTIONS = (Contribution.GROUND_TROOPS, Contribution.AIR, Contribution.NAVAL)
LEVELS = (Level.ANNOUNCED, Level.WILLING, Level.DEPLOYED, Level.DECLINED)
TAIL = (
    "under a plan that ministers will discuss again next week after the talks in the capital "
    "with partners who asked for more detail on command funding and the length of the mission"
)
WORDS = TAIL.split()
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
MODEL = Model(name="bench", version="1", sha256="0" * 64)


def mentions(count: int) -> Iterator[Mention]:
    """`count` mentions with ids of their own, of about 1,200 bytes each as JSON."""
    choice = random.Random(1)  # noqa: S311  # variety, not secrecy
    for number in range(count):
        code, name = choice.choice(ACTORS)
        troops = choice.randrange(50, 5000)
        said = f"{troops} soldiers"
        tail = " ".join(choice.choices(WORDS, k=9))
        text = f"{name} will send {said} to Ukraine {tail}."
        url = f"https://outlet-{choice.randrange(400)}.example/world/{number}"
        article = article_id(url)
        contribution = choice.choice(CONTRIBUTIONS)
        start = choice.randrange(2000)
        published = BEGINNING + timedelta(seconds=60 * number)
        end = start + len(text)
        quantity = start + len(f"{name} will send ")
        yield Mention(
            id=mention_id(
                article, "text", start, end, Kind.COMMITMENT, contribution, code, "Ukraine"
            ),
            kind=Kind.COMMITMENT,
            actor=Actor(code=code, name=name),
            recipient=Actor(code="UKR", name="Ukraine"),
            contribution=contribution,
            level=choice.choice(LEVELS),
            quantity=Quantity(
                min=troops, max=troops, unit="personnel", approximate=False, text=said
            ),
            place="Ukraine",
            conditions=(),
            obstacle=None,
            attribution=Attribution(speaker=None, voice=Voice.WRITER),
            specific=True,
            sentence=Sentence(text=text, start=start, end=end),
            proof=Proof(
                actor=Span(text=name, start=start, end=start + len(name)),
                quantity=Span(text=said, start=quantity, end=quantity + len(said)),
            ),
            confidence=round(choice.random(), 4),
            model=MODEL,
            cameo="0331",
            plover="PLEDGE",
            article=ArticleRef(
                id=article,
                url=url,
                title=f"{name} plans for the mission",
                source=f"Outlet {choice.randrange(400)}",
                published=published,
                first_seen=published + timedelta(minutes=2),
                revision=milliseconds(published),
                story_id=article,
                language="en",
            ),
        )
