"""Runs the extractor over articles in batches: constant memory whatever the file's size."""

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
from rich.console import Console
from rich.status import Status

from pledgewatch.extract import Extractor
from pledgewatch.records import Mention
from services.common.extractor import load
from services.common.json_lines import BadLine
from services.extract.articles import Given, read, text_of

BATCH = 64
_encoder = msgspec.json.Encoder()


def run(path: Path | None, *, strict: bool, min_confidence: float = 0.0) -> int:
    """Write one line an article to standard output; the exit code: 1 where lines were left out."""
    extractor = load(min_confidence=min_confidence)
    console = Console(stderr=True)
    name = str(path) if path else "standard input"
    done = bad = 0
    with console.status("reading") as status:
        for batch in _batches(read(path), interactive=path is None):
            articles: list[Given] = []
            for item in batch:
                if isinstance(item, BadLine):
                    bad += 1
                    console.print(
                        f"{name}, line {item.number}: {item.reason}",
                        markup=False,
                        soft_wrap=True,
                        highlight=False,
                    )
                    if strict:
                        _write(extractor, articles)
                        return 1
                else:
                    articles.append(item)
            _write(extractor, articles)
            done += len(articles)
            _tell(status, done)
    if bad:
        console.print(
            f"{name}: {done} articles read, {bad} lines left out", highlight=False, soft_wrap=True
        )
    return 1 if bad else 0


def _batches(
    items: Iterator[Given | BadLine], *, interactive: bool
) -> Iterator[list[Given | BadLine]]:
    size = 1 if interactive and sys.stdin.isatty() else BATCH
    batch: list[Given | BadLine] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _write(extractor: Extractor, articles: list[Given]) -> None:
    found = extractor.extract([text_of(article) for article in articles])
    out = sys.stdout.buffer
    for article, mentions in zip(articles, found, strict=True):
        out.write(_line(article, mentions))
    out.flush()


def _line(article: Given, mentions: tuple[Mention, ...]) -> bytes:
    answer: dict[str, object] = {"id": article.id}
    answer |= {
        field: value
        for field in ("url", "source", "published", "first_seen", "title")
        if (value := getattr(article, field))
    }
    return _encoder.encode(answer | {"mentions": mentions}) + b"\n"


def _tell(status: Status, done: int) -> None:
    status.update(f"{done} articles")
