"""What a sentence says depends on its article: missions, pronouns, wars, other news."""

import csv
from pathlib import Path

import pytest

from tests.unit.extract.helpers import mentions, short

HERE = Path(__file__).parent


def table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


ARTICLES = {row["name"]: row for row in table("articles.tsv")}


@pytest.mark.parametrize("row", table("in_articles.tsv"), ids=lambda row: row["sentence"][:60])
def test_mentions_in_an_article(row: dict[str, str]) -> None:
    article = ARTICLES.get(row["article"], ARTICLES["brief"])
    before = row["before"] or article["text"]
    found = mentions(f"{before}\n\n{row['sentence']}", title=article["title"])
    said = {short(m) for m in found if m.sentence.text == row["sentence"]}
    assert said == set(filter(None, row["labels"].split("|")))
