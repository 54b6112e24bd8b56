"""Deterministic ids and versions: a repeated write overwrites itself.

An id is the first 128 bits of a SHA-256 over its parts, each preceded by its length, so that no two
lists of parts can read the same.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from pledgewatch.ontology import Contribution, Kind, Obstacle
from pledgewatch.outcome import Stage

MODEL_GENERATIONS = 1000
"""Version numbers a model generation can take within one millisecond of revision."""


def digest(*parts: str) -> str:
    """128 bits over the parts, in hexadecimal.

    >>> digest("ab", "c") == digest("a", "bc")
    False
    """
    sha = sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        sha.update(len(encoded).to_bytes(8, "big"))
        sha.update(encoded)
    return sha.hexdigest()[:32]


def article_id(canonical_url: str) -> str:
    """The id of the article at a canonical URL (`pledgewatch.text.urls.canonical_url`)."""
    return digest("article", canonical_url)


def content_hash(title: str, text: str) -> str:
    """The same for the same title and text."""
    return digest("content", title, text)


def mention_id(
    article: str,
    field: str,
    start: int,
    end: int,
    kind: Kind,
    what: Contribution | Obstacle | None,
    actor: str | None,
    place: str | None,
) -> str:
    """The id of a mention: its sentence, kind, actor, and what tells its siblings apart."""
    return digest(
        "mention", article, field, str(start), str(end), kind, what or "", actor or "", place or ""
    )


def pledge_id(actor: str | None, recipient: str | None, family: str | None) -> str:
    """The id of a row of the board: the same in every run, and so are those of its events."""
    return digest("pledge", actor or "", recipient or "", family or "")


def event_id(pledge: str, *change: str) -> str:
    """The id of an event: the pledge, and what tells the change apart from its others."""
    return digest("event", pledge, *change)


def delivery_id(event: str, receiver: str) -> str:
    """One delivery for each event and receiver."""
    return digest("delivery", event, receiver)


def outcome_id(article: str, stage: Stage) -> str:
    """One outcome for each article and stage; the same in every run."""
    return digest("outcome", article, stage)


def action_id(run: str, action: str, at: str) -> str:
    """One action for what is done to a run at a time."""
    return digest("action", run, action, at)


def dead_letter_id(stage: Stage, place: Sequence[str]) -> str:
    """One dead letter for each record (topic, partition, offset) or item (URL) at a stage."""
    return digest("dead-letter", stage, *place)


def sample_id(service: str, instance: str, at: datetime) -> str:
    """One sample for each process and moment."""
    return digest("sample", service, instance, at.isoformat())


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970 of an aware time; times before count as 0."""
    return max(0, int(at.timestamp() * 1000))


def document_version(revision: int, generation: int = 0) -> int:
    """The external version of a document: revision time first, then model generation.

    Never the Kafka offset, which starts again in a replayed or recreated topic. Stays below 2^53,
    so that every JSON reader keeps it exact.
    """
    return revision * MODEL_GENERATIONS + generation
