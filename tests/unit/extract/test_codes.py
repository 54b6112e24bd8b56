"""CAMEO and PLOVER codes."""

import pytest

from pledgewatch.extract.codes import cameo, plover
from pledgewatch.ontology import Contribution as C
from pledgewatch.ontology import Level as L
from pledgewatch.ontology import Obstacle


@pytest.mark.parametrize(
    ("contribution", "level", "code", "event"),
    [
        (C.GROUND_TROOPS, L.CONSIDERING, "014", None),
        (C.NAVAL, L.WILLING, "0334", "AGREE"),
        (C.WEAPONS_EQUIPMENT, L.ANNOUNCED, "0332", "AGREE"),
        (C.FUNDING, L.APPROVED, "0331", "AGREE"),
        (C.INTELLIGENCE, L.ANNOUNCED, "0314", "AGREE"),
        (C.POLITICAL, L.SIGNED, "057", "SUPPORT"),
        (C.AIR, L.DEPLOYED, "074", "AID"),
        (C.WEAPONS_EQUIPMENT, L.DEPLOYED, "072", "AID"),
        (C.FUNDING, L.DEPLOYED, "071", "AID"),
        (C.INTELLIGENCE, L.DEPLOYED, "064", "COOPERATE"),
        (C.GROUND_TROOPS, L.DECLINED, "1224", "REJECT"),
        (C.WEAPONS_EQUIPMENT, L.DECLINED, "1222", "REJECT"),
        (C.GROUND_TROOPS, L.WITHDRAWN, "1661", "SANCTION"),
        (C.MONITORING, L.WITHDRAWN, "1662", "SANCTION"),
    ],
)
def test_commitments(contribution: C, level: L, code: str, event: str | None) -> None:
    assert cameo(contribution, level, None) == code
    assert plover(code) == event


def test_a_cancelled_pledge_is_a_refusal() -> None:
    assert cameo(C.GROUND_TROOPS, L.WITHDRAWN, None, deployed_force=False) == "1224"


def test_obstacles() -> None:
    assert cameo(None, None, Obstacle.HOST_CONSENT) == "1245"
    assert cameo(None, None, Obstacle.FUNDING) is None
    assert plover(None) is None


@pytest.mark.parametrize("contribution", C)
@pytest.mark.parametrize("level", L)
def test_every_code_has_its_event(contribution: C, level: L) -> None:
    plover(cameo(contribution, level, None))
