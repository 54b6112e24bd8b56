"""Files: each line an article or a complaint, and nothing read whole."""

import gzip
from pathlib import Path

import pytest
import zstandard

from pledgewatch.outcome import Reason
from services.common.settings import IngestSettings
from services.ingest import files
from services.ingest.articles import Item
from services.ingest.files import BadLine, FileError
from services.ingest.parsing import Parser

GOOD = b'{"id": 1, "text": "T"}'


def read(path: Path) -> list[Item | BadLine]:
    return list(files.read_lines(path, lambda _: None))


def test_lines(tmp_path: Path) -> None:
    path = tmp_path / "wire.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD + b"\r\n\n  \nnonsense\n" + GOOD)
    first, bad, last = read(path)
    assert isinstance(first, Item)
    assert first.url == "urn:pledgewatch:wire:1"
    assert isinstance(bad, BadLine)
    assert bad.place == f"{path}:4"
    assert bad.url == "urn:pledgewatch:file:wire.jsonl%3A4"
    assert (bad.reject.reason, bad.raw) == (Reason.NOT_JSON, b"nonsense")
    assert isinstance(last, Item)


def test_gzip(tmp_path: Path) -> None:
    path = tmp_path / "wire.jsonl.gz"
    path.write_bytes(gzip.compress(GOOD + b"\n" + GOOD))
    assert [item.url for item in read(path)] == ["urn:pledgewatch:wire:1"] * 2


def test_zstandard(tmp_path: Path) -> None:
    path = tmp_path / "wire.jsonl.zst"
    packer = zstandard.ZstdCompressor()
    path.write_bytes(packer.compress(GOOD + b"\n") + packer.compress(GOOD))
    assert [item.url for item in read(path)] == ["urn:pledgewatch:wire:1"] * 2
    path.write_bytes(b"not zstandard")
    with pytest.raises(FileError, match="cannot be read"):
        read(path)


PAGE = (
    b"<html><head><title>Force for the strait</title></head><body><article><p>"
    + b"The minister said that the ships would sail in spring, once the mandate is there. " * 9
    + b"</p></article></body></html>"
)


def _response(url: str, status: str, kind: str) -> bytes:
    """A record of a web archive."""
    answer = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n".encode() + PAGE
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\n"
        "WARC-Date: 2025-03-04T05:06:07Z\r\nWARC-Record-ID: <urn:uuid:0>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer)}\r\n\r\n"
    )
    return head.encode() + answer + b"\r\n\r\n"


async def test_pages_of_a_web_archive(tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(
        b"".join(
            gzip.compress(_response(url, status, kind))
            for url, status, kind in (
                ("https://news.example/a", "200 OK", "text/html; charset=utf-8"),
                ("https://news.example/gone", "404 Not Found", "text/html"),
                ("https://news.example/picture", "200 OK", "image/png"),
            )
        )
    )
    async with Parser(IngestSettings()) as parser:
        pages = files.read_archive(path, parser, 1_000_000, lambda count: None)
        (item,) = [one async for one in pages]
    assert isinstance(item, Item)
    assert item.url == "https://news.example/a"
    assert item.source.name == "crawl"
    assert "ships would sail" in item.text
    assert [claim.text for claim in item.published] == ["2025-03-04T05:06:07Z"]


async def test_a_broken_web_archive_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc"
    path.write_bytes(b"nonsense\n" * 30)
    async with Parser(IngestSettings()) as parser:
        pages = files.read_archive(path, parser, 1_000_000, lambda count: None)
        with pytest.raises(FileError, match="cannot be read"):
            async for _ in pages:
                pass


def test_progress_counts_bytes_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "wire.jsonl"
    path.write_bytes((GOOD + b"\n") * 3)
    counts: list[int] = []
    assert len(list(files.read_lines(path, counts.append))) == 3
    assert counts[-1] == path.stat().st_size


def test_endless_line_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LINE_BYTES_MAX", 100)
    path = tmp_path / "wire.jsonl"
    path.write_bytes(b"x" * 1_000 + b"\n" + GOOD + b"\n")
    bad, good = read(path)
    assert isinstance(bad, BadLine)
    assert (bad.reject.reason, bad.raw) == (Reason.TOO_LARGE, None)
    assert isinstance(good, Item)


@pytest.mark.parametrize("content", [b"not gzip", gzip.compress(GOOD, mtime=0)[:-10]])
def test_broken_gzip_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wire.jsonl.gz"
    path.write_bytes(content)
    with pytest.raises(FileError, match="cannot be read"):
        read(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").touch()
    with pytest.raises(FileError, match="must end in"):
        files.kind(tmp_path / "a.pdf")
    with pytest.raises(FileError, match="is not there"):
        files.kind(tmp_path / "none.jsonl")
