"""CAMEO and PLOVER codes."""

import pytest

from pledgewatch.extract.codes import cameo, plover
from pledgewatch.ontology import Contribution, Level, Obstacle


@pytest.mark.parametrize(
    ("contribution", "level", "code", "event"),
    [
        (Contribution.GROUND_TROOPS, Level.CONSIDERING, "014", None),
        (Contribution.NAVAL, Level.WILLING, "0334", "AGREE"),
        (Contribution.WEAPONS_EQUIPMENT, Level.ANNOUNCED, "0332", "AGREE"),
        (Contribution.FUNDING, Level.APPROVED, "0331", "AGREE"),
        (Contribution.INTELLIGENCE, Level.ANNOUNCED, "0314", "AGREE"),
        (Contribution.POLITICAL, Level.SIGNED, "057", "SUPPORT"),
        (Contribution.AIR, Level.DEPLOYED, "074", "AID"),
        (Contribution.WEAPONS_EQUIPMENT, Level.DEPLOYED, "072", "AID"),
        (Contribution.FUNDING, Level.DEPLOYED, "071", "AID"),
        (Contribution.INTELLIGENCE, Level.DEPLOYED, "064", "COOPERATE"),
        (Contribution.GROUND_TROOPS, Level.DECLINED, "1224", "REJECT"),
        (Contribution.WEAPONS_EQUIPMENT, Level.DECLINED, "1222", "REJECT"),
        (Contribution.GROUND_TROOPS, Level.WITHDRAWN, "1661", "SANCTION"),
        (Contribution.MONITORING, Level.WITHDRAWN, "1662", "SANCTION"),
    ],
)
def test_commitments(
    contribution: Contribution, level: Level, code: str, event: str | None
) -> None:
    assert cameo(contribution, level, None) == code
    assert plover(code) == event


def test_a_cancelled_pledge_is_a_refusal() -> None:
    assert cameo(Contribution.GROUND_TROOPS, Level.WITHDRAWN, None, deployed_force=False) == "1224"


def test_obstacles() -> None:
    assert cameo(None, None, Obstacle.HOST_CONSENT) == "1245"
    assert cameo(None, None, Obstacle.FUNDING) is None
    assert plover(None) is None


@pytest.mark.parametrize("contribution", Contribution)
@pytest.mark.parametrize("level", Level)
def test_every_code_has_its_event(contribution: Contribution, level: Level) -> None:
    plover(cameo(contribution, level, None))
