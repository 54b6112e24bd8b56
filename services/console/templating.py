"""How the pages say things: Jinja, which escapes everything, and the words that templates use."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pledgewatch.alerts.messages import summary, words
from pledgewatch.gazetteer import Gazetteer, rows
from pledgewatch.ontology import UNITS, Contribution, Event, Family, Kind, Level, Obstacle
from pledgewatch.records import Amount, Quantity
from services.common.board import describe
from services.console.filters import Sort, cursor, day
from services.console.security import web_address

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER / "templates"
STATIC = FOLDER / "static"
WORLD = FOLDER / "world.json"

ONE_AND_MANY = ("personnel", "aircraft")
"""Units that read alike of one and of many."""

LADDER = tuple(level for level in Level if not level.is_retraction)
"""The rungs, from firm to vague."""


def environment() -> Environment:
    """The templates, with their filters."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "amount": amount,
        "cursor": cursor,
        "day": day,
        "describe": describe,
        "spoken": spoken,
        "summary": summary,
        "time": time,
        "web": web_address,
    }
    made.globals |= {
        "CONTRIBUTIONS": tuple(Contribution),
        "EVENTS": tuple(Event),
        "FAMILIES": tuple(Family),
        "KINDS": tuple(Kind),
        "LADDER": LADDER,
        "LEVELS": tuple(Level),
        "OBSTACLES": tuple(Obstacle),
        "SORTS": tuple(Sort),
        "name": name,
        "actors": actors,
        "rung": rung,
        "world": world,
    }
    return made


def spoken(word: object) -> str:
    """A word of a closed list, as people write it.

    >>> spoken(Obstacle.FORCE_SHORTAGE)
    'force shortage'
    """
    return str(word).replace("_", " ")


def time(at: datetime | None, clock: bool = False) -> Markup:
    """A day, or a day and a time of day, in UTC."""
    if at is None:
        return Markup("")
    at = at.astimezone(UTC)
    shown = f"{at:%-d %b %Y}" + (f", {at:%H:%M}" if clock else "")
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), shown)


def amount(number: Amount | Quantity) -> str:
    """A number with its unit: more than one of what is counted is several.

    >>> amount(Amount(min=2, max=2, unit="company")), amount(Amount(min=1, max=1, unit="ship"))
    ('2 companies', '1 ship')
    """
    plain = Amount(min=number.min, max=number.max, unit=number.unit, approximate=number.approximate)
    text = words(plain)
    if number.unit in ONE_AND_MANY or number.unit not in UNITS or number.min == number.max == 1:
        return text
    return f"{text[:-1]}ies" if text.endswith("y") else f"{text}s"


def rung(level: Level) -> int:
    """How many steps of the ladder a level has: 6 for deployed, 1 for considering, else 0."""
    return 0 if level.is_retraction else len(LADDER) - level.rank


def name(code: str) -> str:
    """The name of an actor."""
    return Gazetteer.load().name(code)


@cache
def actors() -> Mapping[str, str]:
    """The names of all actors by their codes."""
    return {
        row["code"]: row["name"] for table in ("countries", "organisations") for row in rows(table)
    }


@cache
def world() -> Any:
    """The shapes of countries; `make_world.py` has made them."""
    return json.loads(WORLD.read_text(encoding="utf-8"))
