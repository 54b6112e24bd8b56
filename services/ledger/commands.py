"""`pledgewatch ledger`: the board of pledges and its events, from mentions in a file."""

from pathlib import Path
from typing import Annotated

import typer

from pledgewatch.ontology import Contribution, Level, Obstacle

app = typer.Typer()


@app.command()
def ledger(
    file: Annotated[
        str,
        typer.Argument(
            metavar="[FILE|-]",
            help="JSON Lines as `pledgewatch extract` writes them, also .gz; -: standard input.",
        ),
    ] = "-",
    board: Annotated[
        bool, typer.Option("--board", help="Print the board at the end instead of the events.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="The board as JSON Lines, one line a pledge.")
    ] = False,
    as_of: Annotated[
        str | None, typer.Option(help="The board as it stood at this time (with --board).")
    ] = None,
    known_on: Annotated[
        str | None, typer.Option(help="The board as we knew it at this time (with --board).")
    ] = None,
    serve: Annotated[
        bool,
        typer.Option("--serve", help="Run as a service: from Kafka, to Kafka, until SIGTERM."),
    ] = False,
) -> None:
    """Turn mentions into pledges, and say what really changed; needs no server.

    Each line in is an article with its mentions; each line out is one event: `new`, `firmer`,
    `larger`, `smaller`, `weaker`, `retracted`, `blocked` or `cleared`, with what it was before,
    the sentence that proves it, and the articles that say so. Fifty articles that repeat the same
    news are one event.

        pledgewatch extract articles.jsonl | pledgewatch ledger

        pledgewatch extract articles.jsonl | pledgewatch ledger --board
    """
    if serve:
        _serve()
        return
    from services.common.moments import moment
    from services.ledger.run import run

    show_board = board or json or as_of is not None or known_on is not None
    raise typer.Exit(
        run(
            None if file == "-" else Path(file),
            show_board=show_board,
            json=json,
            as_of=moment(as_of, "--as-of"),
            known_on=moment(known_on, "--known-on"),
        )
    )


@app.command()
def board(
    json: Annotated[bool, typer.Option("--json", help="JSON Lines, one line a pledge.")] = False,
    as_of: Annotated[str | None, typer.Option(help="As it stood at this time.")] = None,
    known_on: Annotated[str | None, typer.Option(help="As we knew it at this time.")] = None,
) -> None:
    """Show the board that the ledger service keeps: who has pledged what, now or at any time.

    pledgewatch board --as-of 2026-03-01 --known-on 2026-03-05
    """
    from services.common.moments import moment
    from services.ledger.run import show_board

    show_board(json=json, as_of=moment(as_of, "--as-of"), known_on=moment(known_on, "--known-on"))


@app.command()
def correct(
    mention: Annotated[str, typer.Argument(metavar="MENTION_ID", help="Of an alert or a row.")],
    reject: Annotated[bool, typer.Option("--reject", help="There is no such mention.")] = False,
    actor: Annotated[str | None, typer.Option(help="Who contributes: a code; - is nobody.")] = None,
    recipient: Annotated[str | None, typer.Option(help="Who receives: a code; -: unknown.")] = None,
    contribution: Annotated[Contribution | None, typer.Option(help="What is offered.")] = None,
    level: Annotated[Level | None, typer.Option(help="How firmly.")] = None,
    obstacle: Annotated[Obstacle | None, typer.Option(help="What stands in the way.")] = None,
    quantity: Annotated[
        str | None, typer.Option(help="A number as `200 personnel` or `200-800 ship`; -: none.")
    ] = None,
    by: Annotated[
        str, typer.Option(envvar="USER", help="Who corrects; default: who is logged in.")
    ] = "",
    note: Annotated[str | None, typer.Option(help="Why.")] = None,
) -> None:
    """Put right what the extractor found, or reject it; the board follows, and says who did so.

    It holds against replays and better models, and waits for `pledgewatch corrections` to become a
    lesson for the next model.

        pledgewatch correct 3a0efb100df0fd5d0644ea6a19123e01 --level willing --note "no promise"
    """
    from pledgewatch.records import Correction
    from services.common import corrections as correcting
    from services.common.errors import UserError
    from services.common.settings import load

    changes = correcting.changes(
        actor=actor,
        recipient=recipient,
        contribution=contribution,
        level=level,
        obstacle=obstacle,
        number=quantity,
    )
    if reject is bool(changes):
        raise UserError("say what is right (--level, --actor, ...), or --reject, and not both")
    if not by:
        raise UserError("say who corrects: --by NAME")
    made = Correction(by=by, at=correcting.now(), rejected=reject, note=note)
    _, new = correcting.correct(load(), mention, changes, made)
    what = "rejected" if reject else ", ".join(f"{name} is now {changes[name]}" for name in changes)
    typer.echo(f"{new.sentence.text}\n{what}, by {by}")


@app.command()
def corrections() -> None:
    """Write the sentences that people put right as JSON Lines, for `pledgewatch label`.

    pledgewatch corrections > corrected.jsonl; pledgewatch label corrected.jsonl
    """
    import msgspec

    from services.common.corrections import corrected
    from services.common.settings import load

    for one in corrected(load().elasticsearch):
        line = {
            "id": one.id,
            "text": one.sentence.text,
            "title": one.article.title or "",
            "url": one.article.url,
            "corrected": one.correction,
            "mention": one,
        }
        typer.echo(msgspec.json.encode(line))


def _serve() -> None:
    from services.common import logging as common_logging
    from services.common import running, settings
    from services.ledger.service import LedgerService

    loaded = settings.load()
    common_logging.configure(loaded.log, "ledger")
    running.return_freed_memory()
    LedgerService(loaded, running.stop_on_signals()).run()
    running.start_over_if_asked()
