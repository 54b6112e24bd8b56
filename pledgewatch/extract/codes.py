"""CAMEO codes of mentions, and the PLOVER types that PLOVER's own table maps them to."""

from pledgewatch.ontology import Contribution, Level, Obstacle

_FORCES = frozenset(
    {
        Contribution.GROUND_TROOPS,
        Contribution.AIR,
        Contribution.NAVAL,
        Contribution.TRAINERS_ADVISERS,
        Contribution.MONITORING,
        Contribution.ENGINEERING,
        Contribution.LOGISTICS_BASING,
    }
)
_MATERIAL = frozenset({Contribution.WEAPONS_EQUIPMENT, Contribution.UNSPECIFIED})
_PLOVER = {
    "014": None,  # PLOVER has no statements
    "0314": "AGREE",
    "0331": "AGREE",
    "0332": "AGREE",
    "0334": "AGREE",
    "057": "SUPPORT",
    "064": "COOPERATE",
    "071": "AID",
    "072": "AID",
    "074": "AID",
    "1222": "REJECT",
    "1224": "REJECT",
    "1245": "REJECT",
    "1661": "SANCTION",
    "1662": "SANCTION",
}


def cameo(
    contribution: Contribution | None,
    level: Level | None,
    obstacle: Obstacle | None,
    *,
    deployed_force: bool = True,
) -> str | None:
    """The CAMEO code of a mention, None where the ontology's table has none.

    `deployed_force`: for `withdrawn`, whether what is withdrawn was there already.
    """
    if obstacle is not None:
        return "1245" if obstacle is Obstacle.HOST_CONSENT else None
    if contribution is None or level is None:
        return None
    if level is Level.CONSIDERING:
        return "014"
    if level is Level.SIGNED:
        return "057"
    if level is Level.DECLINED:
        return "1222" if contribution in _MATERIAL else "1224" if contribution in _FORCES else None
    if level is Level.WITHDRAWN:
        if contribution not in _FORCES:
            return None
        if not deployed_force:
            return "1224"
        return "1662" if contribution is Contribution.MONITORING else "1661"
    done = level is Level.DEPLOYED
    if contribution in _FORCES:
        return "074" if done else "0334"
    if contribution in _MATERIAL:
        return "072" if done else "0332"
    if contribution is Contribution.FUNDING:
        return "071" if done else "0331"
    if contribution is Contribution.INTELLIGENCE:
        return "064" if done else "0314"
    return None


def plover(code: str | None) -> str | None:
    """The PLOVER event type of a CAMEO code."""
    return None if code is None else _PLOVER[code]
