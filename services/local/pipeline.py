"""The services as child processes of `pledgewatch up`."""

from collections.abc import Iterator, Mapping

import typer

from services.common.children import Child, Supervised, end
from services.common.settings import Settings, variable
from services.local.errors import LocalServerError
from services.local.servers import HOST, bindable, free_port

SERVICES = ("ingest", "classify", "ledger", "notify", "index", "reconcile")
"""In the order in which they start and stop: what feeds the others comes first."""

COMMANDS = {"ledger": ("ledger", "--serve"), "notify": ("notify", "serve")}
"""Those that are not started by their name alone."""


def http_ports(settings: Settings) -> dict[str, str]:
    """A port for each service's metrics, as variables: the settings' own, or a free one."""
    ports: dict[str, str] = {}
    for name in SERVICES:
        wanted = getattr(settings, name).http_port
        free = wanted and bindable(wanted) and str(wanted) not in ports.values()
        ports[variable(name, "http_port")] = str(wanted if free else free_port())
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
    """A line for each service that says where its metrics are."""
    for name in SERVICES:
        yield f"{name:<10} | http://{HOST}:{environment[variable(name, 'http_port')]}/metrics"
