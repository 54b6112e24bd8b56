"""Who has what on the table: mentions become a board of pledges, and each real change one event."""

from pledgewatch.ledger.ledger import Key, Ledger, concerns, key
from pledgewatch.ledger.page import Page, Told

__all__ = ["Key", "Ledger", "Page", "Told", "concerns", "key"]
