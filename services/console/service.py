"""The console as a process: the web server, and the port of its health."""

import signal
import socket
from types import FrameType
from typing import Any

import uvicorn

from services.common import logging, running
from services.common.http import HealthServer, PortError
from services.common.metrics import ConsoleMetrics
from services.common.settings import ConsoleSettings, Settings, variable
from services.console.app import Console

BACKLOG = 128
STOP_SECONDS = 10
"""How long answers that are under way may take to end."""


def run(settings: Settings) -> None:
    """Serve until SIGTERM.

    Raises:
        PortError: a port cannot be had.
    """
    own = settings.console
    stop = running.stop_on_signals()  # uvicorn puts its own in place, and gives them back
    metrics = ConsoleMetrics()
    console = Console(settings, metrics)
    with (
        _listening(own) as listener,
        HealthServer(
            "console",
            own,
            metrics.registry,
            healthy=lambda: None,
            ready=console.reader.problem,
        ),
    ):
        port = listener.getsockname()[1]
        scheme = "https" if own.certfile else "http"
        shown = f"[{own.host}]" if ":" in own.host else own.host
        logging.get().info("console", url=f"{scheme}://{shown}:{port}/")
        if not stop.is_set():
            _Server(console, _config(own, console)).run(sockets=[listener])
    console.reader.close()


class _Server(uvicorn.Server):
    """Sends those home who listen for changes, so that it can stop."""

    def __init__(self, console: Console, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._console = console

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; once for all signals."""
        self._console.stream.close()
        super().handle_exit(signal.SIGTERM, frame)


def _config(settings: ConsoleSettings, console: Console) -> uvicorn.Config:
    tls: dict[str, Any] = {}
    if settings.certfile is not None:
        tls = {"ssl_certfile": settings.certfile, "ssl_keyfile": settings.keyfile}
    return uvicorn.Config(
        console.app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        ws="none",
        **tls,
    )


def _listening(settings: ConsoleSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        name = variable("console", "port")
        raise PortError(
            f"console cannot listen on {settings.host}:{settings.port} ({error.strerror}): set "
            f"{name} to a free port, or to 0 for any"
        ) from error
    return listener
