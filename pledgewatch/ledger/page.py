"""A page of the ledger: all that was said of one actor and one recipient.

The page is worked out from the set of its entries, so that neither the order in which they came nor
a repetition can change it. Only what was already told depends on the order, and is kept.
"""

from bisect import bisect_right, insort
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as dataclasses_replace
from datetime import date, datetime, timedelta

from msgspec.structs import replace

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
    StatedCondition,
    encode,
)

LATE = timedelta(days=1)
"""An article is late where the ledger had known newer ones of the day after for a day."""
OLD = timedelta(days=7)
"""What was published so long before we saw it alerts nobody."""
COPIED = timedelta(days=30)
"""For so long, the same words are the same news: they support it, and change nothing."""
MOVED = timedelta(days=2)
"""So far the day of a change may move when earlier articles come in, for it to be the same."""
SHOWN = 10
"""Articles named in an event."""
HISTORY_MAX = 200
"""Events that a row carries, the newest."""
DAYS_KEPT = 2
"""So many last days are kept as they ended; when older news comes, all days are worked out anew."""
ALIKE = 64
"""So many entries of one day that say the same thing are weighed; more change nothing."""

NONE: frozenset[str] = frozenset()
"""Most pages have nothing late, renewed or unconfirmed: they share the empty set."""

Line = Family | None
"""What is late is late among its own: the commitments of a family, or the obstacles (None)."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of mentions: new events, and earlier ones that are confirmed now.

    `taken`: the entries that were not known yet, to be kept.
    """

    events: tuple[PledgeEvent, ...] = ()
    confirmed: tuple[PledgeEvent, ...] = ()
    taken: tuple[Entry, ...] = ()


@dataclass(slots=True)
class _Known:
    """When entries of a line became known, in order; `heads`: the newest published until then."""

    times: list[tuple[datetime, datetime]] = field(default_factory=list)  # (known_at, at)
    heads: list[datetime] = field(default_factory=list)

    def append(self, entry: Entry) -> None:
        """Add one that became known last."""
        self.times.append((entry.known_at, entry.at))
        self.heads.append(max(entry.at, self.heads[-1]) if self.heads else entry.at)

    def is_late(self, entry: Entry) -> bool:
        """Whether newer ones had been known for long when it was first seen."""
        until = (entry.known_at - LATE, datetime.max.replace(tzinfo=entry.at.tzinfo))
        earlier = bisect_right(self.times, until)
        return earlier > 0 and self.heads[earlier - 1] >= entry.at + LATE


class _News:
    """The news of a day: of what says the same, the earliest few."""

    __slots__ = ("_claims", "day")

    def __init__(self, day: date, entries: Iterable[Entry] = ()) -> None:
        self.day = day
        self._claims: dict[tuple[object, ...], list[Entry]] = {}
        for one in entries:
            self.add(one)

    def add(self, entry: Entry) -> None:
        """Add an entry, in any order."""
        alike = self._claims.setdefault(_claim(entry), [])
        insort(alike, entry, key=_order)
        del alike[ALIKE:]

    def entries(self) -> list[Entry]:
        """What is to be weighed, as published."""
        return sorted((one for alike in self._claims.values() for one in alike), key=_order)


@dataclass(slots=True)
class _Turned:
    """A day that was worked out: the state and changes before it, and after."""

    day: date
    state: State
    changes: tuple[tuple[Change, str], ...]


class Page:
    """All entries of one actor and one recipient, and what was told of them."""

    __slots__ = (
        "_days", "_entries", "_first", "_known", "_last", "_late", "_moved", "_outdated",
        "_renewed", "_revisions", "_stale", "_told", "_trimmed", "_turned", "_unconfirmed",
    )  # fmt: skip

    def __init__(self, history: Iterable[PledgeEvent] = ()) -> None:
        self._entries: dict[tuple[str, int], Entry] = {}  # by mention and revision
        self._revisions: dict[str, int] = {}  # the newest of each article
        self._renewed: frozenset[str] = NONE  # articles that were replaced
        self._outdated: frozenset[str] = NONE  # wordings that an outlet has replaced
        self._known: dict[Line, _Known] = {}
        self._late: frozenset[str] = NONE
        self._first: dict[str, date] = {}  # wording → the first day on which it was news
        self._days: dict[date, list[Entry]] = {}
        self._turned: list[_Turned] = []  # the last days, as they ended
        self._trimmed = False  # whether there were days before those
        self._stale = False  # whether entries were loaded and not worked out yet
        self._last: _News | None = None  # the news of the last day
        self._told: dict[str, PledgeEvent] = {}
        self._moved: dict[str, tuple[str, date]] = {}  # change → the event told of it, and when
        self._unconfirmed: frozenset[str] = NONE
        for event in history:
            self._tell(event)

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
        self._stale = True  # most pages are not asked for soon

    def add(self, entries: Sequence[Entry]) -> Told:
        """Take the entries of one article in."""
        news = [one for one in entries if self._is_news(one)]
        if not news:
            return Told()
        self._refresh()
        head = max(self._days, default=None)
        before = self._state
        replaces = any(self._replaces(one) for one in news)
        simple = not replaces
        for one in news:
            line = self._known.setdefault(_line(one), _Known())
            simple &= not line.times or (one.known_at, one.at) >= line.times[-1]
            simple &= one.article not in self._renewed
            simple &= one.revision >= self._revisions.get(one.article, one.revision)
            self._put(one)
            if simple:
                line.append(one)
                if line.is_late(one):
                    self._late |= {one.mention}
                else:
                    day = self._first.setdefault(one.wording, one.at.date())
                    simple &= day <= one.at.date()
        if simple:
            self._go_on(news)
        else:
            self._work_out(since=min(one.at.date() for one in news))
        moved = self._state.standing() != before.standing()
        fresh = self._corrections(news, before) if replaces else []
        fresh += self._fresh(news, head, before, moved=moved)
        return Told(tuple(fresh), tuple(self._now_confirmed(news)), tuple(news))

    # --- The set of entries --------------------------------------------------------------------

    def _is_news(self, entry: Entry) -> bool:
        old = self._entries.get((entry.mention, entry.revision))
        return old is None or _version(entry) > _version(old)

    def _replaces(self, entry: Entry) -> bool:
        """Whether an entry takes the place of others: of an older revision, or of itself."""
        newest = self._revisions.get(entry.article, entry.revision)
        return entry.revision > newest or (entry.mention, entry.revision) in self._entries

    def _put(self, entry: Entry) -> None:
        if (entry.mention, entry.revision) in self._entries:
            self._drop(self._entries[entry.mention, entry.revision])
        self._entries[entry.mention, entry.revision] = entry
        newest = self._revisions.get(entry.article, entry.revision)
        if entry.revision != newest:
            self._renewed |= {entry.article}
        self._revisions[entry.article] = max(entry.revision, newest)
        self._days.setdefault(entry.at.date(), []).append(entry)

    def _drop(self, entry: Entry) -> None:
        del self._entries[entry.mention, entry.revision]
        day = entry.at.date()
        self._days[day] = [e for e in self._days[day] if e is not entry]
        if not self._days[day]:
            del self._days[day]

    def _is_replaced(self, entry: Entry) -> bool:
        return entry.revision < self._revisions[entry.article]

    def _is_current(self, entry: Entry) -> bool:
        """Whether an entry counts: it was not replaced or rejected, and copies nothing that was."""
        return (
            not entry.rejected
            and not self._is_replaced(entry)
            and entry.wording not in self._outdated
        )

    def _is_copy(self, entry: Entry) -> bool:
        """Whether the same words were news on an earlier day."""
        first = self._first.get(entry.wording, entry.at.date())
        return timedelta(0) < entry.at.date() - first <= COPIED

    # --- Working out ---------------------------------------------------------------------------

    @property
    def _state(self) -> State:
        return self._turned[-1].state if self._turned else State()

    @property
    def _changes(self) -> tuple[tuple[Change, str], ...]:
        return self._turned[-1].changes if self._turned else ()

    def _refresh(self) -> None:
        """Work loaded entries out, if that was not done yet."""
        if self._stale:
            self._stale = False
            self._work_out()

    def _work_out(self, since: date = date.min) -> None:
        """Everything anew, from the set of entries alone; days before `since` where they change."""
        entries = self.entries
        replaced = [e for e in entries if self._is_replaced(e)]
        renewed = {e.article for e in replaced}
        outdated = frozenset({e.wording for e in replaced}) - {
            e.wording for e in entries if e.article in renewed and not self._is_replaced(e)
        }
        outdated = outdated or NONE
        self._known = {}
        for one in sorted(entries, key=lambda e: (e.known_at, e.at)):
            self._known.setdefault(_line(one), _Known()).append(one)
        late = frozenset(e.mention for e in entries if self._known[_line(e)].is_late(e)) or NONE
        first: dict[str, date] = {}
        was = (self._outdated, self._late, self._first)
        self._outdated, self._late, self._first = outdated, late, first
        for one in entries:
            if one.mention not in late and self._is_current(one):
                first.setdefault(one.wording, one.at.date())
        if renewed or outdated != was[0]:
            since = date.min
        for e in entries:
            if (e.mention in late) is not (e.mention in was[1]) or (
                first.get(e.wording) != was[2].get(e.wording)
            ):
                since = min(since, e.at.date())
        self._turn_from(since)

    def _turn_from(self, since: date) -> None:
        """The days from one on, anew."""
        while self._turned and (
            self._turned[-1].day >= since or self._turned[-1].day not in self._days
        ):
            self._turned.pop()
        if self._trimmed and not self._turned:
            self._trimmed = False
        reached = self._turned[-1].day if self._turned else date.min  # no news is as old
        for day in sorted(one for one in self._days if one > reached):
            self._last = _News(day, (e for e in self._days[day] if self._is_news_today(e)))
            self._turn(self._last)

    def _go_on(self, news: Sequence[Entry]) -> None:
        """Entries that came in order, on the last day or a later one."""
        day = news[0].at.date()
        if self._turned and self._turned[-1].day > day:
            self._turn_from(day)
            return
        if self._turned and self._turned[-1].day == day:
            if self._trimmed and len(self._turned) == 1:
                self._turn_from(date.min)
                return
            self._turned.pop()
        if self._last is None or self._last.day != day:
            self._last = _News(day)
        for one in news:
            if self._is_news_today(one):
                self._last.add(one)
        self._turn(self._last)

    def _turn(self, news: _News) -> None:
        state = self._state.copy()
        found = state.turn(news.day, news.entries())
        changes = self._changes + tuple((one, self._id(one)) for one in found)
        self._turned.append(_Turned(news.day, state, changes))
        if len(self._turned) > DAYS_KEPT:
            del self._turned[0]
            self._trimmed = True

    def _is_news_today(self, entry: Entry) -> bool:
        return (
            entry.mention not in self._late and self._is_current(entry) and not self._is_copy(entry)
        )

    def _id(self, change: Change) -> str:
        pledge = self._pledge_id(change.cause, change.family)
        return ids.event_id(pledge, *change.signature, change.day.isoformat())

    def _pledge_id(self, entry: Entry, family: Family | None) -> str:
        return ids.pledge_id(_code(entry.actor), _code(entry.recipient), family)

    # --- Telling -------------------------------------------------------------------------------

    def _tell(self, event: PledgeEvent) -> PledgeEvent:
        self._told[event.id] = event
        if not event.confirmed:
            self._unconfirmed |= {event.id}
        elif event.id in self._unconfirmed:
            self._unconfirmed = (self._unconfirmed - {event.id}) or NONE
        return event

    def _fresh(
        self, news: Sequence[Entry], head: date | None, before: State, *, moved: bool
    ) -> list[PledgeEvent]:
        """Changes that were not told yet; what left the board as it stands is no news."""
        current = {key for _, key in self._changes}
        behind = news[0].archived or news[0].known_at - news[0].at > OLD
        events = []
        for change, key in self._changes:
            if key in self._told or key in self._moved or self._has_moved(change, key, current):
                continue
            late = not moved or behind or (head is not None and change.day < head - LATE)
            told = _as_it_was(change, before) if not late else change
            if told is None:
                late, told = True, change
            events.append(self._tell(self._event(told, key, late=late)))
        return events + self._late_events(news)

    def _late_events(self, news: Sequence[Entry]) -> list[PledgeEvent]:
        """What late entries would have changed, had they come in time: for the record."""
        late = {e.mention for e in news if e.mention in self._late}
        if not late:
            return []
        state, found = State(), []
        for day in sorted(self._days):
            entries = [
                e
                for e in sorted(self._days[day], key=_order)
                if self._is_current(e) and not self._is_copy(e)
            ]
            found += [one for one in state.turn(day, entries) if one.cause.mention in late]
        keys = [(one, self._id(one)) for one in found]
        return [
            self._tell(self._event(one, key, late=True))
            for one, key in keys
            if key not in self._told
        ]

    def _has_moved(self, change: Change, key: str, current: Collection[str]) -> bool:
        """Whether it was told already, of a day nearby: an earlier article has come in since."""
        days = dict(self._moved.values())
        for id, told in self._told.items():
            if (
                id in current
                or told.correction
                or told.late
                or _signature(told) != change.signature
            ):
                continue
            if abs(days.get(id, told.at.date()) - change.day) <= MOVED:
                self._moved[key] = (id, change.day)
                return True
        return False

    def _corrections(self, news: Sequence[Entry], before: State) -> list[PledgeEvent]:
        """What was told and does not hold any more, since an article was replaced."""
        events = []
        for family in Family:
            old = before.tables.get(family, Table(family))
            new = self._state.tables.get(family, Table(family))
            change = _corrected(old, new, [e for e in news if e.family is family] or news)
            if change is None:
                continue
            pledge = self._pledge_id(change.cause, family)
            key = ids.event_id(pledge, *change.signature, change.cause.mention)
            if key not in self._told:
                event = self._event(change, key, late=False, correction=True)
                events.append(self._tell(event))
        return events

    def _now_confirmed(self, news: Sequence[Entry]) -> list[PledgeEvent]:
        """Events that the entries, together with earlier ones, confirm."""
        if not self._unconfirmed:
            return []
        found, news = [], self._state.heard(news)
        for change, key in self._changes:
            id = self._moved[key][0] if key in self._moved else key
            if id not in self._unconfirmed or not any(_says(e, change) for e in news):
                continue
            told = self._told[id]
            event = self._event(change, id, late=told.late, correction=told.correction)
            if event.confirmed:
                found.append(self._tell(event))
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
        amount = change.amount
        if amount is None and change.event not in (Event.LARGER, Event.SMALLER):
            # of those who have arrived, the number is that of the sentence
            arrived = cause.amount if change.after is Level.DEPLOYED else None
            amount = arrived or (number.amount if number else cause.amount)
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
            quantity=amount,
            quantity_before=change.amount_before,
            conditions=tuple(sorted(table.conditions)) if table else (),
            obstacle=change.obstacle,
            at=cause.at,
            known_at=cause.known_at,
            clamped=cause.clamped,
            confirmed=are_enough(backing),
            late=late,
            correction=correction or cause.corrects,
            sources=tuple(_backing(one) for one in _one_an_article(backing)[:SHOWN]),
            independent_sources=independent(backing),
            mention=cause.mention,
            sentence=cause.sentence,
            speaker=cause.speaker,
            corrected_by=cause.corrected_by,
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
            for day, entries in self._days.items()
            if change.day <= day < until
            for one in self._state.heard(entries)
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
        page._refresh()
        page._tell_again()
        return page._rows()

    def _tell_again(self) -> None:
        """Tell each event with the sources that are here, and no later ones."""
        for change, key in self._changes:
            if (told := self._told.get(key)) is not None:
                event = self._event(change, key, late=told.late, correction=told.correction)
                self._tell(replace(event, updated=told.updated))

    def _rows(self) -> list[Pledge]:
        self._refresh()
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
            for e in self._state.heard(self.entries)
            if e.family is table.family and e.level is not None and self._is_current(e)
        ]
        if level is None or not mine:
            return None
        begun = table.begun.at.date() if table.begun and table.held else None
        support = [
            e
            for e in mine
            if (begun is None or e.at.date() >= begun or e.mention in self._late)
            and bool(e.level and e.level.is_retraction) is level.is_retraction
            and (e.own or not level.is_retraction)
        ] or mine
        leading = table.leading
        cause = table.cause or mine[0]
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
            conditions=tuple(sorted(table.conditions)),
            stated_conditions=tuple(
                StatedCondition(condition=kind, since=e.at, mention=e.mention, sentence=e.sentence)
                for kind, e in sorted(table.conditions.items())
            ),
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
            history=tuple(history[-HISTORY_MAX:]),
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


def _claim(entry: Entry) -> tuple[object, ...]:
    """All that an entry says, but not who says so."""
    return (
        entry.family, entry.contribution, entry.level, entry.amount, entry.further,
        entry.conditions, entry.obstacle, entry.own, entry.steps_back, entry.whole, entry.leaves,
        entry.changes_number, entry.corrects, entry.gone, entry.past, entry.legislature,
    )  # fmt: skip


def _version(entry: Entry) -> tuple[int, int, float, float, bytes]:
    """Of two readings of one mention, the greater one stays: whichever comes first."""
    corrected = entry.corrected_at.timestamp() if entry.corrected_at else 0.0
    known = -entry.known_at.timestamp()
    return entry.revision, entry.generation, corrected, known, encode(entry)


def _code(actor: Actor | None) -> str | None:
    return actor.code if actor else None


def _line(entry: Entry) -> Line:
    return entry.family if entry.kind is Kind.COMMITMENT else None


def _as_it_was(change: Change, before: State) -> Change | None:
    """The change as told to those who know the board of before; None where it is none to them."""
    table = before.tables.get(change.family)
    known = table.pledged if table else None
    if change.event is not Event.NEW or known is None or change.after is None:
        return change
    if change.after.rank >= known.rank:
        return None
    return dataclasses_replace(change, event=Event.FIRMER, before=known)


def _corrected(old: Table, new: Table, news: Sequence[Entry]) -> Change | None:
    """What an article that was replaced had said, and what is right."""
    cause = news[0]

    def change(event: Event, was: Amount | None = None, now: Amount | None = None) -> Change:
        return Change(
            event, old.family, cause.at.date(), old.level, new.level, new.level, cause,
            cause.contribution, was, now,
        )  # fmt: skip

    for kind, hold in old.held.items():
        for unit, was in hold.amounts.items():
            number = new.held[kind].amounts.get(unit) if kind in new.held else None
            turn = amounts.change(was, number) if number else 0
            if turn:
                return change(Event.LARGER if turn > 0 else Event.SMALLER, was, number)
    if old.pledged and (new.pledged is None or new.pledged.rank > old.pledged.rank):
        return change(Event.WEAKER)
    if old.pledged is None and old.ended is not None and new.pledged:
        return change(Event.NEW)  # it was never taken back
    return None


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
            return entry.level is change.after and entry.own and entry.steps_back
        case Event.RETRACTED:
            return entry.level.is_retraction and entry.own
        case Event.LARGER | Event.SMALLER:
            if entry.contribution is not change.contribution:
                return False
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
