"""The data views: one for each read alias, with names and formats of its fields for people."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, get_args

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
from pledgewatch.outcome import Outcome, Reason, Stage
from pledgewatch.records import Action, Published, Record, Run

Format = Mapping[str, Any]

OWN_FIELD = re.compile(r'(?<![\w."])\.(?=[a-z])')
"""The dot before a field of the view's record, outside of names and quoted words."""


@dataclass(frozen=True, kw_only=True)
class View:
    """A read alias as people see it.

    `name`: the index, as in `RECORD_INDICES`. `record`: its root below `pledgewatch`. `labels`:
    what columns of Discover are called. `formats`: how values are shown; `links`: the console's
    page that a field's id leads to.
    """

    name: str
    record: str
    title: str
    labels: Mapping[str, str] = field(default_factory=dict)
    formats: Mapping[str, Format] = field(default_factory=dict)
    links: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Fixed, so that an import replaces it and links to it keep their end."""
        return f"pledgewatch-{self.name}"

    def field(self, name: str) -> str:
        """The full name of a field of the record.

        >>> View(name="pledges", record="pledge", title="Pledges").field(".actor.name")
        'pledgewatch.pledge.actor.name'
        """
        return f"pledgewatch.{self.record}{name}" if name.startswith(".") else name

    def kql(self, query: str) -> str:
        """KQL with the full names of fields.

        >>> View(name="pledges", record="pledge", title="Pledges").kql('not .level: "signed"')
        'not pledgewatch.pledge.level: "signed"'
        """
        return OWN_FIELD.sub(f"pledgewatch.{self.record}.", query)


# --- Formats ------------------------------------------------------------------------------------

DATE: Format = {"id": "date", "params": {"pattern": "YYYY-MM-DD HH:mm"}}
NUMBER: Format = {"id": "number", "params": {"pattern": "0,0"}}
DECIMAL: Format = {"id": "number", "params": {"pattern": "0,0.[0]"}}
PERCENT: Format = {"id": "percent", "params": {"pattern": "0%"}}
SECONDS: Format = {
    "id": "duration",
    "params": {
        "inputFormat": "seconds",
        "outputFormat": "humanizePrecise",
        "outputPrecision": 1,
        "useShortSuffix": True,
        "includeSpaceWithSuffix": True,
    },
}
ARTICLE: Format = {"id": "url", "params": {"type": "a", "labelTemplate": "Article"}}
YES_NO: Format = {
    "id": "static_lookup",
    "params": {
        # A row's key is 1 or 0 where the values are counted, and a word where they are read.
        "lookupEntries": [
            {"key": key, "value": value}
            for keys, value in ((("true", "1"), "yes"), (("false", "0"), "no"))
            for key in keys
        ]
    },
}


def words(value: str) -> str:
    """A code of the ontology as people read it.

    >>> words("us_backstop"), words("parliamentary_approval")
    ('US backstop', 'Parliamentary approval')
    """
    text = value.replace("_", " ").capitalize()
    return re.sub(
        r"\b(us|un|http|json|url)\b", lambda found: found[0].upper(), text, flags=re.IGNORECASE
    )


def coded(*lists: type[StrEnum], also: Iterable[str] = ()) -> Format:
    """Codes shown as words."""
    codes = dict.fromkeys([*(member.value for one in lists for member in one), *also])
    return {
        "id": "static_lookup",
        "params": {"lookupEntries": [{"key": code, "value": words(code)} for code in codes]},
    }


def literals(record: type[Record], name: str) -> Format:
    """The words that a record's field may hold, shown as words of a text."""
    return coded(also=get_args(record.__annotations__[name]))


# --- Views --------------------------------------------------------------------------------------

_AMOUNT = {".quantity.min": NUMBER, ".quantity.max": NUMBER}
_AMOUNT_LABELS = {
    ".quantity.min": "At least",
    ".quantity.max": "At most",
    ".quantity.unit": "Unit",
}
_LABELS = {
    "labels.family": coded(Family),
    "labels.level": coded(Level),
    "labels.obstacle": coded(Obstacle),
    "labels.confirmed": YES_NO,
}
"""Of the aliases that controls filter by."""
_PARTIES = {".actor.name": "Who", ".recipient.name": "To whom"}

ARTICLES = View(
    name="articles",
    record="article",
    title="Articles",
    labels={
        "@timestamp": "Published",
        ".title": "Title",
        ".text": "Text",
        ".source.name": "Source",
        ".source.trust": "Trust of source",
        ".language.code": "Language",
        ".published.origin": "Date from",
        ".published.trusted": "Date believed",
        ".first_seen": "First seen",
        ".story_id": "Story",
        ".url": "Article",
        ".via": "Came by",
    },
    formats={
        "@timestamp": DATE,
        ".first_seen": DATE,
        ".published.at": DATE,
        ".source.trust": PERCENT,
        ".language.confidence": PERCENT,
        ".published.origin": literals(Published, "origin"),
        ".published.trusted": YES_NO,
        ".url": ARTICLE,
    },
    links={".story_id": ("stories", "Story")},
)

MENTIONS = View(
    name="mentions",
    record="mention",
    title="Mentions",
    labels={
        "@timestamp": "Published",
        ".kind": "Kind",
        **_PARTIES,
        ".contribution": "What",
        ".level": "How firm",
        **_AMOUNT_LABELS,
        ".obstacle": "Obstacle",
        ".conditions.kind": "Conditions",
        ".attribution.speaker": "Speaker",
        ".sentence.text": "Sentence",
        ".confidence": "Confidence",
        ".model.version": "Model",
        ".article.source": "Source",
        ".article.title": "Title",
        ".article.url": "Article",
        ".article.story_id": "Story",
        ".id": "Evidence",
    },
    formats={
        "@timestamp": DATE,
        ".article.published": DATE,
        ".article.first_seen": DATE,
        ".correction.at": DATE,
        ".kind": coded(Kind),
        "labels.level": coded(Level),
        "labels.obstacle": coded(Obstacle),
        ".contribution": coded(Contribution),
        ".level": coded(Level),
        ".obstacle": coded(Obstacle),
        ".conditions.kind": coded(Condition),
        ".attribution.voice": coded(Voice),
        ".confidence": PERCENT,
        ".article.trust": PERCENT,
        ".article.url": ARTICLE,
        ".specific": YES_NO,
        **_AMOUNT,
    },
    links={".id": ("mentions", "Evidence"), ".article.story_id": ("stories", "Story")},
)

PLEDGES = View(
    name="pledges",
    record="pledge",
    title="Pledges",
    labels={
        "@timestamp": "Last change",
        **_PARTIES,
        ".family": "What",
        ".level": "How firm",
        ".on_the_table": "On the table",
        **_AMOUNT_LABELS,
        ".conditions": "Conditions",
        ".obstacles.obstacle": "Open obstacles",
        ".confirmed": "Confirmed",
        ".disputed": "Disputed",
        ".first_seen": "Since",
        ".last_confirmed": "Last said",
        ".articles": "Articles",
        ".independent_sources": "Sources",
        ".sentence": "Sentence",
        ".mention": "Evidence",
        ".id": "Pledge",
    },
    formats={
        "@timestamp": DATE,
        ".first_seen": DATE,
        ".last_confirmed": DATE,
        ".changed": DATE,
        ".updated": DATE,
        ".obstacles.since": DATE,
        ".family": coded(Family),
        ".level": coded(Level),
        ".contributions.contribution": coded(Contribution),
        ".contributions.level": coded(Level),
        ".conditions": coded(Condition),
        ".obstacles.obstacle": coded(Obstacle),
        **_LABELS,
        ".on_the_table": YES_NO,
        ".confirmed": YES_NO,
        ".disputed": YES_NO,
        ".articles": NUMBER,
        ".independent_sources": NUMBER,
        **_AMOUNT,
    },
    links={
        ".id": ("pledges", "Open"),
        ".mention": ("mentions", "Evidence"),
        ".obstacles.mention": ("mentions", "Evidence"),
    },
)

EVENTS = View(
    name="pledge-events",
    record="pledge_event",
    title="Changes of pledges",
    labels={
        "@timestamp": "When",
        ".event": "Change",
        **_PARTIES,
        ".family": "What",
        ".from": "From",
        ".to": "To",
        **_AMOUNT_LABELS,
        ".obstacle": "Obstacle",
        ".conditions": "Conditions",
        ".confirmed": "Confirmed",
        ".late": "Late",
        ".known_at": "Known since",
        ".independent_sources": "Sources",
        ".sources.outlet": "Outlets",
        ".sources.url": "Article",
        ".sentence": "Sentence",
        ".speaker": "Speaker",
        ".mention": "Evidence",
    },
    formats={
        "@timestamp": DATE,
        ".at": DATE,
        ".known_at": DATE,
        ".updated": DATE,
        ".sources.at": DATE,
        ".event": coded(Event),
        "event.action": coded(Event),
        **_LABELS,
        ".family": coded(Family),
        ".from": coded(Level),
        ".to": coded(Level),
        ".level": coded(Level),
        ".contribution": coded(Contribution),
        ".obstacle": coded(Obstacle),
        ".conditions": coded(Condition),
        ".confirmed": YES_NO,
        ".late": YES_NO,
        ".correction": YES_NO,
        ".clamped": YES_NO,
        ".independent_sources": NUMBER,
        ".sources.url": ARTICLE,
        ".quantity_before.min": NUMBER,
        ".quantity_before.max": NUMBER,
        **_AMOUNT,
    },
    links={".mention": ("mentions", "Evidence"), ".sources.mention": ("mentions", "Evidence")},
)

OUTCOMES = View(
    name="outcomes",
    record="outcome",
    title="Outcomes of articles",
    labels={
        "@timestamp": "When",
        ".stage": "Stage",
        ".outcome": "Outcome",
        ".reason": "Reason",
        ".model.version": "Model",
        ".url": "Article",
    },
    formats={
        "@timestamp": DATE,
        ".at": DATE,
        ".stage": coded(Stage),
        ".outcome": coded(Outcome),
        ".reason": coded(Reason),
        ".url": ARTICLE,
    },
)

DEAD_LETTERS = View(
    name="dead-letters",
    record="dead_letter",
    title="Dead letters",
    labels={
        "@timestamp": "When",
        ".stage": "Stage",
        ".reason": "Reason",
        ".message": "What was wrong",
        ".attempts": "Tries",
        ".retried_at": "Retried",
        ".url": "Article",
        ".origin.topic": "Topic",
        ".origin.partition": "Partition",
        ".origin.offset": "Offset",
        ".id": "Dead letter",
    },
    formats={
        "@timestamp": DATE,
        ".at": DATE,
        ".retried_at": DATE,
        ".stage": coded(Stage),
        ".reason": coded(Reason),
        ".url": ARTICLE,
    },
)

METRICS = View(
    name="metrics",
    record="sample",
    title="Metrics of services",
    labels={"@timestamp": "When", ".service": "Service", ".instance": "Instance"},
    formats={
        "@timestamp": DATE,
        ".at": DATE,
        ".handled": NUMBER,
        ".retries": NUMBER,
        ".lag": NUMBER,
        ".handling_ms": DECIMAL,
        ".age_p50": SECONDS,
        ".age_p95": SECONDS,
        ".confidence": PERCENT,
        ".memory_mb": NUMBER,
        ".service": coded(also=(*Stage, "reconcile")),
    },
)

RUNS = View(
    name="runs",
    record="run",
    title="Runs",
    labels={
        "@timestamp": "Started",
        ".id": "Run",
        ".state": "State",
        ".base": "Compared with",
        ".articles": "Articles",
        ".done": "Done",
        ".mentions": "Mentions",
        ".model.version": "Model",
        ".by": "By",
        ".problem": "Problem",
    },
    formats={
        "@timestamp": DATE,
        ".since": DATE,
        ".until": DATE,
        ".started": DATE,
        ".finished": DATE,
        ".promoted": DATE,
        ".updated": DATE,
        ".articles": NUMBER,
        ".done": NUMBER,
        ".carried": NUMBER,
        ".mentions": NUMBER,
        ".per_second": DECIMAL,
        ".state": literals(Run, "state"),
    },
)

AUDIT = View(
    name="audit",
    record="action",
    title="Audit trail of runs",
    labels={
        "@timestamp": "When",
        ".run": "Run",
        ".action": "Action",
        ".by": "By",
        ".detail": "Detail",
    },
    formats={
        "@timestamp": DATE,
        ".at": DATE,
        ".action": literals(Action, "action"),
    },
)

VIEWS = (
    ARTICLES,
    MENTIONS,
    PLEDGES,
    EVENTS,
    OUTCOMES,
    DEAD_LETTERS,
    METRICS,
    RUNS,
    AUDIT,
)
