"""What leaves the console is harmless where it is opened."""

import csv
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from pledgewatch.records import Backing, PledgeEvent
from services.console import exports
from tests.unit.console.made import EVENT, mention, pledge

ATOM = {"a": exports.ATOM}


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_begins_like_a_formula_is_quoted(begin: str) -> None:
    text = f"{begin}HYPERLINK(1)"
    assert exports.safe(text) == f"'{text}"
    (_, row) = csv.reader(io.StringIO("".join(exports.board_csv([pledge(sentence=text)]))))
    assert row[exports.COLUMNS.index("sentence")] == f"'{text}"


@given(st.text())
def test_no_text_becomes_a_formula_or_breaks_the_table(text: str) -> None:
    lines = "".join(exports.board_csv([pledge(sentence=text or "x")]))
    rows = list(csv.reader(io.StringIO(lines, newline="")))
    assert len(rows) == 2
    assert all(not cell.startswith(exports.FORMULA) for row in rows for cell in row)
    assert rows[1][exports.COLUMNS.index("sentence")].removeprefix("'") == (
        text or "x"
    ).removeprefix("'")


def test_event_data_has_a_line_for_each_mention_with_its_codes() -> None:
    (line,) = exports.event_data([mention(text='A "quoted"\nline')])
    found = json.loads(line)
    assert line.count("\n") == 1
    assert (found["cameo_code"], found["plover_type"]) == ("0334", "PROMISE")
    assert (found["source_actor"], found["target_actor"]) == ("NOR", "UKR")
    assert found["event_date"] == "2026-03-05"


def feed(event: PledgeEvent) -> etree._Element:
    """The feed of one event."""
    made = exports.atom(
        [event],
        base="http://localhost:8600",
        own="http://localhost:8600/changes.atom",
        updated=datetime(2026, 3, 5, tzinfo=UTC),
    )
    return etree.fromstring(made)


def test_the_feed_is_well_formed_whatever_articles_say() -> None:
    found = feed(replace(EVENT, sentence="<b>]]>&\x00\x0b\ud800 end"))
    assert found.findtext("a:entry/a:summary", namespaces=ATOM) == "<b>]]>& end"


@dataclass(frozen=True)
class Address:
    """A source's address, and whether the feed links to it."""

    url: str
    linked: bool


@pytest.mark.parametrize(
    "address",
    [
        Address("https://news.example/a", True),
        Address("javascript:alert(1)", False),
        Address("JaVaScRiPt:alert(1)", False),
        Address("data:text/html,x", False),
    ],
    ids=lambda one: one.url,
)
def test_the_feed_links_to_web_pages_alone(address: Address) -> None:
    source = Backing(mention="0" * 32, article="a", url=address.url, outlet="Post", at=EVENT.at)
    found = feed(replace(EVENT, sources=(source,)))
    links = found.findall("a:entry/a:link[@rel='via']", ATOM)
    assert [one.get("href") for one in links] == ([address.url] if address.linked else [])
