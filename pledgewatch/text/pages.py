"""Pages: the article in an HTML document, without what stands around it."""

from typing import Any

import htmldate
import msgspec
import trafilatura
from lxml import etree

from pledgewatch.outcome import Reason, Reject
from pledgewatch.text.plain import PARAGRAPH_BREAK, one_line, paragraphs

TEXT_CHARACTERS_MIN = 80
"""Less than this is a notice or a stub, not an article."""
_TITLE_CHARACTERS_MAX = 1_000


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The article on a page; dates as the page states them."""

    title: str
    text: str
    published: str | None
    updated: str | None


def parse_page(body: bytes, charset: str | None, url: str) -> Page:
    """The article on a page.

    Args:
        body: the document as fetched.
        charset: character set of its HTTP header, believed only if the bytes fit; or None.
        url: where it was fetched.

    Raises:
        Reject: `no_text` where no article can be found on it.
    """
    tree = trafilatura.load_html(_decoded(body, charset))
    if tree is None:
        raise Reject(Reason.NO_TEXT, "not an HTML page")
    dates = [_date(tree, url, original=original) for original in (True, False)]
    # deduplicate stays off: it keeps a memory, so that the same page gives other text next time
    document: Any = trafilatura.bare_extraction(
        tree, url=url, include_comments=False, include_tables=False, with_metadata=True
    )
    if document is None:
        raise Reject(Reason.NO_TEXT, "no article found on the page")
    title = one_line(document.title or "")[:_TITLE_CHARACTERS_MAX]
    lines = (document.text or "").split("\n")
    if lines and one_line(lines[0]) == title:
        lines = lines[1:]
    text = paragraphs(PARAGRAPH_BREAK.join(lines))
    if len(text) < TEXT_CHARACTERS_MIN:
        raise Reject(Reason.NO_TEXT, f"only {len(text)} characters of text on the page")
    return Page(title=title, text=text, published=dates[0], updated=dates[1])


def _decoded(body: bytes, charset: str | None) -> bytes | str:
    if charset:
        try:
            return body.decode(charset)
        except (LookupError, UnicodeDecodeError):
            pass  # a wrong header: trafilatura looks at the document itself
    return body


def _date(tree: etree._Element, url: str, *, original: bool) -> str | None:
    found = htmldate.find_date(
        tree,
        extensive_search=False,
        original_date=original,
        outputformat="%Y-%m-%dT%H:%M:%S%z",
        url=url,
    )
    return str(found) if found else None
