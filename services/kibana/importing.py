"""Kibana's import: waits for Kibana, sends the file, and reads what became of each object."""

import base64
import json
import ssl
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from services.common.errors import UserError
from services.common.settings import KibanaSettings, variable

POLL_SECONDS = 1.0
ANSWER_BYTES_MAX = 10_000_000
ERRORS_SHOWN = 10

Json = dict[str, Any]


@dataclass(frozen=True)
class Imported:
    """How many objects of each type Kibana has taken, and its version."""

    kibana: str
    objects: dict[str, int]


class _Starting(Exception):
    """Kibana does not answer, or not yet as it should."""


class _NoRedirect(HTTPRedirectHandler):
    """An import that was led to a login page is no import."""

    def redirect_request(self, *args: Any) -> None:
        """Follow none."""
        return


class Kibana:
    """Kibana's HTTP API, as far as an import needs it."""

    def __init__(self, settings: KibanaSettings) -> None:
        self._settings = settings
        space = f"/s/{settings.space}" if settings.space else ""
        self._base = f"{settings.url.rstrip('/')}{space}"
        context = ssl.create_default_context(
            cafile=str(settings.ca_certs) if settings.ca_certs else None
        )
        self._opener = build_opener(HTTPSHandler(context=context), _NoRedirect())

    def import_objects(self, file: bytes, *, wait: float) -> Imported:
        """Import the file over what is there, once Kibana is up.

        Args:
            file: saved objects, one a line.
            wait: how many seconds Kibana may take to start; 0 asks once.

        Raises:
            UserError: no answer, a refusal, or objects that were not taken; says which and why.
        """
        version = self._version(wait)
        boundary = uuid.uuid4().hex
        body = (
            f"--{boundary}\r\n"
            'Content-Disposition: form-data; name="file"; filename="pledgewatch.ndjson"\r\n'
            "Content-Type: application/ndjson\r\n\r\n"
        ).encode()
        body += file + f"\r\n--{boundary}--\r\n".encode()
        try:
            answer = self._ask(
                "/api/saved_objects/_import?overwrite=true",
                body,
                {"Content-Type": f"multipart/form-data; boundary={boundary}"},
            )
        except _Starting as error:
            raise self._unreachable(error) from error
        if not answer.get("success"):
            raise UserError(_what_failed(answer, version))
        types = Counter(str(one.get("type")) for one in answer.get("successResults", ()))
        return Imported(version, dict(sorted(types.items())))

    def _version(self, wait: float) -> str:
        """Kibana's version, once it says that it is available."""
        deadline = time.monotonic() + wait
        while True:
            try:
                status = self._ask("/api/status")
                level = status.get("status", {}).get("overall", {}).get("level")
                if level in ("available", "degraded", None):
                    return str(status.get("version", {}).get("number", "unknown"))
                problem = _Starting(f"its status is {level!r}")
            except _Starting as error:
                problem = error
            if time.monotonic() >= deadline:
                raise self._unreachable(problem) from problem
            time.sleep(POLL_SECONDS)  # Kibana has to be asked whether it is ready

    def _ask(self, path: str, body: bytes | None = None, given: Json | None = None) -> Json:
        """The JSON of an answer; a POST where there is a body."""
        headers = {"kbn-xsrf": "pledgewatch", **self._authorization(), **(given or {})}
        request = Request(f"{self._base}{path}", data=body, headers=headers)  # noqa: S310
        try:
            with self._opener.open(
                request, timeout=self._settings.request_timeout_seconds
            ) as answer:
                content = answer.read(ANSWER_BYTES_MAX)
        except HTTPError as error:
            with error:
                said = error.read(ANSWER_BYTES_MAX)
            raise self._refused(error.code, said) from error
        except URLError as error:
            raise _Starting(str(error.reason)) from error
        except OSError as error:  # the connection broke, or time is up
            raise _Starting(str(error) or type(error).__name__) from error
        try:
            found = json.loads(content)
        except ValueError as error:
            raise _Starting("its answer is not JSON: is this Kibana?") from error
        if not isinstance(found, dict):
            raise _Starting("its answer is no JSON object: is this Kibana?")
        return found

    def _refused(self, code: int, said: bytes) -> Exception:
        """What an answer other than 2xx means."""
        url = self._settings.url
        if code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return UserError(
                f"Kibana at {url} refuses the login ({code}: {_message(said)}): set "
                f"{variable('kibana', 'api_key')}, or {variable('kibana', 'username')} and "
                f"{variable('kibana', 'password')} of a user who may import saved objects"
            )
        if code in (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, 504):
            return _Starting(f"it answers {code}: {_message(said)}")
        if 300 <= code < 400:
            return UserError(
                f"Kibana at {url} leads elsewhere ({code}): set {variable('kibana', 'url')} to its "
                "own address, with its base path"
            )
        return UserError(f"Kibana at {url} refused ({code}): {_message(said)}")

    def _unreachable(self, problem: Exception) -> UserError:
        return UserError(
            f"Kibana does not answer at {self._settings.url} ({problem}): start it, or set "
            f"{variable('kibana', 'url')}"
        )

    def _authorization(self) -> dict[str, str]:
        settings = self._settings
        if settings.api_key is not None:
            return {"Authorization": f"ApiKey {settings.api_key.get_secret_value()}"}
        if settings.username is not None and settings.password is not None:
            pair = f"{settings.username}:{settings.password.get_secret_value()}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        return {}


def _message(said: bytes) -> str:
    """The sentence in an error that Kibana, or a proxy before it, answers."""
    try:
        found = json.loads(said)
        return str(found["message"])
    except (ValueError, KeyError, TypeError):
        return said[:200].decode("utf-8", "replace").strip() or "no reason given"


def _what_failed(answer: Json, version: str) -> str:
    errors = [one for one in answer.get("errors", ()) if isinstance(one, dict)]
    lines = [_failure(one) for one in errors[:ERRORS_SHOWN]] or ["it does not say why"]
    if len(errors) > ERRORS_SHOWN:
        lines.append(f"and {len(errors) - ERRORS_SHOWN} more")
    return f"Kibana {version} did not take all objects: {'; '.join(lines)}"


def _failure(failed: Json) -> str:
    """Which object, and why."""
    name = f"{failed.get('type')}/{failed.get('id')}"
    error = failed.get("error")
    error = error if isinstance(error, dict) else {}
    if error.get("type") == "missing_references":
        missing = (f"{one.get('type')}/{one.get('id')}" for one in error.get("references", ()))
        return f"{name} refers to {', '.join(missing)}, which is not there"
    return f"{name}: {error.get('message') or error.get('type') or 'no reason given'}"
