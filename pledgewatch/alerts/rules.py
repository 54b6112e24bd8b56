"""Rules: which events go to whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from pledgewatch.ontology import Event, Family, Level
from pledgewatch.records import Amount, PledgeEvent


@dataclass(frozen=True, slots=True)
class Rule:
    """Events that go to some receivers; what is empty or None is not asked for.

    `level`: this or firmer, before or after; `quantity_min`: persons, or whatever the unit is,
    before or after;
    `confirmed` None: as soon as it is known.
    """

    to: tuple[str, ...]
    events: frozenset[Event] = frozenset()
    actors: frozenset[str] = frozenset()
    recipients: frozenset[str] = frozenset()
    families: frozenset[Family] = frozenset()
    level: Level | None = None
    quantity_min: int | None = None
    confirmed: bool | None = None
    severity: str = "warning"

    def refuses(self, event: PledgeEvent) -> str | None:
        """Why the rule does not want an event; None where it does."""
        asked: tuple[tuple[str, str, frozenset[str]], ...] = (
            ("event", event.event, self.events),
            ("actor", event.actor.code, self.actors),
            ("recipient", event.recipient.code if event.recipient else "-", self.recipients),
            ("family", event.family, self.families),
        )
        for name, value, wanted in asked:
            if wanted and value not in wanted:
                return f"{name} {value} is not among {', '.join(sorted(wanted))}"
        if self.level is not None and not _reaches(event, self.level):
            return f"never was {self.level} or firmer"
        most = max(_most(event.quantity), _most(event.quantity_before))
        if self.quantity_min is not None and most < self.quantity_min:
            return f"its number is below {self.quantity_min}"
        if self.confirmed is not None and event.confirmed is not self.confirmed:
            return "is not confirmed yet" if self.confirmed else "is confirmed"
        return None


DEFAULTS = (
    Rule(
        to=("alertmanager",),
        events=frozenset({Event.NEW, Event.FIRMER}),
        severity="info",
    ),
    Rule(to=("alertmanager",), events=frozenset({Event.RETRACTED}), severity="warning"),
)
"""New pledges, firmer ones, and those that are taken back."""


def why_nobody(event: PledgeEvent) -> str | None:
    """Why an event is told to nobody, whatever the rules; None where they decide."""
    if event.late:
        return "it was known too late to be news"
    return None


def receivers_of(event: PledgeEvent, rules: Sequence[Rule]) -> dict[str, str]:
    """Receiver → severity, by the first rule that sends the event there."""
    found: dict[str, str] = {}
    if why_nobody(event) is None:
        for rule in rules:
            if rule.refuses(event) is None:
                for receiver in rule.to:
                    found.setdefault(receiver, rule.severity)
    return found


def _reaches(event: PledgeEvent, level: Level) -> bool:
    stated = [one for one in (event.from_level, event.to_level) if one and not one.is_retraction]
    return any(one.rank <= level.rank for one in stated)


def _most(amount: Amount | None) -> int:
    return 0 if amount is None else amount.max or amount.min or 0
