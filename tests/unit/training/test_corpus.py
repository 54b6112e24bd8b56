"""The labelled corpus: true to the notation, no text twice, splits apart."""

from collections import defaultdict
from pathlib import Path

import pytest

from training.coverage import FILE, table
from training.labels import CORPUS, LabelledSentence, faults, sentences
from training.notation import blank

SPLITS = ("train", "validation", "test")
FILES = sorted(file for split in SPLITS for file in (CORPUS / split).glob("*.jsonl"))
ALIKE = 0.7
"""Share of common word triples from which two sentences are near-copies."""


def triples(text: str) -> frozenset[tuple[str, ...]]:
    words = "".join(c if c.isalnum() else " " for c in text.lower()).split()
    return frozenset(zip(words, words[1:], words[2:], strict=False))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_labels_are_true_to_the_text(file: Path) -> None:
    wrong = [
        f"{one.id}: {fault}" for one in sentences(file.parent, file.name) for fault in faults(one)
    ]
    assert wrong == []


def test_no_id_comes_twice() -> None:
    ids = [one.id for split in SPLITS for one in sentences(CORPUS / split)]
    assert len(set(ids)) == len(ids)


def test_no_near_copy_across_splits() -> None:
    known: dict[tuple[str, ...], list[tuple[str, LabelledSentence]]] = defaultdict(list)
    marks = {}
    for split in SPLITS:
        for one in sentences(CORPUS / split):
            marks[one.id] = triples(one.text)
            for mark in marks[one.id]:
                known[mark].append((split, one))
    copies = set()
    for held in known.values():
        for first, one in held:
            for second, other in held:
                if first < second:
                    shared = len(marks[one.id] & marks[other.id])
                    if (
                        shared > ALIKE * min(len(marks[one.id]), len(marks[other.id]))
                        and shared > 3
                    ):
                        copies.add((one.text, other.text))
    assert copies == set()


def test_writers_of_the_held_out_sets_wrote_no_training_data() -> None:
    writers = {split: {file.stem for file in (CORPUS / split).glob("*.jsonl")} for split in SPLITS}
    assert not writers["train"] & writers["validation"]
    assert not writers["train"] & writers["test"]
    assert not writers["validation"] & writers["test"]


def test_a_blank_sheet_tells_no_label() -> None:
    held = list(sentences(CORPUS / "validation"))[:50]
    sheet = blank(held)
    assert all(one.text in sheet for one in held)
    assert not [line for line in sheet.splitlines() if line.startswith(("+ ", "! "))]


def test_what_is_covered_is_told() -> None:
    assert FILE.read_text(encoding="utf-8") == table(), "run python -m training.coverage"
