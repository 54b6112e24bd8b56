"""Each panel's own query on the real Elasticsearch, over what the pipeline makes of the samples."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pledgewatch import documents
from pledgewatch.outcome import Reason, Stage
from pledgewatch.records import (
    Action,
    Changes,
    DeadLetter,
    Model,
    Origin,
    Record,
    Run,
    encode,
)
from services.common import elasticsearch as common
from services.common.settings import Settings
from tests.kibana.objects import LensPanel, Listing, committed, lens_panels
from tests.kibana.queries import listing_request, request, rows

pytestmark = pytest.mark.integration

PANELS = {panel.name: panel for panel in lens_panels(committed())}
SESSIONS = {one["id"]: Listing(one) for one in committed() if one["type"] == "search"}
NOW = datetime.now(UTC)


class Indexed:
    """The indices, as panels see them."""

    def __init__(self, settings: Settings) -> None:
        self.client: Elasticsearch = common.client(settings.elasticsearch)
        self.names = common.Indices(settings.elasticsearch.index_prefix)

    def ask(self, panel: LensPanel, layer: str) -> list[dict[str, Any]]:
        """The rows of a panel's layer."""
        name = panel.view(layer).removeprefix("pledgewatch-")
        return rows(panel, layer, self._search(name, request(panel, layer)))

    def list(self, listing: Listing) -> list[dict[str, Any]]:
        """The fields of a Discover session's documents."""
        name = listing.view.removeprefix("pledgewatch-")
        hits = self._search(name, listing_request(listing))["hits"]["hits"]
        return [hit.get("fields", {}) for hit in hits]

    def _search(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        found = self.client.search(index=self.names.read(name), **body)
        assert found["_shards"]["failed"] == 0
        return dict(found.body)

    def put(self, name: str, record: Record) -> None:
        """Index a record as the index service does."""
        index = self.names.write(name).encode()
        now = documents.as_json(NOW)
        document = documents.BUILDERS[name](encode(record), index, now)
        answer = self.client.bulk(
            operations=[json.loads(line) for line in document.body.splitlines()]
        )
        assert not answer["errors"], answer.body


@pytest.fixture(scope="module")
def indexed(sample_board: Settings) -> Indexed:
    """The samples through the pipeline, and what the pipeline leaves behind when it runs longer."""
    indexed = Indexed(sample_board)
    for record in _runs():
        indexed.put("runs", record)
    for action in _actions():
        indexed.put("audit", action)
    indexed.put("dead-letters", _dead_letter())
    _put_samples(indexed)
    indexed.client.indices.refresh(index=indexed.names.read("*"))
    return indexed


def _runs() -> Iterator[Run]:
    model = Model(name="pledgewatch-extractor", version="1.1.0", sha256="a" * 64)
    for number, (id, state) in enumerate(
        [("live", "live"), ("model-1-1-0", "caught_up"), ("march", "running"), ("broken", "failed")]
    ):
        started = NOW - timedelta(hours=number + 1)
        yield Run(
            id=id,
            base="live",
            stages=("classify", "ledger", "index"),
            state=state,  # type: ignore[arg-type]  # a literal's word
            model=model,
            articles=69,
            done=69 if state != "running" else 40,
            mentions=281,
            per_second=12.5,
            problem="the disk is full" if state == "failed" else None,
            changes=Changes(
                mentions_gained=4,
                mentions_lost=2,
                mentions_changed=11,
                pledges_gained=1,
                pledges_lost=1,
                pledges_changed=3,
                events_gained=1,
                events_lost=1,
                events_changed=2,
            ),
            by="ops",
            started=started,
            finished=started + timedelta(minutes=2) if state == "caught_up" else None,
            updated=NOW,
        )


def _actions() -> Iterator[Action]:
    for number, action in enumerate(("start", "promote")):
        yield Action(
            id=f"{number:032x}",
            run="model-1-1-0",
            action=action,  # type: ignore[arg-type]  # a literal's word
            by="ops",
            at=NOW - timedelta(minutes=5 - number),
            detail="classify, ledger, index",
        )


def _dead_letter() -> DeadLetter:
    return DeadLetter(
        id="d" * 32,
        stage=Stage.CLASSIFY,
        reason=Reason.NOT_JSON,
        message="JSON is malformed: invalid character (byte 9)",
        origin=Origin(topic="pledgewatch.articles", partition=0, offset=77),
        key=None,
        value=b"{",
        headers=(),
        url=None,
        at=NOW - timedelta(minutes=4),
    )


def _put_samples(indexed: Indexed) -> None:
    """Samples of each service in three intervals, as each writes of itself."""
    own: dict[str, dict[str, Any]] = {
        "ingest": {"published": 30, "rejected": 1},
        "classify": {
            "mentions_found": 20,
            "nothing_found": 10,
            "lag": 3,
            "mentions": 90,
            "confidence": 0.82,
            "model_version": "1.1.0",
        },
        "ledger": {"recorded": 80, "ignored": 9, "duplicate": 1, "lag": 1},
        "notify": {"notified": 20, "ignored": 60, "lag": 0, "age_p50": 0.4, "age_p95": 1.1},
        "index": {"indexed": 200, "lag": 12, "age_p50": 1.0, "age_p95": 2.5},
    }
    for number, (service, values) in enumerate(own.items()):
        for interval in range(3):
            at = (NOW - timedelta(seconds=30 * interval)).isoformat()
            sample = {
                "id": f"{number:016x}{interval:016x}",
                "service": service,
                "instance": f"host-{number}-{4000 + number}",
                "run": "live",
                "at": at,
                "seconds": 30.0,
                "handled": 30,
                "retries": 0,
                "handling_ms": 4.5,
                "memory_mb": 120.5,
                **values,
            }
            document = {
                "@timestamp": at,
                "service": {"name": f"pledgewatch-{service}"},
                "pledgewatch": {"sample": sample},
            }
            index = indexed.names.write("metrics")
            indexed.client.index(index=index, id=sample["id"], document=document)


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_shows_rows_with_the_fields_that_it_names(indexed: Indexed, name: str) -> None:
    panel = PANELS[name]
    for layer, state in panel.layers.items():
        found = indexed.ask(panel, layer)
        assert found, "no rows"
        labels = {column["label"] for column in state["columns"].values()}
        shown = {label for row in found for label, value in row.items() if value is not None}
        assert labels - shown == set(), "columns without any value"
        if panel.attributes["visualizationType"] != "lnsMetric":
            numbers = [v for row in found for v in row.values() if isinstance(v, int | float)]
            assert not numbers or max(numbers) > 0, "nothing but zeros"


@pytest.mark.parametrize(
    "name",
    [
        "pledgewatch-obstacles/firm-pledges-blocked",
        "pledgewatch-new-pledges-and-changes/retracted",
        "pledgewatch-new-pledges-and-changes/cleared",
    ],
)
def test_what_the_samples_tell_of_is_counted(indexed: Indexed, name: str) -> None:
    (row,) = indexed.ask(PANELS[name], "l1")
    assert all(row.values())


@pytest.mark.parametrize("id", SESSIONS)
def test_a_session_lists_documents_with_the_fields_of_its_columns(
    indexed: Indexed, id: str
) -> None:
    listed = indexed.list(SESSIONS[id])
    assert listed, "no documents"
    columns = set(SESSIONS[id].search["attributes"]["columns"])
    empty = columns - {field for fields in listed for field in fields}
    assert empty <= {"pledgewatch.dead_letter.retried_at", "pledgewatch.dead_letter.url"}


def test_a_control_filters_every_view_that_it_stands_above(indexed: Indexed) -> None:
    """By the alias that several indices have, which no document holds itself."""
    for name in ("mentions", "pledges", "pledge-events"):
        where = {"term": {"labels.actor": "Spain"}}
        alias = indexed.names.read(name)
        assert indexed.client.count(index=alias, query=where)["count"] > 0
