"""Where things stand in the pictures: numbers alone, which the templates draw."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from pledgewatch.alerts.messages import words
from pledgewatch.ontology import Event, Level
from pledgewatch.records import Amount, Pledge, PledgeEvent

LADDER = tuple(Level)
"""From firm to vague, and the refusals last: as the rungs stand, from the top."""

WIDTH = 720
LEFT, RIGHT, TOP = 144, 24, 14
RUNG = 26
BAR = 22
AXIS = 26
TICKS = 5
MARGIN = timedelta(days=3)
"""Around what happened at one moment."""


@dataclass(frozen=True)
class Tick:
    """A place on the time axis, with its date."""

    x: float
    label: str
    anchor: str


@dataclass(frozen=True)
class Step:
    """An event on the ladder; `late` ones are beside the line."""

    x: float
    y: float
    event: PledgeEvent


@dataclass(frozen=True)
class Bar:
    """An obstacle, from when it was reported to when it was gone, or to the end."""

    x: float
    width: float
    y: float
    label: str
    open: bool


@dataclass(frozen=True)
class Rung:
    """A level and where it stands."""

    level: Level
    y: float


@dataclass(frozen=True)
class LadderPicture:
    """The levels of a pledge over time, and its obstacles below."""

    width: int
    height: float
    left: int
    right: int
    rungs: tuple[Rung, ...]
    line: str
    steps: tuple[Step, ...]
    bars: tuple[Bar, ...]
    bars_top: float
    ticks: tuple[Tick, ...]
    axis: float


@dataclass(frozen=True)
class Range:
    """A number over a stretch of time: lowest at `low`, highest at `high` (pixels)."""

    x: float
    width: float
    low: float
    high: float
    label: str
    open: bool


@dataclass(frozen=True)
class NumberPicture:
    """The number of a pledge over time."""

    width: int
    height: float
    left: int
    right: int
    unit: str
    ranges: tuple[Range, ...]
    scale: tuple[tuple[float, str], ...]
    ticks: tuple[Tick, ...]
    axis: float


class _Time:
    """From times to pixels."""

    def __init__(self, times: Iterable[datetime]) -> None:
        known = sorted(times)
        self.first, self.last = known[0], known[-1]
        if self.last - self.first < 2 * MARGIN:
            self.first, self.last = self.first - MARGIN, self.last + MARGIN

    def x(self, at: datetime) -> float:
        share = (at - self.first) / (self.last - self.first)
        return round(LEFT + min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT), 1)

    def ticks(self) -> tuple[Tick, ...]:
        step = (self.last - self.first) / (TICKS - 1)
        far = self.last - self.first > timedelta(days=300)
        found = []
        for number in range(TICKS):
            at = self.first + number * step
            anchor = "start" if number == 0 else "end" if number == TICKS - 1 else "middle"
            found.append(Tick(self.x(at), f"{at:%b %Y}" if far else f"{at:%-d %b}", anchor))
        return tuple(found)


def ladder(row: Pledge, until: datetime) -> LadderPicture:
    """The ladder of a pledge up to a time."""
    told = sorted(row.history, key=lambda one: one.at)
    time = _Time([row.first_seen, row.last_confirmed, until, *(one.at for one in told)])
    rungs = tuple(Rung(level, TOP + (number + 0.5) * RUNG) for number, level in enumerate(LADDER))
    heights = {rung.level: rung.y for rung in rungs}

    def level_of(event: PledgeEvent) -> Level | None:
        return event.to_level or event.level

    levels = [
        (one.at, level) for one in told if not one.late and (level := level_of(one)) is not None
    ]
    if row.level is not None and (not levels or levels[-1][1] is not row.level):
        # it stands so by news that came late, and since then nothing has moved it
        since = min(
            (one.since for one in row.contributions if one.level is row.level),
            default=row.last_confirmed if levels else row.first_seen,
        )
        levels = [(at, level) for at, level in levels if at < since] + [(since, row.level)]
    points = [(time.x(at), heights[level]) for at, level in levels]
    bars = _bars(row, told, time, until, TOP + len(LADDER) * RUNG + 10)
    bars_top = TOP + len(LADDER) * RUNG + 6
    axis = bars_top + (len(bars) * BAR + 8 if bars else 0)
    return LadderPicture(
        width=WIDTH,
        height=axis + AXIS,
        left=LEFT,
        right=WIDTH - RIGHT,
        rungs=rungs,
        line=_stairs(points, time.x(until)),
        steps=tuple(
            Step(time.x(one.at), heights[level], one)
            for one in told
            if (level := level_of(one)) is not None
        ),
        bars=bars,
        bars_top=bars_top,
        ticks=time.ticks(),
        axis=axis,
    )


def numbers(row: Pledge, until: datetime) -> NumberPicture | None:
    """The number of a pledge up to a time; None where none was ever stated."""
    said: list[tuple[datetime, Amount]] = [
        (one.at, one.quantity)
        for one in sorted(row.history, key=lambda one: one.at)
        if one.quantity is not None and not one.late
    ]
    if row.quantity is not None and (not said or said[-1][1] != row.quantity):
        said.append((row.last_confirmed if said else row.first_seen, row.quantity))
    if not said:
        return None
    unit = said[-1][1].unit
    said = [(at, amount) for at, amount in said if amount.unit == unit]
    said = [next(same) for _, same in groupby(said, key=lambda one: one[1])]
    time = _Time([row.first_seen, until, *(at for at, _ in said)])
    most = max(max(amount.min or 0, amount.max or 0) for _, amount in said) or 1
    top, height = 26.0, 96.0

    def y(number: int) -> float:
        return round(top + height - number / most * height, 1)

    ranges = []
    for number, (at, amount) in enumerate(said):
        end = said[number + 1][0] if number + 1 < len(said) else until
        low = amount.min or 0
        high = amount.max if amount.max is not None else most
        x = time.x(at)
        ranges.append(
            Range(
                x,
                max(3.0, round(time.x(end) - x, 1)),
                y(low),
                y(high),
                words(amount),
                amount.max is None,
            )
        )
    return NumberPicture(
        width=WIDTH,
        height=top + height + 8 + AXIS,
        left=LEFT,
        right=WIDTH - RIGHT,
        unit=unit,
        ranges=tuple(ranges),
        scale=tuple((y(value), f"{value:,}") for value in dict.fromkeys((0, most))),
        ticks=time.ticks(),
        axis=top + height + 8,
    )


def _stairs(points: Sequence[tuple[float, float]], end: float) -> str:
    """A path that holds each level until the next."""
    if not points:
        return ""
    (x, y), *others = points
    parts = [f"M{x:g} {y:g}"]
    for x, y in others:
        parts.append(f"H{x:g}V{y:g}")
    return "".join(parts) + f"H{max(end, points[-1][0]):g}"


def _bars(
    row: Pledge, told: Sequence[PledgeEvent], time: _Time, until: datetime, top: float
) -> tuple[Bar, ...]:
    """Open obstacles, and those that were cleared, one below the other."""
    spans = [(one.since, until, one.obstacle, True) for one in row.obstacles]
    for one in told:
        if one.event is Event.CLEARED and one.obstacle is not None:
            begun = [
                other.at
                for other in told
                if other.event is Event.BLOCKED and other.obstacle is one.obstacle
            ]
            spans.append((min([*begun, one.at]), one.at, one.obstacle, False))
    bars = []
    for number, (since, end, obstacle, still) in enumerate(sorted(spans)):
        x = time.x(since)
        bars.append(
            Bar(
                x=x,
                width=max(6.0, round(time.x(end) - x, 1)),
                y=top + number * BAR,
                label=obstacle.replace("_", " "),
                open=still,
            )
        )
    return tuple(bars)
