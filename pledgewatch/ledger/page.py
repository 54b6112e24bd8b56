"""A page of the ledger: all that was said of one actor and one recipient.

The page is worked out from the set of its entries, so that neither the order in which they came nor
a repetition can change it. Only what was already told depends on the order, and is kept.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pledgewatch import ids
from pledgewatch.ledger import amounts
from pledgewatch.ledger.sources import are_enough, independent
from pledgewatch.ledger.state import State
from pledgewatch.ledger.table import Change, Table
from pledgewatch.ontology import Event, Family, Kind, Level
from pledgewatch.records import (
    Actor,
    Amount,
    Backing,
    Entry,
    Held,
    OpenObstacle,
    Pledge,
    PledgeEvent,
    encode,
)

LATE = timedelta(days=1)
"""An article is late where the ledger had known newer ones of the day after for a day."""
OLD = timedelta(days=7)
"""What was published so long before we saw it alerts nobody."""
SHOWN = 10
"""Articles named in an event."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of mentions: new events, and earlier ones that are confirmed now.

    `taken`: the entries that were not known yet, to be kept.
    """

    events: tuple[PledgeEvent, ...] = ()
    confirmed: tuple[PledgeEvent, ...] = ()
    taken: tuple[Entry, ...] = ()


class Page:
    """All entries of one actor and one recipient, and what was told of them."""

    def __init__(self, history: Iterable[PledgeEvent] = ()) -> None:
        self._entries: dict[tuple[str, int], Entry] = {}  # by mention and revision
        self._revisions: dict[str, int] = {}  # the newest of each article
        self._outdated: frozenset[str] = frozenset()  # wordings that an outlet has replaced
        self._by_day: dict[date, list[Entry]] = {}
        self._known: list[tuple[datetime, datetime]] = []  # (known_at, at), in order
        self._heads: list[datetime] = []  # the newest `at` up to there
        self._late: set[str] = set()
        self._base: tuple[State, list[tuple[Change, str]]] = (State(), [])  # before the last day
        self._state = State()
        self._changes: list[tuple[Change, str]] = []
        self._told: dict[str, PledgeEvent] = {one.id: one for one in history}

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, as published; those that were replaced, too."""
        return tuple(sorted(self._entries.values(), key=_order))

    @property
    def history(self) -> tuple[PledgeEvent, ...]:
        """The events, as they were told."""
        return tuple(self._told.values())

    def load(self, entries: Iterable[Entry]) -> None:
        """Take back what was kept: nothing is told of it."""
        for one in entries:
            self._put(one)
        self._work_out()

    def add(self, entries: Sequence[Entry]) -> Told:
        """Take the entries of one article in."""
        news = [one for one in entries if self._is_news(one)]
        if not news:
            return Told()
        head = max(self._by_day, default=None)
        before = self._state
        simple, replaces = True, False
        for one in news:
            old = self._entries.get((one.mention, one.revision))
            newest = self._revisions.get(one.article, one.revision)
            replaces |= one.revision > newest or old is not None
            if old is not None:
                self._drop(old)
            in_order = self._put(one) and (head is None or one.at.date() >= head)
            simple &= in_order and one.revision == newest and old is None
            if simple:
                self._heads.append(max(one.at, self._heads[-1]) if self._heads else one.at)
                if self._is_late(one):
                    self._late.add(one.mention)
        day = news[0].at.date()
        if simple:
            self._go_on(day, newer=head is None or day > head)
        else:
            self._work_out()
        moved = self._state.standing() != before.standing()
        fresh = self._fresh(news[0], head, moved=moved)
        if replaces and not fresh:
            fresh = self._corrections(news[0], before)
        return Told(tuple(fresh), tuple(self._now_confirmed()), tuple(news))

    def _is_news(self, entry: Entry) -> bool:
        old = self._entries.get((entry.mention, entry.revision))
        return old is None or _version(entry) > _version(old)

    def remove(self, mention: str) -> Told:
        """Take an entry out: it was rejected."""
        found = [one for (name, _), one in self._entries.items() if name == mention]
        if not found:
            return Told()
        before = self._state
        for one in found:
            self._drop(one)
        self._work_out()
        return Told(tuple(self._corrections(found[-1], before)))

    # --- The set of entries --------------------------------------------------------------------

    def _put(self, entry: Entry) -> bool:
        """Keep an entry; whether it was known later than all others."""
        self._entries[entry.mention, entry.revision] = entry
        self._revisions[entry.article] = max(
            entry.revision, self._revisions.get(entry.article, entry.revision)
        )
        self._by_day.setdefault(entry.at.date(), []).append(entry)
        key = (entry.known_at, entry.at)
        newest = not self._known or key >= self._known[-1]
        insort(self._known, key)
        return newest

    def _drop(self, entry: Entry) -> None:
        del self._entries[entry.mention, entry.revision]
        day = entry.at.date()
        self._by_day[day] = [e for e in self._by_day[day] if e is not entry]
        if not self._by_day[day]:
            del self._by_day[day]
        self._known.remove((entry.known_at, entry.at))

    def _is_replaced(self, entry: Entry) -> bool:
        return entry.revision < self._revisions[entry.article]

    def _is_current(self, entry: Entry) -> bool:
        """Whether an entry counts: it was not replaced, and copies nothing that was."""
        return not self._is_replaced(entry) and entry.wording not in self._outdated

    def _is_late(self, entry: Entry) -> bool:
        """Whether newer articles had been known for long when this one was first seen."""
        earlier = bisect_right(
            self._known, (entry.known_at - LATE, datetime.max.replace(tzinfo=entry.at.tzinfo))
        )
        return earlier > 0 and self._heads[earlier - 1] >= entry.at + LATE

    # --- Working out ---------------------------------------------------------------------------

    def _work_out(self) -> None:
        self._heads = []
        for _, at in self._known:
            self._heads.append(max(at, self._heads[-1]) if self._heads else at)
        self._late = {e.mention for e in self._entries.values() if self._is_late(e)}
        replaced = [e for e in self._entries.values() if self._is_replaced(e)]
        renewed = {e.article for e in replaced}
        self._outdated = frozenset({e.wording for e in replaced}) - {
            e.wording
            for e in self._entries.values()
            if e.article in renewed and not self._is_replaced(e)
        }
        self._base, self._state, self._changes = (State(), []), State(), []
        for day in sorted(self._by_day):
            self._go_on(day, newer=True)

    def _go_on(self, day: date, *, newer: bool) -> None:
        """Work the last day out, on top of those before."""
        if newer:
            self._base = (self._state, self._changes)
        state, changes = self._base
        self._state = state.copy()
        news = [
            e
            for e in sorted(self._by_day[day], key=_order)
            if e.mention not in self._late and self._is_current(e)
        ]
        found = self._state.turn(day, news)
        self._changes = changes + [(one, self._id(one)) for one in found]

    def _id(self, change: Change) -> str:
        cause = change.cause
        pledge = self._pledge_id(cause, change.family)
        return ids.event_id(pledge, *change.signature, change.day.isoformat())

    def _pledge_id(self, entry: Entry, family: Family | None) -> str:
        return ids.pledge_id(_code(entry.actor), _code(entry.recipient), family, entry.run)

    # --- Telling -------------------------------------------------------------------------------

    def _fresh(self, entry: Entry, head: date | None, *, moved: bool) -> list[PledgeEvent]:
        """Changes that were not told yet; what left the board as it stands is no news."""
        current = {key for _, key in self._changes}
        events = []
        for change, key in self._changes:
            if key in self._told or self._is_moved(change, current):
                continue
            late = (
                not moved
                or entry.mention in self._late
                or entry.known_at - change.cause.at > OLD
                or (head is not None and change.day < head - LATE)
            )
            event = self._event(change, key, late=late)
            self._told[key] = event
            events.append(event)
        return events

    def _is_moved(self, change: Change, current: set[str]) -> bool:
        """Whether it was told already, of another day: an earlier article has come in since."""
        return any(
            key not in current and _signature(told) == change.signature
            for key, told in self._told.items()
        )

    def _corrections(self, cause: Entry, before: State) -> list[PledgeEvent]:
        """What was told and does not hold any more, since an article was replaced."""
        events = []
        for family, old in before.tables.items():
            new = self._state.tables.get(family, Table(family))
            pair = (_number(old), _number(new))
            turn = amounts.change(*pair) if pair[0] and pair[1] else 0  # type: ignore[arg-type]
            if turn:
                event = Event.LARGER if turn > 0 else Event.SMALLER
            elif old.pledged and (new.pledged is None or new.pledged.rank > old.pledged.rank):
                event = Event.WEAKER
            else:
                continue
            change = Change(
                event, family, cause.at.date(), old.level, new.level, new.level, cause,
                cause.contribution, *pair,
            )  # fmt: skip
            key = ids.event_id(self._pledge_id(cause, family), *change.signature, cause.mention)
            if key not in self._told:
                self._told[key] = self._event(change, key, late=False, correction=True)
                events.append(self._told[key])
        return events

    def _now_confirmed(self) -> list[PledgeEvent]:
        found = []
        for change, key in self._changes:
            told = self._told.get(key)
            if told is None or told.confirmed:
                continue
            event = self._event(change, key, late=told.late, correction=told.correction)
            if event.confirmed:
                self._told[key] = event
                found.append(event)
        return found

    def _event(
        self, change: Change, key: str, *, late: bool, correction: bool = False
    ) -> PledgeEvent:
        cause = change.cause
        assert cause.actor is not None  # noqa: S101  # pages of nobody have no changes
        backing = self._backing(change)
        table = self._state.tables.get(change.family)
        leading = table.leading if table else None
        number = leading.number if leading else None
        return PledgeEvent(
            id=key,
            event=change.event,
            actor=cause.actor,
            recipient=cause.recipient,
            family=change.family,
            from_level=change.before,
            to_level=change.after,
            level=change.level,
            contribution=change.contribution,
            quantity=change.amount or (number.amount if number else cause.amount),
            quantity_before=change.amount_before,
            conditions=table.conditions if table else (),
            obstacle=change.obstacle,
            at=cause.at,
            known_at=cause.known_at,
            confirmed=are_enough(backing),
            late=late,
            correction=correction or cause.corrects,
            sources=tuple(_backing(one) for one in _one_an_article(backing)[:SHOWN]),
            independent_sources=independent(backing),
            mention=cause.mention,
            sentence=cause.sentence,
            speaker=cause.speaker,
            run=cause.run,
        )

    def _backing(self, change: Change) -> list[Entry]:
        """The entries that say so, from that day until it changed back."""
        until = min(
            (
                other.day
                for other, _ in self._changes
                if other.family is change.family
                and other.day > change.day
                and Event.RETRACTED in (other.event, change.event)
            ),
            default=date.max,
        )
        found = [
            one
            for day, entries in self._by_day.items()
            if change.day <= day < until
            for one in entries
            if self._is_current(one) and _says(one, change)
        ]
        return sorted(found, key=_order) or [change.cause]

    # --- The board -----------------------------------------------------------------------------

    def rows(
        self, *, as_of: datetime | None = None, known_on: datetime | None = None
    ) -> list[Pledge]:
        """The rows of the board, as of a time and as known at one; None: all that is known."""
        if as_of is None and known_on is None:
            return self._rows()
        page = Page(
            one
            for one in self.history
            if (as_of is None or one.at <= as_of) and (known_on is None or one.known_at <= known_on)
        )
        page.load(
            one
            for one in self._entries.values()
            if (as_of is None or one.at <= as_of) and (known_on is None or one.known_at <= known_on)
        )
        return page._rows()

    def _rows(self) -> list[Pledge]:
        if not self._entries:
            return []
        tables = [self._state.tables[family] for family in Family if family in self._state.tables]
        found = [row for table in tables if (row := self._row(table)) is not None]
        if not found and self._state.obstacles:
            found = [self._hindered()]
        return found

    def _row(self, table: Table) -> Pledge | None:
        level = table.level
        mine = [
            e
            for e in self.entries
            if e.family is table.family and e.level is not None and self._is_current(e)
        ]
        if level is None or not mine:
            return None
        begun = table.begun.at.date() if table.begun else None
        support = [
            e
            for e in mine
            if (begun is None or e.at.date() >= begun or e.mention in self._late)
            and bool(e.level and e.level.is_retraction) is not bool(table.held or table.considered)
        ] or mine
        leading = table.leading
        cause = leading.cause if leading else table.ended or table.considered or mine[0]
        number = leading.number if leading else None
        history = [one for one in self._told.values() if one.family is table.family]
        return Pledge(
            id=self._pledge_id(cause, table.family),
            actor=cause.actor,
            recipient=cause.recipient,
            family=table.family,
            level=level,
            on_the_table=table.pledged is not None,
            quantity=number.amount if number else None,
            contributions=tuple(
                Held(
                    contribution=kind,
                    level=hold.level,
                    since=hold.cause.at,
                    mention=hold.cause.mention,
                    amount=hold.number.amount if hold.number else None,
                    amount_mention=hold.number.cause.mention if hold.number else None,
                    cut=hold.cut,
                )
                for kind, hold in sorted(table.held.items())
            ),
            conditions=table.conditions,
            obstacles=self._open(),
            disputed=table.disputed,
            confirmed=are_enough(support),
            first_seen=min(e.at for e in support),
            last_confirmed=max(e.at for e in support),
            changed=max((one.at for one in history), default=None),
            articles=len({e.article for e in support}),
            independent_sources=independent(support),
            mention=cause.mention,
            sentence=cause.sentence,
            history=tuple(history),
            run=cause.run,
        )

    def _hindered(self) -> Pledge:
        """A row of obstacles alone: nothing is known to be on the table."""
        entries = [e for e in self.entries if e.kind is Kind.OBSTACLE and self._is_current(e)]
        cause = entries[0]
        return Pledge(
            id=self._pledge_id(cause, None),
            actor=cause.actor,
            recipient=cause.recipient,
            family=None,
            level=None,
            on_the_table=False,
            quantity=None,
            contributions=(),
            conditions=(),
            obstacles=self._open(),
            disputed=False,
            confirmed=are_enough(entries),
            first_seen=cause.at,
            last_confirmed=entries[-1].at,
            changed=None,
            articles=len({e.article for e in entries}),
            independent_sources=independent(entries),
            mention=cause.mention,
            sentence=cause.sentence,
            run=cause.run,
        )

    def _open(self) -> tuple[OpenObstacle, ...]:
        return tuple(
            OpenObstacle(obstacle=kind, since=e.at, mention=e.mention, sentence=e.sentence)
            for kind, e in sorted(self._state.obstacles.items())
        )


def _order(entry: Entry) -> tuple[datetime, datetime, str]:
    return entry.at, entry.known_at, entry.mention


def _version(entry: Entry) -> tuple[int, int, float, bytes]:
    """Of two readings of one mention, the greater one stays: whichever comes first."""
    return entry.revision, entry.generation, -entry.known_at.timestamp(), encode(entry)


def _code(actor: Actor | None) -> str | None:
    return actor.code if actor else None


def _number(table: Table) -> Amount | None:
    leading = table.leading
    return leading.number.amount if leading and leading.number else None


def _signature(event: PledgeEvent) -> tuple[str, ...]:
    """As `Change.signature`."""
    return Change(
        event.event, event.family, event.at.date(), event.from_level, event.to_level, event.level,
        cause=None, contribution=event.contribution, amount_before=event.quantity_before,  # type: ignore[arg-type]
        amount=event.quantity, obstacle=event.obstacle,
    ).signature  # fmt: skip


def _says(entry: Entry, change: Change) -> bool:
    """Whether an entry backs a change."""
    if change.obstacle is not None and entry.kind is Kind.OBSTACLE:
        return entry.obstacle is change.obstacle and entry.gone is (change.event is Event.CLEARED)
    if entry.family is not change.family or entry.level is None:
        return False
    match change.event:
        case Event.NEW | Event.FIRMER:
            return change.after is not None and entry.level.rank <= change.after.rank
        case Event.WEAKER:
            return entry.level is change.after or entry.steps_back
        case Event.RETRACTED:
            return entry.level.is_retraction and entry.own and entry.whole
        case Event.LARGER | Event.SMALLER:
            if entry.amount is None or change.amount is None:
                return entry.mention == change.cause.mention
            if entry.further or entry.level is Level.WITHDRAWN:
                return change.cause.amount is not None and not amounts.change(
                    change.cause.amount, entry.amount
                )
            return entry.amount.unit == change.amount.unit and not amounts.change(
                change.amount, entry.amount
            )
        case _:
            return entry.mention == change.cause.mention


def _one_an_article(entries: Sequence[Entry]) -> list[Entry]:
    first: dict[str, Entry] = {}
    for one in entries:
        first.setdefault(one.article, one)
    return list(first.values())


def _backing(entry: Entry) -> Backing:
    return Backing(
        mention=entry.mention,
        article=entry.article,
        url=entry.url,
        outlet=entry.outlet,
        at=entry.at,
    )
