"""Reads YAML files of settings; what is wrong in one is told with line and field."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from services.common.errors import UserError

M = TypeVar("M", bound=BaseModel)


class YamlFileError(UserError):
    """A file is missing or wrong; names each line and field."""


def read_yaml(path: Path, model: type[M], *, missing: str) -> M:
    """The content of a file.

    Args:
        path: the file.
        model: what it must hold.
        missing: what to do where it is not there.

    Raises:
        YamlFileError: it cannot be read or something in it is wrong; all problems at once.
    """
    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    except FileNotFoundError as error:
        raise YamlFileError(f"{path} is not there: {missing}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise YamlFileError(f"{path} cannot be read: {error}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise YamlFileError(f"{path}:{line}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise YamlFileError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    try:
        # The nodes are those of the safe loader: plain values only.
        content = _content(node) if node is not None else {}
        return model.model_validate(content)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise YamlFileError(f"{path}:{line}: {error.problem}") from error
    except ValidationError as error:
        problems = [
            f"{path}:{_line(node, problem['loc'])}: {_field(problem['loc'])}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        ]
        raise YamlFileError("\n".join(problems)) from error


def _content(node: yaml.Node) -> object:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _field(location: tuple[int | str, ...]) -> str:
    """`feeds[2].url`, counted from 1 as people do."""
    path = ""
    for part in location:
        path += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if path else part
    return path or "the file"


def _line(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """The line of a field, or of the nearest thing around it that is there."""
    line = 1
    for part in location:
        found: yaml.Node | None = None
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            found = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            found = next((value for key, value in node.value if key.value == part), None)
            line = next((k.start_mark.line + 1 for k, _ in node.value if k.value == part), line)
        if found is None:
            return line
        if isinstance(part, int):
            line = found.start_mark.line + 1
        node = found
    return line
