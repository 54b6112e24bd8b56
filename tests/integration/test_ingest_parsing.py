"""The parser's child process: it answers, it is killed when it hangs, and comes back."""

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pledgewatch.outcome import Reason, Reject
from services.common.settings import IngestSettings
from services.ingest.fetch import Fetched
from services.ingest.parsing import Parser

pytestmark = pytest.mark.integration

GOOD = b"<rss version='2.0'><channel><item><link>https://n.example/a</link></item></channel></rss>"


def document(body: bytes) -> Fetched:
    return Fetched(
        url="https://n.example/feed",
        body=body,
        content_type="",
        charset=None,
        etag=None,
        last_modified=None,
    )


@pytest.fixture
async def parser() -> AsyncIterator[Parser]:
    async with Parser(IngestSettings(parse_timeout_seconds=3)) as parser:
        yield parser


async def well(parser: Parser) -> bool:
    return len((await parser.feed(document(GOOD))).entries) == 1


async def test_answers(parser: Parser) -> None:
    assert await well(parser)
    with pytest.raises(Reject) as refusal:
        await parser.page(b"<html><body><p>Log in.</p></body></html>", None, "https://n.example/a")
    assert refusal.value.reason is Reason.NO_TEXT
    assert await well(parser)


async def test_secrets_stay_with_the_parent(
    parser: Parser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLEDGEWATCH_KAFKA__SASL_PASSWORD", "secret-of-the-parent")
    assert await well(parser)
    assert parser._child is not None
    assert b"secret-of-the-parent" not in _environment(parser._child.pid)


def _environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


@pytest.mark.parametrize(
    "body",
    [
        GOOD.replace(b"<link>", b"<title>" + b"<b>" * 200_000 + b"</title><link>"),
        b"<rss version='2.0'><channel>"
        + b"<item><link>/a</link><description>&lt;p&gt;word word&lt;/p&gt;</description></item>"
        * 40_000
        + b"</channel></rss>",
    ],
    ids=["nested tags", "many entries"],
)
async def test_what_takes_too_long_ends_at_the_deadline(parser: Parser, body: bytes) -> None:
    assert await well(parser)
    started = time.monotonic()
    with pytest.raises(Reject) as refusal:
        await parser.feed(document(body))
    assert refusal.value.reason in (Reason.PARSE_TIMEOUT, Reason.PARSE_ERROR)
    assert time.monotonic() - started < 10
    assert await well(parser)


@pytest.mark.parametrize("depth", [1_000, 100_000])
async def test_deep_pages(parser: Parser, depth: int) -> None:
    body = b"<div>" * depth + b"text" + b"</div>" * depth
    with pytest.raises(Reject):
        await parser.page(body, None, "https://n.example/a")
    assert await well(parser)


async def test_a_killed_child_is_replaced(parser: Parser) -> None:
    assert await well(parser)
    assert parser._child is not None
    parser._child.kill()
    with pytest.raises(Reject) as refusal:
        await parser.feed(document(GOOD))
    assert refusal.value.reason is Reason.PARSE_ERROR
    assert await well(parser)


async def test_a_child_that_died_between_documents_costs_none(parser: Parser) -> None:
    assert await well(parser)
    assert parser._child is not None
    parser._child.kill()
    await parser._child.wait()
    assert await well(parser)


async def test_no_child_is_left() -> None:
    async with Parser(IngestSettings()) as parser:
        assert await well(parser)
        assert parser._child is not None
        pid = parser._child.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
