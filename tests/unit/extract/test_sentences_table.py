"""The rules, sentence by sentence: what is a mention and what only looks like one."""

import csv
from pathlib import Path

import pytest

from tests.unit.extract.helpers import bounds, mentions, short

HERE = Path(__file__).parent


def positives() -> list[object]:
    with (HERE / "positives.tsv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        pytest.param(
            row["sentence"],
            row["labels"].split("|"),
            row["conditions"].split("|") if row["conditions"] else [],
            marks=[pytest.mark.xfail(reason="the rules do not read it yet")] if row["gap"] else [],
        )
        for row in table
    ]


@pytest.mark.parametrize(("sentence", "labels", "conditions"), positives())
def test_mentions(sentence: str, labels: list[str], conditions: list[str]) -> None:
    found = mentions(sentence)
    wanted = {":".join(label.split(":")[:3]): label.split(":")[3:] for label in labels}
    assert {short(mention) for mention in found} == set(wanted)
    for mention in found:
        for quantity in wanted[short(mention)]:
            assert bounds(mention) == quantity
    said = {str(held.kind) for mention in found for held in mention.conditions}
    assert set(conditions) <= said


@pytest.mark.parametrize(
    "sentence", (HERE / "negatives.txt").read_text(encoding="utf-8").splitlines()
)
def test_no_mention(sentence: str) -> None:
    assert [short(mention) for mention in mentions(sentence)] == []
