"""The one HTTP port of each service: /metrics, /healthz (it lives), /readyz (it can work)."""

import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any, cast
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from services.common.errors import UserError
from services.common.settings import ServiceSettings, variable

Check = Callable[[], str | None]
"""None when all is well, else a sentence that says what is not."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _SilentHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Probes are not news."""


class PortError(UserError):
    """The port cannot be had; the message says which setting to change."""


class HealthServer:
    """Serves the pages of one service from a daemon thread; a context manager."""

    def __init__(
        self,
        service: str,
        settings: ServiceSettings,
        registry: CollectorRegistry,
        *,
        healthy: Check,
        ready: Check,
    ) -> None:
        metrics = make_wsgi_app(registry)
        checks = {"/healthz": healthy, "/readyz": ready}

        def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            path = environ.get("PATH_INFO")
            if path == "/metrics":
                return cast("Iterable[bytes]", metrics(environ, start_response))
            check = checks.get(str(path))
            if check is None:
                status, body = "404 Not Found", "try /metrics, /healthz or /readyz"
            else:
                problem = check()
                status, body = ("503 Service Unavailable", problem) if problem else ("200 OK", "ok")
            start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
            return [f"{body}\n".encode()]

        try:
            self._server = make_server(
                settings.http_host,
                settings.http_port,
                application,
                server_class=_Server,
                handler_class=_SilentHandler,
            )
        except OSError as error:
            name = variable(service, "http_port")
            raise PortError(
                f"{service} cannot listen on {settings.http_host}:{settings.http_port} "
                f"({error.strerror}): set {name} to a free port, or to 0 for any"
            ) from error
        self.port: int = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="health", daemon=True
        )

    def __enter__(self) -> "HealthServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
