"""`pledgewatch status`, `trace` and `dead-letters`."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pledgewatch.outcome import Reason, Stage
from services.common.terminal import printable

if TYPE_CHECKING:
    from pledgewatch.records import DeadLetter
    from services.operate.letters import Retry

app = typer.Typer()
letters_app = typer.Typer(
    name="dead-letters",
    help="Records that a stage refused: list them, look at one, publish them again.",
    no_args_is_help=True,
)
app.add_typer(letters_app)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
WATCH_SECONDS = 2.0


@app.command()
def status(
    as_json: Json = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show it again every two seconds, until Ctrl-C.")
    ] = False,
) -> None:
    """Show services, topics, lag, indices and dead letters on one screen.

    Exit code 0 if everything is well, 1 if something is wrong.
    """
    import time

    import msgspec
    from rich.live import Live

    from services.common.settings import load
    from services.operate import show
    from services.operate.status import status as ask

    _quiet()
    settings = load()
    found = ask(settings)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    elif watch:
        try:
            with Live(show.status_screen(found), console=show.console(), screen=True) as live:
                while True:
                    time.sleep(WATCH_SECONDS)
                    found = ask(settings)
                    live.update(show.status_screen(found))
        except KeyboardInterrupt:
            pass
    else:
        show.console().print(show.status_screen(found))
    raise typer.Exit(1 if found.problems else 0)


@app.command()
def trace(
    article: Annotated[str, typer.Argument(metavar="URL|ID", help="Its URL, or its id.")],
    as_json: Json = False,
) -> None:
    """Show where an article went: records, outcomes, mentions, documents, dead letters.

    Any URL of the article will do, with tracking parameters too. Exit code 1 if it was never seen.
    """
    import msgspec

    from services.common.settings import load
    from services.operate import show
    from services.operate.trace import trace as follow

    _quiet()
    with _progress("reading topics") as progress:
        found = follow(article, load(), progress=progress)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    elif found.seen:
        show.console().print(show.trace_screen(found))
    else:
        typer.echo(
            f"Not seen: no record, outcome or document of article {found.id}"
            + (f" ({printable(found.url)})" if found.url else "")
        )
        for problem in found.problems:
            typer.echo(problem)
    raise typer.Exit(0 if found.seen else 1)


@letters_app.command("list")
def list_letters(
    reason: Annotated[Reason | None, typer.Option(help="Only those refused for this.")] = None,
    stage: Annotated[Stage | None, typer.Option(help="Only those of this stage.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many, the newest.")] = 50,
    as_json: Json = False,
) -> None:
    """List open dead letters: those that were not published again."""
    import msgspec

    from services.operate import show

    found = [
        letter
        for letter in _letters()
        if letter.retried_at is None
        and reason in (None, letter.reason)
        and stage in (None, letter.stage)
    ]
    shown = found[-limit:]
    if as_json:
        rows = [msgspec.to_builtins(letter) for letter in shown]
        for row in rows:
            del row["value"], row["headers"]  # `show` has them; some are megabytes
        typer.echo(msgspec.json.format(msgspec.json.encode(rows), indent=2))
        return
    if not found:
        typer.echo("No open dead letters.")
        return
    show.console().print(show.letters_table(shown))
    if len(found) > len(shown):
        typer.echo(f"{len(found) - len(shown):,} older ones are not shown: raise --limit.")


@letters_app.command("show")
def show_letter(
    id: Annotated[str, typer.Argument(metavar="ID", help="Its id, or how the id begins.")],
    raw: Annotated[
        bool, typer.Option("--raw", help="Write only the original bytes, to repair them.")
    ] = False,
) -> None:
    """Show a dead letter: why, from where, its headers and original bytes."""
    from services.common.settings import load
    from services.operate import letters, show
    from services.operate.reading import reading

    letter = letters.find(_letters(), id)
    with reading(load().kafka) as reader:
        value = letters.original(letter, reader)
    if raw:
        typer.echo(value or b"", nl=False)
    else:
        show.console().print(show.letter_screen(letter, value))


@letters_app.command()
def retry(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID...]", help="Ids, or how they begin.")
    ] = None,
    reason: Annotated[Reason | None, typer.Option(help="All that were refused for this.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are open.")] = False,
    value: Annotated[
        Path | None,
        typer.Option(help="A file with the repaired record, to publish instead (one ID)."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be published, and do nothing.")
    ] = False,
) -> None:
    """Publish refused records again, to the topic they came from.

    With their original key, headers and bytes, or repaired: `dead-letters show ID --raw > FILE`,
    edit it, `dead-letters retry ID --value FILE`. One that is refused again becomes a new dead
    letter that counts its tries. Exit code 1 if one could not be published.
    """
    from services.common.errors import UserError
    from services.common.settings import load
    from services.operate import letters
    from services.operate.reading import reading

    if (bool(ids) + (reason is not None) + everything) != 1:
        raise typer.BadParameter("give ids, or --reason, or --all")
    if value is not None and len(ids or ()) != 1:
        raise typer.BadParameter("--value needs one id")
    try:
        repaired = value.read_bytes() if value is not None else None
    except OSError as error:
        raise UserError(f"{value} cannot be read: {error.strerror}") from error
    known = _letters()
    if ids:
        chosen = [letters.find(known, id) for id in ids]
    else:
        chosen = [one for one in known if one.retried_at is None and reason in (None, one.reason)]
    retries = letters.plan(chosen, known, repaired=repaired is not None)
    possible = [one for one in retries if one.problem is None]

    def tell(one: letters.Retry) -> None:
        typer.echo(f"{'would be ' if dry_run else ''}published again: {_named(one)}")

    if dry_run:
        for one in possible:
            tell(one)
    elif possible:
        kafka = load().kafka
        with reading(kafka) as reader:
            letters.run(possible, kafka, reader, value=repaired, published=tell)
    impossible = [one for one in retries if one.problem is not None]
    for one in impossible:
        typer.echo(f"not published: {_named(one)}: {one.problem}", err=True)
    if not retries:
        typer.echo("No open dead letters to retry.")
    raise typer.Exit(1 if impossible else 0)


def _named(retry: "Retry") -> str:
    from services.operate.letters import place

    origin = retry.letter.origin
    where = place(origin) if origin else printable(retry.letter.url or "-")
    return f"{where} ({', '.join(f'{one.stage} {one.id[:12]}' for one in retry.letters)})"


def _letters() -> "list[DeadLetter]":
    from services.common.kafka import Topics
    from services.common.settings import load
    from services.operate.letters import read
    from services.operate.reading import reading

    _quiet()
    settings = load().kafka
    with _progress("reading dead letters") as progress, reading(settings) as reader:
        return read(reader, Topics(settings.topic_prefix), progress=progress)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal, if there is one, for what takes more than a moment."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda read, total: bar.update(task, completed=read, total=total)


def _quiet() -> None:
    for name in ("kafka", "elastic_transport"):  # each failed attempt; we report the outcome
        logging.getLogger(name).setLevel(logging.CRITICAL)
