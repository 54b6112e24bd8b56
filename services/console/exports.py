"""The board as CSV, mentions as event data, changes as an Atom feed."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from lxml import etree

from pledgewatch.alerts.messages import summary
from pledgewatch.records import Mention, Pledge, PledgeEvent
from services.console.security import web_address

ATOM = "http://www.w3.org/2005/Atom"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet takes a cell for a formula."""

COLUMNS = (
    "pledge", "actor_code", "actor", "recipient_code", "recipient", "family", "level",
    "on_the_table", "quantity_min", "quantity_max", "unit", "conditions", "obstacles",
    "confirmed", "disputed", "independent_sources", "articles", "first_seen", "last_confirmed",
    "changed", "sentence", "mention",
)  # fmt: skip


def safe(cell: object) -> str:
    """A cell that no spreadsheet runs.

    >>> safe("=1+1"), safe(5), safe(None)
    ("'=1+1", '5', '')
    """
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def board_csv(rows: Iterable[Pledge]) -> Iterator[str]:
    """The lines of the board (RFC 4180), the names of the columns first."""
    yield _line(COLUMNS)
    for row in rows:
        number = row.quantity
        yield _line(
            (
                row.id,
                row.actor and row.actor.code,
                row.actor and row.actor.name,
                row.recipient and row.recipient.code,
                row.recipient and row.recipient.name,
                row.family,
                row.level,
                _truth(row.on_the_table),
                number and number.min,
                number and number.max,
                number and number.unit,
                " ".join(row.conditions),
                " ".join(one.obstacle for one in row.obstacles),
                _truth(row.confirmed),
                _truth(row.disputed),
                row.independent_sources,
                row.articles,
                _time(row.first_seen),
                _time(row.last_confirmed),
                _time(row.changed),
                row.sentence,
                row.mention,
            )
        )


def event_data(mentions: Iterable[Mention]) -> Iterator[str]:
    """Mentions as lines of JSON with the codes that event data has: CAMEO and PLOVER."""
    for one in mentions:
        number = one.quantity
        line = {
            "event_id": one.id,
            "event_date": f"{one.article.published:%Y-%m-%d}" if one.article.published else None,
            "source_actor": one.actor and one.actor.code,
            "source_name": one.actor and one.actor.name,
            "target_actor": one.recipient and one.recipient.code,
            "target_name": one.recipient and one.recipient.name,
            "cameo_code": one.cameo,
            "plover_type": one.plover,
            "kind": one.kind,
            "contribution": one.contribution,
            "level": one.level,
            "obstacle": one.obstacle,
            "quantity_min": number and number.min,
            "quantity_max": number and number.max,
            "unit": number and number.unit,
            "confidence": one.confidence,
            "sentence": one.sentence.text,
            "url": one.article.url,
            "publisher": one.article.source,
            "story_id": one.article.story_id,
        }
        yield json.dumps(line, ensure_ascii=False) + "\n"


def atom(events: Sequence[PledgeEvent], *, base: str, own: str, updated: datetime) -> bytes:
    """A feed of changes.

    Args:
        events: the newest first.
        base: URL of the console, without a slash at its end.
        own: URL of the feed.
        updated: of a feed without events.
    """
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})  # type: ignore[dict-item]  # the stubs lack the default
    _text(feed, "id", own)
    _text(feed, "title", "Pledgewatch: changes of pledges")
    _text(feed, "updated", _time(max((_told(one) for one in events), default=updated)))
    etree.SubElement(feed, f"{{{ATOM}}}link", rel="self", href=own)
    etree.SubElement(feed, f"{{{ATOM}}}link", rel="alternate", href=f"{base}/changes")
    for one in events:
        entry = etree.SubElement(feed, f"{{{ATOM}}}entry")
        _text(entry, "id", f"urn:pledgewatch:pledge-event:{one.id}")
        _text(entry, "title", summary(one))
        _text(entry, "published", _time(one.at))
        _text(entry, "updated", _time(_told(one)))
        author = etree.SubElement(entry, f"{{{ATOM}}}author")
        _text(author, "name", one.sources[0].outlet if one.sources else "Pledgewatch")
        etree.SubElement(entry, f"{{{ATOM}}}category", term=one.event)
        etree.SubElement(entry, f"{{{ATOM}}}link", href=f"{base}/mentions/{one.mention}")
        for source in one.sources:
            if (url := web_address(source.url)) is not None:
                etree.SubElement(entry, f"{{{ATOM}}}link", rel="via", href=_xml(url))
        _text(entry, "summary", one.sentence)
    return etree.tostring(feed, encoding="utf-8", xml_declaration=True)


def _told(event: PledgeEvent) -> datetime:
    return event.updated or event.known_at


def _text(parent: etree._Element, tag: str, text: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}{tag}").text = _xml(text)


def _xml(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(
        one
        for one in text
        if one in "\t\n\r" or (one >= " " and not "\ud800" <= one <= "\udfff" and one < "\ufffe")
        or one > "\uffff"
    )  # fmt: skip


def _line(cells: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([safe(cell) for cell in cells])
    return out.getvalue()


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _time(at: datetime | None) -> str:
    return at.isoformat() if at else ""
