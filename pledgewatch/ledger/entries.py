"""From a mention to what the ledger keeps of it."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from pledgewatch import ids
from pledgewatch.ledger import wording
from pledgewatch.ontology import Kind, Level, family
from pledgewatch.records import Amount, ArticleRef, Entry, Mention

FUTURE = timedelta(days=1)
"""How far a publication time may lie after the time at which we first saw the article."""
YEAR = timedelta(days=366)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Before this no online news was published: the date is not believed."""

_PEOPLE = re.compile(
    r"\b(?:observers?|monitors?|personnel|staff|officers?|soldiers?|troops|members|experts?|"
    r"mission|contingent)\b",
    re.IGNORECASE,
)


def entry(mention: Mention) -> Entry:
    """What the ledger keeps of a mention. Total: whatever can be no pledge has no family.

    Raises:
        ValueError: neither the time of publication nor that of first sight is known.
    """
    at, known_at, clamped = _times(mention.article)
    negative = mention.level is not None and mention.level.is_retraction
    of_part = negative and wording.is_of_part(mention)
    number = None if of_part else mention.quantity
    sentence = mention.sentence.text
    personnel = number is not None and number.unit == "personnel"
    own, voice = wording.who_speaks(mention)
    return Entry(
        mention=mention.id,
        generation=mention.model.generation,
        article=mention.article.id,
        revision=mention.article.revision,
        at=at,
        known_at=known_at,
        clamped=clamped,
        archived=mention.article.archived,
        kind=mention.kind,
        actor=mention.actor,
        recipient=mention.recipient,
        family=family(mention.contribution, personnel=personnel or _are_people(mention))
        if mention.contribution
        else None,
        contribution=mention.contribution,
        level=mention.level,
        amount=Amount(
            min=number.min, max=number.max, unit=number.unit, approximate=number.approximate
        )
        if number
        else None,
        further=number.further if number else False,
        conditions=tuple(sorted({one.kind for one in mention.conditions})),
        obstacle=mention.obstacle,
        own=own,
        voice=voice,
        steps_back=mention.kind is Kind.COMMITMENT and wording.steps_back(sentence),
        whole=not negative or (not of_part and wording.is_whole(mention)),
        leaves=mention.level is Level.WITHDRAWN and wording.leaves(mention),
        changes_number=number is not None and wording.changes_number(mention),
        corrects=wording.corrects(sentence),
        gone=mention.kind is Kind.OBSTACLE and wording.is_gone(sentence),
        past=wording.is_past(sentence),
        legislature=mention.level is Level.APPROVED and wording.legislature_approves(sentence),
        story=mention.article.story_id or mention.article.id,
        outlet=mention.article.source
        or urlsplit(mention.article.url or "").hostname
        or mention.article.id,
        wording=ids.digest("wording", " ".join(sentence.casefold().split())),
        trust=mention.article.trust,
        url=mention.article.url,
        title=mention.article.title,
        sentence=sentence,
        speaker=mention.attribution.speaker if mention.attribution else None,
        confidence=mention.confidence,
        corrected_by=mention.correction.by if mention.correction else None,
        corrected_at=mention.correction.at if mention.correction else None,
        rejected=mention.correction.rejected if mention.correction else False,
        run=mention.run,
    )


def _are_people(mention: Mention) -> bool:
    """Whether observers who leave are persons, though no number says so."""
    return mention.level is Level.WITHDRAWN and bool(_PEOPLE.search(mention.sentence.text))


def _times(article: ArticleRef) -> tuple[datetime, datetime, bool]:
    """Event time, time of knowledge, and whether the claimed time was not believed."""
    known_at = article.first_seen or article.published
    if known_at is not None and article.revision:
        # a revised article is known since its revision
        revised = datetime.fromtimestamp(article.revision / 1000, UTC)
        known_at = revised if known_at < revised <= known_at + YEAR else known_at
    if known_at is None:
        raise ValueError("neither published nor first_seen is known")
    at = article.published or known_at
    if at > known_at + FUTURE or at < EARLIEST:
        return known_at, known_at, True
    # clocks differ: an article published "in ten minutes" is published now
    return min(at, known_at), known_at, False
