"""The extractor with the shipped model or another, whose faults are told in a sentence."""

from pathlib import Path

from pledgewatch.extract import Extractor
from pledgewatch.extract.network import ModelError, Network
from services.common.errors import UserError


def load(folder: Path | None = None, *, min_confidence: float = 0.0) -> Extractor:
    """The extractor, ready to read, with the model in a folder; with none, the shipped one.

    Raises:
        UserError: the model's files are missing, or not as they were made.
    """
    try:
        network = Network(folder) if folder is not None else None
        return Extractor(network, min_confidence=min_confidence)
    except ModelError as error:
        raise UserError(str(error)) from error
