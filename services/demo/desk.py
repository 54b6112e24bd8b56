"""The desk of the demo: a webhook receiver that believes what is signed, and keeps it."""

import json
import secrets
import threading
from base64 import b64encode
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from pledgewatch.alerts import DEFAULTS


class Desk:
    """Listens on loopback while it is entered.

    `told` has the data of each event, by its id; `at`, when it came first.
    """

    def __init__(self) -> None:
        self.told: dict[str, dict[str, Any]] = {}
        self.at: dict[str, datetime] = {}
        self._secret = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
        self._webhook = Webhook(self._secret)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def write_rules(self, folder: Path) -> Path:
        """The rules file that sends the desk what Alertmanager gets by default."""
        secret = folder / "desk-secret"
        secret.touch(mode=0o600)
        secret.write_text(self._secret, encoding="utf-8")
        url = f"http://127.0.0.1:{self._server.server_port}/"
        rules = [
            {"to": ["desk"], "events": sorted(rule.events), "severity": rule.severity}
            for rule in DEFAULTS
        ]
        receivers = {"desk": {"webhook": url, "secret_files": [str(secret)]}}
        file = folder / "alerts.yaml"
        file.write_text(json.dumps({"receivers": receivers, "rules": rules}), encoding="utf-8")
        return file

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    message = desk._webhook.verify(body, dict(self.headers.items()))
                except WebhookVerificationError:
                    self.send_response(401)
                else:
                    data = message["data"]
                    for one in data.get("events", [data]):
                        desk.at.setdefault(one["event"]["id"], datetime.now(UTC))
                        desk.told[one["event"]["id"]] = one
                    self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Requests are no news."""

        return Handler
