"""Sessions, hosts and addresses: what is not ours is not taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from services.console.app import wants_json
from services.console.security import (
    SESSION_SECONDS,
    TRIES,
    TRIES_SECONDS,
    Guard,
    Sessions,
    is_csrf,
    same_origin,
    web_address,
)

TOKEN = "a long enough token"


class Clock:
    """A clock that stands still until it is moved."""

    now = 1_000_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def request(**headers: str) -> Request:
    """A request for the board."""
    return Request(
        {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "path": "/",
            "query_string": b"",
            "headers": [(n.replace("_", "-").encode(), v.encode()) for n, v in headers.items()],
        }
    )


def test_a_session_is_read_back_and_brings_its_own_mark() -> None:
    sessions = Sessions(TOKEN, Clock())
    first, second = (sessions.read(sessions.begin(name)) for name in ("Ada", "Ada"))
    assert first is not None
    assert second is not None
    assert first.name == "Ada"
    assert is_csrf(first, first.csrf)
    assert not is_csrf(first, second.csrf)
    assert not is_csrf(first, "")


def test_a_session_ends_and_a_new_token_ends_all() -> None:
    clock = Clock()
    sessions = Sessions(TOKEN, clock)
    cookie = sessions.begin("Ada")
    assert Sessions("another long token", clock).read(cookie) is None
    assert Sessions(None, clock).read(cookie) is None
    clock.now += SESSION_SECONDS + 1
    assert sessions.read(cookie) is None


@given(st.text(max_size=60))
def test_a_cookie_that_we_did_not_make_is_nobody(cookie: str) -> None:
    sessions = Sessions(TOKEN)
    assert sessions.read(cookie) is None
    payload, _, signature = sessions.begin("Ada").partition(".")
    assert sessions.read(f"{payload}x.{signature}") is None
    assert sessions.read(f"{payload}.{signature[:-1]}") is None


def test_guessing_is_barred_for_a_while() -> None:
    clock = Clock()
    sessions = Sessions(TOKEN, clock)
    assert sessions.accepts(TOKEN)
    for _ in range(TRIES):
        assert not sessions.accepts("wrong")
    assert sessions.barred
    assert not sessions.accepts(TOKEN)
    clock.now += TRIES_SECONDS + 1
    assert sessions.accepts(TOKEN)


def test_without_a_token_nobody_signs_in() -> None:
    sessions = Sessions(None)
    assert not sessions.possible
    assert not sessions.accepts("")


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("localhost:8600", True),
        ("LOCALHOST", True),
        ("127.0.0.1:8600", True),
        ("[::1]:8600", True),
        ("evil.example:8600", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("evil.example@localhost.example", False),
        ("[", False),
        ("", False),
    ],
)
def test_only_hosts_of_ours_are_answered(host: str, ours: bool) -> None:
    async def app(*_: object) -> None:
        """Nobody gets here."""

    assert Guard(app, ("127.0.0.1", "localhost", "::1"))._is_ours(host) is ours


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"host": "localhost:8600", "origin": "http://localhost:8600"}, True),
        ({"host": "localhost:8600", "origin": "http://evil.example"}, False),
        ({"host": "localhost:8600", "origin": "https://localhost:8600"}, True),
        ({"host": "localhost:8600", "origin": "http://localhost:9999"}, False),
        ({"host": "localhost:8600", "origin": "null"}, False),
        ({"host": "localhost:8600", "sec_fetch_site": "cross-site"}, False),
        ({"host": "localhost:8600", "sec_fetch_site": "same-origin"}, True),
        ({"host": "localhost:8600"}, True),
    ],
)
def test_forms_are_taken_from_our_own_pages(headers: dict[str, str], own: bool) -> None:
    assert same_origin(request(**headers)) is own


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JAVASCRIPT:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "//news.example/a",
        "http://",
        "http://[",
        "",
        None,
    ],
)
def test_what_is_no_web_page_is_no_link(url: str | None) -> None:
    assert web_address(url) is None


@pytest.mark.parametrize(
    ("accept", "json"),
    [
        ("application/json", True),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("application/json;q=0.5, text/html", False),
        ("text/html;q=0.5, application/json", True),
        ("application/json;q=x", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_the_reader_chooses_between_html_and_json(accept: str, json: bool) -> None:
    assert wants_json(request(accept=accept)) is json
