"""Files that cannot be read to their end."""

import asyncio
import gzip
from pathlib import Path
from types import SimpleNamespace

import pytest

from services.common.settings import Settings
from services.ingest import service
from services.ingest.articles import Item
from services.ingest.files import FileError


async def test_a_broken_file_is_a_sentence_and_what_was_read_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "wire.jsonl.gz"
    lines = b"".join(b'{"id": %d, "text": "T"}\n' % number for number in range(50_000))
    path.write_bytes(gzip.compress(lines)[:-50])
    taken: list[str] = []

    async def accept(item: Item) -> None:
        await asyncio.sleep(0)
        taken.append(item.url)

    parts = SimpleNamespace(
        stop=asyncio.Event(), parser=None, intake=SimpleNamespace(accept=accept)
    )
    with pytest.raises(FileError, match=r"wire\.jsonl\.gz cannot be read"):
        await service._read_files(
            Settings(),
            parts,  # type: ignore[arg-type]
            [path],
            lambda *_: None,
            lambda *_: None,
            archived=False,
        )
    assert taken[:2] == ["urn:pledgewatch:wire:0", "urn:pledgewatch:wire:1"]
    assert len(taken) > 1_000
