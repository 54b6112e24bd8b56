"""Which language a text is in."""

from functools import lru_cache
from threading import Lock
from typing import Any

from pledgewatch.records import Language

UNDETERMINED = "und"
CONFIDENCE_MIN = 0.7
CHARACTERS_READ = 600
LETTERS_MIN = 20

_loading = Lock()


def identify(text: str) -> Language:
    """The language of a text, read from its beginning; `und` where it is too short or unclear.

    The first call loads the model (about a second).
    """
    sample = text[:CHARACTERS_READ]
    if sum(map(str.isalpha, sample)) < LETTERS_MIN:
        return Language(code=UNDETERMINED, confidence=0.0)
    with _loading:
        identifier = _identifier()
    code, confidence = identifier.classify(sample)
    share = min(1.0, max(0.0, float(confidence)))
    return Language(
        code=str(code) if share >= CONFIDENCE_MIN else UNDETERMINED, confidence=round(share, 4)
    )


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
