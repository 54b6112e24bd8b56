"""Reads the sample articles and outlets (`samples/README.md` describes the format)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from services.common.errors import UserError

FOLDER = Path(__file__).parents[2] / "samples"
FRONT_MATTER = "---\n"


@dataclass(frozen=True)
class Outlet:
    """An invented outlet and how it publishes."""

    id: str
    name: str
    kind: str  # rss, atom or sitemap
    full_text: bool  # whether the feed carries whole articles
    language: str
    trust: float


@dataclass(frozen=True)
class Sample:
    """One article; `labels` are the mentions that a reader finds in it."""

    outlet: Outlet
    slug: str
    title: str
    published: datetime
    updated: datetime
    paragraphs: tuple[str, ...]
    labels: tuple[dict[str, Any], ...]
    copy_of: str | None  # file of the agency text that it repeats

    @property
    def path(self) -> str:
        """Where the outlet's site has the page."""
        return f"/{self.outlet.id}/{self.slug}"


def load(folder: Path = FOLDER, *, newest: datetime | None = None) -> list[Sample]:
    """All samples, oldest first.

    Args:
        folder: where `outlets.yaml` and `articles/` are.
        newest: move all dates by the same whole days, so that the newest falls before this time.

    Raises:
        UserError: a file is missing or malformed; names it.
    """
    try:
        outlets = {
            outlet["id"]: Outlet(**outlet)
            for outlet in yaml.safe_load((folder / "outlets.yaml").read_text("utf-8"))
        }
        samples = [_read(path, outlets) for path in sorted((folder / "articles").glob("*.md"))]
    except OSError as error:
        raise UserError(
            f"the sample articles cannot be read ({error}): run from a checkout"
        ) from error
    if newest is not None and samples:
        days = (newest - max(sample.updated for sample in samples)).days
        samples = [_moved(sample, timedelta(days=days)) for sample in samples]
    return sorted(samples, key=lambda sample: (sample.published, sample.slug))


def _read(path: Path, outlets: dict[str, Outlet]) -> Sample:
    try:
        _, front, body = path.read_text("utf-8").split(FRONT_MATTER, 2)
        matter = yaml.safe_load(front)
        return Sample(
            outlet=outlets[matter["outlet"]],
            slug=matter["slug"],
            title=matter["title"],
            published=matter["published"],
            updated=matter.get("updated", matter["published"]),
            paragraphs=tuple(p.strip() for p in body.strip().split("\n\n")),
            labels=tuple(matter["mentions"]),
            copy_of=matter.get("copy_of"),
        )
    except (ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise UserError(f"{path}: {error!r}; see samples/README.md for the format") from error


def _moved(sample: Sample, by: timedelta) -> Sample:
    return Sample(
        **{
            **sample.__dict__,
            "published": sample.published + by,
            "updated": sample.updated + by,
        }
    )
