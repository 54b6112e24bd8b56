"""The article on a page, without what stands around it."""

import pytest

from pledgewatch.outcome import Reason, Reject
from pledgewatch.text.pages import parse_page

URL = "https://news.example/a"
ARTICLE = (
    "Norway will keep its field hospital in the country for another year, the defence minister "
    "said on Monday, and will send forty medics in the spring.",
    "Parliament has still to agree to the money; a vote is expected before the summer break, "
    "which the minister called a formality — “nobody is against it”.",
)
HEAD = (
    '<meta charset="{charset}"><title>Norway keeps hospital - The Newsroom</title>'
    '<meta property="og:title" content="Norway keeps hospital">'
    '<meta property="article:published_time" content="2026-11-14T11:23:00+01:00">'
    '<meta property="article:modified_time" content="2026-11-15T08:00:00+01:00">'
)


def page(charset: str = "utf-8", head: str = HEAD) -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in ARTICLE)
    return (
        f"<html><head>{head.format(charset=charset)}</head><body><nav><a href=/>Home</a></nav>"
        f"<article><h1>Norway keeps hospital</h1>{body}</article>"
        "<footer>All rights reserved <script>track()</script></footer></body></html>"
    )


def test_article() -> None:
    found = parse_page(page().encode(), "utf-8", URL)
    assert found.title == "Norway keeps hospital"
    assert found.text == "\n\n".join(ARTICLE)
    assert found.published == "2026-11-14T11:23:00+0100"
    assert found.updated == "2026-11-15T08:00:00+0100"


def test_the_same_page_gives_the_same_article() -> None:
    assert len({parse_page(page().encode(), "utf-8", URL).text for _ in range(5)}) == 1


@pytest.mark.parametrize(
    ("encoding", "declared", "header"),
    [
        ("utf-8", "utf-8", None),
        ("utf-8", "utf-8", "iso-8859-15x"),
        ("cp1252", "windows-1252", None),
        ("cp1252", "utf-8", "windows-1252"),
        ("cp1252", "windows-1252", "utf-8"),
        ("utf-16", "utf-16", "utf-16"),
    ],
)
def test_encodings(encoding: str, declared: str, header: str | None) -> None:
    found = parse_page(page(declared).encode(encoding), header, URL)
    assert "— “nobody is against it”" in found.text


@pytest.mark.parametrize(
    "body",
    ["", " ", "plain words", "<html></html>", "<html><body><p>Please log in.</p></body></html>"],
)
def test_no_article(body: str) -> None:
    with pytest.raises(Reject) as refusal:
        parse_page(body.encode(), None, URL)
    assert refusal.value.reason is Reason.NO_TEXT


def test_no_date_is_guessed() -> None:
    found = parse_page(page(head="<title>x</title>").encode(), None, URL)
    assert found.published is None
