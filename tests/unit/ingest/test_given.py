"""Articles as senders give them."""

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pledgewatch.outcome import Reason, Reject
from pledgewatch.records import Article, decode, encode
from services.ingest.articles import compose, draft
from services.ingest.given import parse_given


def test_all_fields() -> None:
    item = parse_given(
        b'{"url": "https://News.example/a?utm_source=x", "text": "T", "title": "H", "published":'
        b' "2026-11-14", "source": " The\\n Desk ", "language": "en-GB", "other": 1}',
        source="file",
        via="jsonl",
        feed="a.jsonl",
    )
    assert item.url == "https://news.example/a"
    assert (item.title, item.text, item.language) == ("H", "T", "en")
    assert (item.source.name, item.source.domain, item.source.feed) == (
        "The Desk",
        "news.example",
        "a.jsonl",
    )
    assert item.published[0].origin == "given"


@pytest.mark.parametrize(
    ("line", "url"),
    [
        (b'{"id": "a/1", "text": "T"}', "urn:pledgewatch:file:a%2F1"),
        (b'{"id": 7, "text": "T", "source": "Desk"}', "urn:pledgewatch:Desk:7"),
        (b'{"id": 0, "text": "T"}', "urn:pledgewatch:file:0"),
        (b'{"id": "x", "url": "https://n.example/", "text": "T"}', "https://n.example/"),
        (b'{"url": "urn:pledgewatch:file:1", "text": "T"}', "urn:pledgewatch:file:1"),
    ],
)
def test_url_or_id(line: bytes, url: str) -> None:
    assert parse_given(line, source="file", via="jsonl").url == url


@pytest.mark.parametrize(
    ("line", "reason", "words"),
    [
        (b"", Reason.NOT_JSON, ""),
        (b"nonsense", Reason.NOT_JSON, "malformed"),
        (b'{"text": "\xff"}', Reason.NOT_JSON, ""),
        (b'{"text": "T"', Reason.NOT_JSON, "truncated"),
        (b"null", Reason.SCHEMA, "object"),
        (b"[]", Reason.SCHEMA, "object"),
        (b"{}", Reason.SCHEMA, "`text`"),
        (b'{"text": "T"}', Reason.SCHEMA, "`url` (or `id`)"),
        (b'{"text": "T", "id": ""}', Reason.SCHEMA, "`url` (or `id`)"),
        (b'{"text": 5, "id": 1}', Reason.SCHEMA, "$.text"),
        (b'{"text": "T", "id": NaN}', Reason.NOT_JSON, ""),
        (b'{"text": "T", "url": "javascript:alert(1)"}', Reason.UNSAFE_URL, "scheme"),
        (b'{"text": "T", "url": "urn:pledgewatch:a b:1"}', Reason.UNSAFE_URL, "urn:pledgewatch"),
        (b'{"text": "T", "id": "%s"}' % (b"x" * 3_000), Reason.UNSAFE_URL, "too long"),
        (b'{"text": "\\ud800", "id": 1}', Reason.NOT_JSON, ""),
    ],
)
def test_refused(line: bytes, reason: Reason, words: str) -> None:
    with pytest.raises(Reject) as refusal:
        parse_given(line, source="file", via="jsonl")
    assert refusal.value.reason is reason
    assert words in refusal.value.message


@pytest.mark.parametrize(
    ("code", "expected"),
    [("en", "en"), ("EN_us", "en"), ("pt-BR", "pt"), ("eng", None), ("", None), ("1", None)],
)
def test_language_codes(code: str, expected: str | None) -> None:
    line = b'{"text": "T", "id": 1, "language": "%s"}' % code.encode()
    assert parse_given(line, source="file", via="jsonl").language == expected


def test_markup_becomes_text() -> None:
    line = b'{"id": 1, "title": "Troops &amp; money", "text": "<p>One.</p><p>Two <b>x</b>.</p>"}'
    item = parse_given(line, source="file", via="jsonl")
    assert (item.title, item.text) == ("Troops & money", "One.\n\nTwo x.")


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_an_item_or_refused(line: bytes) -> None:
    with contextlib.suppress(Reject):
        parse_given(line, source="file", via="jsonl")


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {"id": st.text(max_size=20) | st.integers(), "text": st.text(), "title": st.text()},
        optional={"published": st.text(), "source": st.text(), "language": st.text(max_size=5)},
    )
)
def test_any_text_is_a_record_or_refused(fields: dict[str, object]) -> None:
    line = json.dumps(fields).encode()
    try:
        item = parse_given(line, source="file", via="jsonl")
        new = draft(item, 1_000)
    except Reject:
        return
    article = compose(item, new, None, new.id, datetime(2026, 11, 20, tzinfo=UTC))
    assert decode(encode(article), Article) == article
