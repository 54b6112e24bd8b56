"""What `pledgewatch notify` prints: a dry run of the rules, and the log of deliveries."""

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pledgewatch.alerts.messages import summary
from pledgewatch.alerts.rules import receivers_of, why_nobody
from pledgewatch.records import Delivery, PledgeEvent, encode
from services.common.errors import UserError
from services.common.kafka import Topics
from services.common.kept import read_back
from services.common.reach import asking_kafka
from services.common.settings import load
from services.notify.rules_file import routing


def dry_run(file: Path | None, rules: Path | None) -> int:
    """Print who would be told of each event, and why not; 1 where lines were left out."""
    settings = load().notify
    if rules is not None:
        settings = settings.model_copy(update={"rules": rules})
    route = routing(settings)
    if not route.receivers:
        raise UserError(
            "no receiver is set: give --rules, or set PLEDGEWATCH_NOTIFY__ALERTMANAGER_URL or "
            "PLEDGEWATCH_NOTIFY__RULES"
        )
    console, bad = Console(), 0
    for number, event in _events(file):
        if isinstance(event, str):
            bad += 1
            Console(stderr=True).print(f"line {number}: {event}", markup=False, soft_wrap=True)
            continue
        told = receivers_of(event, route.rules)
        console.print(f"[bold]{escape(summary(event))}[/]", soft_wrap=True)
        if told:
            names = ", ".join(f"{name} ({severity})" for name, severity in told.items())
            console.print(f"  → {names}", highlight=False, soft_wrap=True)
        if (why := why_nobody(event)) is not None:
            console.print(f"  nobody: {why}", style="dim", highlight=False, soft_wrap=True)
        else:
            for place, rule in enumerate(route.rules, 1):
                untold = [name for name in rule.to if name not in told]
                if untold:
                    console.print(
                        f"  not {', '.join(untold)} by rule {place}: {rule.refuses(event)}",
                        style="dim",
                        highlight=False,
                        soft_wrap=True,
                    )
    return 1 if bad else 0


def _events(file: Path | None) -> Iterator[tuple[int, PledgeEvent | str]]:
    """Line number, and the event or what is wrong."""
    decoder = msgspec.json.Decoder(PledgeEvent)
    try:
        with sys.stdin.buffer if file is None else file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    try:
                        yield number, decoder.decode(line)
                    except msgspec.DecodeError as error:
                        yield number, str(error)
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error}") from error


def show_log(*, receiver: str | None, status: str | None, limit: int, as_json: bool) -> None:
    """Print deliveries, the newest last.

    Raises:
        UserError: Kafka cannot be reached, or has no such topic.
    """
    settings = load().kafka
    with asking_kafka(settings), Console(stderr=True).status("reading"):
        found = read_back(settings, Topics(settings.topic_prefix).deliveries, Delivery)
    deliveries = sorted(
        (
            one
            for kept in found.values()
            for one in kept
            if receiver in (None, one.receiver) and status in (None, one.status)
        ),
        key=lambda one: one.updated,
    )[-limit:]
    if as_json:
        for one in deliveries:
            sys.stdout.buffer.write(encode(one) + b"\n")
        return
    table = Table("when", "to", "status", "tries", "what", box=box.SIMPLE_HEAD)
    for one in deliveries:
        problem = f"\n[red]{escape(one.problem)}[/]" if one.problem else ""
        table.add_row(
            f"{one.updated:%Y-%m-%d %H:%M:%S}",
            one.receiver,
            one.status,
            str(one.attempts),
            escape(summary(one.event)) + problem,
        )
    Console().print(table)
