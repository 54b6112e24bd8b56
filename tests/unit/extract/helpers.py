"""What the extractor says of one sentence, in short."""

from datetime import UTC, datetime

from pledgewatch.extract import Extractor, Text
from pledgewatch.records import ArticleRef, Mention

EXTRACTOR = Extractor()
REFERENCE = ArticleRef(id="article", published=datetime(2026, 9, 1, tzinfo=UTC))


def mentions(text: str, title: str = "", language: str = "en") -> tuple[Mention, ...]:
    """The mentions in one article."""
    (found,) = EXTRACTOR.extract([Text(REFERENCE, title, text, language)])
    return found


def short(mention: Mention) -> str:
    """`actor:contribution:level` or `actor!obstacle`."""
    actor = mention.actor.code if mention.actor else "-"
    if mention.obstacle:
        return f"{actor}!{mention.obstacle}"
    return f"{actor}:{mention.contribution}:{mention.level}"


def bounds(mention: Mention) -> str:
    """`min-max-unit`, empty where there is no quantity."""
    quantity = mention.quantity
    if quantity is None:
        return ""
    least = "" if quantity.min is None else quantity.min
    most = "" if quantity.max is None else quantity.max
    return f"{least}-{most}-{quantity.unit}"
