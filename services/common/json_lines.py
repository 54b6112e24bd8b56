"""Reads JSON Lines one at a time: what is no record is named by its line, and the rest goes on."""

import gzip
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

import msgspec

T = TypeVar("T")


class BadLine(msgspec.Struct, frozen=True):
    """A line that cannot be read: its number, and why, with the field's name."""

    number: int
    reason: str


def open_file(path: Path) -> BinaryIO:
    """A file to read, unpacked where its name ends in `.gz`."""
    return cast(BinaryIO, gzip.open(path)) if path.suffix.lower() == ".gz" else path.open("rb")


def decoded(lines: Iterable[bytes], decoder: msgspec.json.Decoder[T]) -> Iterator[T | BadLine]:
    """What each line holds; empty ones are passed over, as is a byte order mark in the first."""
    for number, line in enumerate(lines, 1):
        record = line.removeprefix(BOM_UTF8) if number == 1 else line
        if not record.strip():
            continue
        try:
            yield decoder.decode(record)
        except msgspec.ValidationError as error:
            yield BadLine(number, str(error))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield BadLine(number, f"not JSON: {error}")
