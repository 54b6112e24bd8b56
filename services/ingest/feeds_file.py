"""The list of feeds to poll, in YAML; what is wrong in it is told with line and field."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pledgewatch.outcome import Reject
from pledgewatch.text.urls import canonical_url
from services.common.yaml_file import read_yaml


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
        YamlFileError: it cannot be read or something in it is wrong; all problems at once.
    """
    hint = "copy feeds.example.yaml to it, or set PLEDGEWATCH_INGEST__FEEDS"
    return read_yaml(path, _FeedsFile, missing=hint).feeds
