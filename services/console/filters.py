"""What a reader of the pages asks for: the query string, checked."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, urlencode

from pledgewatch.ontology import Event, Family, Kind, Level, Obstacle
from services.common.errors import UserError
from services.common.moments import moment

TEXT_MAX = 500
CURSOR_MAX = 2_000
CODE_MAX = 40
FIELDS_MAX = 100

E = TypeVar("E", bound=StrEnum)


class AskedWronglyError(UserError):
    """The query string has a value that means nothing; the message names it."""


class Sort(StrEnum):
    """The order of the board."""

    RECIPIENT = "recipient"
    ACTOR = "actor"
    FIRMEST = "firmest"
    NUMBER = "number"
    CHANGED = "changed"
    SOURCES = "sources"


class Query:
    """The query string of a page, read once: what is not asked for is an error nowhere."""

    def __init__(self, query_string: str) -> None:
        try:
            pairs = parse_qsl(query_string, max_num_fields=FIELDS_MAX, errors="replace")
        except ValueError as error:
            raise AskedWronglyError(f"the address asks for too much: {error}") from error
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            if value.strip():  # a form sends its empty fields too
                self._values.setdefault(name, []).append(value.strip())

    def text(self, name: str, limit: int = TEXT_MAX) -> str | None:
        """A text.

        Raises:
            AskedWronglyError: it is too long.
        """
        value = self._values.get(name, [None])[-1]
        if value is not None and len(value) > limit:
            raise AskedWronglyError(f"{name} is longer than {limit} characters")
        return value

    def one_of(self, name: str, kind: type[E]) -> E | None:
        """A word of a closed list."""
        value = self.text(name)
        return None if value is None else _member(name, value, kind)

    def some_of(self, name: str, kind: type[E]) -> tuple[E, ...]:
        """Words of a closed list, in its order: given again and again, or with commas between."""
        words = [word for one in self._values.get(name, ()) for word in one.split(",") if word]
        wanted = {_member(name, word.strip(), kind) for word in words}
        return tuple(one for one in kind if one in wanted)

    def truth(self, name: str) -> bool | None:
        """`true` or `false`."""
        value = self.text(name)
        if value is None:
            return None
        if value.casefold() not in ("true", "false"):
            raise AskedWronglyError(f"{name} must be true or false, and is {value[:40]!r}")
        return value.casefold() == "true"

    def time(self, name: str) -> datetime | None:
        """A day, which means its end, or a time."""
        try:
            return moment(self.text(name, 40), name)
        except UserError as error:
            raise AskedWronglyError(str(error)) from error

    def cursor(self, name: str = "after") -> tuple[Any, ...] | None:
        """Where the page before ended."""
        value = self.text(name, CURSOR_MAX)
        if value is None:
            return None
        try:
            found = json.loads(urlsafe_b64decode(value.encode() + b"=" * (-len(value) % 4)))
        except ValueError as error:
            raise AskedWronglyError(f"{name} is no page: begin anew") from error
        if not isinstance(found, list) or not all(
            one is None or isinstance(one, str | int | float) for one in found
        ):
            raise AskedWronglyError(f"{name} is no page: begin anew")
        return tuple(found)


def cursor(sort: Iterable[Any]) -> str:
    """A page's end, as `Query.cursor` reads it.

    >>> Query("after=" + cursor([3.0, "a"])).cursor()
    (3.0, 'a')
    """
    return urlsafe_b64encode(json.dumps(list(sort)).encode()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Filters:
    """What the lists can be narrowed by; a page takes what concerns it."""

    recipient: str | None = None
    actor: str | None = None
    family: tuple[Family, ...] = ()
    level: tuple[Level, ...] = ()
    obstacle: tuple[Obstacle, ...] = ()
    event: tuple[Event, ...] = ()
    kind: Kind | None = None
    source: str | None = None
    on_the_table: bool | None = None
    confirmed: bool | None = None
    disputed: bool | None = None
    late: bool | None = None
    text: str | None = field(default=None, metadata={"name": "q"})
    since: datetime | None = None
    until: datetime | None = None
    as_of: datetime | None = None
    known_on: datetime | None = None
    sort: Sort = Sort.RECIPIENT

    @classmethod
    def of(cls, query: Query) -> Self:
        """The filters in a query string.

        Raises:
            AskedWronglyError: a value means nothing.
        """
        return cls(
            recipient=query.text("recipient", CODE_MAX),
            actor=query.text("actor", CODE_MAX),
            family=query.some_of("family", Family),
            level=query.some_of("level", Level),
            obstacle=query.some_of("obstacle", Obstacle),
            event=query.some_of("event", Event),
            kind=query.one_of("kind", Kind),
            source=query.text("source"),
            on_the_table=query.truth("on_the_table"),
            confirmed=query.truth("confirmed"),
            disputed=query.truth("disputed"),
            late=query.truth("late"),
            text=query.text("q"),
            since=query.time("since"),
            until=query.time("until"),
            as_of=query.time("as_of"),
            known_on=query.time("known_on"),
            sort=query.one_of("sort", Sort) or Sort.RECIPIENT,
        )

    @property
    def dated(self) -> bool:
        """Whether the board of another time is asked for."""
        return self.as_of is not None or self.known_on is not None

    def query(self, **changes: Any) -> str:
        """The query string that asks for these filters, with some changed.

        >>> Filters(recipient="UKR").query(level=(Level.SIGNED,), after="x")
        'recipient=UKR&level=signed&after=x'
        """
        own = {one.name for one in fields(self)}
        changed = replace(self, **{n: v for n, v in changes.items() if n in own})
        pairs: list[tuple[str, str]] = []
        for one in fields(changed):
            value = getattr(changed, one.name)
            if value != one.default:
                name = one.metadata.get("name", one.name)
                values = value if isinstance(value, tuple) else (value,)
                pairs += [(name, _written(item)) for item in values]
        others = [(n, str(v)) for n, v in changes.items() if n not in own and v is not None]
        return urlencode(pairs + others)

    def given(self) -> Mapping[str, Any]:
        """Those that are set, by name."""
        return {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if getattr(self, one.name) != one.default
        }


def day(at: datetime | None) -> str:
    """A time as date fields take it; empty for none."""
    return f"{at:%Y-%m-%d}" if at else ""


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        ends_the_day = (value.hour, value.minute, value.second) == (23, 59, 59)
        return day(value) if ends_the_day else value.isoformat()
    return str(value)


def _member(name: str, value: str, kind: type[E]) -> E:
    try:
        return kind(value)
    except ValueError as error:
        raise AskedWronglyError(
            f"{name} must be one of {', '.join(kind)}, and is {value[:40]!r}"
        ) from error
