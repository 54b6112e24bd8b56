"""How fast the ledger takes mentions in, how much memory it needs, how soon it is back.

Made-up pledges, each told of by a few articles over some weeks, in the order of publication. The
ledger alone, without Kafka.
"""

import argparse
import platform
import random
import resource
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import perf_counter

from pledgewatch import ids
from pledgewatch.ledger import Ledger
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
    decode,
    encode,
)

PLEDGES, ARTICLES, DAYS = 100_000, 3, 30
STORM = 2_000
START = datetime(2026, 3, 1, tzinfo=UTC)
LADDER = [Level.CONSIDERING, Level.WILLING, Level.ANNOUNCED, Level.SIGNED, Level.DEPLOYED]
MODEL = Model(name="made-up", version="1", sha256="0" * 64)
Sort = list[tuple[datetime, int, int]]


def mention(pledge: int, number: int, at: datetime, level: Level, soldiers: int) -> Mention:
    """A mention of one article."""
    article = f"{pledge}-{number}"
    text = f"Country {pledge} is to send {soldiers:,} soldiers, article {number} said on Monday."
    return Mention(
        id=ids.digest(article),
        kind=Kind.COMMITMENT,
        actor=Actor(code=f"A{pledge}", name=f"Country {pledge}"),
        recipient=Actor(code="UKR", name="Ukraine"),
        contribution=Contribution.GROUND_TROOPS,
        level=level,
        quantity=Quantity(
            min=soldiers, max=soldiers, unit="personnel", approximate=False, text=f"{soldiers:,}"
        ),
        place=None,
        conditions=(),
        obstacle=None,
        attribution=Attribution(speaker=None, voice=Voice.WRITER),
        specific=True,
        sentence=Sentence(text=text, start=0, end=len(text)),
        proof=Proof(),
        confidence=0.9,
        model=MODEL,
        cameo=None,
        plover=None,
        article=ArticleRef(
            id=article, url=f"https://outlet.example/{article}", source=f"Outlet {number}",
            published=at, first_seen=at, story_id=ids.digest("story", article),
        ),
    )  # fmt: skip


def stream(pledges: int, rng: random.Random) -> Iterator[Mention]:
    """Mentions of so many pledges, as published."""
    order: Sort = sorted(
        (START + timedelta(days=DAYS * rng.random()), pledge, number)
        for pledge in range(pledges)
        for number in range(ARTICLES)
    )
    for at, pledge, number in order:
        yield mention(pledge, number, at, rng.choice(LADDER), rng.choice([200, 210, 800]))


def megabytes() -> float:
    """The most memory that this process has used."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger", description=__doc__)
    parser.add_argument("--pledges", type=int, default=PLEDGES)
    options = parser.parse_args()
    rng = random.Random(7)  # noqa: S311
    print(f"{platform.machine()}, {options.pledges:,} pledges, {ARTICLES} articles each")
    before = megabytes()
    ledger = Ledger()
    count = events = 0
    spent = 0.0
    for one in stream(options.pledges, rng):
        began = perf_counter()
        told = ledger.apply([one])
        spent += perf_counter() - began
        count += 1
        events += len(told.events)
    print(f"{count:,} mentions, {events:,} events: {count / spent:,.0f} mentions a second")
    used = megabytes() - before
    print(f"memory: {used:,.0f} MB, {used / options.pledges * 100_000:,.0f} MB per 100,000 pledges")

    kept = [encode(one) for page in ledger.pages() for one in page.entries]
    rows = list(ledger.board())
    history = [encode(event) for row in rows for event in row.history]
    began = perf_counter()
    again = Ledger()
    entry, event = type(next(iter(ledger.pages())).entries[0]), type(rows[0].history[0])
    again.load((decode(one, entry) for one in kept), (decode(one, event) for one in history))
    seconds = perf_counter() - began
    print(f"back from {len(kept):,} entries in {seconds:.1f} s")

    storm = Ledger()
    began = perf_counter()
    for number in range(STORM):
        at = START + timedelta(seconds=number)
        storm.apply([mention(0, number, at, Level.ANNOUNCED, 200)])
    rate = STORM / (perf_counter() - began)
    print(f"a storm of {STORM:,} articles on one pledge in one day: {rate:,.0f} mentions a second")


if __name__ == "__main__":
    main()
