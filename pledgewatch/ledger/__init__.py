"""Who has what on the table: mentions become a board of pledges, and each real change one event."""

from pledgewatch.ledger.entries import entry
from pledgewatch.ledger.ledger import Key, Ledger, by_page, key
from pledgewatch.ledger.page import Page, Told

__all__ = ["Key", "Ledger", "Page", "Told", "by_page", "entry", "key"]
