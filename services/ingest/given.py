"""Articles as senders give them: one JSON object each, in files and over HTTP."""

import msgspec

from pledgewatch.outcome import Reason, Reject
from pledgewatch.records import Source
from pledgewatch.text.dates import Claim
from pledgewatch.text.plain import cut, html_text, one_line
from pledgewatch.text.urls import domain, urn
from services.ingest.articles import Item, Via, identity


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """An article as given: `text`, and a `url` or an `id`; the rest where known."""

    text: str
    url: str | None = None
    id: str | int | None = None
    title: str = ""
    published: str | None = None
    updated: str | None = None
    source: str | None = None
    language: str | None = None


SOURCE_CHARACTERS_MAX = 200

_decoder = msgspec.json.Decoder(Given)


def parse_given(line: bytes, *, source: str, via: Via, feed: str | None = None) -> Item:
    """The item in a line of JSON.

    Args:
        line: one JSON object.
        source: name of the source where the object has none.
        via: how it came.
        feed: name of the file that it came in, if it did.

    Raises:
        Reject: `not_json` or `schema`, which names the field; `unsafe_url`.
    """
    try:
        given = _decoder.decode(line)
    except msgspec.ValidationError as error:
        raise Reject(Reason.SCHEMA, str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Reject(Reason.NOT_JSON, str(error)) from error
    name = cut(one_line(given.source or ""), SOURCE_CHARACTERS_MAX) or source
    if given.url:
        url = identity(given.url)[0]
    elif given.id not in (None, ""):
        url = identity(urn(name, str(given.id)))[0]
    else:
        raise Reject(Reason.SCHEMA, "Object missing required field `url` (or `id`)")
    return Item(
        url=url,
        title=html_text(given.title),
        text=html_text(given.text),
        source=Source(name=name, domain=domain(url), feed=feed),
        via=via,
        published=_claims(given.published),
        updated=_claims(given.updated),
        language=_language(given.language),
        raw=line,
    )


def _claims(text: str | None) -> tuple[Claim, ...]:
    return (Claim(text, "given"),) if text else ()


def _language(code: str | None) -> str | None:
    """`en` of `en-GB`; None for what is no language code, which is then identified."""
    primary = (code or "").strip().lower().replace("_", "-").partition("-")[0]
    return primary if len(primary) == 2 and primary.isascii() and primary.isalpha() else None
