"""Which quantity of a sentence belongs to which contribution of which actor."""

from collections.abc import Sequence

from pledgewatch.extract.actor_model import Finding
from pledgewatch.ontology import Contribution
from pledgewatch.text.quantities import QuantitySpan

C = Contribution
_UNITS: dict[Contribution, frozenset[str]] = {
    C.GROUND_TROOPS: frozenset({"personnel", "company", "battalion", "brigade", "team"}),
    C.AIR: frozenset({"aircraft", "helicopter", "personnel", "system"}),
    C.NAVAL: frozenset({"ship", "personnel", "aircraft"}),
    C.TRAINERS_ADVISERS: frozenset({"personnel", "team"}),
    C.MONITORING: frozenset({"personnel", "team", "system", "aircraft"}),
    C.ENGINEERING: frozenset({"personnel", "company", "battalion", "team", "vehicle"}),
    C.LOGISTICS_BASING: frozenset(
        {"personnel", "aircraft", "helicopter", "vehicle", "team", "ship", "company"}
    ),
    C.WEAPONS_EQUIPMENT: frozenset({"system", "vehicle", "aircraft", "helicopter", "ship"}),
}
_MONEY_LENGTH = 3
_REACH = 60


def _fits(unit: str, contribution: Contribution) -> bool:
    money = len(unit) == _MONEY_LENGTH and unit.isalpha() and unit not in ("all",)
    if contribution in (C.FUNDING, C.UNSPECIFIED):
        return money
    if money:
        return contribution is C.WEAPONS_EQUIPMENT
    return unit in _UNITS.get(contribution, frozenset())


def assign(
    finding: Finding,
    commitments: Sequence[Finding],
    quantities: Sequence[QuantitySpan],
    sentence: str,
) -> QuantitySpan | None:
    """The quantity of a commitment: the fitting one at its asset, else the nearest in its clause.

    A total that several actors share belongs to none of them.
    """
    contribution = finding.contribution
    if contribution is None or finding.level is None or finding.joint:
        return None
    fitting = [q for q in quantities if _fits(q.unit, contribution)]
    if not fitting:
        return None
    if finding.asset is not None:
        start, end = finding.asset
        at_asset = [q for q in fitting if q.start < end and start < q.end]
        if at_asset:
            return at_asset[0]
    others = [other.anchor[0] for other in commitments if other.anchor != finding.anchor]
    centre = finding.asset[0] if finding.asset is not None else finding.anchor[0]

    def nearest(quantity: QuantitySpan) -> bool:
        own = abs(quantity.start - centre)
        return all(own <= abs(quantity.start - other) for other in others)

    inside = [
        q for q in fitting
        if finding.scope[0] - _REACH <= q.start < finding.scope[1] + _REACH and nearest(q)
        and ";" not in sentence[min(q.end, centre) : max(q.start, centre)]
    ]  # fmt: skip
    return min(inside, key=lambda q: abs(q.start - centre), default=None)
