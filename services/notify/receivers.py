"""Sends to receivers: one request, and what its answer means."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
import msgspec

from pledgewatch.alerts import messages
from pledgewatch.outcome import Reject
from services.common import headers
from services.common.gate import Gate
from services.common.settings import NotifySettings
from services.notify.outbox import Due
from services.notify.rules_file import ReceiverConfig, signers

ANSWER_BYTES_MAX = 2_000
RETRY_AFTER_MAX = 24 * 3600.0
TOO_LARGE = (413,)
UNREADABLE = (400, 413, 422)


@dataclass(frozen=True, slots=True)
class Taken:
    """The receiver has it."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The receiver answered 410: it wants no more."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It was not taken; `after`: seconds that the receiver asked to wait."""

    problem: str
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It will not be taken as it is, however often: many at once may be taken in parts."""

    problem: str


Answer = Taken | Gone | Failed | Refused


class Receiver(Protocol):
    """Somebody who is told."""

    def send(self, due: Due) -> Answer:
        """Make one request. Blocks, at most for the deadline of the settings."""


def receiver(name: str, config: ReceiverConfig, settings: NotifySettings) -> Receiver:
    """The receiver of a configuration."""
    if config.alertmanager is not None:
        return Alertmanager(config.alertmanager, settings)
    return WebhookReceiver(name, config, settings)


class Alertmanager:
    """Alertmanager's v2 API: what it has taken it groups, silences and sends on."""

    def __init__(self, url: str, settings: NotifySettings) -> None:
        self._url = f"{url.rstrip('/')}/api/v2/alerts"
        self._settings = settings

    def send(self, due: Due) -> Answer:
        """Post the events of `due` as alerts, in one request."""
        now, lasts = datetime.now(UTC), timedelta(hours=self._settings.alert_hours)
        kibana, console = self._settings.kibana_url, self._settings.console_url
        alerts = [
            messages.alert(
                one.event, one.severity, now=now, lasts=lasts, kibana=kibana, console=console
            )
            for one in due.deliveries
        ]
        # one alert that it cannot read makes it refuse all of a request
        return post(self._url, msgspec.json.encode(alerts), {}, self._settings, refusals=UNREADABLE)


class WebhookReceiver:
    """A webhook as Standard Webhooks has it: signed, with the event's id to tell repeats by."""

    def __init__(self, name: str, config: ReceiverConfig, settings: NotifySettings) -> None:
        self._url = config.webhook or ""
        self._signers = signers(name, config)
        self._settings = settings

    def send(self, due: Due) -> Answer:
        """Post a digest, or one event, in fewer words where that is too large."""
        events = [one.event for one in due.deliveries]
        if due.is_digest:
            return self._post(due.message, messages.digest_body(events))
        answer = self._post(due.message, messages.webhook_body(events[0]))
        if isinstance(answer, Refused):
            answer = self._post(due.message, messages.short_body(events[0]))
            if isinstance(answer, Refused):
                return Refused(f"{answer.problem} (to a message of few words, too)")
        return answer

    def _post(self, id: str, body: bytes) -> Answer:
        now = datetime.now(UTC)
        text = body.decode()
        signatures = " ".join(one.sign(id, now, text) for one in self._signers)
        signed = {
            "webhook-id": id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signatures,
        }
        return post(self._url, body, signed, self._settings, refusals=TOO_LARGE)


def post(
    url: str,
    body: bytes,
    given: dict[str, str],
    settings: NotifySettings,
    *,
    refusals: Collection[int],
) -> Answer:
    """POST JSON through the gate; redirects are not followed.

    `refusals`: statuses after which the same body is not to be sent again. Problems name the host
    alone: the rest of a URL may be a secret.
    """
    try:
        return asyncio.run(_post(url, body, given, settings, refusals))
    except Reject as reject:
        return Failed(reject.message)
    except TimeoutError:
        return Failed(f"no answer within {settings.request_timeout_seconds:.0f} s")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        cause: Any = error.__cause__
        if isinstance(cause, Reject):
            return Failed(cause.message)
        return Failed(f"{urlsplit(url).hostname} cannot be reached: {type(error).__name__}")


async def _post(
    url: str,
    body: bytes,
    given: dict[str, str],
    settings: NotifySettings,
    refusals: Collection[int],
) -> Answer:
    gate = Gate((*settings.allowed_networks, *named_networks(url)))
    async with asyncio.timeout(settings.request_timeout_seconds):
        async with (
            aiohttp.ClientSession(
                connector=gate.connector(), cookie_jar=aiohttp.DummyCookieJar()
            ) as session,
            session.post(
                url,
                data=body,
                headers={"content-type": "application/json", **given},
                allow_redirects=False,
            ) as answer,
        ):
            said = "" if 200 <= answer.status < 400 else await _said(answer)
            meaning = _meaning(answer.status, answer.headers.get("retry-after"), said)
            if answer.status in refusals and isinstance(meaning, Failed):
                return Refused(meaning.problem)
            return meaning


async def _said(answer: aiohttp.ClientResponse) -> str:
    """The beginning of the body of a refusal, without control characters."""
    try:
        body = await answer.content.read(ANSWER_BYTES_MAX)
    except (aiohttp.ClientError, OSError, TimeoutError):
        return ""
    text = body.decode("utf-8", "replace")
    return "".join(one if one.isprintable() else " " for one in text)


def named_networks(url: str) -> list[IPv4Network | IPv6Network]:
    """What a receiver's URL itself names: its literal address, or this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return [IPv4Network("127.0.0.0/8"), IPv6Network("::1/128")]
    try:
        return [ip_network(host)]
    except ValueError:
        return []


def _meaning(status: int, retry_after: str | None, said: str) -> Answer:
    if 200 <= status < 300:
        return Taken()
    if status == 410:
        return Gone()
    if 300 <= status < 400:
        return Failed(f"answered {status}: redirects are not followed")
    line = " ".join(said.split())[:200]
    after = headers.retry_after(retry_after, datetime.now(UTC), most=RETRY_AFTER_MAX)
    return Failed(f"answered {status}{f': {line}' if line else ''}", after)
