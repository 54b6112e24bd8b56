"""Reads articles from files: JSON Lines, plain text, HTML, each also packed; and web archives."""

import gzip
import io
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import zstandard
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

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
_ARCHIVES = (".warc",)
SUFFIXES = (*_LINES, *_TEXTS, *_PAGES, *_ARCHIVES)
_PACKED = (".gz", ".zst")
_UNREADABLE = (OSError, EOFError, zlib.error, zstandard.ZstdError, ArchiveLoadFailed)


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
    """The suffix that says what is in a file, without `.gz` or `.zst`.

    Raises:
        FileError: it is none of `SUFFIXES`, or there is no such file.
    """
    name = Path(path.name.lower())
    suffix = Path(name.stem).suffix if name.suffix in _PACKED else name.suffix
    if suffix not in SUFFIXES:
        raise FileError(
            f"{path}: its name must end in {', '.join(SUFFIXES)} (or that and .gz or .zst)"
        )
    if suffix in _ARCHIVES and name.suffix == ".zst":
        raise FileError(f"{path}: web archives are read as .warc or .warc.gz")
    if not path.is_file():
        raise FileError(f"{path} is not there")
    return suffix


async def read_document(path: Path, parser: Parser, bytes_max: int) -> Item | BadLine:
    """A plain text or HTML file as one article."""
    url = urn(SOURCE, path.name)
    source = Source(name=path.stem, feed=path.name)
    try:
        with path.open("rb") as raw, _unpacked(path, raw) as file:
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
    except _UNREADABLE as error:
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
    except _UNREADABLE as error:
        raise FileError(f"{path} cannot be read: {error}") from error


async def read_archive(
    path: Path, parser: Parser, bytes_max: int, progress: Callable[[int], None]
) -> AsyncIterator[Item | BadLine]:
    """The pages of a web archive (WARC) as articles; what is no page in HTML is passed over.

    A page without a date of its own is dated to when it was fetched.
    """
    try:
        with path.open("rb") as raw:
            for record in ArchiveIterator(raw):
                progress(raw.tell())
                url = record.rec_headers.get_header("WARC-Target-URI")
                if url and _is_page(record):
                    yield await _page(path, parser, record, url, bytes_max)
    except _UNREADABLE as error:
        raise FileError(f"{path} cannot be read: {error}") from error


def _is_page(record: ArcWarcRecord) -> bool:
    if record.rec_type != "response" or record.http_headers is None:
        return False
    kind = record.http_headers.get_header("Content-Type") or ""
    return record.http_headers.get_statuscode() == "200" and "html" in kind


async def _page(
    path: Path, parser: Parser, record: ArcWarcRecord, url: str, bytes_max: int
) -> Item | BadLine:
    fetched = record.rec_headers.get_header("WARC-Date")
    try:
        body = record.content_stream().read(bytes_max + 1)
        if len(body) > bytes_max:
            raise Reject(Reason.TOO_LARGE, f"more than {bytes_max} bytes")
        page = await parser.page(body, None, url)
    except Reject as reject:
        return BadLine(url=url, place=f"{path}: {url}", reject=reject, raw=None)
    claims = [Claim(page.published, "page")] if page.published else []
    return Item(
        url=url,
        title=page.title,
        text=page.text,
        source=Source(name=path.name.split(".")[0], feed=path.name),
        via="text",
        published=(*claims, *([Claim(fetched, "given")] if fetched else [])),
    )


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


def _unpacked(path: Path, raw: BinaryIO) -> BinaryIO:
    match path.suffix.lower():
        case ".gz":
            return cast("BinaryIO", gzip.GzipFile(fileobj=raw))
        case ".zst":
            stream = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
            return cast("BinaryIO", io.BufferedReader(stream))
        case _:
            return raw


def _titled(text: str) -> tuple[str, str]:
    """A first line that stands alone is the title."""
    first, _, rest = text.strip().partition("\n")
    if rest.strip() and not rest.partition("\n")[0].strip():
        return first, rest
    return "", text


def holds_lines(path: Path) -> bool:
    """Whether it is JSON Lines."""
    return kind(path) in _LINES


def is_archive(path: Path) -> bool:
    """Whether it is a web archive."""
    return kind(path) in _ARCHIVES
