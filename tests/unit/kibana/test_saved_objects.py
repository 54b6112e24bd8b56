"""What is imported into Kibana: as it is built, without mistakes, and every mistake is found."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from services.common.elasticsearch import RECORD_INDICES
from services.kibana.build import FILE, build, default
from services.kibana.dashboards import DASHBOARDS, SESSIONS
from services.kibana.lens import count, metric
from services.kibana.saved_objects import (
    Dashboard,
    DescriptionError,
    Row,
    ndjson,
    saved_objects,
)
from services.kibana.views import PLEDGES, VIEWS
from tests.kibana.lint import problems
from tests.kibana.objects import Json, committed, controls, lens_panels, mapping, panels

MAPPED = {view.id: mapping(view.name) for view in VIEWS}


def find(objects: list[Json], type: str, id: str) -> Json:
    return next(one for one in objects if (one["type"], one["id"]) == (type, id))


def test_the_committed_file_is_what_is_built() -> None:
    assert FILE.read_bytes() == default(), "run: pledgewatch kibana build"


def test_nothing_is_wrong_with_it() -> None:
    assert problems(committed(), MAPPED.__getitem__) == []


def test_there_is_a_view_of_each_read_alias() -> None:
    titles = {one["attributes"]["title"] for one in committed() if one["type"] == "index-pattern"}
    assert titles == {f"pledgewatch-{name}" for name in {*RECORD_INDICES, "metrics"}}


def test_there_are_six_dashboards_and_the_sessions() -> None:
    titles = [one.title for one in DASHBOARDS]
    assert titles == [
        "Pledge board",
        "New pledges and changes",
        "Obstacles",
        "Coverage",
        "Pipeline health",
        "Replay",
    ]
    types = [one["type"] for one in committed()]
    assert types.count("dashboard") == 6
    assert types.count("search") == len(SESSIONS)


def test_each_dashboard_links_to_all_and_carries_no_filters_over() -> None:
    for dashboard in (one for one in committed() if one["type"] == "dashboard"):
        first = panels(dashboard)[0]
        links = first["embeddableConfig"]["attributes"]["links"]
        assert first["type"] == "links"
        assert [link["label"] for link in links] == [one.title for one in DASHBOARDS]
        assert not any(link["options"]["useCurrentFilters"] for link in links)


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("pledge-board", {"to-whom", "who", "what", "how-firm", "confirmed"}),
        ("new-pledges-and-changes", {"to-whom", "who", "what", "how-firm", "change", "confirmed"}),
        ("obstacles", {"to-whom", "who", "obstacle"}),
        ("coverage", {"source", "language"}),
        ("pipeline-health", {"service"}),
        ("replay", set()),
    ],
)
def test_dashboards_can_be_filtered(id: str, expected: set[str]) -> None:
    dashboard = find(committed(), "dashboard", f"pledgewatch-{id}")
    assert controls(dashboard).keys() == expected


def test_a_dashboard_begins_with_large_numbers() -> None:
    for dashboard in (one for one in committed() if one["type"] == "dashboard"):
        row = [p for p in panels(dashboard) if p["gridData"]["y"] == 3]
        charts = {p["embeddableConfig"]["attributes"]["visualizationType"] for p in row}
        assert charts == {"lnsMetric"}
        assert len(row) == 6


def test_panels_need_nothing_but_plain_aggregations() -> None:
    for panel in lens_panels(committed()):
        state = panel.attributes["state"]
        assert state["datasourceStates"].keys() == {"formBased"}
        text = json.dumps(panel.panel)
        for word in ("formula", "runtime", "esql", "script"):
            assert f'"{word}' not in text


def test_prefix_and_console_can_be_others() -> None:
    built = [json.loads(line) for line in build("news-", "https://console.example/").splitlines()]
    view = find(built, "index-pattern", "pledgewatch-mentions")["attributes"]
    assert view["title"] == "news-mentions"
    formats = json.loads(view["fieldFormatMap"])
    link = formats["pledgewatch.mention.id"]["params"]["urlTemplate"]
    assert link == "https://console.example/mentions/{{value}}"
    assert {one["id"] for one in built} == {one["id"] for one in committed()}


def test_ids_lead_to_the_console_and_urls_to_the_article() -> None:
    links: dict[str, str] = {}
    for one in committed():
        if one["type"] == "index-pattern":
            for field, format in json.loads(one["attributes"]["fieldFormatMap"]).items():
                if format["id"] == "url":
                    links[field] = format["params"].get("urlTemplate", "")
    base = "http://127.0.0.1:8600"
    assert links["pledgewatch.pledge.id"] == f"{base}/pledges/{{{{value}}}}"
    assert links["pledgewatch.pledge_event.mention"] == f"{base}/mentions/{{{{value}}}}"
    assert links["pledgewatch.article.story_id"] == f"{base}/stories/{{{{value}}}}"
    assert links["pledgewatch.mention.article.url"] == ""  # the URL itself


def test_the_built_bytes_do_not_depend_on_chance() -> None:
    given = {"prefix": "p-", "console": "http://console.example"}
    first, second = (ndjson(saved_objects(DASHBOARDS, SESSIONS, **given)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([Row(5, [(40, metric(PLEDGES, count("Pledges")))])], "40 columns"),
        ([Row(5, [(24, metric(PLEDGES, count("Pledges")))] * 2)], "two panels"),
    ],
)
def test_a_description_that_does_not_fit_together_is_refused(rows: list[Row], reason: str) -> None:
    wrong = Dashboard(title="Wrong", about="", since="now-1d", rows=rows)
    with pytest.raises(DescriptionError, match=reason):
        saved_objects([wrong], [], prefix="p-", console="http://console.example")


# --- The linter finds what Kibana would not tell ------------------------------------------------


def board(objects: list[Json]) -> Json:
    return find(objects, "dashboard", "pledgewatch-pledge-board")


def edited(dashboard: Json, edit: Callable[[list[Json]], object]) -> None:
    """Change the panels within their text."""
    found = panels(dashboard)
    edit(found)
    dashboard["attributes"]["panelsJSON"] = json.dumps(found)


def layer(found: list[Json], number: int) -> Any:
    state = found[number]["embeddableConfig"]["attributes"]["state"]
    return state["datasourceStates"]["formBased"]["layers"]["l1"]


def columns(found: list[Json], number: int) -> list[Any]:
    return list(layer(found, number)["columns"].values())


def wrong(edit: Callable[[list[Json]], object]) -> Callable[[list[Json]], object]:
    return lambda objects: edited(board(objects), edit)


MISTAKES: dict[str, tuple[Callable[[list[Json]], object], str]] = {
    "twice": (lambda o: o.append(copy.deepcopy(o[1])), "2 times"),
    "no version": (lambda o: o[0].pop("typeMigrationVersion"), "newer than"),
    "newer version": (lambda o: o[1].update(typeMigrationVersion="10.2.0"), "newer than"),
    "no reference": (lambda o: board(o)["references"].pop(8), "is not among"),
    "reference to nothing": (
        lambda o: board(o)["references"][8].update(id="gone"),
        "which is not there",
    ),
    "attribute of 9.x": (lambda o: board(o)["attributes"].update(sections=[]), "sections"),
    "broken text": (lambda o: board(o)["attributes"].update(panelsJSON="[{"), "not JSON"),
    "unknown field": (
        wrong(lambda p: columns(p, 2)[0].update(sourceField="pledgewatch.pledge.actr")),
        "unique_count of pledgewatch.pledge.actr",
    ),
    "sum of words": (
        wrong(lambda p: columns(p, 2)[0].update(operationType="sum")),
        "sum of pledgewatch.pledge.actor.name, which is keyword",
    ),
    "unknown field in a query": (
        wrong(
            lambda p: p[1]["embeddableConfig"]["attributes"]["state"]["query"].update(
                query="pledgewatch.pledge.table: true"
            )
        ),
        "unknown field pledgewatch.pledge.table",
    ),
    "unknown code in a query": (
        wrong(
            lambda p: p[1]["embeddableConfig"]["attributes"]["state"]["query"].update(
                query='pledgewatch.pledge.level: "anounced"'
            )
        ),
        "never 'anounced'",
    ),
    "hole": (wrong(lambda p: p[1]["gridData"].update(h=4)), "cells of the grid are empty"),
    "overlap": (wrong(lambda p: p[1]["gridData"].update(h=9)), "lies over"),
    "outside": (wrong(lambda p: p[6]["gridData"].update(x=44)), "outside"),
    "no label": (wrong(lambda p: columns(p, 2)[0].update(label=" ")), "no label"),
    "no title": (wrong(lambda p: p[2].update(title="")), "no title"),
    "column not drawn": (
        wrong(
            lambda p: p[-1]["embeddableConfig"]["attributes"]["state"]["visualization"][
                "columns"
            ].pop()
        ),
        "is not drawn",
    ),
    "ranked by what is not there": (
        wrong(lambda p: layer(p, -1)["columns"]["id"]["params"]["orderBy"].update(columnId="who")),
        "cannot be ranked by who",
    ),
    "top metrics": (
        wrong(lambda p: layer(p, -1)["columns"]["who"]["params"].update(showArrayValues=False)),
        "top_metrics",
    ),
    "control that empties panels": (
        lambda o: board(o)["attributes"]["controlGroupInput"].update(
            panelsJSON=board(o)["attributes"]["controlGroupInput"]["panelsJSON"].replace(
                "labels.family", "labels.source"
            )
        ),
        "control what would empty",
    ),
    "endless range": (lambda o: board(o)["attributes"].update(timeFrom="2026"), "time range"),
    "format of another type": (
        lambda o: o[1]["attributes"].update(
            fieldFormatMap='{"pledgewatch.article.title": {"id": "url", "params": {}}}'
        ),
        "format url of pledgewatch.article.title",
    ),
    "unknown column": (
        lambda o: find(o, "search", "pledgewatch-session-articles")["attributes"]["columns"].append(
            "titel"
        ),
        "unknown field titel",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found(name: str) -> None:
    mistake, expected = MISTAKES[name]
    objects = committed()
    mistake(objects)
    found = problems(objects, MAPPED.__getitem__)
    assert any(expected in one for one in found), found
