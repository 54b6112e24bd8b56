"""From an article's text to the mentions in it: screen, sentences, models, rules."""

from pledgewatch.extract.extractor import Extractor, Reading, Text

__all__ = ["Extractor", "Reading", "Text"]
