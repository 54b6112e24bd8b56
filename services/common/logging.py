"""Logs on standard error: ECS JSON for machines, short lines for people."""

import logging
import sys
from typing import Any

import ecs_logging
import structlog

from services.common.settings import LogSettings


def configure(settings: LogSettings, service: str) -> None:
    """Set up structlog and the standard library's logging for this process."""
    as_json = settings.format == "json" or (settings.format == "auto" and not sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Any = (
        ecs_logging.StructlogFormatter()
        if as_json
        else structlog.dev.ConsoleRenderer(pad_event_to=0)
    )
    level = logging.getLevelNamesMapping()[settings.level]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(**{"service.name": f"pledgewatch-{service}"})
    handler = logging.StreamHandler(sys.stderr)
    if as_json:
        handler.setFormatter(ecs_logging.StdlibFormatter())
    else:
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    # Libraries explain each reconnection at INFO; what matters of it is in our metrics.
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)
    # It warns of each task that waited for a busy processor.
    logging.getLogger("kafka.net.selector").setLevel(logging.ERROR)


def get() -> Any:
    """A structlog logger."""
    return structlog.get_logger()
