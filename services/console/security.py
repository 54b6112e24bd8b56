"""What guards the pages: names, headers, sessions and forms."""

import hmac
import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.common.settings import variable

SESSION_SECONDS = 12 * 3600
NAME_MAX = 80
TRIES = 5
TRIES_SECONDS = 60
"""So many wrong tokens in so long a time, and nobody can sign in until it has passed."""

HEADERS = {
    # nothing but our own files; no script or style in a page, and in nobody's frame
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # a stricter one would take the origin from our own forms too
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Refuses hosts that are not ours (DNS rebinding), and sets the headers of every answer."""

    def __init__(self, app: ASGIApp, allowed_hosts: Collection[str]) -> None:
        self._app = app
        self._allowed = {one.casefold().strip("[]") for one in allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        host = Headers(scope=scope).get("host", "")
        app = self._app if self._is_ours(host) else _refusal(host)
        await app(scope, receive, send_guarded)

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        return name is not None and name.casefold() in self._allowed


def _refusal(host: str) -> PlainTextResponse:
    return PlainTextResponse(
        f"This console does not go by the name {host[:100]!r}: ask for it by one of those in "
        f"{variable('console', 'allowed_hosts')}, or add the name there.\n",
        status_code=421,
    )


def same_origin(request: Request) -> bool:
    """Whether a form was sent from our own page: browsers say where it stands."""
    origin = request.headers.get("origin")
    if origin is not None:
        # a proxy may speak TLS for us, so the scheme is not ours to compare
        scheme, _, place = origin.partition("://")
        return scheme in ("http", "https") and place == request.headers.get("host")
    return request.headers.get("sec-fetch-site", "same-origin") == "same-origin"


@dataclass(frozen=True)
class Session:
    """Who signed in; `csrf` is what their forms must bring along."""

    name: str
    csrf: str


class Sessions:
    """Cookies that say who signed in with the token; another token makes them worthless."""

    def __init__(self, token: str | None, clock: Callable[[], float] = time.time) -> None:
        self._token = token
        self._key = hmac.digest((token or secrets.token_hex()).encode(), b"console", "sha256")
        self._clock = clock
        self._wrong: deque[float] = deque(maxlen=TRIES)

    @property
    def possible(self) -> bool:
        """Whether there is a token to sign in with."""
        return self._token is not None

    @property
    def barred(self) -> bool:
        """Whether too many wrong tokens came in."""
        return len(self._wrong) == TRIES and self._clock() - self._wrong[0] < TRIES_SECONDS

    def accepts(self, token: str) -> bool:
        """Whether it is the token; a wrong one is counted."""
        if self._token is None or self.barred:
            return False
        right = hmac.compare_digest(token.encode(), self._token.encode())
        if not right:
            self._wrong.append(self._clock())
        return right

    def begin(self, name: str) -> str:
        """The cookie of who signed in."""
        session = {"name": name, "id": secrets.token_hex(8), "until": self._until()}
        payload = urlsafe_b64encode(json.dumps(session).encode()).decode()
        return f"{payload}.{self._signature(payload)}"

    def read(self, cookie: str | None) -> Session | None:
        """Whose cookie it is; None where it is not ours, or too old."""
        payload, _, signature = (cookie or "").partition(".")
        if not self.possible or not hmac.compare_digest(
            signature.encode(), self._signature(payload).encode()
        ):
            return None
        session = json.loads(urlsafe_b64decode(payload))
        if session["until"] < self._clock():
            return None
        return Session(session["name"], self._signature(f"csrf {session['id']}"))

    def _until(self) -> float:
        return self._clock() + SESSION_SECONDS

    def _signature(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), sha256).hexdigest()


def is_csrf(session: Session, given: str) -> bool:
    """Whether a form brought the session's own mark."""
    return hmac.compare_digest(session.csrf.encode(), given.encode())


def web_address(url: str | None) -> str | None:
    """The address if a browser may be sent there; None for anything but http and https.

    >>> web_address("https://news.example/a"), web_address("javascript:alert(1)")
    ('https://news.example/a', None)
    """
    if url is None:
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    return url.strip() if parts.scheme.lower() in ("http", "https") and parts.hostname else None
