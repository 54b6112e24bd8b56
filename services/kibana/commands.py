"""`pledgewatch kibana`: the dashboards, built and imported."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()
kibana_app = typer.Typer(
    name="kibana",
    help="Dashboards, Discover sessions and data views: build the file, or import it into Kibana.",
    no_args_is_help=True,
)
app.add_typer(kibana_app)


@kibana_app.command("import")
def import_(
    url: Annotated[str | None, typer.Option(help="Kibana's base URL.", show_default=False)] = None,
    console_url: Annotated[
        str | None,
        typer.Option(help="Base URL of the console that links lead to.", show_default=False),
    ] = None,
    wait: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Wait so long for Kibana to start.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Import everything into Kibana, over what an earlier import left there.

    Where Kibana is, and who imports, is in the settings PLEDGEWATCH_KIBANA__URL, __API_KEY,
    __USERNAME, __PASSWORD, __CA_CERTS and __SPACE. Repeat it at will: the ids stay the same.
    """
    import json
    from dataclasses import asdict

    from services.common.settings import KibanaSettings, load
    from services.kibana.build import build
    from services.kibana.importing import Kibana

    settings = load()
    given = {"url": url, "console_url": console_url}
    kibana = KibanaSettings.model_validate(
        settings.kibana.model_dump() | {name: value for name, value in given.items() if value}
    )
    file = build(settings.elasticsearch.index_prefix, kibana.console_url)
    imported = Kibana(kibana).import_objects(file, wait=wait)
    if as_json:
        typer.echo(json.dumps(asdict(imported)))
        return
    taken = ", ".join(f"{number} {type}" for type, number in imported.objects.items())
    typer.echo(f"imported into Kibana {imported.kibana}: {taken}")
    typer.echo(f"{kibana.url.rstrip('/')}/app/dashboards#/view/pledgewatch-pledge-board")


@kibana_app.command()
def build(
    output: Annotated[
        Path | None,
        typer.Option(help="Where to write it; `-` is the terminal.", show_default=False),
    ] = None,
    console_url: Annotated[
        str | None,
        typer.Option(help="Base URL of the console that links lead to.", show_default=False),
    ] = None,
) -> None:
    """Write the file for an import by hand: deploy/kibana/pledgewatch.ndjson, or --output.

    Without options it is built for the default settings, whatever those of this shell are: that is
    the file that is kept beside the sources.
    """
    import sys

    from services.common.errors import UserError
    from services.common.settings import load
    from services.kibana import build as building

    if output is None and console_url is None:
        content = building.default()
    else:
        settings = load()
        prefix = settings.elasticsearch.index_prefix
        content = building.build(prefix, console_url or settings.kibana.console_url)
    if output == Path("-"):
        sys.stdout.buffer.write(content)
        return
    file = output or building.FILE
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error.strerror}") from error
    typer.echo(f"wrote {file}")
