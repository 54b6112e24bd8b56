"""Fetches documents: through the gate, at the host's pace, within limits of size and time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Self
from urllib.parse import urljoin, urlsplit

import aiohttp
import msgspec

from pledgewatch.outcome import Reason, Reject, Retry
from pledgewatch.text.urls import canonical_url
from services.common.gate import Gate
from services.common.headers import retry_after
from services.common.settings import IngestSettings
from services.ingest.pacing import Pacing

REDIRECTS_MAX = 5
RETRY_AFTER_MAX = 3600.0
TOO_MANY_REQUESTS_PAUSE = 30.0
_CHUNK_BYTES = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
_WORTH_RETRYING = (408, 425, 429)

Permit = Callable[[str], Awaitable[float]]
"""Asked before each request with its URL: raises `Reject` or gives the delay the site asks for."""


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A document, and what to ask with next time."""

    url: str  # after redirects
    body: bytes
    content_type: str
    charset: str | None
    etag: str | None
    last_modified: str | None


async def anyone(url: str) -> float:
    """A permit for what the operator has asked for: feeds, and robots.txt itself."""
    return 0.0


class Fetcher:
    """An HTTP client for the open web; an async context manager.

    Proxy variables, cookies and `.netrc` are not looked at.
    """

    def __init__(self, settings: IngestSettings) -> None:
        self._settings = settings
        self._pacing = Pacing(settings.host_delay_seconds)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=Gate(self._settings.allowed_networks).connector(),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),  # the deadline is ours: see _request
            headers={"User-Agent": self._settings.user_agent},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(
        self,
        url: str,
        *,
        bytes_max: int,
        permit: Permit = anyone,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> Fetched | None:
        """The document at a URL; None where it has not changed since `etag`, `last_modified`.

        Raises:
            Reject: `unsafe_url`, `too_large`, `robots`, or `http_error` where the answer is final.
            Retry: the site is away, slow or asks to wait.
        """
        headers = {"Accept": "*/*"}
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        for _ in range(REDIRECTS_MAX + 1):
            canonical_url(url)  # refuses other schemes and user names, on each hop
            delay = await permit(url)
            host = urlsplit(url).hostname or ""
            await self._pacing.turn(host, delay)
            answer = await self._request(url, host, headers, bytes_max)
            if not isinstance(answer, str):
                return answer
            url = answer
        raise Reject(Reason.HTTP_ERROR, f"more than {REDIRECTS_MAX} redirects")

    async def _request(
        self, url: str, host: str, headers: Mapping[str, str], bytes_max: int
    ) -> Fetched | str | None:
        """A document, None for "not modified", or the URL to which it redirects."""
        try:
            async with (
                asyncio.timeout(self._settings.fetch_timeout_seconds),
                self._session.get(url, headers=headers, allow_redirects=False) as response,
            ):
                if response.status in _REDIRECTS and "Location" in response.headers:
                    return urljoin(url, response.headers["Location"])
                if response.status == 304:
                    return None
                if response.status != 200:
                    raise self._refusal(response, host)
                return Fetched(
                    url=url,
                    body=await _body(response, bytes_max),
                    content_type=_header(response, "Content-Type") or "",
                    charset=response.charset,
                    etag=_header(response, "ETag"),
                    last_modified=_header(response, "Last-Modified"),
                )
        except TimeoutError as error:
            seconds = self._settings.fetch_timeout_seconds
            raise Retry(f"no whole answer within {seconds:g} s") from error
        except (aiohttp.InvalidURL, ValueError) as error:
            raise Reject(Reason.UNSAFE_URL, "not a URL") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Retry(f"{type(error).__name__}: {error}") from error

    def _refusal(self, response: aiohttp.ClientResponse, host: str) -> Retry | Reject:
        status = response.status
        if status < 500 and status not in _WORTH_RETRYING:
            return Reject(Reason.HTTP_ERROR, f"HTTP {status}")
        after = retry_after(
            response.headers.get("Retry-After"), datetime.now(UTC), most=RETRY_AFTER_MAX
        )
        if after is None and status == 429:
            after = TOO_MANY_REQUESTS_PAUSE
        if after is not None:
            self._pacing.hold(host, after)
        return Retry(f"HTTP {status}", after=after)


def _header(response: aiohttp.ClientResponse, name: str) -> str | None:
    """A header; None where it is missing, or its bytes are no text that could be written down."""
    value = response.headers.get(name)
    return value if value is not None and value.isprintable() else None


async def _body(response: aiohttp.ClientResponse, bytes_max: int) -> bytes:
    """The decoded body, read no further than the limit: a small answer can unpack to gigabytes."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        size += len(chunk)
        if size > bytes_max:
            response.close()
            raise Reject(Reason.TOO_LARGE, f"more than {bytes_max} bytes")
        chunks.append(chunk)
    return b"".join(chunks)
