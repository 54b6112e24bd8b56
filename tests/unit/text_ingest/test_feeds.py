"""Feeds and sitemaps: their entries, or why there are none."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pledgewatch.outcome import Reason, Reject
from pledgewatch.text.feeds import Feed, parse_feed

URL = "https://news.example/feed"
RSS = """<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>The Newsroom</title><link>https://news.example/</link>
{items}</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Desk</title>
<entry><title type="html">Troops &amp;amp; money</title>
<link rel="self" href="https://news.example/self"/><link href="/a"/>
<published>2026-11-14T10:00:00Z</published><updated>2026-11-14T12:00:00Z</updated>
<content type="html">&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;</content></entry></feed>"""
SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://news.example/old</loc><lastmod>2026-11-01</lastmod></url>
<url><loc> https://news.example/new </loc><lastmod>2026-11-14</lastmod><news:news>
<news:publication><news:name>N</news:name><news:language>en</news:language></news:publication>
<news:publication_date>2026-11-14T10:00:00Z</news:publication_date>
<news:title>Troops &amp; money</news:title></news:news></url>
<url><lastmod>2026-11-14</lastmod></url></urlset>"""
INDEX = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://news.example/1.xml</loc><lastmod>2026-10-01</lastmod></sitemap>
<sitemap><loc>https://news.example/2.xml</loc><lastmod>2026-11-01</lastmod></sitemap>
</sitemapindex>"""


def parse(body: str | bytes, content_type: str = "", entries_max: int = 500) -> Feed:
    data = body.encode() if isinstance(body, str) else body
    return parse_feed(data, content_type, URL, entries_max)


def rss(items: str, encoding: str = "utf-8") -> str:
    return RSS.format(items=items, encoding=encoding)


def test_rss() -> None:
    feed = parse(
        rss(
            "<item><title>A &amp;amp; B &lt;i&gt;now&lt;/i&gt;</title><link>/a?x=1</link>"
            "<pubDate>Sat, 14 Nov 2026 12:00:00 EST</pubDate>"
            "<description>Short.</description>"
            "<content:encoded><![CDATA[<p>One <b>x</b>.</p><script>y</script><p>Two.</p>]]>"
            "</content:encoded></item>"
            "<item><title>no link</title></item>"
        )
    )
    assert feed.kind == "rss"
    [entry] = feed.entries
    assert entry.url == "https://news.example/a?x=1"
    assert entry.title == "A & B now"
    assert entry.text == "One x.\n\nTwo."
    assert entry.published == "Sat, 14 Nov 2026 12:00:00 EST"


def test_atom() -> None:
    feed = parse(ATOM)
    assert feed.kind == "atom"
    [entry] = feed.entries
    assert (entry.url, entry.title) == ("https://news.example/a", "Troops & money")
    assert entry.text == "One.\n\nTwo."
    assert entry.published == "2026-11-14T10:00:00Z"
    assert entry.updated == "2026-11-14T12:00:00Z"


def test_sitemap_newest_first() -> None:
    feed = parse(SITEMAP)
    assert feed.kind == "sitemap"
    new, old = feed.entries
    assert (new.url, new.title) == (
        "https://news.example/new",
        "Troops & money",
    )
    assert new.published == "2026-11-14T10:00:00Z"
    assert (old.url, old.published, old.updated) == (
        "https://news.example/old",
        None,
        "2026-11-01",
    )


def test_sitemap_without_news_newest_first() -> None:
    urls = "".join(
        f"<url><loc>https://news.example/{day}</loc><lastmod>2026-11-{day}</lastmod></url>"
        for day in range(10, 20)
    )
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    feed = parse(f'<urlset xmlns="{space}">{urls}</urlset>', entries_max=2)
    assert [entry.url for entry in feed.entries] == [
        "https://news.example/19",
        "https://news.example/18",
    ]


def test_sitemap_index_newest_first() -> None:
    assert parse(INDEX).children == ("https://news.example/2.xml", "https://news.example/1.xml")


def test_empty_feed_is_a_feed() -> None:
    assert parse(rss("")).entries == ()


def test_entries_beyond_the_limit_are_left_out() -> None:
    items = "".join(f"<item><link>/{number}</link></item>" for number in range(30))
    assert len(parse(rss(items), entries_max=20).entries) == 20


@pytest.mark.parametrize(
    "body",
    [
        "",
        "   ",
        "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>502</body></html>",
        "<html><body><h1>Just a moment...</h1></body></html>",
        '{"error": "not found"}',
        "Not found",
        "<urlset><url><loc>https://news.example/a</loc></url></urlset>",
        SITEMAP[:200],
        b"\x00\x01\x02",
        b"%PDF-1.7",
    ],
)
def test_what_is_no_feed_is_an_error(body: str | bytes) -> None:
    with pytest.raises(Reject) as refusal:
        parse(body)
    assert refusal.value.reason is Reason.PARSE_ERROR


@pytest.mark.parametrize(
    ("encoding", "header"),
    [
        ("utf-8", ""),
        ("utf-16", ""),
        ("cp1251", ""),
        ("iso-8859-5", "text/xml; charset=iso-8859-5"),
        ("utf-8", "text/xml; charset=nonsense"),
        ("utf-8-sig", ""),
    ],
)
def test_encodings(encoding: str, header: str) -> None:
    declared = encoding.removesuffix("-sig")
    body = rss("<item><link>/a</link><title>Войска</title></item>", declared).encode(encoding)
    assert parse(body, header).entries[0].title == "Войска"


def test_entities_are_not_resolved(tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("secret") / "file"
    secret.write_text("hidden words")
    doctype = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
    for body in (
        SITEMAP.replace("?>", f"?>{doctype}", 1).replace("Troops &amp; money", "&e;"),
        rss("<item><link>/a</link><title>&e;</title></item>").replace("?>", f"?>{doctype}", 1),
    ):
        try:
            feed = parse(body)
        except Reject:
            continue
        assert "hidden" not in repr(feed)


def test_billion_laughs() -> None:
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10)
    )
    doctype = f"<!DOCTYPE x [{entities}]>"
    for body in (
        SITEMAP.replace("?>", f"?>{doctype}", 1).replace("Troops &amp; money", "&a9;"),
        rss("<item><link>/a</link><title>&a9;</title></item>").replace("?>", f"?>{doctype}", 1),
    ):
        try:
            feed = parse(body)
        except Reject:
            continue
        assert len(repr(feed)) < 10_000


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_feed_or_refused(body: bytes) -> None:
    with contextlib.suppress(Reject):
        parse(b"<rss version='2.0'><channel><item>" + body)
    with contextlib.suppress(Reject):
        parse(body)
