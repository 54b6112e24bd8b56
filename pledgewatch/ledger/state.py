"""The state between one actor and one recipient: a table for each family, and the obstacles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from msgspec.structs import replace

from pledgewatch.ledger.sources import independent
from pledgewatch.ledger.table import SETTLED, SEVERAL, Change, Table
from pledgewatch.ontology import Event, Family, Kind, Level, Obstacle
from pledgewatch.records import Entry

FIRM = Level.ANNOUNCED
"""An obstacle blocks a pledge of this level or a firmer one."""

OVERCOME = frozenset(
    {
        Obstacle.PARLIAMENTARY_APPROVAL,
        Obstacle.FUNDING,
        Obstacle.US_BACKSTOP,
        Obstacle.NO_CEASEFIRE,
        Obstacle.LEGAL_MANDATE,
        Obstacle.HOST_CONSENT,
        Obstacle.VAGUENESS,
        Obstacle.ALLIANCE_DIVISION,
        Obstacle.LOGISTICS,
    }
)
"""What cannot stand in the way of a force that has arrived."""


@dataclass(slots=True)
class State:
    """What holds between an actor and a recipient.

    `obstacles`: the open ones; `cleared`: others, and the last day on which they were told to be
    gone; `voices`: names of persons who spoke for the actor in office.
    """

    tables: dict[Family, Table] = field(default_factory=dict)
    obstacles: dict[Obstacle, Entry] = field(default_factory=dict)
    cleared: dict[Obstacle, date] = field(default_factory=dict)
    voices: frozenset[str] = frozenset()

    def copy(self) -> "State":
        """Another state that changes alone."""
        tables = {family: table.copy() for family, table in self.tables.items()}
        return State(tables, dict(self.obstacles), dict(self.cleared), self.voices)

    def turn(self, day: date, entries: Sequence[Entry]) -> list[Change]:
        """Take a day's entries in; the changes that they make."""
        if heard := {e.voice for e in entries if e.own and e.voice} - self.voices:
            self.voices |= heard
        entries = self.heard(entries)
        firm = [
            table.family
            for table in sorted(self.tables.values(), key=_firmness)
            if table.pledged is not None and table.pledged.rank <= FIRM.rank
        ]
        changes: list[Change] = []
        for family in Family:
            stated = [e for e in entries if e.family is family and e.level is not None]
            if stated:
                table = self.tables.setdefault(family, Table(family))
                changes += table.turn(day, stated)
        if any(one.event is Event.RETRACTED for one in changes) and not self._pledges():
            self.obstacles, self.cleared = {}, {}
        still_firm = [family for family in firm if self.tables[family].held]
        obstacles = [e for e in entries if e.kind is Kind.OBSTACLE]
        return (
            changes + self._hinder(day, obstacles, still_firm) + self._clear(day, entries, changes)
        )

    def heard(self, entries: Iterable[Entry]) -> list[Entry]:
        """Entries; a bare name is the actor's word where the person is known to speak for it."""
        return [
            replace(e, own=True) if e.voice and not e.own and self._knows(e.voice) else e
            for e in entries
        ]

    def _knows(self, name: str) -> bool:
        """Whether a person is one of the voices, be it with or without a given name."""
        return any(
            f" {one}".endswith(f" {name}") or f" {name}".endswith(f" {one}") for one in self.voices
        )

    def standing(self) -> tuple[object, ...]:
        """What the board shows of it: equal where nothing moved."""
        tables = [
            (
                table.family,
                table.level,
                *(
                    (kind, hold.level, hold.cut, hold.amounts)
                    for kind, hold in sorted(table.held.items())
                ),
            )
            for _, table in sorted(self.tables.items())
        ]
        return (*tables, *sorted(self.obstacles))

    def _pledges(self) -> bool:
        return any(table.held for table in self.tables.values())

    def _hinder(self, day: date, entries: Sequence[Entry], firm: Sequence[Family]) -> list[Change]:
        """Obstacles not known yet, or back; those that stand against a firm pledge are events."""
        changes = []
        told = {e.obstacle for e in entries}
        for kind in [one for one in Obstacle if one in told] if told else ():
            stated = sorted(
                (e for e in entries if e.obstacle is kind), key=lambda e: (e.at, e.mention)
            )
            present = [e for e in stated if not e.gone]
            if present and kind not in self.obstacles and self._holds(kind, day, present):
                self.cleared.pop(kind, None)
                self.obstacles[kind] = present[0]
                if firm:
                    changes.append(self._obstacle(Event.BLOCKED, day, firm[0], kind, present[0]))
            elif stated and not present and (kind in self.obstacles or kind in self.cleared):
                was_open = self._remove(kind, day)
                if was_open and firm:
                    changes.append(self._obstacle(Event.CLEARED, day, firm[0], kind, stated[0]))
        return changes

    def _holds(self, kind: Obstacle, day: date, present: Sequence[Entry]) -> bool:
        """Whether an obstacle is there: one that was cleared just now needs several to say so."""
        gone = self.cleared.get(kind)
        return gone is None or day - gone > SETTLED or independent(present) >= SEVERAL

    def _remove(self, kind: Obstacle, day: date) -> bool:
        """Note that an obstacle is told to be gone; whether it was there."""
        self.cleared[kind] = day
        return self.obstacles.pop(kind, None) is not None

    def _clear(
        self, day: date, entries: Sequence[Entry], changes: Sequence[Change]
    ) -> list[Change]:
        """What a vote or an arrival proves to be gone, unless it is still told of that day."""
        still = {e.obstacle for e in entries if not e.gone}
        proofs: list[tuple[Family, Entry, frozenset[Obstacle]]] = [
            (e.family, e, frozenset({Obstacle.PARLIAMENTARY_APPROVAL}))
            for e in sorted(entries, key=lambda e: (e.at, e.mention))
            if e.legislature and e.family in self.tables
        ]
        proofs += [
            (one.family, one.cause, OVERCOME)
            for one in changes
            if one.event in (Event.FIRMER, Event.NEW) and one.after is Level.DEPLOYED
        ]
        cleared = []
        for family, cause, gone in proofs:
            for kind in [one for one in Obstacle if one in self.obstacles and one in gone - still]:
                self._remove(kind, day)
                cleared.append(self._obstacle(Event.CLEARED, day, family, kind, cause))
        return cleared

    def _obstacle(
        self, event: Event, day: date, family: Family, kind: Obstacle, cause: Entry
    ) -> Change:
        table = self.tables[family]
        leading = table.leading
        return Change(
            event, family, day, table.level, table.level, table.level, cause,
            contribution=leading.cause.contribution if leading else None, obstacle=kind,
        )  # fmt: skip


def _firmness(table: Table) -> tuple[int, str]:
    return (table.level.rank if table.level else len(Level), table.family)
