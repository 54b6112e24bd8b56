"""A small web site on loopback: each sample outlet with its feed and its pages.

The pages have what real ones have around the text (navigation, teasers, a footer), so that the
extraction of the article has something to leave out.
"""

import threading
from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import yaml
from lxml import etree

from services.demo.samples import Outlet, Sample

ATOM = "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
CONTENT = "http://purl.org/rss/1.0/modules/content/"


class Site:
    """Serves the samples from a thread; a context manager. `base` is its URL."""

    def __init__(self, samples: list[Sample], *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.samples = samples
        self.outlets = {sample.outlet.id: sample.outlet for sample in samples}
        self._server = ThreadingHTTPServer((host, port), self._handler())
        self.base = f"http://{host}:{self._server.server_port}"
        self._pages = self._build()
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="sample site", daemon=True
        )

    def __enter__(self) -> "Site":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def feeds_yaml(self) -> str:
        """The feeds file that makes `pledgewatch ingest` read this site."""
        feeds = [
            {
                "url": self.base + _feed_path(outlet),
                "name": outlet.name,
                "kind": outlet.kind,
                "language": outlet.language,
                "trust": outlet.trust,
            }
            for outlet in self.outlets.values()
        ]
        return yaml.safe_dump({"feeds": feeds}, sort_keys=False, allow_unicode=True)

    def _build(self) -> dict[str, tuple[str, bytes]]:
        pages = {
            sample.path: ("text/html; charset=utf-8", _page(sample, self.samples).encode())
            for sample in self.samples
        }
        for outlet in self.outlets.values():
            own = [sample for sample in self.samples if sample.outlet == outlet]
            pages[_feed_path(outlet)] = ("application/xml", _FEEDS[outlet.kind](self.base, own))
        pages["/robots.txt"] = ("text/plain", b"User-agent: *\nAllow: /\n")
        return pages

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                kind, body = site._pages.get(self.path, ("text/plain", b""))
                self.send_response(HTTPStatus.OK if body else HTTPStatus.NOT_FOUND)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Requests of the demo are not news."""

        return Handler


def _feed_path(outlet: Outlet) -> str:
    return f"/{outlet.id}/{'sitemap' if outlet.kind == 'sitemap' else 'feed'}.xml"


def _html(paragraphs: Iterable[str]) -> str:
    return "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)


def _rss(base: str, samples: list[Sample]) -> bytes:
    outlet = samples[0].outlet
    rss = etree.Element("rss", nsmap={"content": CONTENT}, version="2.0")
    channel = etree.SubElement(rss, "channel")
    _texts(channel, title=outlet.name, link=f"{base}/{outlet.id}/", language=outlet.language)
    for sample in samples:
        item = etree.SubElement(channel, "item")
        _texts(
            item,
            title=sample.title,
            link=base + sample.path,
            guid=base + sample.path,
            pubDate=format_datetime(sample.updated),
            description=sample.paragraphs[0],
        )
        if outlet.full_text:
            etree.SubElement(item, f"{{{CONTENT}}}encoded").text = _html(sample.paragraphs)
    return _xml(rss)


def _atom(base: str, samples: list[Sample]) -> bytes:
    outlet = samples[0].outlet
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})  # type: ignore[dict-item]  # the stubs lack the default
    newest = max(sample.updated for sample in samples)
    _texts(feed, ATOM, title=outlet.name, id=f"{base}/{outlet.id}/", updated=_iso(newest))
    for sample in samples:
        entry = etree.SubElement(feed, f"{{{ATOM}}}entry")
        _texts(
            entry,
            ATOM,
            title=sample.title,
            id=base + sample.path,
            published=_iso(sample.published),
            updated=_iso(sample.updated),
            summary=sample.paragraphs[0],
        )
        etree.SubElement(entry, f"{{{ATOM}}}link", href=base + sample.path)
        if outlet.full_text:
            content = etree.SubElement(entry, f"{{{ATOM}}}content", type="html")
            content.text = _html(sample.paragraphs)
    return _xml(feed)


def _sitemap(base: str, samples: list[Sample]) -> bytes:
    urlset = etree.Element(f"{{{SITEMAP}}}urlset", nsmap={None: SITEMAP, "news": NEWS})  # type: ignore[dict-item]
    for sample in samples:
        url = etree.SubElement(urlset, f"{{{SITEMAP}}}url")
        _texts(url, SITEMAP, loc=base + sample.path, lastmod=_iso(sample.updated))
        news = etree.SubElement(url, f"{{{NEWS}}}news")
        publication = etree.SubElement(news, f"{{{NEWS}}}publication")
        _texts(publication, NEWS, name=sample.outlet.name, language=sample.outlet.language)
        _texts(news, NEWS, publication_date=_iso(sample.published), title=sample.title)
    return _xml(urlset)


_FEEDS = {"rss": _rss, "atom": _atom, "sitemap": _sitemap}


def _page(sample: Sample, samples: list[Sample]) -> str:
    outlet = sample.outlet
    teasers = "\n".join(
        f'<li><a href="{other.path}">{escape(other.title)}</a></li>'
        for other in samples
        if other.outlet == outlet and other is not sample
    )
    return f"""<!DOCTYPE html>
<html lang="{outlet.language}">
<head>
<meta charset="utf-8">
<title>{escape(sample.title)} | {escape(outlet.name)}</title>
<meta property="og:title" content="{escape(sample.title)}">
<meta property="article:published_time" content="{_iso(sample.published)}">
<meta property="article:modified_time" content="{_iso(sample.updated)}">
</head>
<body>
<header><a href="/{outlet.id}/">{escape(outlet.name)}</a>
<nav><ul><li>Home</li><li>World</li><li>Sport</li></ul></nav></header>
<main><article>
<h1>{escape(sample.title)}</h1>
<time datetime="{_iso(sample.published)}">{sample.published:%d %B %Y}</time>
{_html(sample.paragraphs)}
</article></main>
<aside><h2>More from {escape(outlet.name)}</h2><ul>{teasers}</ul></aside>
<footer><p>All outlets and events on this site are invented.</p></footer>
</body>
</html>
"""


def _texts(parent: etree._Element, namespace: str | None = None, **texts: str) -> None:
    for tag, text in texts.items():
        etree.SubElement(parent, f"{{{namespace}}}{tag}" if namespace else tag).text = text


def _iso(at: datetime) -> str:
    return at.isoformat()


def _xml(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)
