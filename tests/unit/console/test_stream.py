"""Everybody hears of each change once, in order, from where they were."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from services.common.errors import UserError
from services.console import stream
from services.console.reader import Found, Hit
from services.console.stream import Stream, TooManyListenersError, place, place_of
from tests.unit.console.made import EVENT

START = datetime(2026, 3, 5, 10, tzinfo=UTC)


def change(number: int, *, at: int | None = None) -> Any:
    """An event, indexed so many seconds after the start."""
    indexed = START + timedelta(seconds=number if at is None else at, microseconds=123_456)
    event = replace(EVENT, id=f"{number:032x}")
    return Hit(event, (), indexed.isoformat(), None)


class Index:
    """Answers searches of events as the index would."""

    def __init__(self, *hits: Any) -> None:
        self.hits = list(hits)
        self.problem: str | None = None
        self.searches = 0

    def search(self, record: Any, body: Any) -> Any:
        """The newest event, or those since a time."""
        self.searches += 1
        if self.problem:
            raise UserError(self.problem)
        ordered = sorted(self.hits, key=lambda one: (one.ingested[:23], one.record.id))
        if "query" not in body:
            return Found(tuple(ordered[-1:]), len(ordered), {})
        since = body["query"]["bool"]["filter"][0]["range"]["event.ingested"]["gte"]
        return Found(tuple(one for one in ordered if one.ingested >= since), len(ordered), {})


def listening(index: Index) -> Stream:
    """A stream of an index."""
    return Stream(index, 0.001)  # type: ignore[arg-type]


async def heard(changes: Any, count: int) -> list[int]:
    """The numbers of the next changes."""
    numbers: list[int] = []
    async with asyncio.timeout(20):
        async for one in changes:
            if one is not None:
                numbers.append(int(one.record.id, 16))
            if len(numbers) == count:
                return numbers
    return numbers


async def test_what_comes_is_told_to_all_and_what_was_there_to_nobody() -> None:
    index = Index(change(1), change(2))
    told = listening(index)
    first, second = told.listen(None), told.listen(None)
    assert [await anext(first), await anext(second)] == [None, None]
    waiting = [asyncio.create_task(heard(one, 3)) for one in (first, second)]
    await asyncio.sleep(0)
    await asyncio.wait_for(told._begun.wait(), 20)
    index.hits += [change(3), change(4)]
    index.hits.append(change(5, at=3))  # it became searchable late
    assert [sorted(await one) for one in waiting] == [[3, 4, 5], [3, 4, 5]]
    await first.aclose()
    await second.aclose()


async def test_a_listener_that_comes_again_hears_what_it_missed_even_of_one_moment() -> None:
    index = Index(change(1, at=1), change(2, at=1), change(3, at=1), change(4, at=9))
    told = listening(index)
    again = told.listen(place(place_of(change(2, at=1))))
    assert await heard(again, 2) == [3, 4]
    await again.aclose()
    page = told.listen(place("2026-03-05T10:00:01.123Z"))
    assert await heard(page, 1) == [4]
    await page.aclose()


async def test_trouble_of_the_index_passes() -> None:
    index = Index()
    index.problem = "Elasticsearch does not answer"
    told = listening(index)
    changes = told.listen(None)
    assert await anext(changes) is None
    waiting = asyncio.create_task(heard(changes, 1))
    while index.searches < 3:  # noqa: ASYNC110
        await asyncio.sleep(0)
    index.problem = None
    await asyncio.wait_for(told._begun.wait(), 20)
    index.hits.append(change(1))
    assert await waiting == [1]
    await changes.aclose()


async def test_nobody_listens_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    told = listening(Index())
    changes = told.listen(None)
    await anext(changes)
    monkeypatch.setattr(stream, "LISTENERS_MAX", 1)
    with pytest.raises(TooManyListenersError):
        await anext(told.listen(None))
    waiting = asyncio.create_task(heard(changes, 1))
    await asyncio.wait_for(told._begun.wait(), 20)
    told.close()
    assert await waiting == []


async def test_silence_is_broken_by_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.01)
    changes = listening(Index(change(1))).listen(None)
    async with asyncio.timeout(20):
        assert [await anext(changes) for _ in range(3)] == [None, None, None]
    await changes.aclose()


def test_a_place_that_is_none_is_ignored() -> None:
    for text in (None, "", "x", "~", "2026-99-99"):
        assert place(text) is None
