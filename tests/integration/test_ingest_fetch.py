"""The fetcher against a real web server: limits, redirects, politeness, hostile answers."""

import asyncio
import gzip
import resource
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from pledgewatch.outcome import Reason, Reject, Retry
from services.common.settings import IngestSettings
from services.ingest.fetch import REDIRECTS_MAX, Fetched, Fetcher
from services.ingest.parsing import Parser
from services.ingest.robots import Robots

pytestmark = pytest.mark.integration

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LIMIT = 1_000_000


def settings(**changed: object) -> IngestSettings:
    values: dict[str, object] = {
        "allowed_networks": ["127.0.0.0/8"],
        "host_delay_seconds": 0,
        "fetch_timeout_seconds": 5,
    }
    return IngestSettings.model_validate(values | changed)


@asynccontextmanager
async def site(**handlers: Handler) -> AsyncIterator[str]:
    """A web server; each handler is at the path of its name (`robots_txt` at /robots.txt)."""
    app = web.Application()
    for name, handler in handlers.items():
        app.router.add_get("/" + name.replace("_txt", ".txt"), handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello", headers={"ETag": '"1"', "Last-Modified": "then"})


def redirect(to: str, status: int = 302) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": to})

    return handler


def answer(status: int, **headers: str) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, headers=names)

    return handler


async def get(url: str, config: IngestSettings | None = None) -> Fetched | None:
    async with Fetcher(config or settings()) as fetcher:
        return await fetcher.get(url, bytes_max=LIMIT)


async def test_headers_that_are_no_text() -> None:
    answers = {
        b"/page": b'200 OK\r\nETag: "\xff"\r\nContent-Type: text/\xfe\r\n\r\nok',
        b"/redirect": b"302 Found\r\nLocation: /\xff\r\nContent-Length: 0\r\n\r\n",
    }

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 " + answers[request.split()[1]])
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        document = await get(f"{base}/page")
        assert document is not None
        assert (document.body, document.content_type, document.etag) == (b"ok", "", None)
        with pytest.raises(Reject) as refusal:
            await get(f"{base}/redirect")
        assert refusal.value.reason is Reason.UNSAFE_URL


async def test_document_with_its_validators() -> None:
    async with site(page=hello) as base:
        found = await get(f"{base}/page")
    assert found is not None
    assert (found.body, found.etag, found.last_modified) == (b"hello", '"1"', "then")
    assert (found.charset, found.url) == ("utf-8", f"{base}/page")


async def test_conditional_get() -> None:
    asked: list[tuple[str | None, str | None]] = []

    async def page(request: web.Request) -> web.Response:
        headers = request.headers
        asked.append((headers.get("If-None-Match"), headers.get("If-Modified-Since")))
        return web.Response(status=304)

    async with site(page=page) as base, Fetcher(settings()) as fetcher:
        found = await fetcher.get(f"{base}/page", bytes_max=LIMIT, etag='"1"', last_modified="then")
    assert found is None
    assert asked == [('"1"', "then")]


async def test_redirects_are_followed_by_hand() -> None:
    async with site(a=redirect("/b", 301), b=redirect("c", 307), c=hello) as base:
        found = await get(f"{base}/a")
    assert found is not None
    assert found.url == f"{base}/c"


async def test_too_many_redirects() -> None:
    count = 0

    async def again(request: web.Request) -> web.Response:
        nonlocal count
        count += 1
        return web.Response(status=302, headers={"Location": f"/again?{count}"})

    async with site(again=again) as base:
        with pytest.raises(Reject) as refusal:
            await get(f"{base}/again")
    assert refusal.value.reason is Reason.HTTP_ERROR
    assert count == REDIRECTS_MAX + 1


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1/",
        "javascript:alert(1)",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://0.0.0.0/",
        "http://167772161/",  # 10.0.0.1
        "http://0x0a000001/",
        "http://user:secret@127.0.0.1/",
        "//10.0.0.1/",
    ],
)
async def test_redirect_to_where_nothing_may_be_fetched(target: str) -> None:
    async with site(a=redirect(target)) as base:
        with pytest.raises(Reject) as refusal:
            await get(f"{base}/a")
    assert refusal.value.reason is Reason.UNSAFE_URL


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1"]
)
async def test_loopback_is_refused_however_it_is_spelt(host: str) -> None:
    asked = False

    async def page(request: web.Request) -> web.Response:
        nonlocal asked
        asked = True
        return web.Response()

    async with site(page=page) as base:
        port = base.rpartition(":")[2]
        with pytest.raises(Reject) as refusal:
            await get(f"http://{host}:{port}/page", settings(allowed_networks=[]))
    assert refusal.value.reason is Reason.UNSAFE_URL
    assert not asked


async def test_a_name_that_resolves_to_a_private_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate looks at what is dialled, so it does not matter what the name said before."""
    loop = asyncio.get_running_loop()

    async def rebound(host: str, port: int, **_: object) -> list[object]:
        return [(2, 1, 6, "", ("10.0.0.7", port))]

    monkeypatch.setattr(loop, "getaddrinfo", rebound)
    with pytest.raises(Reject, match=r"10\.0\.0\.7"):
        await get("http://news.example/")


async def test_proxy_variables_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with site(page=hello) as base:
        assert await get(f"{base}/page") is not None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
async def test_final_answers(status: int) -> None:
    async with site(page=answer(status)) as base:
        with pytest.raises(Reject) as refusal:
            await get(f"{base}/page")
    assert refusal.value.reason is Reason.HTTP_ERROR


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_answers_for_later(status: int) -> None:
    async with site(page=answer(status)) as base:
        with pytest.raises(Retry):
            await get(f"{base}/page")


async def test_retry_after_holds_the_whole_host() -> None:
    count = 0

    async def page(request: web.Request) -> web.Response:
        nonlocal count
        count += 1
        return web.Response(status=429, headers={"Retry-After": "300"})

    async with site(page=page, other=page) as base, Fetcher(settings()) as fetcher:
        for path in ("page", "other", "page"):
            with pytest.raises(Retry) as retry:
                await fetcher.get(f"{base}/{path}", bytes_max=LIMIT)
            assert retry.value.after == pytest.approx(300, abs=5)
    assert count == 1


async def test_nobody_listens() -> None:
    async with site(page=hello) as base:
        pass
    with pytest.raises(Retry):
        await get(f"{base}/page")


# --- hostile answers ---------------------------------------------------------------------------


def memory_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def packed(encoding: str, data: bytes) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=data, headers={"Content-Encoding": encoding})

    return handler


def _gzip_bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(512)) + packer.flush()


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(bytes(100_000))


async def drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x")
        await asyncio.sleep(0.05)


async def silent(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(60)
    return web.Response()


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (packed("gzip", _gzip_bomb()), Reason.TOO_LARGE),
        (packed("deflate", zlib.compress(bytes(1 << 28))), Reason.TOO_LARGE),
        (packed("gzip", gzip.compress(bytes(1 << 20)) * 100), Reason.TOO_LARGE),
        (endless, Reason.TOO_LARGE),
    ],
    ids=["gzip", "deflate", "many members", "endless"],
)
async def test_bombs(handler: Handler, reason: Reason) -> None:
    async with site(page=handler) as base:
        before, started = memory_mib(), time.monotonic()
        with pytest.raises(Reject) as refusal:
            await get(f"{base}/page")
    assert refusal.value.reason is reason
    assert memory_mib() - before < 64
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("handler", [drip, silent])
async def test_slow_answers_end_at_the_deadline(handler: Handler) -> None:
    async with site(page=handler) as base:
        started = time.monotonic()
        with pytest.raises(Retry):
            await get(f"{base}/page", settings(fetch_timeout_seconds=1))
    assert time.monotonic() - started < 4


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nnogzip",
        b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000,
    ],
    ids=["nothing", "no http", "cut", "no gzip", "bad location", "endless headers"],
)
async def test_broken_answers(raw: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises((Retry, Reject)):
            await get(f"http://127.0.0.1:{port}/page")


# --- robots.txt --------------------------------------------------------------------------------


@asynccontextmanager
async def robots(config: IngestSettings) -> AsyncIterator[tuple[Robots, Fetcher]]:
    async with Fetcher(config) as fetcher, Parser(config) as parser:
        yield Robots(config, fetcher, parser), fetcher


async def test_robots_is_obeyed_and_fetched_once() -> None:
    count = 0

    async def rules(request: web.Request) -> web.Response:
        nonlocal count
        count += 1
        return web.Response(text="User-agent: *\nDisallow: /page\n")

    async with (
        site(robots_txt=rules, page=hello, other=hello) as base,
        robots(settings()) as (judge, fetcher),
    ):
        with pytest.raises(Reject) as refusal:
            await fetcher.get(f"{base}/page", bytes_max=LIMIT, permit=judge.permit)
        found = await fetcher.get(f"{base}/other", bytes_max=LIMIT, permit=judge.permit)
    assert refusal.value.reason is Reason.ROBOTS
    assert found is not None
    assert count == 1


async def test_robots_is_asked_again_after_a_redirect() -> None:
    async def rules(request: web.Request) -> web.Response:
        return web.Response(text="User-agent: *\nDisallow: /page\n")

    async with (
        site(robots_txt=rules, a=redirect("/page"), page=hello) as base,
        robots(settings()) as (judge, fetcher),
    ):
        with pytest.raises(Reject) as refusal:
            await fetcher.get(f"{base}/a", bytes_max=LIMIT, permit=judge.permit)
    assert refusal.value.reason is Reason.ROBOTS


@pytest.mark.parametrize(("status", "error"), [(404, None), (403, None), (500, Retry)])
async def test_without_robots(status: int, error: type[Retry] | None) -> None:
    async with (
        site(robots_txt=answer(status), page=hello) as base,
        robots(settings()) as (judge, fetcher),
    ):
        page = fetcher.get(f"{base}/page", bytes_max=LIMIT, permit=judge.permit)
        if error is None:
            assert await page
        else:
            with pytest.raises(error):
                await page
