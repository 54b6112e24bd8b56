"""The pages of one partition, and what is to be written for the records that are read of it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kafka.consumer.fetcher import ConsumerRecord
from msgspec.structs import replace

from pledgewatch import records
from pledgewatch.ledger import Key, Ledger, by_page, entry, key
from pledgewatch.outcome import Outcome, Reason, Reject
from pledgewatch.records import LIVE, Entry, Mention, Pledge, PledgeEvent
from services.common.kafka import page_key


@dataclass(slots=True)
class Output:
    """What is to be written for some records, and what became of them."""

    events: list[PledgeEvent] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    rows: list[Pledge] = field(default_factory=list)
    rejects: list[tuple[ConsumerRecord, Reject]] = field(default_factory=list)
    outcomes: Counter[Outcome] = field(default_factory=Counter)


class Shelf:
    """The ledger of one partition of the mentions topic.

    `run` is the ledger's own, `of` the run whose mentions it takes.
    """

    def __init__(
        self,
        entries: Iterable[Entry] = (),
        rows: Iterable[Pledge] = (),
        *,
        run: str = LIVE,
        of: str = LIVE,
    ) -> None:
        self._run, self._of = run, of
        self._ledger = Ledger()
        self._rows: dict[Key, dict[str, Pledge]] = {}  # as they were last written
        kept = list(rows)
        for row in kept:
            self._rows.setdefault(key(row), {})[row.id] = row
        self._ledger.load(entries, (event for row in kept for event in row.history))

    def __len__(self) -> int:
        """How many rows of the board are here."""
        return sum(1 for rows in self._rows.values() for row in rows.values() if row.articles)

    def take(self, given: Sequence[ConsumerRecord], now: datetime) -> Output:
        """Take records in, in order; what is to be written for them."""
        out = Output()
        article: list[Entry] = []
        touched: set[Key] = set()
        for record in given:
            try:
                one = _entry(record)
            except Reject as reject:
                out.rejects.append((record, reject))
                continue
            if article and _edition(article[0]) != _edition(one):
                touched |= self._add(article, out)
                article = []
            article.append(one)
        touched |= self._add(article, out)
        out.events = [replace(event, updated=now) for event in out.events]
        for page in sorted(touched, key=str):
            self._settle(page, out, now)
        out.outcomes[Outcome.REJECTED] = len(out.rejects)
        return out

    def _add(self, article: Sequence[Entry], out: Output) -> set[Key]:
        """Take the entries of one article in; the pages that they are on."""
        own = [replace(one, run=self._run) for one in article if one.run == self._of]
        pages = by_page(own)
        taken = 0
        for page, entries in pages.items():
            told = self._ledger.page(page).add(entries)
            out.events += (*told.events, *told.confirmed)
            out.entries += told.taken
            taken += len(told.taken)
        matters = sum(map(len, pages.values()))
        out.outcomes[Outcome.RECORDED] += taken
        out.outcomes[Outcome.DUPLICATE] += matters - taken
        out.outcomes[Outcome.IGNORED] += len(article) - matters
        return set(pages)

    def _settle(self, page: Key, out: Output, now: datetime) -> None:
        """The rows of a page that are not as they were last written."""
        known = self._rows.setdefault(page, {})
        rows = {row.id: row for row in self._ledger.page(page).rows()}
        rows |= {id: emptied(row) for id, row in known.items() if id not in rows}
        for id, row in rows.items():
            old = known.get(id)
            if old is None or _unstamped(old) != _unstamped(row):
                known[id] = replace(row, updated=now)
                out.rows.append(known[id])


def emptied(row: Pledge) -> Pledge:
    """The row of a pledge behind which nothing stands any more: no article says so."""
    return replace(
        row, level=None, on_the_table=False, quantity=None, contributions=(), conditions=(),
        stated_conditions=(), obstacles=(), disputed=False, confirmed=False, articles=0,
        independent_sources=0,
    )  # fmt: skip


def _unstamped(row: Pledge) -> Pledge:
    return replace(row, updated=None)


def _edition(one: Entry) -> tuple[str, int]:
    """An article as it was at one time: what replaces another comes after it."""
    return one.article, one.revision


def _entry(record: ConsumerRecord) -> Entry:
    """What the ledger keeps of the mention in a record.

    Raises:
        Reject: there is no mention in it, or none with a date.
    """
    mention = records.decode(record.value, Mention)
    try:
        return entry(mention)
    except ValueError as error:
        raise Reject(Reason.NO_DATE, str(error)) from error


def article_of(record: ConsumerRecord) -> str | None:
    """The id of the article whose mention is in a record; None where there is none."""
    try:
        return records.decode(record.value, Mention).article.id
    except Reject:
        return None


def entry_key(one: Entry) -> bytes:
    """The key of an entry on its topic: the page, the mention, its revision."""
    return f"{page_key(one.actor, one.recipient)}|{one.mention}|{one.revision}".encode()
