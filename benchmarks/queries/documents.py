"""Made-up mentions, pledges and events, the same for the same seed.

Spread as news is: few actors, recipients and outlets have most of it, some weeks far more than
others, a story is told by several outlets. The sentences are composed of templates, names and
clauses, of as many different words as news has.
"""

import csv
import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from itertools import accumulate
from typing import Generic, TypeVar

from pledgewatch import ids
from pledgewatch.ontology import (
    Condition,
    Contribution,
    Event,
    Family,
    Kind,
    Level,
    Obstacle,
    Voice,
    family,
)
from pledgewatch.records import (
    Actor,
    Amount,
    ArticleRef,
    Attribution,
    Backing,
    ConditionMention,
    Held,
    Mention,
    Model,
    OpenObstacle,
    Pledge,
    PledgeEvent,
    Proof,
    Quantity,
    Sentence,
    Span,
)

ACTORS, RECIPIENTS, OUTLETS, TOWNS, PEOPLE = 90, 30, 400, 3_000, 2_000
WEEKS = 156
START = datetime(2023, 1, 2, tzinfo=UTC)
PLEDGES = 5_000
EVENTS_MAX = 20
MODEL = Model(name="made-up", version="1.0.0", sha256="0" * 64, generation=1)

T = TypeVar("T")


class Zipf(Generic[T]):
    """Chooses the first of some things most often, the second about half as often, and so on."""

    def __init__(self, things: Sequence[T], exponent: float = 1.0) -> None:
        self.things = things
        weights = (1 / rank**exponent for rank in range(1, len(things) + 1))
        self._cumulated = list(accumulate(weights))

    def choose(self, rng: random.Random) -> T:
        """One of them."""
        return self.things[bisect(self._cumulated, rng.random() * self._cumulated[-1])]


_STARTS = (
    "b",
    "br",
    "c",
    "d",
    "f",
    "g",
    "h",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "w",
    "z",
)
_ENDS = ("al", "an", "ar", "el", "en", "er", "il", "in", "is", "ol", "on", "or", "ul", "ur")

COMMITMENTS = (
    "{actor} will send {number} {what} to {recipient} {clause}, {person} said on {day}.",
    "The government of {actor} has approved the sending of {number} {what} to {town} {clause}.",
    "{person} told reporters in {town} that {actor} is ready to provide {what} for {recipient} "
    "{clause}.",
    "{actor} is considering whether {number} {what} could support {recipient} {clause}.",
    "Ships with {what} from {actor} arrived in {town} on {day} to help {recipient} {clause}.",
    "{actor} and {recipient} signed an agreement in {town} on {number} {what} {clause}.",
    "“We will stand by {recipient} with {what},” said {person}, who speaks for {actor} {clause}.",
    "Lawmakers of {actor} backed a plan on {day} to move {number} {what} to {town} {clause}.",
    "{actor} announced that its {what} will stay with {recipient} {clause}.",
    "{actor} has ruled out that {what} go to {recipient} {clause}, {person} said in {town}.",
)
OBSTACLES = (
    "Parliament in {town} has yet to vote on whether {actor} may send {what} to {recipient} "
    "{clause}.",
    "{person} warned that {actor} lacks the money for {number} {what} {clause}.",
    "Without a ceasefire, {actor} will keep its {what} away from {recipient} {clause}, {person} "
    "said.",
    "The army of {actor} is short of {what}, and {town} has asked for more time {clause}.",
    "Opponents in {town} went to court on {day} against a mission of {actor} for {recipient} "
    "{clause}.",
    "{actor} waits for the consent of {recipient} {clause}, officials in {town} said on {day}.",
)
CLAUSES = (
    "once the talks in {town} have ended",
    "under a plan that {person} laid out in {town} last month",
    "after weeks of argument over command, supplies and the length of the mission",
    "although the harbour of {town} cannot take large ships before the winter",
    "while partners discuss who will guard the airfield and the road to {town}",
    "provided that an international mandate covers engineers, doctors and their escorts",
    "as part of a wider force whose staff is to work from {town}",
    "despite doubts of {person}, a former general who once led peacekeepers there",
    "so that local brigades can rest, train and repair their vehicles",
    "in spite of floods that closed the railway between {town} and the border",
    "which the finance committee had put off twice because of rising fuel costs",
    "if the monitors report that artillery has been withdrawn from {town}",
)
WHAT: dict[Contribution, tuple[str, ...]] = {
    Contribution.GROUND_TROOPS: ("soldiers", "troops", "infantry", "paratroopers", "peacekeepers"),
    Contribution.AIR: ("fighter jets", "transport aircraft", "helicopters", "tankers"),
    Contribution.NAVAL: ("mine hunters", "frigates", "patrol boats", "minesweepers"),
    Contribution.TRAINERS_ADVISERS: ("military trainers", "advisers", "instructors"),
    Contribution.WEAPONS_EQUIPMENT: ("howitzers", "air defence systems", "armoured vehicles"),
    Contribution.MONITORING: ("observers", "ceasefire monitors"),
    Contribution.LOGISTICS_BASING: ("supply trucks", "field hospitals"),
    Contribution.ENGINEERING: ("engineers", "bridge layers", "mine clearance teams"),
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NUMBERS = (50, 100, 120, 200, 250, 300, 400, 500, 600, 800, 1000, 1200, 1500, 2000, 3000, 5000)
_LEVELS = (
    Level.ANNOUNCED,
    Level.WILLING,
    Level.CONSIDERING,
    Level.DEPLOYED,
    Level.APPROVED,
    Level.DECLINED,
    Level.SIGNED,
    Level.WITHDRAWN,
)


@dataclass(frozen=True)
class Row:
    """Whose pledge, to whom, of what."""

    actor: Actor
    recipient: Actor
    family: Family


class World:
    """All that the documents are made of."""

    def __init__(self, seed: int = 1) -> None:
        rng = random.Random(seed)  # noqa: S311  # variety, not secrecy
        states = _states()
        rng.shuffle(states)
        self.actors = Zipf(states[:ACTORS])
        self.recipients = Zipf(states[ACTORS : ACTORS + RECIPIENTS], 1.2)
        self.towns = Zipf(
            [name + rng.choice(("ia", "ow", "en", "burg")) for name in _names(TOWNS, rng)]
        )
        self.people = Zipf(
            [f"{a} {b}" for a, b in zip(_names(PEOPLE, rng), _names(PEOPLE, rng), strict=True)]
        )
        self.outlets = Zipf([f"{name} Post" for name in _names(OUTLETS, rng)])
        self.contributions = Zipf(list(WHAT))
        self.levels = Zipf(_LEVELS, 0.7)
        self.obstacles = Zipf(list(Obstacle), 0.8)
        weeks = list(range(WEEKS))
        rng.shuffle(weeks)
        self.weeks = Zipf(weeks, 0.6)

    @cached_property
    def rows(self) -> Zipf[Row]:
        """The pledges, those of whom most is told first."""
        rng = random.Random(2)  # noqa: S311
        rows: dict[Row, None] = {}
        while len(rows) < PLEDGES:
            row = Row(
                self.actors.choose(rng), self.recipients.choose(rng), rng.choice(list(Family))
            )
            rows.setdefault(row)
        return Zipf(list(rows))

    def time(self, rng: random.Random) -> datetime:
        """When an article was published."""
        return START + timedelta(weeks=self.weeks.choose(rng), seconds=rng.randrange(7 * 86_400))

    def mentions(self, count: int, *, seed: int = 3) -> Iterator[Mention]:
        """So many mentions, in the order in which they are found."""
        rng = random.Random(seed)  # noqa: S311
        number = 0
        while number < count:
            at = self.time(rng)
            story = ids.digest("story", str(seed), str(number))
            for outlet in range(rng.choice((1, 1, 1, 2, 3, 6))):
                article = self._article(rng, f"{seed}-{number}-{outlet}", story, at)
                for _ in range(rng.choice((1, 1, 2, 3))):
                    yield self._mention(rng, article, number)
                    number += 1
                    if number == count:
                        return

    def _article(self, rng: random.Random, name: str, story: str, at: datetime) -> ArticleRef:
        at += timedelta(minutes=rng.randrange(600))
        id = ids.digest("article", name)
        return ArticleRef(
            id=id,
            url=f"https://outlet-{rng.randrange(OUTLETS)}.example/world/{id[:12]}-{name}",
            title=f"{self.people.choose(rng)} speaks of {self.towns.choose(rng)} in a debate",
            source=self.outlets.choose(rng),
            published=at,
            first_seen=at + timedelta(seconds=rng.randrange(20, 900)),
            revision=ids.milliseconds(at),
            story_id=story,
            language="en",
            trust=0.8,
        )

    def _mention(self, rng: random.Random, article: ArticleRef, number: int) -> Mention:
        obstacle = self.obstacles.choose(rng) if rng.random() < 0.15 else None
        actor, recipient = self.actors.choose(rng), self.recipients.choose(rng)
        contribution = self.contributions.choose(rng)
        what, soldiers = rng.choice(WHAT[contribution]), rng.choice(_NUMBERS)
        person, town = self.people.choose(rng), self.towns.choose(rng)
        clause = rng.choice(CLAUSES).format(
            town=self.towns.choose(rng), person=self.people.choose(rng)
        )
        text = rng.choice(OBSTACLES if obstacle else COMMITMENTS).format(
            actor=actor.name,
            recipient=recipient.name,
            number=f"{soldiers:,}",
            what=what,
            clause=clause,
            person=person,
            town=town,
            day=rng.choice(_DAYS),
        )
        said = f"{soldiers:,} {what}"
        at = text.find(said)
        start = 200 * rng.randrange(20)
        named = text.find(actor.name)
        conditions = (
            (ConditionMention(kind=rng.choice(list(Condition)), text=clause),)
            if rng.random() < 0.2
            else ()
        )
        return Mention(
            id=ids.digest(article.id, str(number)),
            kind=Kind.OBSTACLE if obstacle else Kind.COMMITMENT,
            actor=None if obstacle and rng.random() < 0.2 else actor,
            recipient=None if rng.random() < 0.05 else recipient,
            contribution=None if obstacle else contribution,
            level=None if obstacle else self.levels.choose(rng),
            quantity=Quantity(
                min=soldiers, max=soldiers, unit="personnel", approximate=False, text=said
            )
            if at >= 0
            else None,
            place=town if rng.random() < 0.3 else None,
            conditions=conditions,
            obstacle=obstacle,
            attribution=Attribution(speaker=person, voice=Voice.REPORTED)
            if person in text
            else None,
            specific=rng.random() < 0.7,
            sentence=Sentence(text=text, start=start, end=start + len(text)),
            proof=Proof(
                actor=_span(actor.name, named),
                level=(_span(what, text.find(what)),) if what in text else (),
                quantity=_span(said, at) if at >= 0 else None,
                conditions=(_span(clause, text.find(clause)),) if conditions else (),
            ),
            confidence=round(1 - rng.random() ** 2 / 2, 4),
            model=MODEL,
            cameo=None if obstacle else "0872",
            plover=None if obstacle else "COOPERATE",
            article=article,
        )

    def pledges(self) -> Iterator[tuple[Pledge, list[PledgeEvent]]]:
        """The rows of the board, each with its events."""
        rng = random.Random(4)  # noqa: S311
        for rank, row in enumerate(self.rows.things):
            yield self._pledge(rng, row, 1 + EVENTS_MAX // (1 + rank // 100))

    def _pledge(
        self, rng: random.Random, row: Row, changes: int
    ) -> tuple[Pledge, list[PledgeEvent]]:
        id = ids.pledge_id(row.actor.code, row.recipient.code, row.family)
        times = sorted(self.time(rng) for _ in range(changes))
        told = [self._event(rng, row, id, at) for at in times]
        last = told[-1]
        blocked = rng.random() < 0.2
        contribution = last.contribution or Contribution.UNSPECIFIED
        level = last.level or Level.CONSIDERING
        return Pledge(
            id=id,
            actor=row.actor,
            recipient=row.recipient,
            family=row.family,
            level=level,
            on_the_table=level.is_pledge,
            quantity=last.quantity,
            contributions=(
                Held(
                    contribution=contribution,
                    level=level,
                    since=last.at,
                    mention=last.mention,
                    amount=last.quantity,
                    amount_mention=last.mention,
                ),
            ),
            conditions=last.conditions,
            obstacles=(
                OpenObstacle(
                    obstacle=self.obstacles.choose(rng),
                    since=last.at,
                    mention=last.mention,
                    sentence=last.sentence,
                ),
            )
            if blocked
            else (),
            disputed=rng.random() < 0.1,
            confirmed=rng.random() < 0.8,
            first_seen=times[0],
            last_confirmed=last.at,
            changed=last.at,
            articles=rng.randrange(1, 200),
            independent_sources=rng.randrange(1, 50),
            mention=last.mention,
            sentence=last.sentence,
            history=tuple(told),
            updated=last.at,
        ), told

    def _event(self, rng: random.Random, row: Row, pledge: str, at: datetime) -> PledgeEvent:
        kind = rng.choice(list(Event))
        before, after = self.levels.choose(rng), self.levels.choose(rng)
        soldiers = rng.choice(_NUMBERS)
        contribution = next(one for one in WHAT if family(one, personnel=False) is row.family)
        source = f"article-{rng.randrange(10**9)}"
        mention = ids.digest(source)
        return PledgeEvent(
            id=ids.event_id(pledge, kind, at.isoformat()),
            event=kind,
            actor=row.actor,
            recipient=row.recipient,
            family=row.family,
            from_level=None if kind is Event.NEW else before,
            to_level=after,
            level=after,
            contribution=contribution,
            quantity=Amount(min=soldiers, max=soldiers, unit="personnel"),
            obstacle=self.obstacles.choose(rng) if kind is Event.BLOCKED else None,
            at=at,
            known_at=at + timedelta(minutes=rng.randrange(1, 60)),
            confirmed=rng.random() < 0.8,
            late=rng.random() < 0.1,
            sources=tuple(
                Backing(
                    mention=mention,
                    article=mention,
                    url=f"https://outlet-{n}.example/world/{source}",
                    outlet=self.outlets.choose(rng),
                    at=at,
                )
                for n in range(rng.randrange(1, 6))
            ),
            independent_sources=rng.randrange(1, 6),
            mention=mention,
            sentence=f"{row.actor.name} will send {soldiers:,} {WHAT[contribution][0]} to "
            f"{row.recipient.name} {rng.choice(CLAUSES)}.",
            updated=at,
        )


def _span(text: str, start: int) -> Span:
    start = max(start, 0)
    return Span(text=text, start=start, end=start + len(text))


def _states() -> list[Actor]:
    file = files("pledgewatch.gazetteer") / "countries.tsv"
    with file.open(encoding="utf-8") as lines:
        return [
            Actor(code=row["code"], name=row["name"])
            for row in csv.DictReader(lines, delimiter="\t")
        ]


def _names(count: int, rng: random.Random) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        syllables = (rng.choice(_STARTS) + rng.choice(_ENDS) for _ in range(rng.choice((2, 2, 3))))
        found.setdefault("".join(syllables).capitalize())
    return list(found)
