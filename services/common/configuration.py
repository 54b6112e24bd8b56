"""Writes the configuration reference: `python -m services.common.configuration`."""

import inspect
import json
import types
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from services.common.settings import Settings, variable

FILE = Path(__file__).parents[2] / "docs" / "configuration.md"

HEAD = """\
# Configuration

Every setting is an environment variable. All have defaults that suit a machine of one's own; a
wrong value ends the command with a sentence that names its variable.

Settings are looked for in this order; the first that is found counts:

1. the environment;
2. secret files: with `PLEDGEWATCH_SECRETS_DIR=/run/secrets`, the content of the file
   `/run/secrets/pledgewatch_kafka__sasl_password` is `PLEDGEWATCH_KAFKA__SASL_PASSWORD`. Any
   setting can be given so, and what is marked *secret* below should be;
3. the file `.run/env` in the working folder, which `pledgewatch up` writes so that other commands
   find the local servers;
4. the default.

Lists are written as JSON: `PLEDGEWATCH_INGEST__ALLOWED_NETWORKS='["10.0.0.0/8"]'`. Secrets are
never written to logs or shown by a command.

This page is generated from `services/common/settings.py` by
`python -m services.common.configuration`.
"""


def reference() -> str:
    """The page, in Markdown: a table for each group."""
    return "\n".join([HEAD, *(_table(name, group) for name, group in _groups())])


def _groups() -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield name, field.annotation


def _table(name: str, group: type[BaseModel]) -> str:
    rows = "\n".join(
        f"| `{variable(name, field)}` | {_escaped(_kind(info))} | {_default(info)} "
        f"| {_escaped(_meaning(info))} |"
        for field, info in group.model_fields.items()
    )
    return f"""\
## {name}

{inspect.getdoc(group)}

| variable | type | default | meaning |
| --- | --- | --- | --- |
{rows}
"""


def _meaning(info: FieldInfo) -> str:
    return f"{info.description or ''}{_limits(info)}"


def _limits(info: FieldInfo) -> str:
    """The range that its annotation gives."""
    words = {"ge": "at least {}", "gt": "more than {}", "le": "at most {}", "lt": "less than {}"}
    limits = [
        sentence.format(getattr(rule, name))
        for rule in info.metadata
        for name, sentence in words.items()
        if getattr(rule, name, None) is not None
    ]
    return f" ({', '.join(limits)})" if limits else ""


def _kind(info: FieldInfo) -> str:
    return " or ".join(_words(info.annotation))


def _words(annotation: Any) -> list[str]:
    """A type, as people who set variables think of it."""
    origin = get_origin(annotation)
    if origin is Literal:
        return [f"`{value}`" for value in get_args(annotation)]
    if origin in (Union, types.UnionType):
        return [
            word
            for part in get_args(annotation)
            if part is not types.NoneType
            for word in _words(part)
        ]
    if origin is tuple:
        return [f"list of {' or '.join(_words(get_args(annotation)[0]))}"]
    names: dict[Any, str] = {
        str: "text",
        int: "integer",
        float: "number",
        bool: "`true` or `false`",
        Path: "path",
        SecretStr: "text, *secret*",
        IPv4Network: "IPv4",
        IPv6Network: "IPv6 networks",
    }
    return [names.get(annotation) or annotation.__name__]


def _default(info: FieldInfo) -> str:
    value = info.default
    if value is None:
        return "none"
    if isinstance(value, bool | tuple):
        return f"`{json.dumps(value, default=str)}`"
    return f"`{value}`"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write the page."""
    FILE.write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
