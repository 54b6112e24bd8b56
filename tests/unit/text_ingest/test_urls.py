"""One canonical URL for each article, and none for what may not be fetched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pledgewatch.outcome import Reason, Reject
from pledgewatch.text.urls import canonical_url, domain, urn


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://news.example/a", "https://news.example/a"),
        ("HTTPS://News.Example/A", "https://news.example/A"),
        ("https://news.example", "https://news.example/"),
        ("https://news.example./a", "https://news.example/a"),
        ("https://news.example:443/a", "https://news.example/a"),
        ("http://news.example:80/a", "http://news.example/a"),
        ("http://news.example:443/a", "http://news.example:443/a"),
        ("https://news.example:8443/a", "https://news.example:8443/a"),
        ("https://news.example/a#comments", "https://news.example/a"),
        ("https://news.example/a?", "https://news.example/a"),
        ("https://news.example/a?utm_source=feed&utm_medium=rss", "https://news.example/a"),
        ("https://news.example/a?UTM_Source=feed&id=7", "https://news.example/a?id=7"),
        ("https://news.example/a?fbclid=1&gclid=2&page=3", "https://news.example/a?page=3"),
        ("https://news.example/a?b=2&a=1", "https://news.example/a?a=1&b=2"),
        ("https://news.example/a?reference=12", "https://news.example/a?reference=12"),
        ("https://news.example/a?cid=12&uid=4", "https://news.example/a?cid=12&uid=4"),
        ("https://news.example/a?gallery=2", "https://news.example/a?gallery=2"),
        ("https://news.example/a?empty=", "https://news.example/a?empty="),
        ("https://news.example/x/../a/./b", "https://news.example/a/b"),
        ("https://news.example/../../a", "https://news.example/a"),
        ("https://news.example//2026/a", "https://news.example//2026/a"),
        ("https://news.example/2026//a", "https://news.example/2026//a"),
        ("https://news.example/%7Eeditor/a%2fb", "https://news.example/~editor/a%2Fb"),
        ("https://news.example/caf\u00e9", "https://news.example/caf%C3%A9"),
        ("https://news.example/caf%c3%a9", "https://news.example/caf%C3%A9"),
        ("https://news.example/a b", "https://news.example/ab"),
        (" https://news.example/a\n", "https://news.example/a"),
        ("https://b\u00fccher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://XN--BCHER-KVA.example/a", "https://xn--bcher-kva.example/a"),
        ("http://[2001:DB8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
        ("http://192.0.2.7/a", "http://192.0.2.7/a"),
    ],
)
def test_canonical(url: str, expected: str) -> None:
    assert canonical_url(url) == expected
    assert canonical_url(expected) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "news.example/a",
        "//news.example/a",
        "/a",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://news.example/\udcff",
        "https://news.example/a?b=\ud800",
        "ftp://news.example/a",
        "gopher://news.example/a",
        "mailto:desk@news.example",
        "https://",
        "https:///a",
        "https://user@news.example/a",
        "https://user:secret@news.example/a",
        "https://news.example:port/a",
        "https://news.example:99999/a",
        "https://news..example/a",
        "https://-news.example/a",
        "https://[::1/a",
        "https://news.example\\@other.example/a",
        "https://%6eews.example/a",
        "https://news.example/" + "a" * 2_000,
    ],
)
def test_refused(url: str) -> None:
    with pytest.raises(Reject) as refusal:
        canonical_url(url)
    assert refusal.value.reason is Reason.UNSAFE_URL


@given(st.text(max_size=60), st.text(max_size=60))
def test_total_and_stable(path: str, query: str) -> None:
    try:
        once = canonical_url(f"https://news.example/{path}?{query}")
    except Reject:
        return
    assert once.isascii()
    assert canonical_url(once) == once


def test_domain() -> None:
    assert domain("https://www.news.example/a") == "news.example"
    assert domain(urn("Desk", "7")) is None


def test_urns_differ_where_their_parts_do() -> None:
    assert urn("a:b", "c") != urn("a", "b:c")
