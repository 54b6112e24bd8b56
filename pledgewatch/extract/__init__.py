"""From an article's text to the mentions in it: screen, candidates, network, decoder, rules."""

from pledgewatch.extract.extractor import Extractor, Found, Reading, Text
from pledgewatch.extract.judging import Judgement

__all__ = ["Extractor", "Found", "Judgement", "Reading", "Text"]
