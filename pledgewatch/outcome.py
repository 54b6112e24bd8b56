"""What can become of a record: outcomes, the two error words, and the closed list of reasons."""

from enum import StrEnum


class Stage(StrEnum):
    """The stages of the pipeline, as metrics, outcomes and dead letters name them."""

    INGEST = "ingest"
    CLASSIFY = "classify"
    LEDGER = "ledger"
    NOTIFY = "notify"
    INDEX = "index"


class Outcome(StrEnum):
    """What became of one record at one stage: exactly one, counted once."""

    PUBLISHED = "published"  # ingest: on the articles topic
    MENTIONS_FOUND = "mentions_found"  # classify
    NOTHING_FOUND = "nothing_found"  # classify
    RECORDED = "recorded"  # ledger: the mention is in it
    IGNORED = "ignored"  # ledger: no matter of it; notify: no rule wants it; both: another run
    NOTIFIED = "notified"  # notify: receivers are told
    INDEXED = "indexed"  # index
    DUPLICATE = "duplicate"  # known already, or a newer version is
    REJECTED = "rejected"  # any: dead-lettered with a reason


OUTCOMES: dict[Stage, tuple[Outcome, ...]] = {
    Stage.INGEST: (Outcome.PUBLISHED, Outcome.DUPLICATE, Outcome.REJECTED),
    Stage.CLASSIFY: (Outcome.MENTIONS_FOUND, Outcome.NOTHING_FOUND, Outcome.REJECTED),
    Stage.LEDGER: (Outcome.RECORDED, Outcome.DUPLICATE, Outcome.IGNORED, Outcome.REJECTED),
    Stage.NOTIFY: (Outcome.NOTIFIED, Outcome.DUPLICATE, Outcome.IGNORED, Outcome.REJECTED),
    Stage.INDEX: (Outcome.INDEXED, Outcome.DUPLICATE, Outcome.REJECTED),
}
"""The outcomes each stage can report: the closed label sets of the metrics."""


class Reason(StrEnum):
    """Why a record was rejected. Closed: dashboards and alerts list these."""

    NOT_JSON = "not_json"  # the bytes are not JSON
    SCHEMA = "schema"  # JSON, but not the record's schema; the message names the field
    TOMBSTONE = "tombstone"  # null value where the topic holds records
    TOO_LARGE = "too_large"  # over the size limit of the stage
    NO_TEXT = "no_text"  # a page or item from which no article text could be had
    UNSAFE_URL = "unsafe_url"  # a scheme or an address that may not be fetched
    HTTP_ERROR = "http_error"  # the page answered with a permanent error
    ROBOTS = "robots"  # the site's robots.txt asks not to fetch it
    PARSE_TIMEOUT = "parse_timeout"  # the parser did not finish by its deadline
    PARSE_ERROR = "parse_error"  # the parser failed on the document
    NO_DATE = "no_date"  # neither published nor first seen at any known time
    MAPPING = "mapping"  # Elasticsearch refused the document for good


class RecordError(Exception):
    """A record that cannot be handled: `Retry` (later) or `Reject` (never)."""


class Retry(RecordError):
    """The world is at fault: retry in place, for ever, with a capped back-off.

    `after`: seconds the other side asked to wait, or None.
    """

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Reject(RecordError):
    """The record is at fault: dead-letter it, wait for that write, go on."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message
