"""What an actor has on the table in one family, and how a day's news changes it.

A day is taken as a whole, so that the order in which its articles came does not matter, and two
claims that contradict each other on one day are a dispute and no to and fro.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise

from pledgewatch.ledger import amounts
from pledgewatch.ledger.sources import independent
from pledgewatch.ontology import Condition, Contribution, Event, Family, Level, Obstacle
from pledgewatch.records import Amount, Entry

REPEATED = timedelta(days=60)
"""For so long, the same increase or cut is taken for the same news."""
SETTLED = timedelta(days=7)
"""What was replaced comes back only when its successor was not stated for so long, or by several
independent sources at once: else it is old news, or a dispute."""
SEVERAL = 2


@dataclass(frozen=True, slots=True)
class Change:
    """What a day's news changed: an event of the ledger, before it has an id."""

    event: Event
    family: Family
    day: date
    before: Level | None
    after: Level | None
    level: Level | None
    cause: Entry
    contribution: Contribution | None = None
    amount_before: Amount | None = None
    amount: Amount | None = None
    obstacle: Obstacle | None = None

    @property
    def signature(self) -> tuple[str, ...]:
        """What it has in common with the same change told of another day."""
        unit = self.amount.unit if self.amount else ""
        which = f"{self.contribution or ''} {unit}" if self.event in _NUMBERS else ""
        to = "" if self.event in (*_NUMBERS, Event.RETRACTED) else self.after or ""
        return (self.event, self.family, to, which, self.obstacle or "")


_NUMBERS = (Event.LARGER, Event.SMALLER)
_PLACES = {one: place for place, one in enumerate(Contribution)}


@dataclass(frozen=True, slots=True)
class Number:
    """A number on the table.

    `stated`: the last day on which it was; `former`: the numbers that it replaced; `rivals`: who
    has stated one of those of late; `steps`: increases and cuts.
    """

    amount: Amount
    cause: Entry
    stated: date
    former: tuple[Amount, ...] = ()
    rivals: tuple[Entry, ...] = ()
    steps: tuple[tuple[date, bool, Amount], ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """A contribution on the table.

    `stated`: the last day on which its level was; `former`: the level that was stepped back from.
    """

    level: Level
    cause: Entry
    stated: date
    former: Level | None = None
    numbers: dict[str, Number] = field(default_factory=dict)
    cut: date | None = None

    @property
    def amounts(self) -> dict[str, Amount]:
        """The numbers by unit."""
        return {unit: number.amount for unit, number in self.numbers.items()}

    @property
    def number(self) -> Number | None:
        """The number to show: of persons, where it is known."""
        return self.numbers.get("personnel") or next(iter(self.numbers.values()), None)


@dataclass(slots=True)
class Table:
    """The state of one family.

    `begun`: what made it a pledge; `ended`: what retracted it; `conditions`: each with what set it.
    """

    family: Family
    held: dict[Contribution, Hold] = field(default_factory=dict)
    begun: Entry | None = None
    ended: Entry | None = None
    considered: Entry | None = None
    conditions: dict[Condition, Entry] = field(default_factory=dict)
    disputed: bool = False

    def copy(self) -> "Table":
        """Another table that changes alone."""
        return replace(self, held=dict(self.held), conditions=dict(self.conditions))

    @property
    def level(self) -> Level | None:
        """The firmest level on the table, or what is considered, or how it ended."""
        if self.held:
            return min((hold.level for hold in self.held.values()), key=lambda level: level.rank)
        if self.considered and not (self.ended and self.ended.at > self.considered.at):
            return self.considered.level
        return self.ended.level if self.ended else None

    @property
    def pledged(self) -> Level | None:
        """The level of the pledge, None where there is none."""
        level = self.level
        return level if self.held and level is not None and level.is_pledge else None

    @property
    def leading(self) -> Hold | None:
        """The firmest contribution on the table, the one with a number first."""
        ranked = sorted(
            self.held.items(),
            key=lambda item: (
                item[1].level.rank,
                item[1].number is None,
                _PLACES[item[0]],
            ),
        )
        return ranked[0][1] if ranked else None

    @property
    def cause(self) -> Entry | None:
        """The entry that says how it stands."""
        if (leading := self.leading) is not None:
            return leading.cause
        level = self.level
        if self.considered is not None and level is self.considered.level:
            return self.considered
        return self.ended

    def turn(self, day: date, entries: Sequence[Entry]) -> list[Change]:
        """Take a day's commitments in; the changes that they make."""
        own = [e for e in entries if _is_negative(e) and e.own]
        refusals = [e for e in own if e.whole or self._leaves_nothing(e, day)]
        cuts = [e for e in own if e.level is Level.WITHDRAWN and e not in refusals]
        positives = [
            e
            for e in entries
            if not _is_negative(e)
            # an article on a withdrawal tells of the pledge as well
            and not any(r.article == e.article and _reaches(r, e.contribution) for r in refusals)
            and not (self.ended and not self.held and e.past)
        ]
        before, in_play = self.level, bool(self.held)
        stood = self.leading
        contested = in_play and any(_is_negative(e) and not e.own for e in entries)
        contested |= _differ(positives, self.held)
        refused: Entry | None = None
        for contribution in _kinds(self.held, positives):
            said = [e for e in positives if e.contribution is contribution and _is_pledge(e)]
            against = [r for r in refusals if _reaches(r, contribution)]
            if against and said:
                contested = True
                # a wrong retraction is worse than a missed one
                against_wins = independent(against) >= SEVERAL * independent(said)
                said = [] if against_wins or contribution in self.held else said
                against = against if against_wins else []
            if against:
                if self.held.pop(contribution, None):
                    refused = _first(against)
            elif said and not in_play and self._is_settled_against(day, said, refusals):
                contested = True
            elif said:
                contested |= not self._raise(contribution, day, said, positives)
            if contribution in self.held:
                contested |= not self._step_back(contribution, day, positives)
                self._note(contribution, day, positives)
        changes = self._changes(day, before, in_play=in_play, refused=refused, positives=positives)
        if stood is not None and stood.number is not None:
            lost = stood.number.amount
            changes = [
                replace(one, amount_before=lost) if one.event is Event.RETRACTED else one
                for one in changes
            ]
        if not self.held:
            self._consider(positives, refusals)
        changes += self._count(day, positives, cuts, fresh=not in_play)
        changes = [replace(one, level=self.pledged or self.level) for one in changes]
        self._condition(positives, risen=self.level is not before)
        self.disputed = contested or (self.disputed and not changes)
        return changes

    def _leaves_nothing(self, cut: Entry, day: date) -> bool:
        """Whether a cut, told of for the first time, takes all that is known to be there."""
        if cut.level is not Level.WITHDRAWN or cut.amount is None or cut.leaves:
            return False
        if cut.contribution is None or (hold := self.held.get(cut.contribution)) is None:
            return False
        number = hold.numbers.get(cut.amount.unit)
        if number is None or _is_repeated(number, cut.amount, day, adds=False):
            return False
        return amounts.minus(number.amount, cut.amount).max == 0

    # --- Levels --------------------------------------------------------------------------------

    def _is_settled_against(
        self, day: date, said: Sequence[Entry], refusals: Sequence[Entry]
    ) -> bool:
        """Whether it was refused just now, and one source alone says otherwise, or not all do."""
        return (
            self.ended is not None
            and day - self.ended.at.date() <= SETTLED
            and (bool(refusals) or independent(said) < SEVERAL)
        )

    def _raise(
        self,
        contribution: Contribution,
        day: date,
        said: Sequence[Entry],
        positives: Sequence[Entry],
    ) -> bool:
        """Raise the level to what is said; False where that was stepped back from just now."""
        hold = self.held.get(contribution)
        firmest = min((e.level for e in said if e.level), key=lambda level: level.rank)
        sayers = [e for e in said if e.level is firmest]
        if hold is None:
            self.held[contribution] = Hold(firmest, _first(sayers), day)
        elif firmest.rank < hold.level.rank:
            is_former = hold.former is not None and firmest.rank >= hold.former.rank
            still = any(e.contribution is contribution and e.level is hold.level for e in positives)
            few = still or independent(sayers) < SEVERAL
            if is_former and few and (still or day - hold.stated <= SETTLED):
                return False
            self.held[contribution] = replace(
                hold, level=firmest, cause=_first(sayers), stated=day, former=None
            )
        return True

    def _note(self, contribution: Contribution, day: date, positives: Iterable[Entry]) -> None:
        """Note that the level on the table is stated today."""
        hold = self.held[contribution]
        if any(e.contribution is contribution and e.level is hold.level for e in positives):
            self.held[contribution] = replace(hold, stated=day)

    def _step_back(self, contribution: Contribution, day: date, positives: Iterable[Entry]) -> bool:
        """Only its own step back, on a later day, lowers what an actor has on the table.

        False where others still say the old level on that day.
        """
        hold = self.held[contribution]
        same = [e for e in positives if e.contribution is contribution and e.level]
        back = [
            e for e in same if e.own and e.steps_back and e.level and e.level.rank > hold.level.rank
        ]
        if not back or hold.cause.at.date() >= day:
            return True
        cause = _first(back)
        assert cause.level is not None  # noqa: S101  # as selected above
        still = [e for e in same if e.level and e.level.rank <= hold.level.rank]
        if still and independent(back) < SEVERAL * independent(still):
            return False
        self.held[contribution] = replace(
            hold, level=cause.level, cause=cause, stated=day, former=hold.former or hold.level
        )
        return True

    def _changes(
        self,
        day: date,
        before: Level | None,
        *,
        in_play: bool,
        refused: Entry | None,
        positives: Sequence[Entry],
    ) -> list[Change]:
        """What happened to the level: at most one event."""
        after = self.level if self.held else None
        leading = self.leading
        if refused is not None and in_play and not self.held:
            self.begun, self.ended, self.considered = None, refused, None
            return [Change(Event.RETRACTED, self.family, day, before, refused.level, None, refused)]
        if leading is None or after is None:
            return []
        if not in_play:
            self.begun = leading.cause
            return [self._levels(Event.NEW, day, before, after, leading.cause)]
        if before is None or after is before:
            return []
        if after.rank < before.rank:
            return [self._levels(Event.FIRMER, day, before, after, leading.cause)]
        stepped = [e for e in positives if e.steps_back and e.level is after]
        cause = _first(stepped) if stepped else refused or leading.cause
        return [self._levels(Event.WEAKER, day, before, after, cause)]

    def _levels(
        self, event: Event, day: date, before: Level | None, after: Level, cause: Entry
    ) -> Change:
        return Change(event, self.family, day, before, after, after, cause, cause.contribution)

    def _consider(self, positives: Iterable[Entry], refusals: Sequence[Entry]) -> None:
        """What is not on the table: considered, or refused."""
        soft = [e for e in positives if e.level is Level.CONSIDERING]
        if refusals:
            self.ended = _first(refusals)
        if soft:
            self.considered = _first(soft)

    def _condition(self, positives: Iterable[Entry], *, risen: bool) -> None:
        level = self.level
        if not self.held or level is None or level is Level.DEPLOYED:
            self.conditions = {}
            return
        at_level = [e for e in positives if e.level and e.level.rank <= level.rank]
        stated: dict[Condition, Entry] = {}
        for e in sorted(at_level, key=_order):
            for kind in e.conditions:
                stated.setdefault(kind, self.conditions.get(kind, e))
        if not (risen and stated):
            stated = self.conditions | stated
        if level is Level.APPROVED and any(e.legislature for e in at_level):
            stated.pop(Condition.PARLIAMENT, None)
        self.conditions = stated

    # --- Numbers -------------------------------------------------------------------------------

    def _count(
        self, day: date, positives: Sequence[Entry], cuts: Sequence[Entry], *, fresh: bool
    ) -> list[Change]:
        """Take the day's numbers in; what grew and what shrank."""
        changes = []
        for contribution, hold in list(self.held.items()):
            said = [e for e in positives if e.contribution is contribution and _is_pledge(e)]
            cut = [] if fresh else [e for e in cuts if e.contribution is contribution]
            units = sorted({e.amount.unit for e in (*said, *cut) if e.amount})
            for unit in units:
                old = hold.numbers.get(unit)
                new = _counted(
                    day,
                    old,
                    [e for e in said if e.amount and e.amount.unit == unit],
                    [e for e in cut if e.amount and e.amount.unit == unit],
                )
                if new is None or new is old:
                    continue
                self.held[contribution] = hold = replace(hold, numbers=hold.numbers | {unit: new})
                base = old.amount if old else new.former[-1] if new.former else None
                turn = amounts.change(base, new.amount) if base else 0
                if turn and base:
                    changes.append(self._number(day, contribution, turn, base, new))
            unsaid = [e for e in cut if e.amount is None or e.amount.unit not in hold.numbers]
            if unsaid and not (hold.cut and day - hold.cut <= REPEATED):
                self.held[contribution] = replace(hold, cut=day)
                cause, level = _first(unsaid), self.level
                changes.append(
                    Change(
                        Event.SMALLER, self.family, day, level, level, level, cause, contribution,
                        hold.number.amount if hold.number else None,
                        cause.amount if cause.leaves else None,
                    )
                )  # fmt: skip
        return changes

    def _number(
        self, day: date, contribution: Contribution, turn: int, base: Amount, new: Number
    ) -> Change:
        event = Event.LARGER if turn > 0 else Event.SMALLER
        level = self.level
        return Change(
            event, self.family, day, level, level, level, new.cause, contribution, base, new.amount
        )


def _counted(
    day: date, old: Number | None, said: Sequence[Entry], cuts: Sequence[Entry]
) -> Number | None:
    """A number after a day on which entries of its unit stated it, added to it, or cut it."""
    stated = [e for e in said if not e.further]
    number = old
    if number is None:
        plain = [e for e in stated if not e.changes_number] or stated or list(said)
        if not plain:
            return None
        cause = _best(plain)
        number = Number(_amount(cause), cause, day)
    number = _restated(day, number, stated, old)
    steps = [(e, True) for e in said if e.further] if old else []
    steps += [(e, False) for e in cuts]
    for step, adds in sorted(steps, key=lambda item: _order(item[0])):
        number = _stepped(day, number, step, adds=adds, stated=stated)
    return number


def _restated(day: date, number: Number, stated: Sequence[Entry], old: Number | None) -> Number:
    same = [e for e in stated if amounts.change(number.amount, _amount(e)) == 0]
    rivals = tuple(e for e in number.rivals if day - e.at.date() <= SETTLED)
    different = []
    for e in stated:
        turn = amounts.change(number.amount, _amount(e))
        if not turn:
            continue
        if any(amounts.change(former, _amount(e)) == 0 for former in number.former):
            rivals += (e,)
        # of two on the first day one is a dispute; those who arrived may be the first of more
        elif e.changes_number or e.corrects or (old and not (_is_deployed(e) and turn < 0)):
            different.append(e)
    if not different:
        different = _returned(day, number, rivals, stated, is_stated=bool(same))
    if different:
        cause = _best(different)
        return replace(
            number, amount=_amount(cause), cause=cause, stated=day, rivals=(),
            former=(*number.former, number.amount),
        )  # fmt: skip
    finer = [e for e in same if amounts.is_finer(number.amount, _amount(e))]
    if finer:
        cause = _best(finer)
        number = replace(number, amount=_amount(cause), cause=cause)
    return replace(number, stated=day if same else number.stated, rivals=rivals)


def _returned(
    day: date, number: Number, rivals: Sequence[Entry], stated: Sequence[Entry], *, is_stated: bool
) -> list[Entry]:
    """A number that was replaced, and is told again by enough for it to hold."""
    back = [e for e in stated if e in rivals]
    if any(e.corrects for e in back):
        return [e for e in back if e.corrects]
    if not back or is_stated:
        return []
    cause = _best(back)
    alike = [e for e in rivals if amounts.change(_amount(cause), _amount(e)) == 0]
    several = independent(alike) >= SEVERAL
    settled = day - number.stated > SETTLED
    if (cause.changes_number and (several or settled)) or (several and settled):
        return [e for e in back if e in alike]
    return []


def _stepped(
    day: date, number: Number, step: Entry, *, adds: bool, stated: Sequence[Entry]
) -> Number:
    """An increase or a cut, told of for the first time."""
    by = _amount(step)
    if _is_repeated(number, by, day, adds=adds):
        return number
    if step.leaves:
        amount = by
    else:
        amount = amounts.plus(number.amount, by) if adds else amounts.minus(number.amount, by)
    steps = (*number.steps, (day, adds, by))
    if any(number.cause is e or amounts.change(amount, _amount(e)) == 0 for e in stated):
        # the new total stands beside it
        return replace(number, steps=steps)
    former = (*number.former, number.amount)
    return replace(number, amount=amount, cause=step, stated=day, former=former, steps=steps)


def _is_repeated(number: Number, by: Amount, day: date, *, adds: bool) -> bool:
    return any(
        was is adds and (done.min, done.max) == (by.min, by.max) and day - at <= REPEATED
        for at, was, done in number.steps
    )


def _amount(entry: Entry) -> Amount:
    assert entry.amount is not None  # noqa: S101  # entries with a number alone are counted
    return entry.amount


def _best(entries: Sequence[Entry]) -> Entry:
    """The number to believe: a change that is told as one, most sources, the most exact, first."""
    alike: dict[tuple[int | None, int | None], list[Entry]] = defaultdict(list)
    for one in entries:
        alike[_amount(one).min, _amount(one).max].append(one)
    sources = {number: independent(group) for number, group in alike.items()}
    return min(
        entries,
        key=lambda e: (
            not (e.changes_number or e.corrects),
            -sources[_amount(e).min, _amount(e).max],
            _amount(e).approximate,
            -(_amount(e).max or _amount(e).min or 0),
            _order(e),
        ),
    )


def _differ(positives: Sequence[Entry], held: dict[Contribution, Hold]) -> bool:
    """Whether a day states two numbers of one thing, neither of which is old news or a part."""
    stated: dict[tuple[Contribution | None, str], list[Amount]] = defaultdict(list)
    for e in positives:
        if e.amount is None or e.further or e.changes_number or e.corrects or _is_deployed(e):
            continue
        hold = held.get(e.contribution) if e.contribution else None
        number = hold.numbers.get(e.amount.unit) if hold else None
        if number is None or not any(amounts.change(f, e.amount) == 0 for f in number.former):
            stated[e.contribution, e.amount.unit].append(e.amount)
    return any(
        amounts.change(one, other)
        for given in stated.values()
        for one, other in pairwise(sorted(given, key=lambda a: a.max or a.min or 0))
    )


# --- Entries -----------------------------------------------------------------------------------


def _order(entry: Entry) -> tuple[float, float, str]:
    return entry.at.timestamp(), entry.known_at.timestamp(), entry.mention


def _first(entries: Collection[Entry]) -> Entry:
    return min(entries, key=_order)


def _is_negative(entry: Entry) -> bool:
    return entry.level is not None and entry.level.is_retraction


def _is_pledge(entry: Entry) -> bool:
    return entry.level is not None and entry.level.is_pledge


def _reaches(refusal: Entry, contribution: Contribution | None) -> bool:
    """Whether a refusal or withdrawal is of this contribution: troops who leave are all who do."""
    return refusal.contribution is contribution or (
        refusal.contribution is Contribution.GROUND_TROOPS and refusal.level is Level.WITHDRAWN
    )


def _is_deployed(entry: Entry) -> bool:
    return entry.level is Level.DEPLOYED


def _kinds(held: Iterable[Contribution], entries: Iterable[Entry]) -> list[Contribution]:
    found = {*held, *(e.contribution for e in entries if e.contribution)}
    return sorted(found, key=_PLACES.__getitem__)
