"""The list of feeds to poll, in YAML; what is wrong in it is told with line and field."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pledgewatch.outcome import Reject
from pledgewatch.text.urls import canonical_url
from services.common.errors import UserError


class FeedsFileError(UserError):
    """The feeds file is missing or wrong; names each line and field."""


class FeedConfig(BaseModel):
    """One feed or sitemap to poll."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(description="where the feed is")
    name: str = Field(min_length=1, description="name of the outlet, as people know it")
    kind: Literal["rss", "atom", "sitemap"] | None = Field(
        None, description="what it is; found out where not given"
    )
    language: Annotated[str, Field(pattern="^[a-z]{2}$")] | None = Field(
        None, description="language of its articles (ISO 639-1); identified where not given"
    )
    trust: float | None = Field(
        None, ge=0, le=1, description="how far its reports are believed, from 0 to 1"
    )
    full_text: Literal["auto", "page", "feed"] = Field(
        "auto",
        description="where the text is; auto: the feed where it has the whole article",
    )

    @field_validator("url")
    @classmethod
    def _can_be_fetched(cls, url: str) -> str:
        try:
            canonical_url(url)
        except Reject as reject:
            raise ValueError(reject.message) from reject
        return url


class _FeedsFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    feeds: list[FeedConfig]

    @field_validator("feeds")
    @classmethod
    def _each_once(cls, feeds: list[FeedConfig]) -> list[FeedConfig]:
        urls = [feed.url for feed in feeds]
        twice = sorted({url for url in urls if urls.count(url) > 1})
        if twice:
            raise ValueError(f"listed twice: {', '.join(twice)}")
        return feeds


def read_feeds(path: Path) -> list[FeedConfig]:
    """The feeds of a file.

    Raises:
        FeedsFileError: it cannot be read or something in it is wrong; all problems at once.
    """
    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    except FileNotFoundError as error:
        raise FeedsFileError(
            f"{path} is not there: copy feeds.example.yaml to it, or set PLEDGEWATCH_INGEST__FEEDS"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise FeedsFileError(f"{path} cannot be read: {error}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FeedsFileError(f"{path}:{line}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise FeedsFileError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    try:
        # The nodes are those of the safe loader: plain values only.
        content = _content(node) if node is not None else {}
        return _FeedsFile.model_validate(content).feeds
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FeedsFileError(f"{path}:{line}: {error.problem}") from error
    except ValidationError as error:
        problems = [
            f"{path}:{_line(node, problem['loc'])}: {_field(problem['loc'])}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        ]
        raise FeedsFileError("\n".join(problems)) from error


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
