"""The extractor as the stage calls it: an article in, its mentions out."""

from pathlib import Path

from pledgewatch.extract import Text
from pledgewatch.records import Article, Mention, Model
from services.classify.stage import Extract
from services.common.extractor import load


def extraction(folder: Path | None) -> tuple[Extract, Model]:
    """The extractor for articles with the model in a folder, and what it puts on its mentions.

    Raises:
        UserError: there is no such model.
    """
    extractor = load(folder)

    def extract(article: Article) -> tuple[Mention, ...]:
        (mentions,) = extractor.extract([Text.of(article)])
        return mentions

    return extract, extractor.model
