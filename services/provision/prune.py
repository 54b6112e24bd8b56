"""Retention: deletes documents of what was first seen longer ago than the settings say.

By search and bulk, in bounded batches, on any cluster. Index lifecycle management deletes whole
indices, and ours hold the old beside the new (docs/decisions/0008-retention-by-pruning.md).
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from services.common.elasticsearch import Indices, client
from services.common.errors import UserError
from services.common.reach import UnreachableError, asking_elasticsearch
from services.common.settings import RetentionSettings, Settings, variable
from services.provision.change import Change, State

BATCH = 2_000
KEEP_ALIVE = "5m"
"""What a batch may take, before Elasticsearch forgets the search."""

Progress = Callable[[str, int, int], None]
"""(index, documents deleted, documents to delete); called after each batch."""


def retention(settings: RetentionSettings) -> dict[str, int]:
    """Index → days; without those that are never pruned (pledges, runs, the audit trail)."""
    return {
        name.removesuffix("_days").replace("_", "-"): int(getattr(settings, name))
        for name in type(settings).model_fields
    }


def prune(
    settings: Settings,
    *,
    dry_run: bool,
    progress: Progress = lambda index, done, total: None,
    now: datetime | None = None,
) -> list[Change]:
    """Delete what is older than the settings say, of all runs; a repeat goes on where this ended.

    Args:
        settings: of the whole product.
        dry_run: only count.
        progress: told of each batch.
        now: what age is counted from, if not from the clock.

    Raises:
        UnreachableError: no answer, or it is too busy.
        UserError: the server refuses.
    """
    target = settings.elasticsearch
    names, today = Indices(target.index_prefix), now or datetime.now(UTC)
    changes = []
    with asking_elasticsearch(target), client(target) as elasticsearch:
        for name, days in retention(settings.retention).items():
            for index in _generations(elasticsearch, names, name):
                if days < 0:
                    said = f"kept for ever ({variable('retention', _field(name))})"
                    changes.append(Change(f"documents of {index}", State.UNCHANGED, said))
                    continue
                before = today - timedelta(days=days)
                count = _prune(elasticsearch, index, before, progress, dry_run=dry_run)
                changes.append(
                    Change(
                        f"documents of {index}",
                        State.DELETED if count else State.UNCHANGED,
                        f"{count:,} first seen more than {days} days ago",
                    )
                )
    return changes


def _field(name: str) -> str:
    return f"{name.replace('-', '_')}_days"


def _generations(elasticsearch: Elasticsearch, names: Indices, name: str) -> list[str]:
    """Every index of that name: versions, and those of replays."""
    pattern = names.versioned(name, 0).removesuffix("0") + "*"
    return sorted(elasticsearch.indices.get(index=pattern, allow_no_indices=True).body)


def _prune(
    elasticsearch: Elasticsearch,
    index: str,
    before: datetime,
    progress: Progress,
    *,
    dry_run: bool,
) -> int:
    """How many documents were deleted, or would be."""
    elasticsearch.indices.refresh(index=index)
    total = int(elasticsearch.count(index=index, query=_older(before))["count"])
    if dry_run or not total:
        return total
    done = 0
    try:
        for batch in _batches(elasticsearch, index, before):
            done += _delete(elasticsearch, index, batch)
            progress(index, done, total)
    except NotFoundError:
        pass  # the index itself was deleted meanwhile
    return done


def _older(before: datetime) -> dict[str, Any]:
    """What was first seen before; where that is not known, what is of a time before."""
    seen, limit = "event.created", {"lt": before.isoformat()}
    unknown = {"bool": {"must_not": [{"exists": {"field": seen}}]}}
    dated = {"bool": {"filter": [unknown, {"range": {"@timestamp": limit}}]}}
    return {
        "bool": {"should": [{"range": {seen: limit}}, dated], "minimum_should_match": 1},
    }


def _batches(
    elasticsearch: Elasticsearch, index: str, before: datetime
) -> Iterator[list[dict[str, Any]]]:
    """The documents, as they stood when the first batch was asked for."""
    pit = elasticsearch.open_point_in_time(index=index, keep_alive=KEEP_ALIVE)["id"]
    after: list[Any] | None = None
    try:
        while True:
            found = elasticsearch.search(
                pit={"id": pit, "keep_alive": KEEP_ALIVE},
                query=_older(before),
                sort=["_shard_doc"],
                search_after=after,
                size=BATCH,
                source=False,
                seq_no_primary_term=True,
                track_total_hits=False,
            )
            pit, hits = found["pit_id"], found["hits"]["hits"]
            if not hits:
                return
            after = hits[-1]["sort"]
            yield hits
    finally:
        with suppress(NotFoundError):  # it took longer than that
            elasticsearch.close_point_in_time(id=pit)


def _delete(elasticsearch: Elasticsearch, index: str, hits: list[dict[str, Any]]) -> int:
    """How many were deleted; one that was written again meanwhile is left to the next time."""
    answer = elasticsearch.bulk(
        index=index,
        operations=[
            {
                "delete": {
                    "_id": hit["_id"],
                    "if_seq_no": hit["_seq_no"],
                    "if_primary_term": hit["_primary_term"],
                }
            }
            for hit in hits
        ],
    )
    items = [item["delete"] for item in answer["items"]]
    for item in items:
        if item["status"] in (429, 503):
            raise UnreachableError(f"{index}: Elasticsearch is too busy for deletes, repeat it")
        if item["status"] not in (200, 404, 409):
            raise UserError(f"{index}: Elasticsearch refuses a delete: {item.get('error')}")
    return sum(item["status"] == 200 for item in items)
