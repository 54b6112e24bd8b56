"""The state between one actor and one recipient: a table for each family, and the obstacles."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from pledgewatch.ledger.table import Change, Table
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
    """What holds between an actor and a recipient. `known`: obstacles that were told of."""

    tables: dict[Family, Table] = field(default_factory=dict)
    obstacles: dict[Obstacle, Entry] = field(default_factory=dict)
    known: frozenset[Obstacle] = frozenset()

    def copy(self) -> "State":
        """Another state that changes alone."""
        tables = {family: table.copy() for family, table in self.tables.items()}
        return State(tables, dict(self.obstacles), self.known)

    def turn(self, day: date, entries: Sequence[Entry]) -> list[Change]:
        """Take a day's entries in; the changes that they make."""
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
            self.obstacles, self.known = {}, frozenset()
        still_firm = [family for family in firm if self.tables[family].held]
        obstacles = [e for e in entries if e.kind is Kind.OBSTACLE]
        return (
            changes + self._hinder(day, obstacles, still_firm) + self._clear(day, entries, changes)
        )

    def standing(self) -> tuple[object, ...]:
        """What the board shows of it: equal where nothing moved."""
        tables = [
            (
                table.family,
                table.level,
                *((kind, hold.level, hold.cut, hold.amounts) for kind, hold in table.held.items()),
            )
            for table in self.tables.values()
        ]
        return (*tables, *self.obstacles)

    def _pledges(self) -> bool:
        return any(table.held for table in self.tables.values())

    def _hinder(self, day: date, entries: Sequence[Entry], firm: Sequence[Family]) -> list[Change]:
        """Obstacles not known yet; those that stand against a firm pledge are events."""
        changes = []
        for kind in Obstacle:
            stated = sorted(
                (e for e in entries if e.obstacle is kind), key=lambda e: (e.at, e.mention)
            )
            present = [e for e in stated if not e.gone]
            if present and kind not in self.known:
                self.known |= {kind}
                self.obstacles[kind] = present[0]
                if firm:
                    changes.append(self._obstacle(Event.BLOCKED, day, firm[0], kind, present[0]))
            elif stated and not present and kind in self.obstacles:
                del self.obstacles[kind]
                if firm:
                    changes.append(self._obstacle(Event.CLEARED, day, firm[0], kind, stated[0]))
        return changes

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
                del self.obstacles[kind]
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
