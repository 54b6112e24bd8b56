"""New changes as they are indexed: one look at Elasticsearch for all who listen."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

from starlette.concurrency import run_in_threadpool

from pledgewatch.records import PledgeEvent
from services.common import logging
from services.common.errors import UserError
from services.console import queries
from services.console.reader import Hit, Reader

HEARTBEAT_SECONDS = 15.0
"""Proxies close what is silent for longer."""
OVERLAP = timedelta(seconds=10)
"""So much later than it was sent to Elasticsearch a document may become searchable."""
BATCH = 500
LISTENERS_MAX = 200
SEPARATOR = "~"  # greater than any id
WAITING_MAX = 1_000
"""Events that a listener may be behind; then it must come again."""

Change = Hit[PledgeEvent]
Place = tuple[datetime, str]
"""When a change was indexed, and its id: the order in which changes are told."""


class TooManyListenersError(UserError):
    """No more can listen just now."""


class Stream:
    """Changes for those who listen. All in one event loop; Elasticsearch is asked in threads."""

    def __init__(self, reader: Reader, seconds: float) -> None:
        self._reader = reader
        self._seconds = seconds
        self._listeners: set[asyncio.Queue[Change | None]] = set()
        self._looking: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()  # what was there at the first look is known
        self._loop: asyncio.AbstractEventLoop | None = None

    async def listen(self, since: Place | None) -> AsyncGenerator[Change | None, None]:
        """Each change indexed after a place, None being a sign of life; until `close`.

        Raises:
            TooManyListenersError: there are `LISTENERS_MAX` already.
        """
        if len(self._listeners) >= LISTENERS_MAX:
            raise TooManyListenersError(f"{LISTENERS_MAX} already listen to changes: try again")
        queue: asyncio.Queue[Change | None] = asyncio.Queue(WAITING_MAX)
        self._loop = asyncio.get_running_loop()
        self._listeners.add(queue)
        if self._looking is None or self._looking.done():
            self._begun.clear()
            self._looking = asyncio.create_task(self._look())
        sent: set[tuple[str, datetime | None]] = set()
        try:
            yield None
            while not await self._has_begun():
                yield None
            for one in await self._after(since[0]) if since is not None else ():
                if since is not None and (_time(one), one.record.id) > since:
                    sent.add(_key(one))
                    yield one
            while queue in self._listeners:
                try:
                    waiting = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield None
                    continue
                if waiting is None:
                    return
                if _key(waiting) not in sent:
                    yield waiting
        finally:
            self._listeners.discard(queue)

    async def _has_begun(self) -> bool:
        try:
            await asyncio.wait_for(self._begun.wait(), HEARTBEAT_SECONDS)
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Send all listeners home; from any thread, or a signal handler."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._send_home)

    def _send_home(self) -> None:
        for queue in list(self._listeners):
            self._dismiss(queue)
        if self._looking is not None:
            self._looking.cancel()

    def _dismiss(self, queue: "asyncio.Queue[Change | None]") -> None:
        self._listeners.discard(queue)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)

    async def _look(self) -> None:
        """While anybody listens: what is new goes to everybody."""
        since: datetime | None = None
        seen: dict[tuple[str, datetime | None], datetime] = {}
        while self._listeners:
            try:
                if since is None:
                    since = await self._newest()
                    fresh = await self._after(since - OVERLAP)
                    seen = {_key(one): _time(one) for one in fresh}
                    self._begun.set()
                else:
                    fresh = await self._after(since - OVERLAP)
                    for one in fresh:
                        if _key(one) not in seen:
                            self._send(one)
                        seen[_key(one)] = _time(one)
                        since = max(since, _time(one))
                    seen = {key: at for key, at in seen.items() if at >= since - 2 * OVERLAP}
            except UserError as error:
                logging.get().warning("changes cannot be looked for", problem=str(error))
            await asyncio.sleep(self._seconds)

    def _send(self, change: Change) -> None:
        for queue in list(self._listeners):
            try:
                queue.put_nowait(change)
            except asyncio.QueueFull:
                self._dismiss(queue)  # the browser comes again, and says what it had last

    async def _newest(self) -> datetime:
        found = await run_in_threadpool(self._reader.search, PledgeEvent, queries.newest_event())
        return _time(found.hits[0]) if found.hits else datetime(1970, 1, 2, tzinfo=UTC)

    async def _after(self, since: datetime) -> list[Change]:
        hits: list[Change] = []
        body = queries.new_events(since, BATCH)
        while True:
            found = await run_in_threadpool(self._reader.search, PledgeEvent, body)
            hits += found.hits
            if len(found.hits) < BATCH or len(hits) >= WAITING_MAX:
                return hits
            body = {**body, "search_after": list(found.hits[-1].sort)}


def place(text: str | None) -> Place | None:
    """A place as `place_of` writes it; a time alone is after all of its changes."""
    time, _, id = (text or "").partition(SEPARATOR)
    try:
        at = datetime.fromisoformat(time)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC), id or SEPARATOR)


def place_of(change: Change) -> str:
    """Where a change stands, as text.

    >>> place("2026-03-05T10:00:00.123000+00:00~ab")[1]
    'ab'
    """
    return f"{_time(change).isoformat()}{SEPARATOR}{change.record.id}"


def _key(change: Change) -> tuple[str, datetime | None]:
    return change.record.id, change.record.updated


def _time(change: Change) -> datetime:
    at = datetime.fromisoformat(change.ingested)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)  # as Elasticsearch knows it
