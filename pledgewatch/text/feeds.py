"""Feeds and sitemaps: the entries of what a site publishes, or the reason why there are none."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, Literal

import feedparser
import msgspec
from lxml import etree

from pledgewatch.outcome import Reason, Reject
from pledgewatch.text.plain import html_text, one_line

FeedKind = Literal["rss", "atom", "sitemap"]

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
_HARMLESS = (feedparser.NonXMLContentType, feedparser.CharacterEncodingOverride)
_SNIFFED_BYTES = 4_096
_TITLE_CHARACTERS_MAX = 1_000


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One article as a feed or sitemap announces it; `text` is what the feed itself carries."""

    url: str
    title: str = ""
    text: str = ""
    published: str | None = None
    updated: str | None = None


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed held; `children` are the sitemaps of a sitemap index, newest first."""

    kind: FeedKind
    entries: tuple[Entry, ...]
    children: tuple[str, ...] = ()


def parse_feed(body: bytes, content_type: str, url: str, entries_max: int) -> Feed:
    """The entries of an RSS or Atom feed or a sitemap.

    Args:
        body: the document as fetched.
        content_type: its HTTP header, which may name the character set; or "".
        url: where it was fetched, for relative links.
        entries_max: entries beyond this are left out.

    Raises:
        Reject: `parse_error` where it is none of these: an error page, an empty answer.
    """
    head = body[:_SNIFFED_BYTES]
    if b"<urlset" in head or b"<sitemapindex" in head:
        return _sitemap(body, entries_max)
    return _syndication(body, content_type, url, entries_max)


def _syndication(body: bytes, content_type: str, url: str, entries_max: int) -> Feed:
    headers = {"content-location": url, "content-type": content_type}
    parsed = feedparser.parse(BytesIO(body), response_headers=headers, sanitize_html=True)
    version = str(parsed.get("version") or "")
    if not version:
        # feedparser reads an error page as an empty feed without complaint
        raise Reject(Reason.PARSE_ERROR, f"not a feed or sitemap: {_what_it_is(body)}")
    if not parsed.entries and parsed.bozo and not isinstance(parsed.bozo_exception, _HARMLESS):
        raise Reject(Reason.PARSE_ERROR, f"broken feed: {_line(parsed.bozo_exception)}")
    entries = (_entry(entry) for entry in parsed.entries[:entries_max])
    return Feed(
        kind="atom" if version.startswith("atom") else "rss",
        entries=tuple(entry for entry in entries if entry is not None),
    )


def _entry(entry: Any) -> Entry | None:
    url = str(entry.get("link") or "")  # absolute: feedparser resolves it
    if not url:
        return None
    texts = [html_text(str(part.get("value") or "")) for part in entry.get("content", ())]
    texts.append(html_text(str(entry.get("summary") or "")))
    title = html_text(str(entry.get("title") or ""))
    return Entry(
        url=url,
        title=one_line(title)[:_TITLE_CHARACTERS_MAX],
        text=max(texts, key=len),
        published=entry.get("published"),
        updated=dict.get(entry, "updated"),  # its own get falls back to `published`
    )


def _sitemap(body: bytes, entries_max: int) -> Feed:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, recover=False
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise Reject(Reason.PARSE_ERROR, f"broken sitemap: {_line(error)}") from error
    if root.tag == f"{SITEMAP}sitemapindex":
        dated = [
            (_child(sitemap, f"{SITEMAP}lastmod"), _child(sitemap, f"{SITEMAP}loc"))
            for sitemap in root.iterchildren(f"{SITEMAP}sitemap")
        ]
        children = tuple(url for _, url in sorted(dated, reverse=True) if url)
        return Feed(kind="sitemap", entries=(), children=children)
    if root.tag != f"{SITEMAP}urlset":
        raise Reject(Reason.PARSE_ERROR, f"not a sitemap: its root is {one_line(str(root.tag))}")
    entries = sorted(
        _sitemap_entries(root),
        key=lambda entry: entry.published or entry.updated or "",  # not all are news sitemaps
        reverse=True,
    )
    return Feed(kind="sitemap", entries=tuple(entries[:entries_max]))


def _sitemap_entries(root: etree._Element) -> Iterator[Entry]:
    for element in root.iterchildren(f"{SITEMAP}url"):
        url = _child(element, f"{SITEMAP}loc")
        if not url:
            continue
        news = f"{NEWS}news/{NEWS}"
        yield Entry(
            url=url,
            title=one_line(_child(element, f"{news}title"))[:_TITLE_CHARACTERS_MAX],
            published=_child(element, f"{news}publication_date") or None,
            updated=_child(element, f"{SITEMAP}lastmod") or None,
        )


def _child(element: etree._Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _what_it_is(body: bytes) -> str:
    start = body[:_SNIFFED_BYTES].lower()
    if not body.strip():
        return "an empty answer"
    if b"<html" in start or b"<!doctype html" in start:
        return "an HTML page"
    return "an unknown document"


def _line(error: object) -> str:
    return one_line(str(error))[:200]
