"""The notation in which batches are written."""

from pathlib import Path

import msgspec
import pytest

from training.labels import LabelledSentence
from training.notation import main, parse

BATCH = """\
@mission kosovo-kfor
Paris is ready to send up to 2,000 troops once the guns fall silent, Macron said on Monday.
+ FRA | Paris | ground_troops | willing | ready to | q=0-2000 personnel: up to 2,000 troops | \
if=ceasefire: once the guns fall silent | by=Macron
@context Berlin weighs Kosovo force
The Bundestag must still give its consent.
! parliamentary_approval | DEU | Bundestag | must still give its consent
It rained.
?
== A day in Pristina
The troops arrived.
+ FRA | The troops | ground_troops | deployed | arrived

It rained.
==
"""


def test_a_batch_is_read() -> None:
    batch = parse(BATCH, "here")
    assert batch.errors == []
    first, second, third = batch.sentences
    (stated,) = first.commitments
    assert (stated.actor, stated.level, stated.speaker) == ("FRA", "willing", "Macron")
    assert stated.quantity is not None
    assert (stated.quantity.min, stated.quantity.max) == (0, 2000)
    assert [condition.kind for condition in stated.conditions] == ["ceasefire"]
    assert second.context == "Berlin weighs Kosovo force"
    assert [one.obstacle for one in second.obstacles] == ["parliamentary_approval"]
    assert third.ambiguous
    assert third.context is None


def test_an_article_keeps_its_paragraphs_and_headline() -> None:
    (article,) = parse(BATCH, "here").articles
    assert article.paragraphs == (1, 1)
    assert [one.context for one in article.sentences] == [None, *["A day in Pristina"] * 2]


def test_each_fault_names_its_line() -> None:
    faulty = BATCH.replace("| Bundestag |", "| Riksdag |").replace("+ FRA | The", "+ XYZ | The")
    errors = parse(faulty, "here").errors
    assert [error.partition(":")[0] for error in errors] == ["line 6", "line 11"]
    assert "'Riksdag' does not stand in the sentence" in errors[0]
    assert "unknown actor code 'XYZ'" in errors[1]


def test_a_label_before_any_sentence_is_a_fault() -> None:
    batch = parse("? \n", "here")
    assert batch.sentences == []
    assert "before any sentence" in batch.errors[0]


def test_ids_are_of_the_batch() -> None:
    ids = [one.id for one in parse(BATCH, "here").sentences]
    assert ids == ["here-0001", "here-0002", "here-0003"]
    assert isinstance(parse(BATCH, "here").sentences[0], LabelledSentence)


def test_two_readers_and_a_third_who_settles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.notation.TWICE", tmp_path / "twice")
    batch, first = tmp_path / "here.txt", tmp_path / "sentences-here.jsonl"
    batch.write_text(BATCH.split("== A day")[0])
    assert main(["compile", str(batch), str(first)]) == 0
    sheet, answers, second = (tmp_path / name for name in ("sheet.txt", "answers.txt", "second"))
    assert main(["blank", str(first), str(sheet)]) == 0
    assert "=2 The Bundestag must" in sheet.read_text()
    answers.write_text("=1\n+ FRA | Paris | ground_troops | announced | ready to\n")
    assert main(["answer", str(first), str(answers), str(second)]) == 0
    differ = tmp_path / "differ.txt"
    assert main(["differ", str(first), str(second), str(differ)]) == 0
    assert differ.read_text().count("=") > 2
    settled = tmp_path / "settled.txt"
    settled.write_text("=1\n+ FRA | Paris | ground_troops | willing | ready to\n")
    assert main(["settle", str(first), str(second), str(settled)]) == 1  # the second is not settled
    settled.write_text(settled.read_text() + "=2\n")
    assert main(["settle", str(first), str(second), str(settled)]) == 0
    one, two, _ = (
        msgspec.json.decode(line, type=LabelledSentence) for line in first.read_bytes().splitlines()
    )
    assert one.commitments[0].quantity is None
    assert two.obstacles == ()
    assert len((tmp_path / "twice" / first.name).read_bytes().splitlines()) == 3


def test_a_batch_is_of_sentences_or_of_articles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = tmp_path / "mixed.txt"
    batch.write_text(BATCH)
    assert main(["compile", str(batch), str(tmp_path / "out.jsonl")]) == 1
    assert "make them two batches" in capsys.readouterr().err
