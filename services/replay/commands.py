"""`pledgewatch replay`: run the articles through again, compare, and switch over."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pledgewatch.records import Run
    from services.replay.plan import Plan

app = typer.Typer()
replay = typer.Typer(
    help="Run the articles through again beside the live run, see what would change, switch over.",
    no_args_is_help=True,
)
app.add_typer(replay, name="replay")

Id = Annotated[str, typer.Argument(metavar="RUN", help="`pledgewatch replay list` shows them.")]
By = Annotated[str, typer.Option(envvar="USER", help="Who does so; default: who is logged in.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
STAGES = ("classify", "ledger", "index")


@replay.command()
def start(
    since: Annotated[
        str | None, typer.Option(help="Derive anew what was published from this time on.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="... and before this time.")] = None,
    sources: Annotated[
        list[str] | None,
        typer.Option("--sources", "--source", help="... and by this source; can be given again."),
    ] = None,
    stages: Annotated[
        str, typer.Option(help="What is done again, from where on: see above.")
    ] = "classify,ledger,index",
    model: Annotated[
        Path | None,
        typer.Option(help="Folder of another model; default: the live run's.", exists=True),
    ] = None,
    rate: Annotated[
        str | None, typer.Option(help="At most so many articles a second, such as 200/s.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="How many classify at once.")] = 1,
    name: Annotated[str | None, typer.Option(help="Name of the run; default: the time.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would take.")
    ] = False,
    alongside: Annotated[
        bool, typer.Option("--alongside", help="Though another replay is at work.")
    ] = False,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Work in this process, as a container does.")
    ] = False,
    detached: Annotated[bool, typer.Option("--detached", help="Do not stay to watch.")] = False,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Start a replay. Nobody is alerted, and nothing that is read changes until `promote`.

    All articles that are kept are run through again, or those of a time or a source: the rest is
    carried over as it is, and so is what people put right. With `--stages ledger,index` the
    mentions stay, with `--stages index` pledges and events too: that is for a new mapping.

    It works on by itself when this terminal is closed (`replay attach` shows it again), gives way
    to live articles, and follows them once it has caught up, until it is promoted.

        pledgewatch replay start --since 2026-01-01 --model models/next --dry-run
    """
    import json

    from msgspec import structs
    from rich.console import Console

    from services.common import runs
    from services.common.settings import load
    from services.replay import control
    from services.replay.plan import plan
    from services.replay.positions import Positions

    settings = load()
    run = _new(since, until, sources, stages, model, rate, workers, name, by)
    live = runs.read(settings.kafka)
    before = live.known.get(live.topics("").classify)
    if model is None and before is not None and before.model_path is not None:
        run = structs.replace(run, model_path=before.model_path)
    run = structs.replace(run, base=live.live)
    control.refuse_beside_others(settings, run, alongside=alongside)
    errors = Console(stderr=True)
    with errors.status("looking at the backlog, and how fast the model is"):
        run, extractor = control.draft(settings, run)
        with Positions(settings.kafka) as positions:
            found = plan(settings, positions, run, extractor)
    if as_json:
        typer.echo(json.dumps({"run": run.id, **vars(found)}))
    else:
        _show_plan(run, found)
    if dry_run:
        return
    control.begin(settings, run, run.by)
    if foreground:
        _drive(run.id)
        return
    log = control.detach(settings, run.id)
    errors.print(f"log: {log}", highlight=False)
    if not detached:
        attach(run.id)


@replay.command()
def attach(run: Id) -> None:
    """Watch a replay until it has caught up or stops; Ctrl-C leaves it at work."""
    from rich.console import Console

    from services.common.settings import load
    from services.replay.watch import watch

    try:
        ended = watch(load(), run)
    except KeyboardInterrupt:
        typer.echo(f"{run} works on: `pledgewatch replay attach {run}` shows it again", err=True)
        return
    Console(stderr=True).print(ended, highlight=False, soft_wrap=True)


@replay.command()
def resume(
    run: Id,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Work in this process, as a container does.")
    ] = False,
    detached: Annotated[bool, typer.Option("--detached", help="Do not stay to watch.")] = False,
    by: By = "",
) -> None:
    """Go on with a replay that was stopped, was killed, or has failed: from where it was."""
    from services.common.settings import load
    from services.replay import control

    settings = load()
    control.resume(settings, run, _who(by))
    if foreground:
        _drive(run)
        return
    log = control.detach(settings, run)
    typer.echo(f"log: {log}", err=True)
    if not detached:
        attach(run)


@replay.command()
def stop(run: Id, by: By = "") -> None:
    """Stop a replay; `replay resume` goes on with it."""
    from services.common.settings import load
    from services.replay import control

    control.stop(load(), run, _who(by))
    typer.echo(f"{run} is stopped: `pledgewatch replay resume {run}` goes on with it")


@replay.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show all runs: what they derive, how far they are, which is live."""
    from services.common.settings import load
    from services.replay import control
    from services.replay.watch import show_list

    show_list(control.known(load()), as_json=as_json)


@replay.command()
def show(run: Id, as_json: AsJson = False) -> None:
    """Show one run: its settings, its progress, whether its counts add up, who did what to it."""
    from services.common.settings import load
    from services.replay.watch import show_run

    if not show_run(load(), run, as_json=as_json):
        raise typer.Exit(1)


@replay.command()
def diff(
    run: Id,
    against: Annotated[str, typer.Option(help="Which run is before.")] = "live",
    html: Annotated[
        Path | None, typer.Option(help="Write a report for a browser to this file.")
    ] = None,
    sentences: Annotated[int, typer.Option(min=0, help="Show so many sentences of a kind.")] = 10,
    max_lost: Annotated[
        str | None, typer.Option(help="Exit 1 where more mentions are lost, such as 1%.")
    ] = None,
    max_changed: Annotated[
        str | None, typer.Option(help="Exit 1 where more are changed, such as 5%.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a replay would change: mentions, pledges, events and alerts, and why.

    `--against live` is the run that is live now. Events of both are worked out from their mentions
    in the order in which these became known, so that runs can be compared that took them in
    another. The sentences come with the model's lowest confidence first.
    """
    from services.common.settings import load
    from services.replay.compare import compare_and_show

    limits = _limits(max_lost, max_changed)
    problems = compare_and_show(
        load(), run, against, html=html, sentences=sentences, limits=limits, as_json=as_json
    )
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)


@replay.command()
def promote(
    run: Id,
    max_lost: Annotated[
        str | None, typer.Option(help="Only if no more mentions are lost, such as 1%.")
    ] = None,
    max_changed: Annotated[
        str | None, typer.Option(help="Only if no more are changed, such as 5%.")
    ] = None,
    announce: Annotated[
        list[str] | None,
        typer.Option(help="Tell this event like news (its id), or `all` that are gained."),
    ] = None,
    by: By = "",
) -> None:
    """Have a replay that has caught up take the place of the live run, in one switch.

    Dashboards and queries read its documents from then on, new articles are classified with its
    model, and its events are told. What it changes is listed and told to nobody, unless announced.
    The run that was live stays for `replay rollback`, until `replay prune`.
    """
    from services.common.settings import load
    from services.replay.compare import promote as switch

    limits = _limits(max_lost, max_changed)
    problems = switch(load(), run, _who(by), limits=limits, announce=announce or [])
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)


@replay.command()
def announce(
    run: Id,
    events: Annotated[
        list[str], typer.Argument(metavar="EVENT_ID...", help="Ids of `replay diff`, or `all`.")
    ],
    by: By = "",
) -> None:
    """Have events told like news that the live run has, and the one before had not."""
    from services.common.settings import load
    from services.replay.compare import announce as tell

    count = tell(load(), run, _who(by), events)
    typer.echo(f"{count} events are announced")


@replay.command()
def rollback(run: Id, by: By = "") -> None:
    """Make a run live again that was live before: its services go on where they stopped."""
    from services.common.errors import UserError
    from services.common.settings import load
    from services.replay import control, switch

    settings = load()
    found = control.find(settings, run)
    if found.state != "retired":
        raise UserError(f"{run} is {found.state}: only a run that was live can be rolled back to")
    switch.roll_back(settings, found, _who(by))
    typer.echo(f"{run} is live again; what came since is being classified (`pledgewatch status`)")


@replay.command()
def discard(run: Id, by: By = "") -> None:
    """Delete a replay that is not wanted: its topics, groups and indices."""
    _remove(run, by, "discard", ("stopped", "failed"))


@replay.command()
def prune(run: Id, by: By = "") -> None:
    """Delete a run that was live before: there is no rollback to it afterwards."""
    _remove(run, by, "prune", ("retired",))


@replay.command(hidden=True)
def drive(run: Id) -> None:
    """Work on a replay in this process: what `start` and `resume` leave behind."""
    _drive(run)


def _drive(run: str) -> None:
    import logging
    import os

    from services.common import logging as common_logging
    from services.common import running
    from services.common.settings import load
    from services.replay.driver import Driver

    settings = load()
    common_logging.configure(settings.log, "replay")
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    os.nice(max(0, NICE - os.nice(0)))  # live goes first
    Driver(settings, run, typer.echo).drive(running.stop_on_signals())


NICE = 10


def _remove(id: str, by: str, action: str, states: tuple[str, ...]) -> None:
    from services.common.errors import UserError
    from services.common.settings import load
    from services.replay import control, switch

    settings = load()
    found = control.find(settings, id)
    if found.state not in states:
        raise UserError(
            f"{id} is {found.state}: `replay {action}` is for {' or '.join(states)} runs"
        )
    for deleted in switch.remove(settings, found, _who(by), action):
        typer.echo(f"deleted {deleted}")


def _new(
    since: str | None,
    until: str | None,
    sources: list[str] | None,
    stages: str,
    model: Path | None,
    rate: str | None,
    workers: int,
    name: str | None,
    by: str,
) -> "Run":
    """The run that the options ask for.

    Raises:
        UserError: one of them is wrong; the message names it.
    """
    import re
    from datetime import UTC

    from pledgewatch.records import LIVE, RUN_ID, Run
    from services.common.errors import UserError
    from services.replay import plan

    wanted = tuple(one.strip() for one in stages.split(","))
    if wanted not in (STAGES, STAGES[1:], STAGES[2:]):
        raise UserError(
            f"--stages {stages!r}: say classify,ledger,index, or ledger,index, or index"
        )
    if "classify" not in wanted and (since or until or sources or model):
        raise UserError("--since, --until, --source and --model are for what is classified again")
    id = name or plan.name()
    if re.fullmatch(RUN_ID, id) is None or id == LIVE:
        raise UserError(
            f"--name {id!r}: use small letters, digits and hyphens, 40 at most, and not `live`"
        )
    now = datetime.now(UTC)
    return Run(
        id=id,
        base=LIVE,
        stages=wanted,  # type: ignore[arg-type]  # checked above
        state="running",
        since=_moment(since, "--since"),
        until=_moment(until, "--until"),
        sources=tuple(sources or ()),
        model_path=str(model.absolute()) if model else None,
        rate=_rate(rate),
        workers=workers,
        by=_who(by),
        started=now,
        updated=now,
    )


def _who(by: str) -> str:
    from services.common.errors import UserError

    if not by:
        raise UserError("say who does so: --by NAME")
    return by


def _moment(value: str | None, option: str) -> datetime | None:
    from pledgewatch.text.dates import parse_date
    from services.common.errors import UserError

    if value is None:
        return None
    moment = parse_date(value)
    if moment is None:
        raise UserError(f"{option} {value!r} is no date: write it like 2026-03-01")
    return moment


def _rate(value: str | None) -> float | None:
    from services.common.errors import UserError

    if value is None:
        return None
    try:
        rate = float(value.removesuffix("/s"))
    except ValueError:
        rate = 0
    if rate <= 0:
        raise UserError(f"--rate {value!r}: write articles a second, such as 200/s")
    return rate


def _limits(lost: str | None, changed: str | None) -> dict[str, float | None]:
    return {"lost": _share(lost, "--max-lost"), "changed": _share(changed, "--max-changed")}


def _share(value: str | None, option: str) -> float | None:
    from services.common.errors import UserError

    if value is None:
        return None
    try:
        share = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise UserError(f"{option} {value!r}: write a share, such as 1% or 0.01")
    return share


def _show_plan(run: "Run", found: "Plan") -> None:
    from services.replay.watch import show_plan

    show_plan(run, found)
