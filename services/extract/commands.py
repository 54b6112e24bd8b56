"""`pledgewatch extract`: mentions as JSON Lines; `pledgewatch explain`: why they are found."""

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def extract(
    file: Annotated[
        str,
        typer.Argument(
            metavar="[FILE|-]",
            help="JSON Lines, plain text (.txt) or HTML (.html, .htm), each also .gz; -: standard "
            "input (JSON Lines).",
        ),
    ] = "-",
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first line that is no article.")
    ] = False,
    min_confidence: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Leave out mentions of which the model is less sure."),
    ] = 0.0,
) -> None:
    """Find who pledges which forces to whom in articles; needs no server.

    Each line in is one article: `{"id": ..., "text": ...}`, with `title`, `url`, `published`,
    `source` and `language` where known. Each line out is `{"id": ..., "mentions": [...]}`, with
    what was given. A line that is no article is reported on standard error and left out; the exit
    code is then 1.

        echo '{"id": 1, "text": "Norway will send 200 soldiers to Mali."}' | pledgewatch extract
    """
    from services.extract.run import run

    raise typer.Exit(
        run(None if file == "-" else Path(file), strict=strict, min_confidence=min_confidence)
    )


@app.command()
def explain(
    text: Annotated[
        str, typer.Argument(metavar="TEXT|-", help="A sentence or an article; -: standard input.")
    ],
    title: Annotated[str, typer.Option(help="The headline above it.")] = "",
) -> None:
    """Show why the extractor says what it says of a text.

    For each field: its words, how sure the network is of it (or that a rule made it), and what
    came next. docs/explain.md tells what the columns mean. The exit code is 1 where nothing is
    found.

    pledgewatch explain "France is ready to send 2,000 troops to Ukraine after a ceasefire."
    """
    from rich.console import Console

    from services.extract.explain import explain as show

    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8-sig", "replace")
    raise typer.Exit(0 if show(text, title, Console()) else 1)


@app.command()
def label(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|-",
            help="Articles, as `pledgewatch extract` reads them; -: standard input, with --out.",
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="The batch to add to; default: FILE.batch.txt.")
    ] = None,
    mission: Annotated[str, typer.Option(help="What the articles are about.")] = "unsorted",
) -> None:
    """Correct what the extractor finds, the most doubtful sentences first, by keyboard alone.

    What you confirm or edit is added to a batch in the corpus's notation
    (`training/corpus/README.md`), which `python -m training.notation compile` makes part of the
    corpus. Stop at any time: what was answered is kept and not asked again. The editor is that
    of VISUAL or EDITOR.
    """
    from rich.console import Console

    from services.common.errors import UserError

    try:
        from services.extract.label import label as ask
    except ModuleNotFoundError as error:
        raise UserError(f"label needs a checkout of the project: {error}") from error
    console = Console()
    source = None if file == "-" else Path(file)
    if source is None and out is None:
        raise UserError("name the batch for standard input with --out")
    target = out or Path(f"{file}.batch.txt")
    count = ask(source, target, mission, console)
    console.print(f"{count} sentences added to {target}", markup=False)
