"""The records on the topics: one typed definition each, from which `schemas/` is generated.

All are frozen. Offsets are in Unicode code points, half-open, into the named field of the article.
Times are timezone-aware UTC. `decode` is strict about types and tolerant of unknown fields, so that
an older reader can read what a newer writer wrote; `encode` is deterministic.
"""

from datetime import date, datetime
from typing import Annotated, Literal, TypeVar

import msgspec

from pledgewatch.ontology import (
    Condition,
    Contribution,
    Event,
    Family,
    Kind,
    Level,
    Obstacle,
    Voice,
)
from pledgewatch.outcome import Outcome, Reason, Reject, Stage

Id = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
"""128 bits in hexadecimal: a deterministic id (see `pledgewatch.ids`)."""
Utc = Annotated[datetime, msgspec.Meta(tz=True)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
NonEmpty = Annotated[str, msgspec.Meta(min_length=1)]
RUN_ID = "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$"
RunId = Annotated[str, msgspec.Meta(pattern=RUN_ID)]
"""`live`, or the name of a replay: part of the names of topics and indices."""
Count = Annotated[int, msgspec.Meta(ge=0)]
NonNegative = Annotated[float, msgspec.Meta(ge=0)]


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of everything that is written to a topic.

    Frozen records cannot refer to themselves, so the garbage collector need not look at them.
    """


class Span(Record, frozen=True, kw_only=True):
    """A stretch of the article: what stands at `start` to `end` of the sentence's field."""

    text: NonEmpty
    start: Count
    end: Count


# --- Article -----------------------------------------------------------------------------------


class Source(Record, frozen=True, kw_only=True):
    """Where an article came from: the outlet's name, and the feed or file that brought it."""

    name: NonEmpty
    domain: str | None = None
    feed: str | None = None
    trust: Share | None = None


class Language(Record, frozen=True, kw_only=True):
    """The identified language (ISO 639-1, `und` where it cannot be told) and its probability."""

    code: NonEmpty
    confidence: Share


class Published(Record, frozen=True, kw_only=True):
    """Publication time, where it came from, and whether it is believed.

    `origin`: `feed`, `page`, `sitemap`, or `given` (by the sender); `first_seen` where no date
    could be had or the given one was absurd: then `trusted` is false and `claimed` keeps it.
    """

    at: Utc
    origin: Literal["feed", "page", "sitemap", "given", "first_seen"]
    trusted: bool
    claimed: str | None = None


class Article(Record, frozen=True, kw_only=True):
    """A news article as text, published on the articles topic under its id."""

    id: Id
    url: NonEmpty
    title: str
    text: str
    source: Source
    language: Language
    published: Published
    first_seen: Utc
    revision: Count  # ms since 1970 of the publication or last update: the version of this record
    content_hash: Id  # of title and text: an unchanged article is a duplicate
    story_id: Id  # shared by near-duplicates: the id of the first article of the story
    via: Literal["rss", "atom", "sitemap", "jsonl", "text", "push"]
    archived: bool = False  # put in afterwards: what it tells is no news


# --- Mention -----------------------------------------------------------------------------------


class Actor(Record, frozen=True, kw_only=True):
    """A state (ISO 3166-1 alpha-3) or organisation, with the name that people read."""

    code: NonEmpty
    name: NonEmpty


class Quantity(Record, frozen=True, kw_only=True):
    """Lowest and highest number (None where open), unit, and the words that state it.

    `further`: it adds to what is known ("a further 300").
    """

    min: Count | None
    max: Count | None
    unit: Annotated[str, msgspec.Meta(pattern="^[a-z]+$")]
    approximate: bool
    text: NonEmpty
    further: bool = False


class ConditionMention(Record, frozen=True, kw_only=True):
    """A condition with its own words."""

    kind: Condition
    text: NonEmpty


class Attribution(Record, frozen=True, kw_only=True):
    """Who says so: the speaker as named in the text (None: the actor itself or the writer)."""

    speaker: str | None
    voice: Voice


class Sentence(Record, frozen=True, kw_only=True):
    """The sentence that proves the mention, with its offsets in the article's `field`."""

    text: NonEmpty
    start: Count
    end: Count
    field: Literal["title", "text"] = "text"


class Proof(Record, frozen=True, kw_only=True):
    """Where in the article each part of the mention stands (same field as the sentence)."""

    actor: Span | None = None
    level: tuple[Span, ...] = ()
    modifiers: tuple[Span, ...] = ()  # modals, negations and hedges that lowered the level
    quantity: Span | None = None
    place: Span | None = None
    conditions: tuple[Span, ...] = ()
    obstacle: tuple[Span, ...] = ()
    speaker: Span | None = None


class Model(Record, frozen=True, kw_only=True):
    """Which extractor made the mention; `generation` orders model versions (0 to 999)."""

    name: NonEmpty
    version: NonEmpty
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    generation: Annotated[int, msgspec.Meta(ge=0, le=999)] = 0


class ArticleRef(Record, frozen=True, kw_only=True):
    """The article that a mention is from, as far as it is known."""

    id: str
    url: str | None = None
    title: str | None = None
    source: str | None = None
    published: Utc | None = None
    first_seen: Utc | None = None
    revision: Count = 0
    story_id: Id | None = None
    language: str | None = None
    trust: Share | None = None  # of the source
    archived: bool = False


class Correction(Record, frozen=True, kw_only=True):
    """Who put a mention right by hand, and when; `rejected`: there is no such mention."""

    by: NonEmpty
    at: Utc
    rejected: bool = False
    note: str | None = None


CORRECTED = 999
"""The generation of what a person has put right: newer than any model's."""


LIVE = "live"
"""The run of what is read as it is published; only its events alert anybody."""


class Mention(Record, frozen=True, kw_only=True):
    """One actor's contribution, or one obstacle to one, stated in one sentence of one article.

    For `kind: commitment`, `contribution` and `level` are set and `obstacle` is None; for
    `kind: obstacle`, the reverse.
    """

    id: Id
    kind: Kind
    actor: Actor | None
    recipient: Actor | None
    contribution: Contribution | None
    level: Level | None
    quantity: Quantity | None
    place: str | None
    conditions: tuple[ConditionMention, ...]
    obstacle: Obstacle | None
    attribution: Attribution | None
    specific: bool
    sentence: Sentence
    proof: Proof
    confidence: Share
    model: Model
    cameo: str | None
    plover: str | None
    article: ArticleRef
    correction: Correction | None = None
    run: NonEmpty = LIVE

    def __post_init__(self) -> None:
        """Hold the two kinds apart.

        Raises:
            ValueError: fields of one kind on a mention of the other.
        """
        if self.kind is Kind.COMMITMENT:
            if self.contribution is None or self.level is None or self.obstacle is not None:
                raise ValueError("a commitment has contribution and level, and no obstacle")
        elif self.obstacle is None or self.contribution is not None or self.level is not None:
            raise ValueError("an obstacle has obstacle, and neither contribution nor level")


# --- Ledger ------------------------------------------------------------------------------------


class Amount(Record, frozen=True, kw_only=True):
    """A number on the board: lowest and highest (None where open), and the unit."""

    min: Count | None
    max: Count | None
    unit: Annotated[str, msgspec.Meta(pattern="^[a-z]+$")]
    approximate: bool = False


class Entry(Record, frozen=True, kw_only=True):
    """What the ledger keeps of one mention: enough to work the board out again, at any time.

    `at`: when it was published, never after `known_at`, when we first saw it (`clamped` where it
    claimed otherwise). `archived`: it was put in afterwards, and alerts nobody. `story`, `outlet`,
    `wording`: two mentions alike in one of these are not independent of each other. `own`: the
    actor's own word; `voice`: the name of the person who speaks, for the actor where `own`, else
    without an office; the other marks are those of `pledgewatch.ledger.wording`.
    """

    mention: Id
    generation: Count = 0  # of the model that found it
    article: str
    revision: Count
    at: Utc
    known_at: Utc
    clamped: bool = False
    archived: bool = False
    kind: Kind
    actor: Actor | None
    recipient: Actor | None
    family: Family | None = None
    contribution: Contribution | None = None
    level: Level | None = None
    amount: Amount | None = None
    further: bool = False
    conditions: tuple[Condition, ...] = ()
    obstacle: Obstacle | None = None
    own: bool = True
    voice: str | None = None
    steps_back: bool = False
    whole: bool = True
    leaves: bool = False
    changes_number: bool = False
    corrects: bool = False
    gone: bool = False
    past: bool = False
    legislature: bool = False
    story: str
    outlet: str
    wording: Id
    trust: Share | None = None
    url: str | None = None
    title: str | None = None
    sentence: str
    speaker: str | None = None
    confidence: Share = 1.0
    corrected_by: str | None = None
    corrected_at: Utc | None = None
    rejected: bool = False
    run: NonEmpty = LIVE


class Backing(Record, frozen=True, kw_only=True):
    """An article that says so."""

    mention: Id
    article: str
    url: str | None
    outlet: str
    at: Utc


class PledgeEvent(Record, frozen=True, kw_only=True):
    """One real change of a pledge: what alerts are made of.

    `from_level`, `to_level`: the actor's level before and after (None: nothing was on the table);
    `amount_before`, `amount` the number. `sources`: articles that say so, the first ones;
    `independent_sources`: how many do so independently of each other. `confirmed`: a source that
    is trusted says so, or a second independent one. `late`: it was known too late to be news.
    `correction`: an earlier report was corrected, by its outlet or by hand (`corrected_by`).
    `clamped`: the time that it was said to be of was not believed. The same change has the same
    id, always.
    """

    id: Id
    event: Event
    actor: Actor
    recipient: Actor | None
    family: Family
    from_level: Level | None = msgspec.field(name="from")
    to_level: Level | None = msgspec.field(name="to")
    level: Level | None
    contribution: Contribution | None
    quantity: Amount | None
    quantity_before: Amount | None = None
    conditions: tuple[Condition, ...] = ()
    obstacle: Obstacle | None = None
    at: Utc
    known_at: Utc
    clamped: bool = False
    confirmed: bool
    late: bool = False
    correction: bool = False
    sources: tuple[Backing, ...]
    independent_sources: Count
    mention: Id
    sentence: str
    speaker: str | None = None
    corrected_by: str | None = None
    updated: Utc | None = None  # when it was written to its topic
    run: NonEmpty = LIVE


class OpenObstacle(Record, frozen=True, kw_only=True):
    """An obstacle on the board, with the mention that raised it."""

    obstacle: Obstacle
    since: Utc
    mention: Id
    sentence: str


class StatedCondition(Record, frozen=True, kw_only=True):
    """A condition on the board, with the mention that set it."""

    condition: Condition
    since: Utc
    mention: Id
    sentence: str


class Held(Record, frozen=True, kw_only=True):
    """A contribution on the table: its level and number, each with the mention that set it.

    `cut`: the day on which a cut by an unknown number was last told of.
    """

    contribution: Contribution
    level: Level
    since: Utc
    mention: Id
    amount: Amount | None = None
    amount_mention: Id | None = None
    cut: date | None = None


class Pledge(Record, frozen=True, kw_only=True):
    """A row of the board: what an actor has on the table for a recipient in one family.

    `level` None: only obstacles are known. `on_the_table` is false for what is only considered,
    and after a refusal or withdrawal. `articles` 0: nothing stands behind the row any more.
    `history`: its events, in the order in which they were told.
    """

    id: Id
    actor: Actor | None
    recipient: Actor | None
    family: Family | None
    level: Level | None
    on_the_table: bool
    quantity: Amount | None
    contributions: tuple[Held, ...]
    conditions: tuple[Condition, ...]
    stated_conditions: tuple[StatedCondition, ...] = ()
    obstacles: tuple[OpenObstacle, ...]
    disputed: bool
    confirmed: bool
    first_seen: Utc
    last_confirmed: Utc
    changed: Utc | None
    articles: Count
    independent_sources: Count
    mention: Id
    sentence: str
    history: tuple[PledgeEvent, ...] = ()
    updated: Utc | None = None  # when it was written to its topic
    run: NonEmpty = LIVE


class Delivery(Record, frozen=True, kw_only=True):
    """What became of telling one receiver of one event; a later record of the id replaces it.

    `status`: `pending` until the receiver has taken it; `failed` when it was given up, `gone` when
    the receiver wants no more. `message`: the id under which it is told, the event's own or that of
    a digest; None before the first try.
    """

    id: Id
    receiver: NonEmpty
    event: PledgeEvent
    severity: NonEmpty
    status: Literal["pending", "delivered", "failed", "gone"]
    attempts: Count = 0
    next_at: Utc | None = None
    message: Id | None = None
    problem: str | None = None
    first_at: Utc
    updated: Utc


# --- Runs --------------------------------------------------------------------------------------


class Changes(Record, frozen=True, kw_only=True):
    """How much of what a run derived differs from the run that it is compared with."""

    mentions_gained: Count = 0
    mentions_lost: Count = 0
    mentions_changed: Count = 0
    pledges_gained: Count = 0
    pledges_lost: Count = 0
    pledges_changed: Count = 0
    events_gained: Count = 0
    events_lost: Count = 0
    events_changed: Count = 0


class Run(Record, frozen=True, kw_only=True):
    """One derivation of everything from the articles: `live`, or a replay.

    `base`: the run that it is compared with, and which goes on in its place where it is no newer:
    what it does not derive itself (stages, and articles outside of `since`, `until`, `sources` or
    its `reach`) is carried over from there. `starts`, `ends`: offsets of the topic that its first
    stage reads, by partition, between which its backlog lies; `articles`, `done`: records of it.
    `pace`: articles a second that it may take just now, 0 while live goes first; None where
    nothing holds it back. `carried`: mentions and outcomes. A later record of the id replaces it.
    """

    id: RunId
    base: RunId
    stages: tuple[Literal["classify", "ledger", "index"], ...]
    state: Literal[
        "running",  # through its backlog
        "caught_up",  # follows new articles
        "stopped",
        "failed",
        "promoting",
        "live",
        "retired",  # was live; can be rolled back to
        "discarded",  # its topics and indices are gone
    ]
    since: Utc | None = None
    until: Utc | None = None
    sources: tuple[str, ...] = ()
    reach: Utc | None = None  # what was first seen before may be gone from the articles topic
    model: Model | None = None
    model_path: str | None = None
    rate: float | None = None
    pace: float | None = None
    workers: Annotated[int, msgspec.Meta(ge=1)] = 1
    starts: tuple[Count, ...] = ()
    ends: tuple[Count, ...] = ()
    articles: Count = 0
    done: Count = 0
    carried: Count = 0
    mentions: Count = 0
    per_second: float | None = None
    problem: str | None = None
    changes: Changes | None = None
    host: str | None = None  # host name and process id of its driver
    by: NonEmpty
    started: Utc
    finished: Utc | None = None  # when it had caught up
    promoted: Utc | None = None
    updated: Utc


class Action(Record, frozen=True, kw_only=True):
    """Who did what to a run, and when: the audit trail of replays."""

    id: Id
    run: RunId
    action: Literal[
        "start", "stop", "resume", "promote", "announce", "rollback", "discard", "prune"
    ]
    by: NonEmpty
    at: Utc
    detail: str | None = None


# --- Outcome and dead letter -------------------------------------------------------------------


class Origin(Record, frozen=True, kw_only=True):
    """Where a record stood: topic, partition and offset."""

    topic: NonEmpty
    partition: Count
    offset: Count


class ArticleOutcome(Record, frozen=True, kw_only=True):
    """What became of one article at one stage; the id makes a repeat overwrite itself.

    `published`, `first_seen`, `source`: of the article, where it could be read.
    """

    id: Id
    article_id: Id
    url: str | None
    stage: Stage
    outcome: Outcome
    reason: Reason | None
    mentions: tuple[Id, ...]
    origin: Origin | None
    revision: Count
    model: Model | None
    at: Utc
    published: Utc | None = None
    first_seen: Utc | None = None
    source: str | None = None
    run: NonEmpty = LIVE


class DeadLetter(Record, frozen=True, kw_only=True):
    """A record that a stage could not handle, with its original bytes and headers (base64).

    `origin` is None for what never was on a topic (an item of a feed that could not be fetched).
    `retried_at` is set by a second record under the same id, once the original was published again:
    a letter without it is open.
    """

    id: Id
    stage: Stage
    reason: Reason
    message: str
    origin: Origin | None
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    url: str | None
    at: Utc
    attempts: Annotated[int, msgspec.Meta(ge=1)] = 1
    retried_at: Utc | None = None


# --- How the services do -----------------------------------------------------------------------


class Sample(Record, frozen=True, kw_only=True):
    """What one process of a service did in the last seconds, and how it stands now.

    What the service does not measure, or had no record for, is None. Counts are of the interval of
    `seconds` up to `at`: those of all samples of a process add up to all that it did. `handled` is
    the sum of the outcomes. `lag`: records behind, over all its partitions. `handling_ms`: mean per
    record. `age_p50`, `age_p95`: seconds from the first sight of the article, as far as the buckets
    of a histogram tell. `confidence`: mean of the mentions found.
    """

    id: Id
    service: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z-]*$")]
    instance: NonEmpty  # host and process
    run: NonEmpty = LIVE
    at: Utc
    seconds: NonNegative
    published: Count | None = None
    mentions_found: Count | None = None
    nothing_found: Count | None = None
    recorded: Count | None = None
    ignored: Count | None = None
    notified: Count | None = None
    indexed: Count | None = None
    duplicate: Count | None = None
    rejected: Count | None = None
    handled: Count | None = None
    retries: Count | None = None
    dead_letters: Count | None = None
    mentions: Count | None = None
    lag: Count | None = None
    handling_ms: NonNegative | None = None
    age_p50: NonNegative | None = None
    age_p95: NonNegative | None = None
    confidence: Share | None = None
    model_version: str | None = None
    memory_mb: NonNegative | None = None


TOPIC_RECORDS: dict[str, type[Record]] = {
    "article": Article,
    "mention": Mention,
    "outcome": ArticleOutcome,
    "ledger-entry": Entry,
    "pledge": Pledge,
    "pledge-event": PledgeEvent,
    "delivery": Delivery,
    "dead-letter": DeadLetter,
    "run": Run,
    "action": Action,
    "sample": Sample,
}
"""Schema name → record. The names are those of the folders of `schemas/`."""

SCHEMA_VERSION = 1
"""Version of all schemas; raised with any change, each reader reads all earlier ones."""

R = TypeVar("R", bound=Record)

_encoder = msgspec.json.Encoder(order="deterministic", decimal_format="number")
_decoders: dict[type[Record], msgspec.json.Decoder[Record]] = {}


def encode(record: Record) -> bytes:
    """The record's JSON, keys in a fixed order: the same record is the same bytes."""
    return _encoder.encode(record)


def decode(value: bytes | None, record: type[R]) -> R:
    """The record in a topic's bytes.

    Raises:
        Reject: with reason `tombstone`, `not_json` or `schema`; the message names the field.
    """
    if value is None:
        raise Reject(Reason.TOMBSTONE, "the value is null")
    decoder = _decoders.get(record)
    if decoder is None:
        decoder = _decoders[record] = msgspec.json.Decoder(record)
    try:
        return decoder.decode(value)  # type: ignore[return-value]  # the cache is keyed by type
    except msgspec.ValidationError as error:
        raise Reject(Reason.SCHEMA, str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Reject(Reason.NOT_JSON, str(error)) from error
