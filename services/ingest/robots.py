"""robots.txt: fetched once a day for each site, and obeyed for pages."""

import asyncio
from collections import OrderedDict
from urllib.parse import urlsplit

import msgspec

from pledgewatch.outcome import Reason, Reject, Retry
from services.common.settings import IngestSettings
from services.ingest.fetch import Fetcher
from services.ingest.parsing import Parser

KEPT_SECONDS = 24 * 3600.0
UNREACHABLE_SECONDS = 300.0
BYTES_MAX = 512_000
"""RFC 9309 asks for no less."""
SITES_MAX = 1_000


class _File(msgspec.Struct, frozen=True):
    body: bytes | None  # None: it could not be had, so nothing may be fetched for now
    expires: float


class Robots:
    """Answers whether a page may be fetched."""

    def __init__(self, settings: IngestSettings, fetcher: Fetcher, parser: Parser) -> None:
        self._user_agent = settings.user_agent
        self._fetcher = fetcher
        self._parser = parser
        self._files: OrderedDict[str, _File] = OrderedDict()
        self._turns: dict[str, asyncio.Lock] = {}

    async def permit(self, url: str) -> float:
        """The delay between requests that the site asks for, in seconds.

        Raises:
            Reject: `robots` where the site asks not to fetch it.
            Retry: robots.txt cannot be had because the site fails.
        """
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        turn = self._turns.setdefault(site, asyncio.Lock())
        async with turn:
            file = await self._file(site)
        if not turn.locked():
            self._turns.pop(site, None)
        if file.body is None:
            raise Retry(f"{site}/robots.txt cannot be had")
        if not file.body:
            return 0.0
        answer = await self._parser.robots(file.body, url, self._user_agent)
        if not answer.allowed:
            raise Reject(Reason.ROBOTS, f"{site}/robots.txt asks not to fetch it")
        return answer.delay_seconds

    async def _file(self, site: str) -> _File:
        now = asyncio.get_running_loop().time()
        known = self._files.get(site)
        if known is not None and known.expires > now:
            return known
        try:
            fetched = await self._fetcher.get(f"{site}/robots.txt", bytes_max=BYTES_MAX)
            file = _File(fetched.body if fetched else b"", now + KEPT_SECONDS)
        except Reject as reject:
            if reject.reason is not Reason.HTTP_ERROR:
                raise
            file = _File(b"", now + KEPT_SECONDS)  # there is none: everything may be fetched
        except Retry:
            file = _File(None, now + UNREACHABLE_SECONDS)
        self._files[site] = file
        if len(self._files) > SITES_MAX:
            self._files.popitem(last=False)
        return file
