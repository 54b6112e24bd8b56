"""Who is told of an event, and in which words."""

from pledgewatch.alerts.rules import DEFAULTS, Rule, receivers_of

__all__ = ["DEFAULTS", "Rule", "receivers_of"]
