"""The services as child processes of `pledgewatch up`."""

from collections.abc import Iterator, Mapping

import typer

from services.common.children import Child, Supervised, end
from services.common.settings import Settings, variable
from services.local.errors import LocalServerError
from services.local.servers import HOST, bindable, free_port

SERVICES = ("ingest", "classify", "ledger", "notify", "index", "reconcile", "console")
"""In the order in which they start and stop: what feeds the others comes first."""

COMMANDS = {"ledger": ("ledger", "--serve"), "notify": ("notify", "serve")}
"""Those that are not started by their name alone."""

CONSOLE_PORT = variable("console", "port")


def http_ports(settings: Settings) -> dict[str, str]:
    """A port for each service's metrics, and for the console's pages, as variables.

    They are the settings' own, or free ones.
    """
    ports: dict[str, str] = {}
    wanted = {variable(name, "http_port"): getattr(settings, name).http_port for name in SERVICES}
    for name, port in (wanted | {CONSOLE_PORT: settings.console.port}).items():
        free = port and bindable(port) and str(port) not in ports.values()
        ports[name] = str(port if free else free_port())
    return ports


def provision(environment: Mapping[str, str]) -> None:
    """Create topics, templates, indices and aliases.

    Raises:
        LocalServerError: it failed; its own words were shown.
    """
    child = Child("provision", ("provision",), environment, typer.echo)
    if child.wait() != 0:
        raise LocalServerError("provision failed: see its lines above")


class Pipeline:
    """All services, from `start` to `stop`; `check` starts those again that died."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._supervised = [
            Supervised(name, COMMANDS.get(name, (name,)), environment, typer.echo)
            for name in SERVICES
        ]

    def check(self) -> None:
        """Start what is not running and is due; call it often, from a thread that lives on."""
        for service in self._supervised:
            service.check()

    def stop(self) -> None:
        """SIGTERM to all, then SIGKILL to those that still run 30 s later."""
        end(self._supervised)


def listening(environment: Mapping[str, str]) -> Iterator[str]:
    """A line for each service that says where its metrics are, and where the pages for people."""
    for name in SERVICES:
        yield f"{name:<10} | http://{HOST}:{environment[variable(name, 'http_port')]}/metrics"
    yield f"{'console':<10} | http://{HOST}:{environment[CONSOLE_PORT]}/ has the pages for people"
