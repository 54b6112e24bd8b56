"""The ledger: mentions in, events out, and the board."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from pledgewatch.ledger.entries import entry
from pledgewatch.ledger.page import Page, Told
from pledgewatch.ontology import Kind
from pledgewatch.records import Entry, Mention, Pledge, PledgeEvent

Key = tuple[str | None, str | None]
"""Codes of actor and recipient: a page. An unknown recipient is a page of its own."""


class Ledger:
    """Pages by actor and recipient. Pure and deterministic."""

    def __init__(self) -> None:
        self._pages: dict[Key, Page] = {}

    def apply(self, mentions: Iterable[Mention]) -> Told:
        """Take the mentions of one article in. Total: what is no matter of the ledger is left out.

        Raises:
            ValueError: the article has neither `published` nor `first_seen`.
        """
        told = [self.page(at).add(entries) for at, entries in by_page(map(entry, mentions)).items()]
        return Told(
            tuple(event for one in told for event in one.events),
            tuple(event for one in told for event in one.confirmed),
            tuple(taken for one in told for taken in one.taken),
        )

    def page(self, at: Key) -> Page:
        """The page of an actor and a recipient, empty where nothing is known."""
        return self._pages.setdefault(at, Page())

    def pages(self) -> Iterator[Page]:
        """All pages."""
        yield from self._pages.values()

    def load(self, entries: Iterable[Entry], events: Iterable[PledgeEvent] = ()) -> None:
        """Take back what was kept of earlier mentions and of events that were told."""
        told: dict[Key, list[PledgeEvent]] = {}
        for event in events:
            told.setdefault(key(event), []).append(event)
        for at, found in by_page(entries).items():
            page = self._pages[at] = Page(told.get(at, ()))
            page.load(found)

    def board(
        self, *, as_of: datetime | None = None, known_on: datetime | None = None
    ) -> Iterator[Pledge]:
        """The rows of the board, as of a time, and as was known at one."""
        for page in self._pages.values():
            yield from page.rows(as_of=as_of, known_on=known_on)


def concerns(one: Entry) -> bool:
    """Whether an entry is a matter of the ledger: forces of an actor, or an obstacle."""
    if one.kind is Kind.OBSTACLE:
        return one.actor is not None or one.recipient is not None
    return one.family is not None and one.actor is not None


def by_page(entries: Iterable[Entry]) -> dict[Key, list[Entry]]:
    """Entries by the page on which they stand, without what is no matter of the ledger."""
    found: dict[Key, list[Entry]] = {}
    for one in entries:
        if concerns(one):
            found.setdefault(key(one), []).append(one)
    return found


def key(one: Mention | Entry | PledgeEvent | Pledge) -> Key:
    """The page on which something stands."""
    return (one.actor.code if one.actor else None, one.recipient.code if one.recipient else None)
