"""Canonical URLs: the same article has one, whatever link led to it.

Only parameters that are known to track are dropped: a rule that guesses (anything that begins like
`ref`) would give two articles one id, and lose one of them.
"""

import re
import string
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from pledgewatch.outcome import Reason, Reject

SCHEMES = ("http", "https")
URN = "urn:pledgewatch:"
URL_CHARACTERS_MAX = 2_000

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING_PREFIXES = ("utm_", "mtm_", "itm_", "hsa_", "pk_", "_hs", "vero_", "oly_", "guce_")
# fmt: off
_TRACKING = frozenset({
    "_ga", "_gl", "cmpid", "dclid", "fbclid", "gbraid", "gclid", "gclsrc", "guccounter", "icid",
    "igsh", "igshid", "mc_cid", "mc_eid", "mkt_tok", "msclkid", "ncid", "ocid", "ref_src",
    "ref_url", "s_cid", "smid", "smtyp", "sr_share", "taid", "ttclid", "twclid", "wbraid", "xtor",
    "yclid", "ysclid",
})
# fmt: on
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_URN = re.compile(URN + r"[\w.~%-]+:[\w.~%-]+", re.ASCII)
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
_SAFE = "%/:@!$&'()*+,;=~-._"


def canonical_url(url: str) -> str:
    """The URL under which an article is known.

    Scheme and host in lower case, names in their ASCII form, default port, fragment, tracking
    parameters and dot segments gone, the query sorted, escapes in one form.

    Raises:
        Reject: `unsafe_url` for other schemes, a user name, or what is no URL.

    >>> canonical_url("HTTP://News.Example:80/a/../b?utm_source=x&id=2#top")
    'http://news.example/b?id=2'
    """
    stripped = "".join(url.split())
    if len(stripped) > URL_CHARACTERS_MAX:
        raise Reject(Reason.UNSAFE_URL, f"longer than {URL_CHARACTERS_MAX} characters")
    try:
        stripped.encode()  # unpaired surrogates stand for bytes that are no text
        parts = urlsplit(stripped)
        port = parts.port
    except ValueError as error:
        raise Reject(Reason.UNSAFE_URL, f"not a URL: {error}") from error
    if parts.scheme not in SCHEMES:
        raise Reject(
            Reason.UNSAFE_URL, f"scheme {parts.scheme or 'missing'!r} is not http or https"
        )
    if parts.username is not None or parts.password is not None:
        raise Reject(Reason.UNSAFE_URL, "it has a user name or password")
    netloc = _host(parts.hostname or "")
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        netloc = f"{netloc}:{port}"
    # After "/." a path that begins with two slashes is no host
    path = urlsplit(urljoin(f"{parts.scheme}://host/", f"/.{_escaped(parts.path)}")).path
    return urlunsplit((parts.scheme, netloc, path or "/", _query(parts.query), ""))


def resolve(base: str, url: str) -> str:
    """A link as an absolute URL.

    Raises:
        Reject: `unsafe_url` for what is no URL.
    """
    try:
        return urljoin(base, url)
    except ValueError as error:
        raise Reject(Reason.UNSAFE_URL, f"not a URL: {error}") from error


def domain(url: str) -> str | None:
    """The host of a canonical URL without `www.`; None for a URN."""
    host = urlsplit(url).hostname
    return host.removeprefix("www.") if host else None


def urn(source: str, id: str) -> str:
    """The URL of an article that has none: from a file with ids of its own."""
    return f"{URN}{quote(source, safe='')}:{quote(id, safe='')}"


def canonical_urn(text: str) -> str:
    """A URN as `urn` makes them, as it is.

    Raises:
        Reject: `unsafe_url` for what is none, or is too long.
    """
    if len(text) > URL_CHARACTERS_MAX or not _URN.fullmatch(text):
        raise Reject(Reason.UNSAFE_URL, f"not {URN}SOURCE:ID, or too long")
    return text


def _host(name: str) -> str:
    if ":" in name:  # IPv6
        return f"[{name}]"
    name = name.rstrip(".")
    try:
        ascii_name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise Reject(Reason.UNSAFE_URL, f"host {name!r} is not a name") from error
    if not _HOST.fullmatch(ascii_name):
        raise Reject(Reason.UNSAFE_URL, f"host {ascii_name!r} is not a name")
    return ascii_name


def _escaped(path: str) -> str:
    """Only what must be is escaped, in one spelling; an escaped slash stays one."""

    def one(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else match[0].upper()

    return quote(_ESCAPE.sub(one, path), safe=_SAFE)


def _query(query: str) -> str:
    fields = sorted(
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if name.lower() not in _TRACKING and not name.lower().startswith(_TRACKING_PREFIXES)
    )
    return urlencode(fields)
