"""POST /articles: takes articles over HTTP and answers when Kafka has acknowledged them."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web

from pledgewatch.outcome import Outcome, Reason, Reject
from services.common.errors import UserError
from services.common.settings import IngestSettings, variable
from services.ingest.articles import Item, identity
from services.ingest.given import parse_given
from services.ingest.intake import Intake
from services.ingest.publish import Publisher

ANSWER_SECONDS_MAX = 5.0
FINISH_SECONDS_MAX = 2.0
REQUESTS_AT_ONCE = 32
TOKEN_CHARACTERS_MIN = 16
SOURCE = "push"


class PushError(UserError):
    """Push cannot be offered as it is set up."""


class Push:
    """The web server for articles that are sent."""

    def __init__(self, settings: IngestSettings, intake: Intake, publisher: Publisher) -> None:
        token = settings.push_token.get_secret_value() if settings.push_token else ""
        if len(token) < TOKEN_CHARACTERS_MIN:
            raise PushError(
                f"{variable('ingest', 'push_enabled')} is on: {variable('ingest', 'push_token')} "
                f"must be a secret of at least {TOKEN_CHARACTERS_MIN} characters"
            )
        self._authorization = f"Bearer {token}".encode()
        self._settings = settings
        self._intake = intake
        self._publisher = publisher
        self._under_way: set[asyncio.Task[list[Outcome]]] = set()
        self.port = 0

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Listen; on leaving, stop listening and finish what was taken in."""
        app = web.Application(client_max_size=self._settings.push_bytes_max)
        app.router.add_post("/articles", self._post)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=ANSWER_SECONDS_MAX)
        await runner.setup()
        host, port = self._settings.push_host, self._settings.push_port
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            await runner.cleanup()
            raise PushError(
                f"cannot listen on {host}:{port} ({error.strerror}): "
                f"set {variable('ingest', 'push_port')} to a free port, or to 0 for any"
            ) from error
        self.port = runner.addresses[0][1]
        try:
            yield
        finally:
            await runner.cleanup()
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=FINISH_SECONDS_MAX)

    async def _post(self, request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._authorization):
            return _problem(401, "a bearer token is needed", {"WWW-Authenticate": "Bearer"})
        if self._publisher.problem:
            return _problem(503, self._publisher.problem, {"Retry-After": "10"})
        if len(self._under_way) >= REQUESTS_AT_ONCE:
            return _problem(429, "too many requests at once", {"Retry-After": "1"})
        try:
            async with asyncio.timeout(self._settings.fetch_timeout_seconds):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _problem(413, f"more than {self._settings.push_bytes_max} bytes")
        except TimeoutError:
            return _problem(408, "the request took too long to arrive")
        try:
            items = _items(body)
        except Reject as reject:
            return _problem(400, reject.message)
        task = asyncio.create_task(self._accept(items))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        done, _ = await asyncio.wait({task}, timeout=ANSWER_SECONDS_MAX)
        if not done:  # it goes on; the same articles sent again are duplicates
            return _problem(503, "Kafka has not acknowledged yet", {"Retry-After": "10"})
        results = [
            {"id": identity(item.url)[1], "url": item.url, "outcome": outcome}
            for item, outcome in zip(items, task.result(), strict=True)
        ]
        return web.json_response({"articles": results}, status=202)

    async def _accept(self, items: list[Item]) -> list[Outcome]:
        return await asyncio.gather(*(self._intake.accept(item) for item in items))


def _items(body: bytes) -> list[Item]:
    """The articles in a body: one JSON object, or one a line.

    Raises:
        Reject: its message names line and field.
    """
    if not body.strip():
        raise Reject(Reason.NOT_JSON, "no article in the request")
    try:
        msgspec.json.decode(body, type=dict)
        return [parse_given(body, source=SOURCE, via="push")]
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass  # not one object: then lines
    items = []
    for number, line in enumerate(body.splitlines(), start=1):
        if line.strip():
            try:
                items.append(parse_given(line.strip(), source=SOURCE, via="push"))
            except Reject as reject:
                raise Reject(reject.reason, f"line {number}: {reject.message}") from reject
    return items


def _problem(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": message}, status=status, headers=headers)
