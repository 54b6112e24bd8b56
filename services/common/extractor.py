"""The extractor with the shipped model, whose faults are told in a sentence."""

from pledgewatch.extract import Extractor
from pledgewatch.extract.network import ModelError
from services.common.errors import UserError


def load(*, min_confidence: float = 0.0) -> Extractor:
    """The extractor, ready to read.

    Raises:
        UserError: the model's files are not as they were shipped.
    """
    try:
        return Extractor(min_confidence=min_confidence)
    except ModelError as error:
        raise UserError(str(error)) from error
