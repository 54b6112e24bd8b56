"""Saved objects: the one form in which Kibana 8.12 and later, 9.5 included, import all of this.

Each type is written in the oldest form that the migrations of every such Kibana take: a newer one
would be refused by an older Kibana, and the whole import with it.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from services.common.elasticsearch import Indices
from services.kibana.lens import Panel, slug
from services.kibana.views import VIEWS, View

Json = dict[str, Any]

CORE_VERSION = "8.8.0"
TYPE_VERSIONS = {
    "index-pattern": "8.0.0",
    "search": "8.0.0",
    "tag": "8.0.0",
    "dashboard": "8.9.0",
}

TAG = "pledgewatch"
COLUMNS = 48
"""Of a dashboard's grid; a row is about 20 pixels high."""

LINKS = "links"
LINKS_HEIGHT = 3


class DescriptionError(Exception):
    """A mistake in the description of a dashboard."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """A list to filter by. The field is an alias that several indices have (`labels.actor`)."""

    title: str
    field: str

    @property
    def id(self) -> str:
        """Its id within the dashboard."""
        return slug(self.title)


@dataclass(frozen=True, kw_only=True)
class Session:
    """A Discover session: documents of a view, in columns of these widths (None: what is left)."""

    title: str
    about: str
    view: View
    columns: Sequence[tuple[str, int | None]]
    since: str
    where: str = ""

    @property
    def id(self) -> str:
        """Its id within a dashboard."""
        return slug(self.title)

    @property
    def object_id(self) -> str:
        """Fixed, so that an import replaces it."""
        return f"pledgewatch-session-{self.id}"


@dataclass(frozen=True)
class Row:
    """Panels and Discover sessions beside each other, with their widths, which fill the grid."""

    height: int
    panels: Sequence[tuple[int, Panel | Session]]


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """A dashboard: controls above, links to the others, then rows.

    `since`: the start of its time range, which ends now. `filtered`: the views that have the fields
    of its controls.
    """

    title: str
    about: str
    since: str
    rows: Sequence[Row]
    controls: Sequence[Control] = ()
    filtered: Sequence[View] = ()

    @property
    def id(self) -> str:
        """Fixed, so that an import replaces it and links to it keep their end."""
        return f"pledgewatch-{slug(self.title)}"


def saved_objects(
    dashboards: Sequence[Dashboard], sessions: Iterable[Session], *, prefix: str, console: str
) -> list[Json]:
    """All that is imported.

    Args:
        dashboards: in the order in which they link to each other.
        sessions: of Discover.
        prefix: of the read aliases.
        console: base URL of the console, to whose pages ids lead.

    Raises:
        DescriptionError: a dashboard does not fit together; says which and why.
    """
    names = Indices(prefix)
    return [
        _tag(),
        *(_data_view(view, names.read(view.name), console.rstrip("/")) for view in VIEWS),
        *(_session(session) for session in sessions),
        *(_dashboard(dashboard, dashboards) for dashboard in dashboards),
    ]


def ndjson(objects: Iterable[Json]) -> bytes:
    """One object a line, keys in a fixed order."""
    return b"".join(_compact(one).encode() + b"\n" for one in objects)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _object(type: str, id: str, attributes: Json, references: Sequence[Json]) -> Json:
    return {
        "type": type,
        "id": id,
        "coreMigrationVersion": CORE_VERSION,
        "typeMigrationVersion": TYPE_VERSIONS[type],
        "managed": False,
        "attributes": attributes,
        "references": list(references),
    }


def _reference(type: str, id: str, name: str) -> Json:
    return {"type": type, "id": id, "name": name}


TAGGED = _reference("tag", TAG, f"tag-ref-{TAG}")


def _tag() -> Json:
    about = "Who has pledged which forces to whom, and the pipeline that reads it from the news."
    return _object(
        "tag", TAG, {"name": "Pledgewatch", "description": about, "color": "#0072B2"}, ()
    )


def _data_view(view: View, alias: str, console: str) -> Json:
    formats = {view.field(name): dict(format) for name, format in view.formats.items()}
    for name, (page, label) in view.links.items():
        formats[view.field(name)] = {
            "id": "url",
            "params": {
                "type": "a",
                "urlTemplate": f"{console}/{page}/{{{{value}}}}",
                "labelTemplate": label,
            },
        }
    labels = {view.field(name): {"customLabel": label} for name, label in view.labels.items()}
    attributes = {
        "title": alias,
        "name": f"Pledgewatch: {view.title}",
        "timeFieldName": "@timestamp",
        "fieldFormatMap": _compact(formats),
        "fieldAttrs": _compact(labels),
    }
    return _object("index-pattern", view.id, attributes, ())


def _session(session: Session) -> Json:
    index = "kibanaSavedObjectMeta.searchSourceJSON.index"
    view = session.view
    source = {
        "query": {"query": view.kql(session.where), "language": "kuery"},
        "filter": [],
        "indexRefName": index,
    }
    widths = {view.field(name): {"width": width} for name, width in session.columns if width}
    attributes = {
        "title": f"Pledgewatch: {session.title}",
        "description": session.about,
        "columns": [view.field(name) for name, _ in session.columns],
        "sort": [["@timestamp", "desc"]],
        "grid": {"columns": {"@timestamp": {"width": 150}} | widths},
        "hideChart": False,
        "isTextBasedQuery": False,
        "timeRestore": True,
        "timeRange": {"from": session.since, "to": "now"},
        "kibanaSavedObjectMeta": {"searchSourceJSON": _compact(source)},
    }
    return _object(
        "search",
        session.object_id,
        attributes,
        (_reference("index-pattern", view.id, index), TAGGED),
    )


# --- Dashboards ---------------------------------------------------------------------------------


def _dashboard(dashboard: Dashboard, all_of_them: Sequence[Dashboard]) -> Json:
    links, references = _links(all_of_them)
    panels = [links]
    for grid, panel in _placed(dashboard):
        if isinstance(panel, Session):
            name = f"panel_{panel.id}"
            panels.append(_panel("search", grid, {}, panel.title) | {"panelRefName": name})
            references.append(_reference("search", panel.object_id, f"{panel.id}:{name}"))
            continue
        made = panel.attributes(dashboard.filtered if dashboard.controls else VIEWS)
        panels.append(_panel("lens", grid, {"attributes": made}, panel.title, bare=panel.bare))
        references += [
            _reference(one["type"], one["id"], f"{panel.id}:{one['name']}")
            for one in made["references"]
        ]
    controls = {}
    for order, control in enumerate(dashboard.controls):
        controls[control.id] = _control(control, order)
        name = f"controlGroup_{control.id}:optionsListDataView"
        references.append(_reference("index-pattern", dashboard.filtered[0].id, name))
    attributes = {
        "title": f"Pledgewatch: {dashboard.title}",
        "description": dashboard.about,
        "version": 1,
        "timeRestore": True,
        "timeFrom": dashboard.since,
        "timeTo": "now",
        "refreshInterval": {"pause": False, "value": 60_000},
        "optionsJSON": _compact(
            {
                "useMargins": True,
                "syncColors": False,
                "syncCursor": True,
                "syncTooltips": False,
                "hidePanelTitles": False,
            }
        ),
        "kibanaSavedObjectMeta": {
            "searchSourceJSON": _compact(
                {"query": {"query": "", "language": "kuery"}, "filter": []}
            )
        },
        "panelsJSON": _compact(panels),
    }
    if controls:
        attributes["controlGroupInput"] = {
            "controlStyle": "oneLine",
            "chainingSystem": "HIERARCHICAL",
            "ignoreParentSettingsJSON": _compact(
                {
                    "ignoreFilters": False,
                    "ignoreQuery": False,
                    "ignoreTimerange": False,
                    "ignoreValidations": False,
                }
            ),
            "panelsJSON": _compact(controls),
        }
    return _object("dashboard", dashboard.id, attributes, (*references, TAGGED))


def _placed(dashboard: Dashboard) -> Iterator[tuple[Json, Panel | Session]]:
    """Each panel with its place: rows from the top, without holes."""
    seen = {LINKS}
    y = LINKS_HEIGHT
    for number, row in enumerate(dashboard.rows, 1):
        width = sum(width for width, _ in row.panels)
        if width != COLUMNS:
            raise DescriptionError(f"{dashboard.title}, row {number}: {width} columns, not 48")
        x = 0
        for width, panel in row.panels:
            if panel.id in seen:
                raise DescriptionError(f"{dashboard.title}: two panels are called {panel.title!r}")
            seen.add(panel.id)
            yield {"x": x, "y": y, "w": width, "h": row.height, "i": panel.id}, panel
            x += width
        y += row.height


def _panel(type: str, grid: Json, config: Json, title: str, *, bare: bool = False) -> Json:
    config = {**config, "enhancements": {}}
    if bare:
        config["hidePanelTitles"] = True
    return {
        "type": type,
        "panelIndex": grid["i"],
        "gridData": grid,
        "title": title,
        "embeddableConfig": config,
    }


def _links(dashboards: Sequence[Dashboard]) -> tuple[Json, list[Json]]:
    """Links to all dashboards, in a panel of its own, and its references.

    Each opens with its own time range, and without the filters of the one that it is left from,
    whose fields it may not have.
    """
    links, references = [], []
    for order, one in enumerate(dashboards):
        id = slug(one.title)
        name = f"link_{id}_dashboard"
        links.append(
            {
                "type": "dashboardLink",
                "id": id,
                "order": order,
                "label": one.title,
                "destinationRefName": name,
                "options": {
                    "openInNewTab": False,
                    "useCurrentDateRange": False,
                    "useCurrentFilters": False,
                },
            }
        )
        references.append(_reference("dashboard", one.id, f"{LINKS}:{name}"))
    grid = {"x": 0, "y": 0, "w": COLUMNS, "h": LINKS_HEIGHT, "i": LINKS}
    config = {"attributes": {"layout": "horizontal", "links": links}}
    return _panel("links", grid, config, "Dashboards", bare=True), references


def _control(control: Control, order: int) -> Json:
    return {
        "type": "optionsListControl",
        "order": order,
        "width": "medium",
        "grow": True,
        "explicitInput": {
            "id": control.id,
            "fieldName": control.field,
            "title": control.title,
            "selectedOptions": [],
            "enhancements": {},
        },
    }
