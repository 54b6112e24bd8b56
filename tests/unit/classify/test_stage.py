"""The stage is total: any record becomes mentions and an outcome, or a dead letter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from benchmarks.pipeline.articles import synthetic
from pledgewatch.outcome import Outcome, Reason, Stage
from pledgewatch.records import Article, Mention, Model, Origin, encode
from services.classify.stage import ARTICLE_BYTES_MAX, Input, Work, classify
from tests.topics import article, mentions_of

MODEL = Model(name="test", version="1", sha256="0" * 64)
ORIGIN = Origin(topic="articles", partition=3, offset=41)
ARTICLE = article(next(synthetic(1)))
MENTIONS = tuple(mentions_of([ARTICLE]).values())


def _find(_: Article) -> tuple[Mention, ...]:
    return MENTIONS


def _none(_: Article) -> tuple[Mention, ...]:
    return ()


def _record(key: bytes | None, value: bytes | None) -> Input:
    return Input(ORIGIN, key, value, [("trace", b"1")])


def test_mentions_and_an_outcome_that_names_them() -> None:
    assert MENTIONS
    output = classify(_record(ARTICLE.id.encode(), encode(ARTICLE)), Work(_find, MODEL))
    assert output.mentions == MENTIONS
    assert output.outcome is not None
    assert output.outcome.outcome is Outcome.MENTIONS_FOUND
    assert output.outcome.mentions == tuple(mention.id for mention in MENTIONS)
    assert output.outcome.origin == ORIGIN
    assert output.outcome.revision == ARTICLE.revision
    assert output.dead_letter is None


def test_nothing_found_is_an_outcome_too() -> None:
    output = classify(_record(ARTICLE.id.encode(), encode(ARTICLE)), Work(_none, MODEL))
    assert output.outcome is not None
    assert output.outcome.outcome is Outcome.NOTHING_FOUND


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, Reason.TOMBSTONE),
        (b"\xff", Reason.NOT_JSON),
        (b"{}", Reason.SCHEMA),
        (b" " * (ARTICLE_BYTES_MAX + 1), Reason.TOO_LARGE),
        (encode(replace(ARTICLE, id="f" * 32)), Reason.SCHEMA),
    ],
)
def test_what_is_no_article_is_rejected_with_its_bytes(value: bytes | None, reason: Reason) -> None:
    key = ARTICLE.id.encode()
    output = classify(_record(key, value), Work(_find, MODEL))
    assert output.mentions == ()
    assert output.dead_letter is not None
    letter = output.dead_letter
    assert (letter.stage, letter.reason, letter.origin) == (Stage.CLASSIFY, reason, ORIGIN)
    assert (letter.key, letter.value, letter.headers) == (key, value, (("trace", b"1"),))
    assert output.outcome is not None
    assert (output.outcome.outcome, output.outcome.reason) == (Outcome.REJECTED, reason)


@given(key=st.none() | st.binary(max_size=40), value=st.none() | st.binary(max_size=200))
def test_any_bytes_have_an_output(key: bytes | None, value: bytes | None) -> None:
    output = classify(_record(key, value), Work(_find, MODEL))
    assert output.dead_letter is not None
    encode(output.dead_letter)
