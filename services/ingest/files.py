"""Reads articles from files: JSON Lines, plain text, HTML; each also gzipped."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from pledgewatch.outcome import Reason, Reject
from pledgewatch.records import Source
from pledgewatch.text.dates import Claim
from pledgewatch.text.urls import urn
from services.common.errors import UserError
from services.common.kafka import RECORD_BYTES_MAX
from services.ingest.articles import Item
from services.ingest.given import parse_given
from services.ingest.parsing import Parser

LINE_BYTES_MAX = RECORD_BYTES_MAX
SOURCE = "file"
_PAGES = (".html", ".htm")
_TEXTS = (".txt",)
_LINES = (".jsonl", ".ndjson", ".json")
SUFFIXES = (*_LINES, *_TEXTS, *_PAGES)


class FileError(UserError):
    """A file cannot be read; says why."""


@dataclass(frozen=True, kw_only=True)
class BadLine:
    """A line that is no article: where it is, what is wrong, and its bytes."""

    url: str
    place: str
    reject: Reject
    raw: bytes | None


def kind(path: Path) -> str:
    """The suffix that says what is in a file, without `.gz`.

    Raises:
        FileError: it is none of `SUFFIXES`, or there is no such file.
    """
    name = path.name.lower().removesuffix(".gz")
    suffix = Path(name).suffix
    if suffix not in SUFFIXES:
        raise FileError(f"{path}: its name must end in {', '.join(SUFFIXES)} (or that and .gz)")
    if not path.is_file():
        raise FileError(f"{path} is not there")
    return suffix


async def read_document(path: Path, parser: Parser, bytes_max: int) -> Item | BadLine:
    """A plain text or HTML file as one article."""
    url = urn(SOURCE, path.name)
    source = Source(name=path.stem, feed=path.name)
    try:
        with _open(path) as file:
            body = file.read(bytes_max + 1)
        if len(body) > bytes_max:
            raise Reject(Reason.TOO_LARGE, f"more than {bytes_max} bytes")
        if kind(path) in _PAGES:
            page = await parser.page(body, None, url)
            claims = (Claim(page.published, "page"),) if page.published else ()
            return Item(
                url=url,
                title=page.title,
                text=page.text,
                source=source,
                via="text",
                published=claims,
            )
    except Reject as reject:
        return BadLine(url=url, place=str(path), reject=reject, raw=None)
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(f"{path} cannot be read: {error}") from error
    title, text = _titled(body.decode("utf-8-sig", "replace"))
    return Item(url=url, title=title, text=text, source=source, via="text")


def read_lines(path: Path, progress: Callable[[int], None]) -> Iterator[Item | BadLine]:
    """The articles of a JSON Lines file, one at a time.

    Args:
        path: the file.
        progress: told how many bytes of the file have been read.
    """
    try:
        with path.open("rb") as raw, _unpacked(path, raw) as file:
            number = 0
            while line := file.readline(LINE_BYTES_MAX + 1):
                number += 1
                progress(raw.tell())
                if len(line) > LINE_BYTES_MAX:
                    _skip_line(file)
                    reject = Reject(Reason.TOO_LARGE, f"a line of more than {LINE_BYTES_MAX} bytes")
                    yield _bad(path, number, reject, None)
                elif line.strip():
                    yield _item(path, number, line.strip().removeprefix(b"\xef\xbb\xbf"))
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(f"{path} cannot be read: {error}") from error


def _item(path: Path, number: int, line: bytes) -> Item | BadLine:
    try:
        return parse_given(line, source=path.name.split(".")[0], via="jsonl", feed=path.name)
    except Reject as reject:
        return _bad(path, number, reject, line)


def _bad(path: Path, number: int, reject: Reject, raw: bytes | None) -> BadLine:
    url = urn(SOURCE, f"{path.name}:{number}")
    return BadLine(url=url, place=f"{path}:{number}", reject=reject, raw=raw)


def _skip_line(file: BinaryIO) -> None:
    while (rest := file.readline(LINE_BYTES_MAX)) and not rest.endswith(b"\n"):
        pass


def _open(path: Path) -> BinaryIO:
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    return cast("BinaryIO", opener(path, "rb"))


def _unpacked(path: Path, raw: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if path.suffix.lower() == ".gz" else raw


def _titled(text: str) -> tuple[str, str]:
    """A first line that stands alone is the title."""
    first, _, rest = text.strip().partition("\n")
    if rest.strip() and not rest.partition("\n")[0].strip():
        return first, rest
    return "", text


def holds_lines(path: Path) -> bool:
    """Whether it is JSON Lines."""
    return kind(path) in _LINES
