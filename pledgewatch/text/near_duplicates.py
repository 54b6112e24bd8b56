"""Near-duplicates: the same text with another headline, or cut, is the same story.

Signatures are b-bit MinHashes (64 permutations, the lowest 8 bits of each) over the shingles of a
text. They are compared by scanning: a window of a million signatures is 90 MB and takes some
70 ms, where the tables of an LSH index would take 6 kB for each article. They are kept on a
topic and must stay the same over versions of libraries, so the hashing is spelt out here.
"""

import re
from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

PERMUTATIONS = 64
SHINGLE_WORDS = 4
SHINGLES_MIN = 12
"""Texts with fewer shingles are too short to be told apart and have no signature."""
SIMILARITY_MIN = 0.4
CONTAINMENT_MIN = 0.8
"""Share of the shorter text's shingles that stand in the longer one as well."""

_CHANCE = 1 / 256  # two different minima agree in their lowest 8 bits
_SIZE_BYTES = 4
SIGNATURE_BYTES = _SIZE_BYTES + PERMUTATIONS
_WORD = re.compile(r"\w+")
_ID_BYTES = 16


def _hash(text: str) -> int:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def _constants(name: str) -> NDArray[np.uint64]:
    return np.array([_hash(f"{name} {number}") | 1 for number in range(PERMUTATIONS)], np.uint64)


_FACTORS = _constants("factor")
_OFFSETS = _constants("offset")


def signature(text: str) -> bytes:
    """`SIGNATURE_BYTES` bytes: number of shingles, then the MinHash; empty for a short text."""
    words = _WORD.findall(text.casefold())
    shingles = {
        " ".join(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1)
    }
    if len(shingles) < SHINGLES_MIN:
        return b""
    hashes = np.array([_hash(shingle) for shingle in shingles], np.uint64)
    permuted = (hashes[:, None] * _FACTORS + _OFFSETS) >> np.uint64(32)
    low_bits = (permuted.min(axis=0) & 0xFF).astype(np.uint8)
    return len(shingles).to_bytes(_SIZE_BYTES, "big") + bytes(low_bits)


class Stories:
    """The signatures of a window of time, and the story that each belongs to. Not thread-safe."""

    def __init__(self) -> None:
        self._length = 0
        self._allocate(1024)

    def _allocate(self, rows: int) -> None:
        self._hashes: NDArray[np.uint8] = np.zeros((rows, PERMUTATIONS), np.uint8)
        self._sizes: NDArray[np.int32] = np.zeros(rows, np.int32)
        self._ids: NDArray[np.uint8] = np.zeros((rows, _ID_BYTES), np.uint8)
        self._times: NDArray[np.int64] = np.zeros(rows, np.int64)

    def __len__(self) -> int:
        return self._length

    def add(self, story: str, mark: bytes, time: int) -> None:
        """Remember an article of a story.

        Args:
            story: the story's id (128 bits, hexadecimal).
            mark: `signature` of the text; an empty one is not remembered.
            time: ms since 1970, for `forget_before`.
        """
        if not mark:
            return
        if self._length == len(self._sizes):
            self._keep(np.arange(self._length), spare=self._length)
        row = self._length
        self._hashes[row] = np.frombuffer(mark, np.uint8, offset=_SIZE_BYTES)
        self._sizes[row] = int.from_bytes(mark[:_SIZE_BYTES], "big")
        self._ids[row] = np.frombuffer(bytes.fromhex(story), np.uint8)
        self._times[row] = time
        self._length += 1

    def find(self, mark: bytes) -> str | None:
        """The story of the most similar text, or None where none is a near-duplicate."""
        if not mark or not self._length:
            return None
        size = int.from_bytes(mark[:_SIZE_BYTES], "big")
        own = np.frombuffer(mark, np.uint8, offset=_SIZE_BYTES)
        equal = np.count_nonzero(self._hashes[: self._length] == own, axis=1) / PERMUTATIONS
        similarity = (equal - _CHANCE) / (1 - _CHANCE)
        rows = np.flatnonzero(similarity >= SIMILARITY_MIN)
        if not rows.size:
            return None
        similar, sizes = similarity[rows], self._sizes[rows]
        shared = similar / (1 + similar) * (size + sizes)  # |A∩B| from |A|, |B| and Jaccard
        containment = shared / np.minimum(size, sizes)
        best = int(np.argmax(containment))
        if containment[best] < CONTAINMENT_MIN:
            return None
        return bytes(self._ids[rows[best]]).hex()

    def forget_before(self, time: int) -> None:
        """Drop the articles added with an earlier time."""
        kept = np.flatnonzero(self._times[: self._length] >= time)
        if kept.size < self._length:
            self._keep(kept, spare=max(1024, kept.size // 2))

    def _keep(self, rows: Iterable[int], spare: int) -> None:
        chosen = np.asarray(rows)
        hashes, sizes, ids, times = self._hashes, self._sizes, self._ids, self._times
        self._allocate(chosen.size + spare)
        self._length = chosen.size
        for new, old in (
            (self._hashes, hashes),
            (self._sizes, sizes),
            (self._ids, ids),
            (self._times, times),
        ):
            new[: chosen.size] = old[chosen]
