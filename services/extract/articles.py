"""Reads articles for `pledgewatch extract`: JSON Lines one at a time, or one document."""

import sys
import zlib
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import msgspec

from pledgewatch.extract import Text
from pledgewatch.outcome import Reject
from pledgewatch.records import ArticleRef
from pledgewatch.text.dates import parse_date
from pledgewatch.text.language import identify
from pledgewatch.text.pages import parse_page
from services.common.errors import UserError
from services.common.json_lines import BadLine, decoded, open_file

_PAGES = (".html", ".htm")
_IDENTIFIED_FROM = 200
"""Characters: what is shorter is taken as English."""
_TRIED = 3
"""Lines: where none of the first so many is an article, a file is no JSON Lines."""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """An article as given. `source` is a name, or an object with `name` and `trust`.

    `first_seen`: when it came to be known; `revision`: a number that grows when an outlet replaces
    the article (milliseconds since 1970, of the ingest service).
    """

    id: str | int
    text: str
    title: str = ""
    url: str | None = None
    published: str | None = None
    first_seen: str | None = None
    revision: int = 0
    source: str | dict[str, Any] | None = None
    language: str | dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(Given)


def read(path: Path | None) -> Iterator[Given | BadLine]:
    """The articles in a file (None: standard input), one at a time.

    Raises:
        UserError: the file is not there or cannot be read.
    """
    if path is None:
        yield from decoded(sys.stdin.buffer, _decoder)
        return
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    try:
        with open_file(path) as file:
            if suffix == ".txt":
                yield Given(id=path.name, text=file.read().decode("utf-8-sig", "replace"))
            elif suffix in _PAGES:
                page = parse_page(file.read(), None, path.name)
                yield Given(
                    id=path.name, text=page.text, title=page.title, published=page.published
                )
            else:
                lines = decoded(file, _decoder)
                yield from _articles(lines, path)
    except Reject as reject:
        raise UserError(f"{path}: {reject.message}") from reject
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path} cannot be read: {error}") from error


def _articles(items: Iterator[Given | BadLine], path: Path) -> Iterator[Given | BadLine]:
    """What the lines hold; one error, not one a line, where the file is of another kind."""
    first = [*islice(items, _TRIED)]
    bad = [one for one in first if isinstance(one, BadLine)]
    if len(bad) == _TRIED:
        raise UserError(
            f"{path} is no JSON Lines (line {bad[0].number}: {bad[0].reason}): put each article "
            f"on one line, as `jq -c . FILE` does, of a list `jq -c '.[]' FILE`; other texts are "
            f"read from .txt, .html and .htm"
        )
    yield from chain(first, items)


def text_of(given: Given) -> Text:
    """What the extractor reads of an article as given; its language is identified where unknown."""
    language = given.language
    if isinstance(language, dict):
        language = language.get("code")
    if not language:
        language = "en" if len(given.text) < _IDENTIFIED_FROM else identify(given.text).code
    source = given.source if isinstance(given.source, str) else (given.source or {}).get("name")
    language = language.lower().replace("_", "-").partition("-")[0]
    reference = ArticleRef(
        id=str(given.id),
        url=given.url,
        title=given.title or None,
        source=source if isinstance(source, str) else None,
        published=parse_date(given.published) if given.published else None,
        first_seen=parse_date(given.first_seen) if given.first_seen else None,
        revision=max(0, given.revision),
        trust=_trust(given.source),
        language=language,
    )
    return Text(reference, given.title, given.text, language)


def _trust(source: str | dict[str, Any] | None) -> float | None:
    trust = source.get("trust") if isinstance(source, dict) else None
    return float(trust) if isinstance(trust, int | float) and 0 <= trust <= 1 else None
