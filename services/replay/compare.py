"""Compares what two runs derived, as it stands in their indices; shows it, and gates the switch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from elasticsearch import Elasticsearch, NotFoundError
from msgspec.structs import replace
from rich.console import Console

from pledgewatch.records import ArticleOutcome, Mention, Pledge, PledgeEvent, Run
from pledgewatch.replay.diff import Diff, diff
from services.common import runs
from services.common.elasticsearch import Indices, client
from services.common.errors import UserError
from services.common.queries import STANDING
from services.common.reach import asking_elasticsearch
from services.common.settings import Settings
from services.replay import control, switch
from services.replay.report import as_html, as_json_lines, show

PAGE = 2_000


@dataclass(frozen=True)
class Accounts:
    """Whether the counts of a run add up. All are numbers of documents.

    `articles`: those that are old enough to have come to an outcome, and not older than what Kafka
    keeps; `unaccounted` of them have none. `listed`: mentions that outcomes name; `missing` of them
    have no document. `unlisted`: mentions that no outcome names: of earlier revisions of an
    article, or put right by hand.
    """

    run: str
    articles: int
    outcomes: int
    unaccounted: int
    mentions: int
    listed: int
    missing: int
    unlisted: int
    pledges: int
    events: int

    @property
    def problems(self) -> list[str]:
        """What does not add up, as sentences."""
        found = []
        if self.unaccounted:
            found.append(
                f"{self.run}: {self.unaccounted} of {self.articles} articles have no outcome"
            )
        if self.missing:
            found.append(
                f"{self.run}: {self.missing} of {self.listed} mentions that outcomes name are not"
                " in the index"
            )
        return found


def accounts(settings: Settings, id: str) -> Accounts:
    """The counts of a run, from its indices.

    Raises:
        UserError: Elasticsearch cannot be reached, or has no such run.
    """
    names = Indices(settings.elasticsearch.index_prefix, id)
    with asking_elasticsearch(settings.elasticsearch), client(settings.elasticsearch) as cluster:
        _refresh(cluster, names)
        listed: set[str] = set()
        done: set[str] = set()
        for found in _documents(cluster, names.write("outcomes"), "outcome", CLASSIFIED):
            outcome = msgspec.convert(found, ArticleOutcome)
            done.add(outcome.article_id)
            listed.update(outcome.mentions)
        there = {one["id"] for one in _documents(cluster, names.write("mentions"), "mention")}
        articles = {
            one["id"]
            for one in _documents(cluster, names.read("articles"), "article", _due(settings))
        }
        pledges = cluster.count(index=names.write("pledges"), query=STANDING)["count"]
        events = cluster.count(index=names.write("pledge-events"))["count"]
    return Accounts(
        id,
        articles=len(articles),
        outcomes=len(done),
        unaccounted=len(articles - done),
        mentions=len(there),
        listed=len(listed),
        missing=len(listed - there),
        unlisted=len(there - listed),
        pledges=pledges,
        events=events,
    )


GRACE = timedelta(minutes=2)
"""How long an article may be under way."""


def _due(settings: Settings) -> dict[str, Any]:
    """Articles that should have come to an outcome by now, and can still be replayed."""
    now = datetime.now(UTC)
    seen: dict[str, str] = {"lt": (now - GRACE).isoformat()}
    if (days := settings.kafka.articles_retention_days) >= 0:
        seen["gte"] = (now - timedelta(days=days)).isoformat()
    return {"range": {"pledgewatch.article.first_seen": seen}}


CLASSIFIED: dict[str, Any] = {"term": {"pledgewatch.outcome.stage": "classify"}}


def compare(settings: Settings, id: str, against: str) -> tuple[Diff, list[Accounts]]:
    """What a run would change, and whether the counts of both add up.

    Raises:
        UserError: Elasticsearch cannot be reached, or one of them has no indices.
    """
    known = runs.read(settings.kafka)
    base = known.live if against == "live" else against
    prefix = settings.elasticsearch.index_prefix
    with asking_elasticsearch(settings.elasticsearch), client(settings.elasticsearch) as cluster:
        for run in (base, id):
            _refresh(cluster, Indices(prefix, run))
        names = [Indices(prefix, run) for run in (base, id)]
        compared = known.known.get(id)
        told = None
        if compared is not None and "classify" not in compared.stages:
            told = tuple(_ledger(cluster, one) for one in names)
        found = diff(*(_mentions(cluster, one.write("mentions")) for one in names), told=told)
    return found, [accounts(settings, base), accounts(settings, id)]


def _refresh(cluster: Elasticsearch, names: Indices) -> None:
    try:
        cluster.indices.refresh(index=[names.write("mentions"), names.write("outcomes")])
    except NotFoundError as error:
        raise UserError(
            f"the run {names.run} has no indices: `pledgewatch replay list` shows the runs"
        ) from error


def _ledger(
    cluster: Elasticsearch, names: Indices
) -> tuple[dict[str, PledgeEvent], dict[str, Pledge]]:
    """Events and rows as they stand in the indices of a run."""
    events = _documents(cluster, names.write("pledge-events"), "pledge_event")
    rows = _documents(cluster, names.write("pledges"), "pledge")
    return (
        {one["id"]: msgspec.convert(one, PledgeEvent) for one in events},
        {one["id"]: msgspec.convert(one, Pledge) for one in rows},
    )


def _mentions(cluster: Elasticsearch, index: str) -> Iterator[Mention]:
    """All mentions in the order of their ids."""
    for found in _documents(cluster, index, "mention"):
        yield msgspec.convert(found, Mention)


def _documents(
    cluster: Elasticsearch, index: str, field: str, query: dict[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    """All records of a kind in the order of their ids."""
    after: list[Any] | None = None
    while True:
        page = cluster.search(
            index=index,
            query=query or {"match_all": {}},
            sort=[{f"pledgewatch.{field}.id": "asc"}],
            search_after=after,
            size=PAGE,
            source_includes=[f"pledgewatch.{field}"],
            source_excludes=["pledgewatch.article.text"],
        )["hits"]["hits"]
        for hit in page:
            yield hit["_source"]["pledgewatch"][field]
        if len(page) < PAGE:
            return
        after = page[-1]["sort"]


def over_limits(found: Diff, limits: Mapping[str, float | None]) -> list[str]:
    """Which limits a difference exceeds, as sentences."""
    problems = []
    for what, most in limits.items():
        if most is not None and (share := found.share(what)) > most:  # type: ignore[arg-type]
            problems.append(
                f"{share:.1%} of the mentions are {what}, more than --max-{what} {most:.1%}"
            )
    return problems


def compare_and_show(
    settings: Settings,
    id: str,
    against: str,
    *,
    html: Path | None,
    sentences: int,
    limits: Mapping[str, float | None],
    as_json: bool,
) -> list[str]:
    """Show what a run would change; what is wrong with it, as sentences."""
    run = control.find(settings, id)
    console = Console(stderr=True)
    with console.status("comparing"):
        found, both = compare(settings, id, against)
    _remember(settings, run, found)
    if as_json:
        as_json_lines(found, both)
    else:
        show(found, both, sentences)
    if html is not None:
        html.write_text(as_html(run, found, both), "utf-8")
        console.print(f"report: {html}", highlight=False)
    return over_limits(found, limits) + [line for one in both for line in one.problems]


def _remember(settings: Settings, run: Run, found: Diff) -> None:
    """Have the run's record say how much it changes, where no driver writes it meanwhile."""
    if run.state in ("stopped", "failed") and run.changes != found.changes:
        now = datetime.now(UTC)
        runs.write(settings.kafka, [replace(run, changes=found.changes, updated=now)])


def announce(settings: Settings, id: str, by: str, events: Sequence[str]) -> int:
    """Have events told that the live run has gained; how many.

    Raises:
        UserError: the run is not live, or has not gained one of them.
    """
    run = control.find(settings, id)
    if run.state != "live":
        raise UserError(f"{id} is {run.state}: only what is live is told")
    found, _ = compare(settings, id, run.base)
    wanted = _chosen(_gained(found), events)
    switch.announce(settings, run, wanted, by)
    return len(wanted)


def _gained(found: Diff) -> dict[str, PledgeEvent]:
    return {one.event.id: one.event for one in found.events if one.what == "gained"}


def _chosen(gained: Mapping[str, PledgeEvent], ids: Sequence[str]) -> list[PledgeEvent]:
    """The events of these ids, or `all`.

    Raises:
        UserError: one of them is not gained.
    """
    if unknown := set(ids) - gained.keys() - {"all"}:
        raise UserError(f"the run does not gain the event {min(unknown)}: it cannot be announced")
    return list(gained.values()) if "all" in ids else [gained[one] for one in ids]


def promote(
    settings: Settings,
    id: str,
    by: str,
    *,
    limits: Mapping[str, float | None],
    announce: Sequence[str],
) -> list[str]:
    """Switch to a run; what stands in the way, as sentences.

    Raises:
        UserError: it cannot be promoted, or an event that is to be announced is not gained.
    """
    control.find(settings, id)
    console = Console(stderr=True)
    with console.status("comparing with what is live"):
        found, both = compare(settings, id, "live")
    problems = over_limits(found, limits) + both[1].problems
    if problems:
        return problems
    gained = _gained(found)
    _chosen(gained, announce)  # before it is too late
    show(found, both, 0)
    with console.status("switching") as status:
        detail = str(msgspec.json.encode(found.changes), "utf-8")
        run = control.ask_to_promote(
            settings, id, by, detail, lambda run: status.update(f"switching: {run.state}")
        )
    if run.state != "live":
        return [f"{id} is not live: {run.problem}"]
    wanted = _chosen(gained, announce)
    if wanted:
        switch.announce(settings, run, wanted, by)
    console.print(
        f"{id} is live. `pledgewatch replay rollback {run.base}` goes back; {len(wanted)} events"
        " are announced.",
        highlight=False,
        soft_wrap=True,
    )
    return []
