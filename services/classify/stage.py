"""What classify makes of one record: mentions and an outcome, or a dead letter."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec.structs import replace

from pledgewatch import ids, records
from pledgewatch.outcome import Outcome, Reason, Reject, Stage
from pledgewatch.records import (
    LIVE,
    Article,
    ArticleOutcome,
    DeadLetter,
    Mention,
    Model,
    Origin,
)
from pledgewatch.replay.selection import Selection
from services.common.dead_letters import dead_letter

ARTICLE_BYTES_MAX = 4 * 1024 * 1024
"""Larger records are rejected unread: ingest cuts its texts far below."""

Extract = Callable[[Article], tuple[Mention, ...]]
"""The extractor, for one article."""

Headers = Sequence[tuple[str, bytes]]

_ID = re.compile(rb"[0-9a-f]{32}")


@dataclass(frozen=True)
class Input:
    """A record as it stands on the articles topic."""

    origin: Origin
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(frozen=True)
class Output:
    """All that is to be written for one record; without an outcome where no article id is known,
    and for an article that is carried over instead.
    """

    article: Article | None
    mentions: tuple[Mention, ...]
    outcome: ArticleOutcome | None
    dead_letter: DeadLetter | None


@dataclass(frozen=True)
class Work:
    """What the stage works with, and for which run; `selection` None takes every article."""

    extract: Extract
    model: Model
    run: str = LIVE
    selection: Selection | None = None


def classify(record: Input, work: Work) -> Output:
    """The output for a record. Total: whatever the bytes, there is one; only bugs raise.

    It is empty for an article that a replay does not derive anew.
    """
    try:
        article = _article(record)
    except Reject as reject:
        return _rejected(record, reject, work)
    if work.selection is not None and not work.selection.takes(article):
        return Output(article, (), None, None)
    mentions = tuple(replace(mention, run=work.run) for mention in work.extract(article))
    outcome = _outcome(
        article.id,
        Outcome.MENTIONS_FOUND if mentions else Outcome.NOTHING_FOUND,
        record.origin,
        work,
        article=article,
        mentions=tuple(mention.id for mention in mentions),
    )
    return Output(article, mentions, outcome, None)


def _article(record: Input) -> Article:
    """The article in a record.

    Raises:
        Reject: there is none.
    """
    if record.value is not None and len(record.value) > ARTICLE_BYTES_MAX:
        raise Reject(
            Reason.TOO_LARGE,
            f"the value has {len(record.value)} bytes, the limit is {ARTICLE_BYTES_MAX}",
        )
    article = records.decode(record.value, Article)
    if record.key != article.id.encode():
        raise Reject(Reason.SCHEMA, "the key is not the article's id - at `$.id`")
    return article


def _rejected(record: Input, reject: Reject, work: Work) -> Output:
    letter = dead_letter(
        Stage.CLASSIFY,
        reject,
        origin=record.origin,
        key=record.key,
        value=record.value,
        headers=record.headers,
    )
    outcome = None
    if record.key is not None and _ID.fullmatch(record.key):
        outcome = _outcome(
            record.key.decode(), Outcome.REJECTED, record.origin, work, reason=reject.reason
        )
    return Output(None, (), outcome, letter)


def _outcome(
    article_id: str,
    outcome: Outcome,
    origin: Origin,
    work: Work,
    *,
    reason: Reason | None = None,
    article: Article | None = None,
    mentions: tuple[str, ...] = (),
) -> ArticleOutcome:
    return ArticleOutcome(
        id=ids.outcome_id(article_id, Stage.CLASSIFY),
        article_id=article_id,
        url=article.url if article else None,
        stage=Stage.CLASSIFY,
        outcome=outcome,
        reason=reason,
        mentions=mentions,
        origin=origin,
        revision=article.revision if article else 0,
        model=work.model,
        at=datetime.now(UTC),
        published=article.published.at if article else None,
        first_seen=article.first_seen if article else None,
        source=article.source.name if article else None,
        run=work.run,
    )
