"""Files: each line an article or a complaint, and nothing read whole."""

import gzip
from pathlib import Path

import pytest

from pledgewatch.outcome import Reason
from services.ingest import files
from services.ingest.articles import Item
from services.ingest.files import BadLine, FileError

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


@pytest.mark.parametrize("content", [b"not gzip", gzip.compress(GOOD)[:-10]])
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
