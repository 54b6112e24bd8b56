"""The extractor as the stage calls it: an article in, its mentions out."""

from pledgewatch.extract import Text
from pledgewatch.records import Article, Mention, Model
from services.classify.stage import Extract
from services.common.extractor import load


def extraction() -> tuple[Extract, Model]:
    """The extractor for articles, and the model that it puts on its mentions."""
    extractor = load()

    def extract(article: Article) -> tuple[Mention, ...]:
        (mentions,) = extractor.extract([Text.of(article)])
        return mentions

    return extract, extractor.model
