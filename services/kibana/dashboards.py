"""The dashboards and Discover sessions: what each panel shows, in a line or a few.

A field that begins with a dot is of the view's own record. Widths are of 48 columns, heights in
rows of about 20 pixels.
"""

from pledgewatch.ontology import Event, Level
from pledgewatch.outcome import Outcome, Reason
from services.kibana.lens import (
    COLORS,
    Panel,
    bars,
    cases,
    compared,
    count,
    distinct,
    donut,
    each,
    every,
    heatmap,
    highest,
    last,
    lying,
    mean,
    median,
    metric,
    over_time,
    side_by_side,
    table,
    total,
)
from services.kibana.saved_objects import Control, Dashboard, Row, Session
from services.kibana.views import (
    ARTICLES,
    AUDIT,
    DEAD_LETTERS,
    EVENTS,
    MENTIONS,
    METRICS,
    OUTCOMES,
    PLEDGES,
    RUNS,
    words,
)

RECIPIENT = Control(title="To whom", field="labels.recipient")
ACTOR = Control(title="Who", field="labels.actor")
FAMILY = Control(title="What", field="labels.family")
LEVEL = Control(title="How firm", field="labels.level")
CONFIRMED = Control(title="Confirmed", field="labels.confirmed")
OBSTACLE = Control(title="Obstacle", field="labels.obstacle")
SOURCE = Control(title="Source", field="labels.source")
LANGUAGE = Control(title="Language", field="labels.language")
SERVICE = Control(title="Service", field="service.name")
CHANGE = Control(title="Change", field="event.action")

LADDER = [(words(level), f'.level: "{level}"') for level in Level]
"""From firm to vague, then the refusals: in this order wherever levels stand beside each other."""

ON_THE_TABLE = ".on_the_table: true"
FIRM = f'{ON_THE_TABLE} and .level: ("deployed" or "approved" or "signed" or "announced")'
BLOCKED = "and .obstacles.obstacle: *"
WEEK = '@timestamp >= "now-7d"'

SECONDS = ("number", 1, " s")
MILLISECONDS = ("number", 1, " ms")
SHARE = ("percent", 0, "")


def row_of(*panels: Panel, height: int = 5) -> Row:
    """Panels of one width each."""
    return Row(height, [(48 // len(panels), panel) for panel in panels])


# --- Discover -----------------------------------------------------------------------------------

OBSTACLES_IN_THE_NEWS = Session(
    title="Obstacles in the news",
    about="Each sentence that states what stands in the way.",
    view=MENTIONS,
    where='.kind: "obstacle"',
    since="now-30d",
    columns=[
        (".obstacle", 160),
        (".actor.name", 120),
        (".recipient.name", 120),
        (".sentence.text", None),
        (".article.source", 150),
        (".confidence", 100),
        (".article.url", 80),
        (".id", 90),
    ],
)

SESSIONS = (
    Session(
        title="Commitments in the news",
        about="Each sentence that states a contribution, with its article and its proof.",
        view=MENTIONS,
        where='.kind: "commitment"',
        since="now-30d",
        columns=[
            (".actor.name", 120),
            (".recipient.name", 120),
            (".contribution", 130),
            (".level", 110),
            (".quantity.text", 120),
            (".sentence.text", None),
            (".article.source", 150),
            (".confidence", 100),
            (".article.url", 80),
            (".id", 90),
        ],
    ),
    OBSTACLES_IN_THE_NEWS,
    Session(
        title="Changes of pledges",
        about="The ledger's events, with their sources.",
        view=EVENTS,
        since="now-30d",
        columns=[
            (".event", 100),
            (".actor.name", 120),
            (".recipient.name", 120),
            (".family", 90),
            (".from", 100),
            (".to", 100),
            (".obstacle", 140),
            (".sentence", None),
            (".independent_sources", 90),
            (".confirmed", 100),
            (".mention", 90),
        ],
    ),
    Session(
        title="The board",
        about="All rows of the board, those that are off the table too.",
        view=PLEDGES,
        since="now-1y",
        columns=[
            (".actor.name", 120),
            (".recipient.name", 120),
            (".family", 90),
            (".level", 110),
            (".on_the_table", 110),
            (".quantity.min", 90),
            (".quantity.max", 90),
            (".quantity.unit", 100),
            (".conditions", 130),
            (".obstacles.obstacle", 160),
            (".independent_sources", 90),
            (".sentence", None),
            (".id", 80),
        ],
    ),
    Session(
        title="Articles",
        about="What was read, with where its date comes from.",
        view=ARTICLES,
        since="now-30d",
        columns=[
            (".source.name", 170),
            (".title", None),
            (".language.code", 90),
            (".published.origin", 100),
            (".published.trusted", 120),
            (".first_seen", 150),
            (".url", 80),
            (".story_id", 80),
        ],
    ),
    Session(
        title="Dead letters",
        about="Records that a stage refused, and why.",
        view=DEAD_LETTERS,
        since="now-30d",
        columns=[
            (".stage", 100),
            (".reason", 120),
            (".message", None),
            (".attempts", 80),
            (".retried_at", 150),
            (".origin.topic", 180),
            (".origin.partition", 90),
            (".origin.offset", 90),
            (".url", 80),
            (".id", 280),
        ],
    ),
)

# --- 1. Pledge board ----------------------------------------------------------------------------

PLEDGE_BOARD = Dashboard(
    title="Pledge board",
    about="Who has which forces on the table for whom, how firmly, and what is in the way.",
    since="now-1y",
    controls=(RECIPIENT, ACTOR, FAMILY, LEVEL, CONFIRMED),
    filtered=(PLEDGES, EVENTS),
    rows=[
        row_of(
            metric(PLEDGES, count("Pledges on the table"), ON_THE_TABLE),
            metric(PLEDGES, distinct("Actors with pledges", ".actor.name"), ON_THE_TABLE),
            metric(PLEDGES, distinct("Recipients of pledges", ".recipient.name"), ON_THE_TABLE),
            metric(PLEDGES, count("Confirmed pledges"), f"{ON_THE_TABLE} and .confirmed: true"),
            metric(PLEDGES, count("Pledges with obstacles"), f"{ON_THE_TABLE} {BLOCKED}"),
            metric(EVENTS, count("Changes in 7 days"), WEEK),
        ),
        Row(
            17,
            [
                (
                    30,
                    heatmap(
                        "Pledges by actor and level",
                        PLEDGES,
                        each("Who", ".actor.name", 15, "Pledges"),
                        cases("How firm", LADDER),
                        count("Pledges"),
                        where=".level: *",
                        about="The 15 actors with the most rows of the board.",
                    ),
                ),
                (
                    18,
                    lying(
                        "Pledges by level",
                        PLEDGES,
                        cases("How firm", LADDER),
                        count("Pledges"),
                        axis="Pledges",
                        about="From firm to vague; declined and withdrawn are no longer pledges.",
                    ),
                ),
            ],
        ),
        Row(
            26,
            [
                (
                    48,
                    table(
                        "The board, last changed first",
                        PLEDGES,
                        every(".id", "Last change", 200),
                        last("Who", ".actor.name", width=120),
                        last("To whom", ".recipient.name", width=120),
                        last("What", ".family", width=80),
                        last("How firm", ".level", width=105),
                        last("At least", ".quantity.min", "number", width=85),
                        last("At most", ".quantity.max", "number", width=85),
                        last("Unit", ".quantity.unit", width=95),
                        last("Conditions", ".conditions"),
                        last("Open obstacles", ".obstacles.obstacle"),
                        highest("Last change", "@timestamp", kind="date", width=140),
                        last("Sources", ".independent_sources", "number", width=80),
                        last("Confirmed", ".confirmed", "boolean", width=95),
                        last("Pledge", ".id", width=75),
                        where=".articles > 0 and .level: *",
                        about="What each actor has on the table for each recipient, or had.",
                    ),
                ),
            ],
        ),
        Row(
            18,
            [
                (
                    48,
                    table(
                        "What changed in 7 days",
                        EVENTS,
                        every(".id", "When", 100),
                        highest("When", "@timestamp", kind="date", width=140),
                        last("Change", ".event", width=100),
                        last("Who", ".actor.name", width=130),
                        last("To whom", ".recipient.name", width=130),
                        last("What", ".family", width=90),
                        last("From", ".from", width=110),
                        last("To", ".to", width=110),
                        last("Obstacle", ".obstacle", width=150),
                        last("Sentence", ".sentence.keyword"),
                        last("Sources", ".independent_sources", "number", width=80),
                        last("Evidence", ".mention", width=85),
                        where=WEEK,
                    ),
                ),
            ],
        ),
    ],
)

# --- 2. New pledges and changes -----------------------------------------------------------------

KINDS = [
    count(words(event), f'.event: "{event}"', color=color)
    for event, color in zip(Event, COLORS, strict=False)
]
"""A number for each kind of change, always in its own colour."""


def changes(label: str, *events: Event) -> Panel:
    """How many changes of these kinds."""
    either = " or ".join(f'"{event}"' for event in events)
    return metric(EVENTS, count(label), f".event: ({either})")


CHANGES = Dashboard(
    title="New pledges and changes",
    about="What became new, firmer, larger, smaller, weaker, retracted, blocked or cleared.",
    since="now-30d",
    controls=(RECIPIENT, ACTOR, FAMILY, LEVEL, CHANGE, CONFIRMED),
    filtered=(EVENTS,),
    rows=[
        row_of(
            changes("New", Event.NEW),
            changes("Firmer or larger", Event.FIRMER, Event.LARGER),
            changes("Weaker or smaller", Event.WEAKER, Event.SMALLER),
            changes("Retracted", Event.RETRACTED),
            changes("Blocked", Event.BLOCKED),
            changes("Cleared", Event.CLEARED),
        ),
        Row(
            15,
            [
                (
                    48,
                    bars(
                        "Changes by day and kind", EVENTS, over_time("1d"), *KINDS, axis="Changes"
                    ),
                )
            ],
        ),
        Row(
            15,
            [
                (
                    16,
                    lying(
                        "Changes by actor",
                        EVENTS,
                        each("Who", ".actor.name", 12, "Changes"),
                        count("Changes"),
                        axis="Changes",
                    ),
                ),
                (
                    16,
                    lying(
                        "Changes by recipient",
                        EVENTS,
                        each("To whom", ".recipient.name", 12, "Changes"),
                        count("Changes"),
                        axis="Changes",
                    ),
                ),
                (
                    16,
                    side_by_side(
                        "Delay from article to alert",
                        METRICS,
                        over_time("1d"),
                        mean("Half within", ".age_p50", '.service: "notify"', format=SECONDS),
                        highest("95 % within", ".age_p95", '.service: "notify"', format=SECONDS),
                        axis="Seconds",
                        about="From the first sight of an article to the alert that it causes: the "
                        "day's mean of the medians, and its worst 95th percentile. It does not "
                        "follow the filters above.",
                    ),
                ),
            ],
        ),
        Row(
            26,
            [
                (
                    48,
                    table(
                        "Changes, newest first",
                        EVENTS,
                        every(".id", "When", 200),
                        highest("When", "@timestamp", kind="date", width=140),
                        last("Change", ".event", width=100),
                        last("Who", ".actor.name", width=120),
                        last("To whom", ".recipient.name", width=120),
                        last("What", ".family", width=80),
                        last("From", ".from", width=105),
                        last("To", ".to", width=105),
                        last("At least", ".quantity.min", "number", width=85),
                        last("At most", ".quantity.max", "number", width=85),
                        last("Obstacle", ".obstacle", width=140),
                        last("Sentence", ".sentence.keyword"),
                        last("Sources", ".independent_sources", "number", width=80),
                        last("Evidence", ".mention", width=85),
                    ),
                ),
            ],
        ),
    ],
)

# --- 3. Obstacles -------------------------------------------------------------------------------

OBSTACLES_SAID = '.kind: "obstacle"'

OBSTACLES = Dashboard(
    title="Obstacles",
    about="What stands in the way of contributions, of whose, and which firm pledges are blocked.",
    since="now-30d",
    controls=(RECIPIENT, ACTOR, OBSTACLE),
    filtered=(MENTIONS, PLEDGES, EVENTS),
    rows=[
        row_of(
            metric(MENTIONS, count("Mentions of obstacles"), OBSTACLES_SAID),
            metric(MENTIONS, distinct("Kinds of obstacle", ".obstacle"), OBSTACLES_SAID),
            metric(MENTIONS, distinct("Actors hindered", ".actor.name"), OBSTACLES_SAID),
            metric(MENTIONS, distinct("Sources", ".article.source"), OBSTACLES_SAID),
            metric(PLEDGES, count("Firm pledges blocked"), f"{FIRM} {BLOCKED}"),
            metric(EVENTS, count("Blocked or cleared"), '.event: ("blocked" or "cleared")'),
        ),
        Row(
            17,
            [
                (
                    30,
                    heatmap(
                        "Obstacles in the news by day and kind",
                        MENTIONS,
                        each("Obstacle", ".obstacle", 14, "Mentions"),
                        over_time("1d"),
                        count("Mentions"),
                        where=OBSTACLES_SAID,
                    ),
                ),
                (
                    18,
                    lying(
                        "Obstacles in the news by actor",
                        MENTIONS,
                        each("Who", ".actor.name", 14, "Mentions"),
                        count("Mentions"),
                        axis="Mentions",
                        where=OBSTACLES_SAID,
                        about="Those that name no actor are not among them.",
                    ),
                ),
            ],
        ),
        Row(
            16,
            [
                (
                    48,
                    table(
                        "Firm pledges that are blocked, and by what",
                        PLEDGES,
                        every(".id", "Last change", 100),
                        last("Who", ".actor.name", width=130),
                        last("To whom", ".recipient.name", width=130),
                        last("What", ".family", width=90),
                        last("How firm", ".level", width=110),
                        last("Open obstacles", ".obstacles.obstacle", width=200),
                        last("Because", ".obstacles.sentence.keyword"),
                        highest("Last change", "@timestamp", kind="date", width=140),
                        last("Pledge", ".id", width=75),
                        where=f"{FIRM} {BLOCKED}",
                        about="Announced, signed, approved or deployed, with an obstacle open.",
                    ),
                ),
            ],
        ),
        Row(24, [(48, OBSTACLES_IN_THE_NEWS)]),
    ],
)

# --- 4. Coverage --------------------------------------------------------------------------------

COVERAGE = Dashboard(
    title="Coverage",
    about="What is read: articles by source, language and story, and which sources fell silent.",
    since="now-30d",
    controls=(SOURCE, LANGUAGE),
    filtered=(ARTICLES, MENTIONS),
    rows=[
        row_of(
            metric(ARTICLES, count("Articles")),
            metric(ARTICLES, distinct("Sources", ".source.name")),
            metric(ARTICLES, distinct("Stories", ".story_id")),
            metric(ARTICLES, distinct("Languages", ".language.code")),
            metric(MENTIONS, distinct("Articles with mentions", ".article.id")),
            metric(ARTICLES, count("Dates not believed"), ".published.trusted: false"),
        ),
        Row(
            15,
            [
                (
                    32,
                    bars(
                        "Articles by day and source",
                        ARTICLES,
                        over_time("1d"),
                        count("Articles"),
                        split=each("Source", ".source.name", 10, "Articles"),
                        axis="Articles",
                        about="The ten sources with the most articles.",
                    ),
                ),
                (
                    16,
                    donut(
                        "Articles by language",
                        ARTICLES,
                        each("Language", ".language.code", 8, "Articles"),
                        count("Articles"),
                    ),
                ),
            ],
        ),
        Row(
            17,
            [
                (
                    24,
                    compared(
                        "Articles, and those with mentions, by source",
                        (
                            ARTICLES,
                            each("Source", ".source.name", 12, "Articles"),
                            count("Articles"),
                        ),
                        (
                            MENTIONS,
                            each("Source with mentions", ".article.source", 12, "With mentions"),
                            distinct("With mentions", ".article.id", color=COLORS[4]),
                        ),
                        axis="Articles",
                    ),
                ),
                (
                    24,
                    lying(
                        "Where publication dates come from",
                        ARTICLES,
                        each("Date from", ".published.origin", 6, None),
                        count("Believed", ".published.trusted: true"),
                        count("Not believed", ".published.trusted: false", color=COLORS[5]),
                        axis="Articles",
                        about="A date in the future or years off is not believed; the article then "
                        "counts from when it was first seen.",
                    ),
                ),
            ],
        ),
        Row(
            17,
            [
                (
                    24,
                    table(
                        "Sources, the longest silent first",
                        ARTICLES,
                        each("Source", ".source.name", 100, "Last article", ascending=True),
                        highest("Last article", "@timestamp", kind="date", width=140),
                        count("Articles", width=90),
                        distinct("Stories", ".story_id", width=85),
                        last("Trust", ".source.trust", "number", width=75),
                    ),
                ),
                (
                    24,
                    table(
                        "Stories, the most copied first",
                        ARTICLES,
                        every(".story_id", "Articles", 30),
                        last("Title", ".title.keyword", by=".first_seen"),
                        count("Articles", width=90),
                        distinct("Sources", ".source.name", width=90),
                        highest("Last article", "@timestamp", kind="date", width=140),
                        last("Story", ".story_id", width=75),
                        about="Near-duplicates are one story: copies of an agency's text.",
                    ),
                ),
            ],
        ),
    ],
)

# --- 5. Pipeline health -------------------------------------------------------------------------

SEARCHABLE = '.service: "index"'

BECAME = [
    total(words(outcome), f".{outcome}", color=color)
    for outcome, color in zip(Outcome, COLORS, strict=True)
]
"""A number for each outcome, always in its own colour."""

PIPELINE = Dashboard(
    title="Pipeline health",
    about="Whether the services keep up: throughput, lag, age, dead letters, and the model.",
    since="now-7d",
    controls=(SERVICE,),
    filtered=(METRICS, OUTCOMES, DEAD_LETTERS),
    rows=[
        row_of(
            metric(METRICS, total("Records handled", ".handled")),
            metric(METRICS, highest("Most records behind", ".lag")),
            metric(METRICS, median("Age when searchable", ".age_p50", SEARCHABLE, format=SECONDS)),
            metric(METRICS, highest("Worst 95 % age", ".age_p95", SEARCHABLE, format=SECONDS)),
            metric(METRICS, total("Retries", ".retries")),
            metric(DEAD_LETTERS, count("Open dead letters"), "not .retried_at: *"),
        ),
        Row(
            14,
            [
                (
                    24,
                    bars(
                        "Records handled by service",
                        METRICS,
                        over_time(),
                        total("Records", ".handled"),
                        split=each("Service", ".service", 8, None),
                        axis="Records",
                    ),
                ),
                (
                    24,
                    bars(
                        "Records behind by service",
                        METRICS,
                        over_time(),
                        highest("Most behind", ".lag"),
                        split=each("Service", ".service", 8, None),
                        axis="Records",
                        where=".lag: *",
                        about="The most that each service had before it in the interval.",
                    ),
                ),
            ],
        ),
        Row(
            14,
            [
                (
                    24,
                    bars("What became of records", METRICS, over_time(), *BECAME, axis="Records"),
                ),
                (
                    24,
                    side_by_side(
                        "Age of articles when searchable",
                        METRICS,
                        over_time(),
                        mean("Half within", ".age_p50", SEARCHABLE, format=SECONDS),
                        highest("95 % within", ".age_p95", SEARCHABLE, format=SECONDS),
                        axis="Seconds",
                        about="From the first sight of an article until a search finds it.",
                    ),
                ),
            ],
        ),
        Row(
            14,
            [
                (
                    24,
                    side_by_side(
                        "Confidence by version of the model",
                        METRICS,
                        over_time(),
                        mean("Confidence", ".confidence", format=SHARE),
                        split=each("Model", ".model_version", 5, None),
                        axis="Mean confidence",
                        where=".confidence: *",
                        about="A drift tells that the news, or the model, has changed.",
                    ),
                ),
                (
                    24,
                    lying(
                        "Outcomes of articles by stage",
                        OUTCOMES,
                        each("Stage", ".stage", 5, None),
                        *(
                            count(words(one), f'.outcome: "{one}"', color=color)
                            for one, color in zip(
                                (Outcome.MENTIONS_FOUND, Outcome.NOTHING_FOUND, Outcome.REJECTED),
                                (COLORS[2], COLORS[1], COLORS[5]),
                                strict=True,
                            )
                        ),
                        axis="Articles",
                    ),
                ),
            ],
        ),
        Row(
            13,
            [
                (
                    18,
                    lying(
                        "Dead letters by reason",
                        DEAD_LETTERS,
                        cases(
                            "Reason", [(words(reason), f'.reason: "{reason}"') for reason in Reason]
                        ),
                        count("Dead letters"),
                        axis="Dead letters",
                        about="All zero while every record could be handled.",
                    ),
                ),
                (
                    30,
                    table(
                        "Instances of services",
                        METRICS,
                        each("Service", ".service", 10, None, width=110),
                        each("Instance", ".instance", 20, None),
                        highest("Last seen", "@timestamp", kind="date", width=140),
                        total("Handled", ".handled", width=90),
                        last("Behind", ".lag", "number", width=80),
                        mean("Time per record", ".handling_ms", format=MILLISECONDS, width=90),
                        last("Memory, MB", ".memory_mb", "number", width=90),
                        last("Model", ".model_version", width=90),
                    ),
                ),
            ],
        ),
    ],
)

# --- 6. Replay ----------------------------------------------------------------------------------

REPLAYS = 'not .id: "live"'


def difference(of: str) -> Panel:
    """What runs gained, lost and changed of one kind of record."""
    return lying(
        f"{of.capitalize()} that differ",
        RUNS,
        each("Run", ".id", 10, None),
        total("Gained", f".changes.{of}_gained", color=COLORS[0]),
        total("Changed", f".changes.{of}_changed", color=COLORS[4]),
        total("Lost", f".changes.{of}_lost", color=COLORS[5]),
        axis=of.capitalize(),
        where=REPLAYS,
        about="Against the run that it is compared with.",
    )


REPLAY = Dashboard(
    title="Replay",
    about="Replays of the news: how far each is, what it would change, and who did what to it.",
    since="now-1y",
    rows=[
        row_of(
            metric(RUNS, count("Replays"), REPLAYS),
            metric(RUNS, count("At work"), f'{REPLAYS} and .state: ("running" or "promoting")'),
            metric(RUNS, count("Caught up"), f'{REPLAYS} and .state: "caught_up"'),
            metric(RUNS, count("Failed"), f'{REPLAYS} and .state: "failed"'),
            metric(RUNS, total("Articles replayed", ".done"), REPLAYS),
            metric(RUNS, total("Mentions found", ".mentions"), REPLAYS),
        ),
        Row(
            14,
            [
                (
                    48,
                    table(
                        "Runs, newest first",
                        RUNS,
                        each("Run", ".id", 50, "Started", width=170),
                        last("State", ".state", width=100),
                        last("Compared with", ".base", width=130),
                        last("Model", ".model.version", width=80),
                        last("Articles", ".articles", "number", width=90),
                        last("Done", ".done", "number", width=90),
                        last("Mentions", ".mentions", "number", width=95),
                        last("A second", ".per_second", "number", width=85),
                        highest("Started", "@timestamp", kind="date", width=140),
                        last("Finished", ".finished", "date", width=140),
                        last("By", ".by", width=110),
                        last("Problem", ".problem.keyword"),
                    ),
                ),
            ],
        ),
        Row(
            14,
            [
                (
                    16,
                    lying(
                        "Articles done and in the backlog",
                        RUNS,
                        each("Run", ".id", 10, None),
                        total("Done", ".done"),
                        total("Backlog", ".articles", color=COLORS[7]),
                        axis="Articles",
                        where=REPLAYS,
                    ),
                ),
                (16, difference("mentions")),
                (16, difference("pledges")),
            ],
        ),
        Row(
            14,
            [
                (16, difference("events")),
                (
                    32,
                    table(
                        "Who did what, newest first",
                        AUDIT,
                        every(".id", "When", 100),
                        highest("When", "@timestamp", kind="date", width=140),
                        last("Run", ".run", width=160),
                        last("Action", ".action", width=100),
                        last("By", ".by", width=120),
                        last("Detail", ".detail.keyword"),
                    ),
                ),
            ],
        ),
    ],
)

DASHBOARDS = (PLEDGE_BOARD, CHANGES, OBSTACLES, COVERAGE, PIPELINE, REPLAY)
"""In the order in which they link to each other."""
