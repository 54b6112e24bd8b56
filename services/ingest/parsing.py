"""Parsing with a deadline: documents go to a child process, which is killed when it hangs."""

import asyncio
import math
import os
import sys
from typing import Self, TypeVar

import msgspec

from pledgewatch.outcome import Reason, Reject
from pledgewatch.text.feeds import Feed
from pledgewatch.text.pages import Page
from pledgewatch.text.robots import RobotsAnswer
from services.common.settings import IngestSettings
from services.ingest.fetch import Fetched
from services.ingest.parser_process import (
    LENGTH_BYTES,
    Answer,
    FeedRequest,
    PageRequest,
    Request,
    RobotsRequest,
)

START_SECONDS_MAX = 60
_ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")

T = TypeVar("T")


class Parser:
    """Parses one document at a time in a child process; an async context manager."""

    def __init__(self, settings: IngestSettings) -> None:
        self._deadline = settings.parse_timeout_seconds
        self._entries_max = settings.feed_entries_max
        self._turn = asyncio.Lock()
        self._child: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    async def feed(self, document: Fetched) -> Feed:
        """The entries of a feed or sitemap.

        Raises:
            Reject: `parse_error` or `parse_timeout`.
        """
        request = FeedRequest(document.body, document.content_type, document.url, self._entries_max)
        return await self._ask(request, Feed)

    async def page(self, body: bytes, charset: str | None, url: str) -> Page:
        """The article on a page.

        Raises:
            Reject: `no_text`, `parse_error` or `parse_timeout`.
        """
        return await self._ask(PageRequest(body, charset, url), Page)

    async def robots(self, body: bytes, url: str, user_agent: str) -> RobotsAnswer:
        """What a robots.txt says about a URL.

        Raises:
            Reject: `parse_error` or `parse_timeout`.
        """
        return await self._ask(RobotsRequest(body, url, user_agent), RobotsAnswer)

    async def _ask(self, request: Request, kind: type[T]) -> T:
        async with self._turn:
            child = self._child
            if child is None or child.returncode is not None:
                child = await self._start()
            try:
                async with asyncio.timeout(self._deadline):
                    answer = await _exchange(child, msgspec.msgpack.encode(request))
            except TimeoutError as error:
                await self._end()
                message = f"not parsed within {self._deadline:g} s"
                raise Reject(Reason.PARSE_TIMEOUT, message) from error
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                await self._end()
                raise Reject(Reason.PARSE_ERROR, "the parser crashed on it") from error
            except asyncio.CancelledError:
                await self._end()  # its answer would be taken for the next one's
                raise
        if answer.failure is not None:
            raise Reject(answer.failure.reason, answer.failure.message)
        return msgspec.msgpack.decode(answer.result, type=kind)

    async def _start(self) -> asyncio.subprocess.Process:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.ingest.parser_process",
            str(math.ceil(self._deadline) + 1),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        )
        self._child = child
        async with asyncio.timeout(START_SECONDS_MAX):
            await _receive(child)
        return child

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None and child.returncode is None:
            child.kill()
            await child.wait()


async def _exchange(child: asyncio.subprocess.Process, frame: bytes) -> Answer:
    if child.stdin is None:
        raise ConnectionError
    child.stdin.write(len(frame).to_bytes(LENGTH_BYTES, "big") + frame)
    await child.stdin.drain()
    return await _receive(child)


async def _receive(child: asyncio.subprocess.Process) -> Answer:
    if child.stdout is None:
        raise ConnectionError
    length = int.from_bytes(await child.stdout.readexactly(LENGTH_BYTES), "big")
    return msgspec.msgpack.decode(await child.stdout.readexactly(length), type=Answer)
