"""Reads what `pledgewatch extract` writes: JSON Lines of articles with their mentions."""

import sys
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from pledgewatch.records import Mention
from pledgewatch.text.dates import parse_date
from services.common.errors import UserError
from services.common.json_lines import BadLine, decoded, open_file


class ArticleLine(msgspec.Struct, frozen=True, kw_only=True):
    """An article with its mentions; `source` is a name, or an object with `name` and `trust`."""

    id: str | int
    mentions: tuple[Mention, ...]
    url: str | None = None
    title: str | None = None
    published: str | None = None
    first_seen: str | None = None
    source: str | dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(ArticleLine)


def read(path: Path | None, now: datetime) -> Iterator[tuple[Mention, ...] | BadLine]:
    """The mentions of each article in a file (None: standard input), one article at a time.

    Each mention knows its article as far as the line does. Without a date that can be had and
    believed, an article was first seen `now`.

    Raises:
        UserError: the file is not there or cannot be read.
    """
    if path is None:
        yield from _lines(sys.stdin.buffer, now)
        return
    try:
        with open_file(path) as file:
            yield from _lines(file, now)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path} cannot be read: {error}") from error


def _lines(file: BinaryIO, now: datetime) -> Iterator[tuple[Mention, ...] | BadLine]:
    for given in decoded(file, _decoder):
        if isinstance(given, BadLine):
            yield given
            continue
        published, first_seen = _time(given.published), _time(given.first_seen)
        yield tuple(_completed(one, given, published, first_seen, now) for one in given.mentions)


def _time(value: str | None) -> datetime | None:
    """The time in a field; None where it is none."""
    return parse_date(value) if value else None


def _completed(
    mention: Mention,
    given: ArticleLine,
    published: datetime | None,
    first_seen: datetime | None,
    now: datetime,
) -> Mention:
    """The mention, with what the line alone knows of its article."""
    source = {"name": given.source} if isinstance(given.source, str) else given.source or {}
    article = mention.article
    known = msgspec.structs.replace(
        article,
        url=article.url or given.url,
        title=article.title or given.title,
        source=article.source or source.get("name"),
        trust=article.trust if article.trust is not None else source.get("trust"),
        published=article.published or published,
        first_seen=article.first_seen or first_seen,
    )
    if known.first_seen is None and (known.published is None or known.published > now):
        known = msgspec.structs.replace(known, first_seen=now)
    return msgspec.structs.replace(mention, article=known)
