"""How sure the network is of each field, what came next, and which fields rules made."""

from dataclasses import replace
from typing import Any

import pytest

from pledgewatch.extract import Judgement, Text, heads
from pledgewatch.extract.decode import Decoder, Finding, Logits
from pledgewatch.extract.encoding import Encoded
from pledgewatch.extract.heads import SLICES
from pledgewatch.extract.judging import Judge
from pledgewatch.extract.network import Manifest
from pledgewatch.extract.rules import amounts
from pledgewatch.ontology import Condition, Contribution, Level, Obstacle
from tests.unit.extract.helpers import EXTRACTOR, REFERENCE
from tests.unit.extract.test_decode import TEXT, THRESHOLDS, commit, say, sentence
from training.labels import CORPUS, sentences

MANIFEST = Manifest(
    name="test", version="1", generation=1, sha256={}, calibration={}, thresholds=THRESHOLDS
)


def near(probability: float) -> Any:
    """A probability, as far as three digits tell."""
    return pytest.approx(probability, abs=1e-3)


def findings(encoded: Encoded, logits: Logits) -> list[Finding]:
    return Decoder(MANIFEST).decode(encoded, logits)[0]


def judged(
    encoded: Encoded, logits: Logits, finding: Finding, *conditions: Condition, text: str = TEXT
) -> dict[str, Judgement]:
    parts = amounts.parts(text, finding)
    return Judge(MANIFEST).judged(text, encoded, logits, finding, parts, conditions)


def link(encoded: Encoded, logits: Logits, likely: float = 1.0) -> None:
    logits[encoded.actors[0], SLICES["of_actor"]] = 0.1
    logits[encoded.quantities[0], SLICES["of_quantity"]] = likely
    counted = heads.CONTRIBUTIONS.index(Contribution.GROUND_TROOPS)
    say(logits, encoded.quantities[0], "quantity_contributions", counted)


def test_each_field_has_its_probability_and_what_came_next() -> None:
    encoded, logits = sentence()
    at = encoded.actors[0]
    commit(encoded, logits, at, Level.ANNOUNCED)
    logits[at, SLICES["levels"].start + heads.LEVELS.index(Level.WILLING)] = 4.0
    logits[at, SLICES["contributions"].start + heads.CONTRIBUTIONS.index(Contribution.AIR)] = 3.0
    say(logits, at, "conditions", heads.CONDITIONS.index(Condition.CEASEFIRE))
    logits[encoded.actors[1], SLICES["commits"]] = -1.0
    link(encoded, logits)
    (finding,) = findings(encoded, logits)
    found = judged(encoded, logits, finding, Condition.CEASEFIRE)
    sure = {field: (one.sure, one.second and one.second[0]) for field, one in found.items()}
    assert sure == {
        "actor": (near(0.993), "MLI"),
        "contribution": (near(0.880), "air"),
        "level": (near(0.731), "willing"),
        "quantity": (near(0.961), None),
        "ceasefire": (near(0.993), "peace_deal"),
    }
    assert found["actor"].second == ("MLI", near(0.269))
    assert found["level"].second == ("willing", near(0.269))
    assert found["contribution"].words == "200 troops"


def test_the_unit_is_a_rules_where_a_word_names_it() -> None:
    text = "Norway will send the remaining 205 to Mali."
    encoded, logits = sentence(text)
    commit(encoded, logits, encoded.actors[0], Level.ANNOUNCED)
    link(encoded, logits)
    say(logits, encoded.quantities[0], "quantity_units", heads.UNITS.index("personnel"))
    (finding,) = findings(encoded, logits)
    unit = judged(encoded, logits, finding, text=text)["unit"]
    assert unit.sure == near(0.999)
    assert unit.second is not None
    encoded, logits = sentence()
    commit(encoded, logits, encoded.actors[0], Level.ANNOUNCED)
    link(encoded, logits)
    (finding,) = findings(encoded, logits)
    assert "unit" not in judged(encoded, logits, finding)


@pytest.mark.parametrize(("likely", "sure"), [(1.0, None), (-1.0, 0.961)])
def test_a_number_that_is_no_quantity_of_the_actor_comes_next(
    likely: float, sure: float | None
) -> None:
    encoded, logits = sentence()
    commit(encoded, logits, encoded.actors[0], Level.ANNOUNCED)
    link(encoded, logits, likely)
    (finding,) = findings(encoded, logits)
    alone = replace(finding, quantities=(), links=())  # as rules leave a joint total
    quantity = judged(encoded, logits, alone)["quantity"]
    assert quantity.second is not None
    assert quantity.second[0] == "200 troops"
    assert quantity.sure == (sure and near(sure))


def test_a_number_that_a_rule_gives_is_the_rules() -> None:
    encoded, logits = sentence()
    commit(encoded, logits, encoded.actors[0], Level.ANNOUNCED)
    link(encoded, logits, -1.0)
    (finding,) = findings(encoded, logits)
    given = replace(finding, quantities=encoded.numbers, links=(1.0,))
    assert judged(encoded, logits, given)["quantity"] == Judgement(None)


def test_a_condition_that_the_network_does_not_see_is_a_rules() -> None:
    encoded, logits = sentence()
    commit(encoded, logits, encoded.actors[0], Level.ANNOUNCED)
    (finding,) = findings(encoded, logits)
    assert Condition.FUNDING not in judged(encoded, logits, finding, Condition.FUNDING)


def test_a_finding_that_a_rule_made_has_no_probabilities() -> None:
    encoded, logits = sentence()
    commit(encoded, logits, encoded.actors[0], Level.ANNOUNCED)
    (finding,) = findings(encoded, logits)
    assert judged(encoded, logits, replace(finding, heard=None)) == {}


def test_whom_the_article_means_is_a_rules() -> None:
    encoded, logits = sentence()
    commit(encoded, logits, 0, Level.APPROVED)
    (finding,) = findings(encoded, logits)
    nobody = judged(encoded, logits, finding)["actor"]
    assert nobody.sure == near(0.993)
    assert judged(encoded, logits, replace(finding, meant="FRA"))["actor"].sure is None


def test_an_obstacle_has_its_probability_and_whom_it_may_hinder() -> None:
    encoded, logits = sentence()
    say(logits, 0, "sentence", 1)
    say(logits, 0, "sentence_obstacles", heads.OBSTACLES.index(Obstacle.FUNDING))
    logits[encoded.actors[1], SLICES["hindered"]] = -1.0
    (finding,) = findings(encoded, logits)
    assert finding.actor is None
    found = judged(encoded, logits, finding)
    assert found["actor"].sure == near(0.731)
    assert found["actor"].second == ("MLI", near(0.269))
    assert found["obstacle"].sure == near(0.999)
    settled = judged(encoded, logits, replace(finding, obstacle=Obstacle.LOGISTICS))["obstacle"]
    assert settled == Judgement(None, ("funding", found["obstacle"].sure or 0))


def test_an_obstacle_of_which_no_word_speaks_never_comes_next() -> None:
    encoded, logits = sentence()
    say(logits, 0, "sentence", 1)
    say(logits, 0, "sentence_obstacles", heads.OBSTACLES.index(Obstacle.FUNDING))
    logits[0, SLICES["sentence_obstacles"].start + heads.OBSTACLES.index(Obstacle.US_BACKSTOP)] = 4
    (barred,) = Decoder(MANIFEST).decode(encoded, logits, frozenset({Obstacle.US_BACKSTOP}))[0]
    second = judged(encoded, logits, barred)["obstacle"].second
    assert second is not None
    assert second[0] != Obstacle.US_BACKSTOP


def test_what_is_explained_is_what_is_found() -> None:
    for one in list(sentences(CORPUS / "validation"))[::60]:
        text = Text(REFERENCE, one.context or "", one.text)
        explained = [found for reading in EXTRACTOR.explain(text) for found in reading.found]
        by_id = {found.mention.id: found.mention for found in explained}
        assert tuple(by_id.values()) == EXTRACTOR.extract([text])[0]
        for found in explained:
            for judgement in found.judged.values():
                assert judgement.sure is None or 0 <= judgement.sure <= 1
                assert judgement.second is None or 0 <= judgement.second[1] <= 1
