"""Sentences as training examples."""

from msgspec.structs import replace

from pledgewatch.extract import heads
from pledgewatch.extract.network import Network
from pledgewatch.gazetteer import AT_WAR, Gazetteer
from training.examples import Swapper, actor_by_actor, example
from training.labels import CORPUS, LabelledSentence, faults, sentences
from training.notation import parse

BATCH = """\
@mission red-sea
@context Norway hesitates
Norway will send 200 sailors and two frigates to the Red Sea, while Kenya ruled out troops.
+ NOR | Norway | naval | announced | will send | q=2-2 ship: two frigates
+ NOR | Norway | ground_troops | announced | will send | q=200-200 personnel: 200 sailors
+ KEN | Kenya | ground_troops | declined | ruled out
! other | KEN | Kenya | ruled out | by=Norway
"""


def label() -> LabelledSentence:
    (one,) = parse(BATCH, "here").sentences
    return one


def test_swapping_keeps_every_label_true() -> None:
    swapper = Swapper(1, AT_WAR)
    given = list(sentences(CORPUS / "train"))[::7]
    swapped = [swapper(one) for one in given]
    assert [fault for one in swapped for fault in faults(one)] == []
    changed = sum(one.text != other.text for one, other in zip(given, swapped, strict=True))
    assert changed > len(given) / 3


def test_the_headline_is_swapped_with_the_sentence() -> None:
    swapped = Swapper(2, AT_WAR)(label())
    assert "Norway" not in swapped.text
    assert swapped.context is not None
    above, *_ = Gazetteer.load().find(swapped.context)
    assert above.code == swapped.commitments[0].actor


def test_an_institution_stays_with_its_state() -> None:
    one = replace(
        label(), text="The Bundestag let Germany send troops.", commitments=(), obstacles=()
    )
    assert Swapper(3, AT_WAR)(one).text == one.text


def test_numbers_are_linked_to_their_actor_and_kind() -> None:
    found = example(Network.load().tokenizer, label())
    norway = next(i for i, group in enumerate(found.groups) if group.code == "NOR")
    assert found.links[norway].tolist() == [1, 1]
    assert found.links.sum() == 2
    units = [heads.UNITS[index] for index in found.quantity_units]
    assert units == ["personnel", "ship"]
    assert found.missed == []


def test_an_actor_alone_keeps_what_is_stated_of_it() -> None:
    tokenizer = Network.load().tokenizer
    whole = example(tokenizer, label())
    alone = actor_by_actor(tokenizer, label())
    assert [one.groups[0].code for one in alone] == [group.code for group in whole.groups]
    for row, (one, group) in enumerate(zip(alone, whole.groups, strict=True)):
        (kept,) = one.groups
        assert (kept.contributions == group.contributions).all()
        assert one.links.tolist() == [whole.links[row].tolist()]
        assert {marked.code for marked in one.encoded.candidates} <= {group.code}
        assert len(one.evidence) == len(one.encoded.ids)
