"""How what two runs derived differs: mentions, pledges, events. Pure.

Events of both are worked out anew from their mentions, in the order in which these became known.
So runs can be compared that took them in another order, and the same mentions are the same events.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import groupby
from typing import Literal, TypeVar

import msgspec
from msgspec.structs import replace

from pledgewatch.ledger import Ledger, by_page, entry
from pledgewatch.records import (
    LIVE,
    Changes,
    Entry,
    Mention,
    Model,
    Pledge,
    PledgeEvent,
    Proof,
    encode,
)

What = Literal["gained", "lost", "relevelled", "renumbered", "changed"]

T = TypeVar("T", Mention, PledgeEvent, Pledge)

_NO_MODEL = Model(name="-", version="-", sha256="0" * 64)


class MentionChange(msgspec.Struct, frozen=True):
    """A mention that one run has and the other has not, or has otherwise."""

    what: What
    before: Mention | None
    after: Mention | None

    @property
    def mention(self) -> Mention:
        """The newer of the two."""
        return _newer(self.after, self.before)


class EventChange(msgspec.Struct, frozen=True):
    """An event that one run has and the other has not, or has otherwise."""

    what: Literal["gained", "lost", "changed"]
    before: PledgeEvent | None
    after: PledgeEvent | None

    @property
    def event(self) -> PledgeEvent:
        """The newer of the two."""
        return _newer(self.after, self.before)

    @property
    def alert(self) -> Literal["would fire", "would not fire", "as before"]:
        """What it means for who is alerted, where the rules ask for such events."""
        before = self.before is not None and not self.before.late
        after = self.after is not None and not self.after.late
        if before is after:
            return "as before"
        return "would fire" if after else "would not fire"


class PledgeChange(msgspec.Struct, frozen=True):
    """A row of the board that one run has and the other has not, or has otherwise."""

    what: Literal["gained", "lost", "changed"]
    before: Pledge | None
    after: Pledge | None

    @property
    def pledge(self) -> Pledge:
        """The newer of the two."""
        return _newer(self.after, self.before)


def _newer(after: T | None, before: T | None) -> T:
    """One of them is there."""
    one = after or before
    assert one is not None  # noqa: S101
    return one


class Diff(msgspec.Struct, frozen=True):
    """All differences, and how many mentions there are before and after."""

    mentions_before: int
    mentions_after: int
    mentions: tuple[MentionChange, ...]
    pledges: tuple[PledgeChange, ...]
    events: tuple[EventChange, ...]

    @property
    def empty(self) -> bool:
        """Whether there is none."""
        return not (self.mentions or self.pledges or self.events)

    @property
    def changes(self) -> Changes:
        """How many there are of each."""
        mentions = Counter(
            one.what if one.what in ("gained", "lost") else "changed" for one in self.mentions
        )
        pledges = Counter(one.what for one in self.pledges)
        events = Counter(one.what for one in self.events)
        return Changes(
            mentions_gained=mentions["gained"],
            mentions_lost=mentions["lost"],
            mentions_changed=mentions["changed"],
            pledges_gained=pledges["gained"],
            pledges_lost=pledges["lost"],
            pledges_changed=pledges["changed"],
            events_gained=events["gained"],
            events_lost=events["lost"],
            events_changed=events["changed"],
        )

    def share(self, what: Literal["lost", "changed"]) -> float:
        """The share of the mentions before that is lost, or changed."""
        counts = self.changes
        found = counts.mentions_lost if what == "lost" else counts.mentions_changed
        return found / self.mentions_before if self.mentions_before else float(found > 0)


Told = tuple[dict[str, PledgeEvent], dict[str, Pledge]]
"""Events and rows of the board, by their ids."""


def diff(
    before: Iterable[Mention], after: Iterable[Mention], *, told: Sequence[Told] | None = None
) -> Diff:
    """The differences between the mentions of two runs, each in the order of their ids.

    `told`: what the ledgers of both have really told, where that is to be compared.
    """
    old, new = _Side(before), _Side(after)
    mentions = tuple(_mention_changes(old.mentions(), new.mentions()))
    (old_events, old_rows), (new_events, new_rows) = told or (old.ledger(), new.ledger())
    return Diff(
        old.count,
        new.count,
        mentions,
        tuple(_pledge_changes(old_rows, new_rows)),
        tuple(_event_changes(old_events, new_events)),
    )


class _Side:
    """The mentions of one run: passed on one by one, and kept as entries of the ledger."""

    def __init__(self, mentions: Iterable[Mention]) -> None:
        self.count = 0
        self._mentions = mentions
        self._entries: list[Entry] = []

    def mentions(self) -> Iterator[Mention]:
        for one in self._mentions:
            self.count += 1
            with suppress(ValueError):  # without a date: no matter of the ledger
                self._entries.append(replace(entry(one), run=LIVE))
            yield one

    def ledger(self) -> "Told":
        """The events and the board that come of them."""
        ledger, events = Ledger(), dict[str, PledgeEvent]()
        self._entries.sort(key=lambda one: (one.known_at, one.article, one.mention))
        for _, article in groupby(self._entries, key=lambda one: (one.known_at, one.article)):
            for page, entries in by_page(article).items():
                told = ledger.page(page).add(entries)
                events |= {one.id: one for one in (*told.events, *told.confirmed)}
        return events, {row.id: row for row in ledger.board()}


def _mention_changes(
    before: Iterator[Mention], after: Iterator[Mention]
) -> Iterator[MentionChange]:
    """Merges two streams that are in the order of their ids."""
    old, new = next(before, None), next(after, None)
    while old is not None or new is not None:
        if new is None or (old is not None and old.id < new.id):
            yield MentionChange("lost", old, None)
            old = next(before, None)
        elif old is None or new.id < old.id:
            yield MentionChange("gained", None, new)
            new = next(after, None)
        else:
            if (what := _difference(old, new)) is not None:
                yield MentionChange(what, old, new)
            old, new = next(before, None), next(after, None)


def _difference(old: Mention, new: Mention) -> What | None:
    """In what two mentions of one id differ: where two models found them, in what they say."""
    same_model = old.model == new.model
    if encode(_comparable(old, whole=same_model)) == encode(_comparable(new, whole=same_model)):
        return None
    if old.level != new.level:
        return "relevelled"
    if _number(old) != _number(new):
        return "renumbered"
    return "changed"


def _comparable(one: Mention, *, whole: bool) -> Mention:
    if whole:
        return replace(one, run=LIVE)
    return replace(one, run=LIVE, model=_NO_MODEL, confidence=0, proof=Proof())


def _number(one: Mention) -> tuple[int | None, int | None, str] | None:
    return (one.quantity.min, one.quantity.max, one.quantity.unit) if one.quantity else None


def _event_changes(
    before: dict[str, PledgeEvent], after: dict[str, PledgeEvent]
) -> Iterator[EventChange]:
    for id in sorted(before.keys() | after.keys()):
        old, new = before.get(id), after.get(id)
        if old is None or new is None:
            yield EventChange("gained" if old is None else "lost", old, new)
        elif _essence(old) != _essence(new):
            yield EventChange("changed", old, new)


def _essence(one: PledgeEvent) -> tuple[object, ...]:
    return (
        one.event, one.from_level, one.to_level, one.level, one.contribution, one.quantity,
        one.quantity_before, one.conditions, one.obstacle, one.confirmed, one.late,
    )  # fmt: skip


def _pledge_changes(before: dict[str, Pledge], after: dict[str, Pledge]) -> Iterator[PledgeChange]:
    for id in sorted(before.keys() | after.keys()):
        old, new = before.get(id), after.get(id)
        if old is None or new is None:
            yield PledgeChange("gained" if old is None else "lost", old, new)
        elif _stands(old) != _stands(new):
            yield PledgeChange("changed", old, new)


def _stands(row: Pledge) -> tuple[object, ...]:
    return (
        row.level, row.on_the_table, row.quantity, row.conditions, row.disputed, row.confirmed,
        tuple((one.contribution, one.level, one.amount) for one in row.contributions),
        tuple(one.obstacle for one in row.obstacles),
    )  # fmt: skip


def worst_first(changes: Sequence[MentionChange]) -> list[MentionChange]:
    """The mentions that the model is least sure of come first."""
    return sorted(changes, key=lambda one: (one.mention.confidence, one.mention.id))


def by_actor(changes: Sequence[MentionChange]) -> Counter[tuple[str, What]]:
    """How many changes an actor has."""
    return Counter(
        (one.mention.actor.name if one.mention.actor else "nobody named", one.what)
        for one in changes
    )


def by_source(changes: Sequence[MentionChange]) -> Counter[tuple[str, What]]:
    """How many changes a source has."""
    return Counter((one.mention.article.source or "unknown", one.what) for one in changes)


def by_week(changes: Sequence[MentionChange]) -> Counter[tuple[str, What]]:
    """How many changes an ISO week of publication has."""
    return Counter((_week(one.mention), one.what) for one in changes)


def _week(one: Mention) -> str:
    at = one.article.published or one.article.first_seen
    return (at or datetime.fromtimestamp(0, UTC)).strftime("%G-W%V") if at else "unknown"
