"""`pledgewatch kibana import` against a server that answers as Kibana does."""

import json
import ssl
import subprocess
import threading
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.common import settings as common
from services.common.errors import UserError
from services.kibana.build import default
from services.local.servers import free_port

pytestmark = pytest.mark.integration

OBJECTS = [json.loads(line) for line in default().splitlines()]


@dataclass
class FakeKibana:
    """What it is to answer, and what it was asked."""

    url: str = ""
    levels: list[str] = field(default_factory=lambda: ["available"])
    """Its status, one after the other; the last one stays."""
    status: int = 200
    answer: dict[str, Any] | None = None
    """To the import; None: that all was taken."""
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    imported: list[dict[str, Any]] = field(default_factory=list)

    def replies(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        if path.endswith("/api/status"):
            level = self.levels.pop(0) if len(self.levels) > 1 else self.levels[0]
            return 200, {"version": {"number": "9.5.2"}, "status": {"overall": {"level": level}}}
        if headers.get("kbn-xsrf") is None:
            return 400, {"message": "Request must contain a kbn-xsrf header."}
        if self.status != 200:
            return self.status, {"statusCode": self.status, "message": "so it says"}
        message = message_from_bytes(
            f"Content-Type: {headers['content-type']}\r\n\r\n".encode() + body
        )
        parts = [part for part in message.walk() if not part.is_multipart()]
        assert [part.get_filename() for part in parts] == ["pledgewatch.ndjson"]
        content = parts[0].get_payload(decode=True)
        assert isinstance(content, bytes)
        self.imported = [json.loads(line) for line in content.splitlines()]
        taken = [{"type": one["type"], "id": one["id"]} for one in self.imported]
        return 200, self.answer or {
            "success": True,
            "successCount": len(taken),
            "successResults": taken,
        }


@pytest.fixture
def kibana(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeKibana]:
    """A server on loopback; the settings lead to it."""
    yield from _serve(FakeKibana(), monkeypatch)


def _serve(
    fake: FakeKibana, monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext | None = None
) -> Iterator[FakeKibana]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply(b"")

        def do_POST(self) -> None:
            self._reply(self.rfile.read(int(self.headers["Content-Length"])))

        def _reply(self, body: bytes) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            fake.requests.append((self.command, self.path, headers))
            status, answer = fake.replies(self.path, headers, body)
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            if 300 <= status < 400:
                self.send_header("Location", "/login")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        fake.url = f"{scheme}://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("PLEDGEWATCH_KIBANA__URL", fake.url)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield fake
        server.shutdown()
        thread.join()


def run(*arguments: str) -> str:
    """What the command prints; its error is raised."""
    common.load.cache_clear()
    result = CliRunner().invoke(app, ["kibana", "import", *arguments], catch_exceptions=False)
    return result.output


def test_everything_is_imported_over_what_is_there(kibana: FakeKibana) -> None:
    output = run()
    assert kibana.imported == OBJECTS
    assert kibana.requests[-1][:2] == ("POST", "/api/saved_objects/_import?overwrite=true")
    assert "imported into Kibana 9.5.2: 6 dashboard, 9 index-pattern" in output
    assert f"{kibana.url}/app/dashboards#/view/pledgewatch-pledge-board" in output


def test_a_program_can_read_what_was_done(kibana: FakeKibana) -> None:
    said = json.loads(run("--json"))
    assert said["kibana"] == "9.5.2"
    assert said["objects"]["dashboard"] == 6


def test_links_lead_to_the_given_console(kibana: FakeKibana) -> None:
    run("--console-url", "https://console.example")
    view = next(one for one in kibana.imported if one["id"] == "pledgewatch-mentions")
    assert "https://console.example/mentions/{{value}}" in view["attributes"]["fieldFormatMap"]


def test_it_waits_until_kibana_is_available(
    kibana: FakeKibana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.kibana.importing.POLL_SECONDS", 0.01)
    kibana.levels = ["unavailable", "critical", "available"]
    run("--wait", "60")
    assert [path for _, path, _ in kibana.requests[:3]] == ["/api/status"] * 3
    assert kibana.imported


def test_without_waiting_a_kibana_that_starts_is_an_error(kibana: FakeKibana) -> None:
    kibana.levels = ["unavailable"]
    with pytest.raises(UserError, match=r"unavailable.*PLEDGEWATCH_KIBANA__URL"):
        run()
    assert not kibana.imported


def test_a_password_and_a_space_are_used(
    kibana: FakeKibana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLEDGEWATCH_KIBANA__USERNAME", "importer")
    monkeypatch.setenv("PLEDGEWATCH_KIBANA__PASSWORD", "correct horse")
    monkeypatch.setenv("PLEDGEWATCH_KIBANA__SPACE", "news")
    run()
    _, path, headers = kibana.requests[-1]
    assert path.startswith("/s/news/api/saved_objects/_import")
    login = b64decode(headers["authorization"].removeprefix("Basic ")).decode()
    assert login == "importer:correct horse"


def test_an_api_key_is_used_first(kibana: FakeKibana, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLEDGEWATCH_KIBANA__API_KEY", "a2V5")
    run()
    assert kibana.requests[-1][2]["authorization"] == "ApiKey a2V5"


def test_objects_that_were_not_taken_are_named_with_the_reason(kibana: FakeKibana) -> None:
    kibana.answer = {
        "success": False,
        "successCount": 20,
        "errors": [
            {
                "type": "dashboard",
                "id": "pledgewatch-replay",
                "error": {"type": "unknown", "message": "[attributes.bogus]: not expected"},
            },
            {
                "type": "search",
                "id": "s",
                "error": {
                    "type": "missing_references",
                    "references": [{"type": "index-pattern", "id": "gone"}],
                },
            },
        ],
    }
    with pytest.raises(UserError) as raised:
        run()
    message = str(raised.value)
    assert "Kibana 9.5.2 did not take all objects" in message
    assert "dashboard/pledgewatch-replay: [attributes.bogus]: not expected" in message
    assert "search/s refers to index-pattern/gone, which is not there" in message


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, "PLEDGEWATCH_KIBANA__API_KEY"),
        (403, "who may import saved objects"),
        (302, "leads elsewhere"),
        (422, r"refused \(422\): so it says"),
        (500, r"refused \(500\): so it says"),
        (503, "does not answer"),
    ],
)
def test_a_refusal_says_what_to_do(kibana: FakeKibana, status: int, expected: str) -> None:
    kibana.status = status
    with pytest.raises(UserError, match=expected):
        run()


def test_a_server_that_is_no_kibana_is_named(
    kibana: FakeKibana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kibana, "replies", lambda *_: (200, b"<html>hello</html>"))
    with pytest.raises(UserError, match="is this Kibana"):
        run()


def test_nobody_there_is_an_error_with_the_setting() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(UserError, match=rf"{url}.*PLEDGEWATCH_KIBANA__URL"):
        run("--url", url)


def test_a_certificate_is_checked_against_the_given_ca(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    options = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=kibana"
    subject = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        ["openssl", *options.split(), *subject, "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    for fake in _serve(FakeKibana(), monkeypatch, tls):
        with pytest.raises(UserError, match="certificate"):
            run()
        assert not fake.imported
        monkeypatch.setenv("PLEDGEWATCH_KIBANA__CA_CERTS", str(certificate))
        run()
        assert fake.imported == OBJECTS
