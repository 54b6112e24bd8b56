"""The notation in which batches are written."""

from training.labels import LabelledSentence
from training.notation import parse

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
