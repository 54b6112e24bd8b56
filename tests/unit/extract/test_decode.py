"""From logits to findings: thresholds, retractions, nobody, links."""

import numpy as np
import pytest

from pledgewatch.extract import heads
from pledgewatch.extract.decode import Decoder, Finding, Logits
from pledgewatch.extract.encoding import Encoded, candidates, encode
from pledgewatch.extract.heads import SLICES, WIDTH
from pledgewatch.extract.network import Manifest, Network
from pledgewatch.gazetteer import Gazetteer
from pledgewatch.ontology import Contribution, Level, Obstacle

TEXT = "Norway will send 200 troops to Mali."
THRESHOLDS = dict.fromkeys(
    ("sentence", "commits", "commits_unnamed", "retracts", "contributions", "conditions", "links",
     "hinders", "hindered", "obstacles", "evidence"), 0.5,
)  # fmt: skip


def sentence(text: str = TEXT) -> tuple[Encoded, Logits]:
    names = Gazetteer.load().find(text)
    encoded = encode(Network.load().tokenizer, text, candidates(text, names))
    return encoded, np.full((len(encoded.ids), WIDTH), -5.0, np.float32)


def decode(encoded: Encoded, logits: Logits, **thresholds: float) -> list[Finding]:
    manifest = Manifest(
        name="test", version="1", generation=1, sha256={}, calibration={},
        thresholds=THRESHOLDS | thresholds,
    )  # fmt: skip
    return Decoder(manifest).decode(encoded, logits)[0]


def say(logits: Logits, position: int, head: str, index: int = 0) -> None:
    logits[position, SLICES[head].start + index] = 5.0


def commit(encoded: Encoded, logits: Logits, position: int, level: Level) -> None:
    say(logits, 0, "sentence")
    say(logits, position, "commits")
    say(logits, position, "contributions", heads.CONTRIBUTIONS.index(Contribution.GROUND_TROOPS))
    say(logits, position, "levels", heads.LEVELS.index(level))


def test_nothing_said_is_nothing_found() -> None:
    assert decode(*sentence()) == []


def test_a_commitment_with_its_number() -> None:
    encoded, logits = sentence()
    commit(encoded, logits, encoded.actors[0], Level.ANNOUNCED)
    logits[encoded.actors[0], SLICES["of_actor"]] = 1
    logits[encoded.quantities[0], SLICES["of_quantity"]] = 1
    (found,) = decode(encoded, logits)
    assert (found.code, found.contribution, found.level) == ("NOR", "ground_troops", "announced")
    assert [number.max for number in found.quantities] == [200]


def test_a_number_without_a_noun_gets_its_unit_from_the_model() -> None:
    encoded, logits = sentence("Norway will send the remaining 205 to Mali.")
    commit(encoded, logits, encoded.actors[0], Level.ANNOUNCED)
    logits[encoded.actors[0], SLICES["of_actor"]] = 1
    logits[encoded.quantities[0], SLICES["of_quantity"]] = 1
    say(logits, encoded.quantities[0], "quantity_units", heads.UNITS.index("personnel"))
    (found,) = decode(encoded, logits)
    assert [(number.max, number.unit) for number in found.quantities] == [(205, "personnel")]


@pytest.mark.parametrize(("bar", "count"), [(0.5, 1), (0.9999, 0)])
def test_a_retraction_must_be_sure(bar: float, count: int) -> None:
    encoded, logits = sentence()
    commit(encoded, logits, encoded.actors[0], Level.DECLINED)
    assert len(decode(encoded, logits, retracts=bar)) == count


def test_what_nobody_is_named_for_is_read_at_the_first_token() -> None:
    encoded, logits = sentence()
    commit(encoded, logits, 0, Level.APPROVED)
    (found,) = decode(encoded, logits)
    assert found.actor is None
    assert found.code is None


@pytest.mark.parametrize(
    ("text", "marked", "expected"),
    [
        ("Kyiv was told that it mothballed them.", ["yiv", "moth"], ["Kyiv", "mothballed"]),
        ("The U.S. won't send 2,000 well-armed men.", ["S", "t send", "000"],
         ["U.S", "won't send", "2,000"]),
        ("Two well-armed men, and others that were not armed.", ["armed"], ["well-armed", "armed"]),
        ("A no-one-is-well-armed-or-fed mission.", ["no", "fed"], ["no-one-is-well-armed-or-fed"]),
    ],
)  # fmt: skip
def test_words_that_speak_for_a_finding_are_whole(
    text: str, marked: list[str], expected: list[str]
) -> None:
    encoded, logits = sentence(text)
    for words in marked:
        start = text.find(words)
        while start >= 0:
            for position, offsets in enumerate(encoded.offsets):
                if offsets and offsets[0] < start + len(words) and start < offsets[1]:
                    say(logits, position, "evidence", heads.EVIDENCE.index("level"))
            start = text.find(words, start + 1)
    manifest = Manifest(
        name="test", version="1", generation=1, sha256={}, calibration={}, thresholds=THRESHOLDS
    )
    _, evidence = Decoder(manifest).decode(encoded, logits)
    assert [text[start:end] for start, end in evidence["level"]] == expected


def test_an_obstacle_is_of_each_whom_it_hinders() -> None:
    encoded, logits = sentence("Parliament has yet to vote on Norway and Mali.")
    say(logits, 0, "sentence", 1)
    say(logits, 0, "sentence_obstacles", heads.OBSTACLES.index(Obstacle.PARLIAMENTARY_APPROVAL))
    (nobody,) = decode(encoded, logits)
    assert (nobody.obstacle, nobody.code) == ("parliamentary_approval", None)
    for position in encoded.actors:
        say(logits, position, "hindered")
    assert [one.code for one in decode(encoded, logits)] == ["NOR", "MLI"]
