"""From an article's text to the mentions in it: screen, candidates, network, decoder, rules."""

from pledgewatch.extract.extractor import Extractor, Reading, Text

__all__ = ["Extractor", "Reading", "Text"]
