"""What Kibana's import does not say: broken text inside of objects, missing references and fields.

Kibana takes a file with such mistakes, and shows them to people as empty or broken panels.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import product
from typing import Any

from tests.kibana.kql import conditions, fields_of, parse
from tests.kibana.objects import Json, LensPanel, Listing, controls, panels

CORE_VERSION = "8.8.0"
OLDEST = {
    "index-pattern": (8, 0, 0),
    "search": (8, 0, 0),
    "tag": (8, 0, 0),
    "dashboard": (8, 9, 0),
}
"""What Kibana 8.12 takes; a newer version would be refused with the whole file."""

DASHBOARD_KEYS = {
    "title",
    "description",
    "version",
    "timeRestore",
    "timeFrom",
    "timeTo",
    "refreshInterval",
    "optionsJSON",
    "kibanaSavedObjectMeta",
    "panelsJSON",
    "controlGroupInput",
}
SEARCH_KEYS = {
    "title",
    "description",
    "columns",
    "sort",
    "grid",
    "hideChart",
    "isTextBasedQuery",
    "timeRestore",
    "timeRange",
    "kibanaSavedObjectMeta",
}
COLUMNS = 48
RECORDS = "___records___"

NUMBERS = {"long", "integer", "short", "float", "double"}
TERMS = {"keyword", "boolean"} | NUMBERS
TYPES: Mapping[str, set[str]] = {
    "terms": TERMS,
    "unique_count": TERMS | {"date"},
    "sum": NUMBERS,
    "average": NUMBERS,
    "median": NUMBERS,
    "max": NUMBERS | {"date"},
    "date_histogram": {"date"},
    "last_value": TERMS | {"date"},
}
"""Operation → types of fields that it can be asked of. Lens does not know text at all."""

KINDS: Mapping[str, set[str]] = {
    "string": {"keyword"},
    "number": NUMBERS,
    "date": {"date"},
    "boolean": {"boolean"},
}

FORMATS: Mapping[str, set[str]] = {
    "date": {"date"},
    "number": NUMBERS,
    "percent": {"float", "double"},
    "duration": NUMBERS,
    "url": {"keyword"},
    "static_lookup": {"keyword", "boolean"},
}

Mapped = Callable[[str], Mapping[str, str]]
"""Id of a data view → field → type."""


def problems(objects: list[Json], mapped: Mapped) -> list[str]:
    """All that is wrong, one sentence each."""
    return [
        *_file(objects),
        *_words(objects),
        *(problem for one in objects for problem in _object(one, objects)),
        *(problem for one in objects for problem in _of_type(one, objects, mapped)),
    ]


# --- Every object -------------------------------------------------------------------------------


def _file(objects: list[Json]) -> Iterator[str]:
    for (type, id), number in Counter((o["type"], o["id"]) for o in objects).items():
        if number > 1:
            yield f"{type}/{id}: {number} times"
    titles = Counter((o["type"], o["attributes"].get("title")) for o in objects)
    yield from (f"{type} {title!r}: {n} times" for (type, title), n in titles.items() if n > 1)


def _words(objects: list[Json]) -> Iterator[str]:
    """Codes in queries that are not in the closed lists which the formats have."""
    known: dict[str, set[str]] = {}
    for view in (one for one in objects if one["type"] == "index-pattern"):
        for field, format in json.loads(view["attributes"]["fieldFormatMap"]).items():
            if format["id"] == "static_lookup":
                known[field] = {entry["key"] for entry in format["params"]["lookupEntries"]}
    for one in objects:
        for query in _queries(one["attributes"]):
            for field, value in conditions(parse(query)):
                if value is not None and field in known and value not in known[field]:
                    yield f"{one['id']}: {field} is never {value!r}"


def _queries(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.startswith(("{", "[")):
        with suppress(ValueError):
            yield from _queries(json.loads(value))
    elif isinstance(value, dict):
        if value.get("language") == "kuery":
            yield value["query"]
        for inner in value.values():
            yield from _queries(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _queries(inner)


def _object(one: Json, objects: list[Json]) -> Iterator[str]:
    name = f"{one['type']}/{one['id']}"
    if one["type"] not in OLDEST:
        yield f"{name}: a type that was not tried"
        return
    if one.get("coreMigrationVersion") != CORE_VERSION:
        yield f"{name}: coreMigrationVersion is not {CORE_VERSION}"
    version = tuple(int(part) for part in one.get("typeMigrationVersion", "99").split("."))
    if version > OLDEST[one["type"]]:
        yield f"{name}: typeMigrationVersion is newer than what Kibana 8.12 knows"
    have = {(o["type"], o["id"]) for o in objects}
    names = Counter(r["name"] for r in one["references"])
    yield from (f"{name}: reference {n} twice" for n, number in names.items() if number > 1)
    for reference in one["references"]:
        if (reference["type"], reference["id"]) not in have:
            yield f"{name}: refers to {reference['type']}/{reference['id']}, which is not there"
    yield from _texts(one["attributes"], name)


def _texts(value: Any, where: str) -> Iterator[str]:
    """What must be JSON and is not, and labels that say nothing."""
    if isinstance(value, dict):
        for key, inner in value.items():
            here = f"{where}.{key}"
            is_json = key.endswith("JSON") or key in ("fieldFormatMap", "fieldAttrs")
            if is_json and isinstance(inner, str):
                try:
                    inner = json.loads(inner)
                except ValueError as error:
                    yield f"{here}: not JSON ({error})"
                    continue
            if key in ("title", "label", "name", "customLabel") and not str(inner).strip():
                yield f"{here}: empty"
            yield from _texts(inner, here)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{where}[{number}]")


def _of_type(one: Json, objects: list[Json], mapped: Mapped) -> Iterator[str]:
    try:
        if one["type"] == "index-pattern":
            yield from _data_view(one, mapped)
        elif one["type"] == "search":
            yield from _search(one, mapped)
        elif one["type"] == "dashboard":
            yield from _dashboard(one, objects, mapped)
    except (KeyError, TypeError, ValueError) as error:
        yield f"{one['type']}/{one['id']}: cannot be read ({error!r})"


# --- Data views and sessions --------------------------------------------------------------------


def _data_view(view: Json, mapped: Mapped) -> Iterator[str]:
    name, fields = view["id"], mapped(view["id"])
    attributes = view["attributes"]
    if not attributes["name"]:
        yield f"{name}: no name"
    if fields.get(attributes["timeFieldName"]) != "date":
        yield f"{name}: {attributes['timeFieldName']} is no date"
    for field, format in json.loads(attributes["fieldFormatMap"]).items():
        if fields.get(field) not in FORMATS[format["id"]]:
            yield f"{name}: format {format['id']} of {field}, which is {fields.get(field)}"
        entries = format["params"].get("lookupEntries", [])
        if format["id"] == "static_lookup" and not all(e["key"] and e["value"] for e in entries):
            yield f"{name}: an empty word for {field}"
    labels = json.loads(attributes["fieldAttrs"])
    yield from (f"{name}: label of unknown field {f}" for f in labels if f not in fields)
    words = Counter(one["customLabel"] for one in labels.values())
    yield from (f"{name}: {n} fields are called {word!r}" for word, n in words.items() if n > 1)


def _search(search: Json, mapped: Mapped) -> Iterator[str]:
    name, attributes = search["id"], search["attributes"]
    yield from (f"{name}: attribute {key} is unknown" for key in set(attributes) - SEARCH_KEYS)
    listing = Listing(search)
    source, fields = listing.source, mapped(listing.view)
    used = [*attributes["columns"], *attributes["grid"]["columns"]]
    used += [field for field, _ in attributes["sort"]]
    used += fields_of(source["query"]["query"])
    yield from (f"{name}: unknown field {field}" for field in used if field not in fields)
    if not attributes["columns"]:
        yield f"{name}: no columns"
    yield from _range(name, attributes["timeRange"]["from"], attributes["timeRange"]["to"])


# --- Dashboards ---------------------------------------------------------------------------------


def _dashboard(dashboard: Json, objects: list[Json], mapped: Mapped) -> Iterator[str]:
    name, attributes = dashboard["id"], dashboard["attributes"]
    yield from (f"{name}: attribute {key} is unknown" for key in set(attributes) - DASHBOARD_KEYS)
    if not attributes["timeRestore"]:
        yield f"{name}: its time range is not restored"
    yield from _range(name, attributes["timeFrom"], attributes["timeTo"])
    yield from _grid(name, panels(dashboard))
    references = {one["name"]: one for one in dashboard["references"]}
    used = {one["name"] for one in dashboard["references"] if one["type"] == "tag"}
    views: set[str] = set()
    for panel in panels(dashboard):
        index = panel["panelIndex"]
        where = f"{name}/{index}"
        if panel["type"] == "lens":
            lens = LensPanel(dashboard, panel)
            yield from _lens(lens, mapped)
            for one in lens.attributes["references"]:
                used.add(f"{index}:{one['name']}")
                if references.get(f"{index}:{one['name']}", {}).get("id") != one["id"]:
                    yield f"{where}: {one['name']} is not among the dashboard's references"
            views |= {
                lens.view(id)
                for id, layer in lens.layers.items()
                if not layer["ignoreGlobalFilters"]
            }
        elif panel["type"] == "search":
            ref = f"{index}:{panel['panelRefName']}"
            used.add(ref)
            views |= {
                Listing(one).view
                for one in objects
                if (one["type"], one["id"]) == ("search", references.get(ref, {}).get("id"))
            }
            if references.get(ref, {}).get("type") != "search":
                yield f"{where}: its Discover session is not among the references"
        elif panel["type"] == "links":
            for link in panel["embeddableConfig"]["attributes"]["links"]:
                ref = f"{index}:{link['destinationRefName']}"
                used.add(ref)
                if references.get(ref, {}).get("type") != "dashboard":
                    yield f"{where}: link {link['label']} leads nowhere"
        else:
            yield f"{where}: type {panel['type']} was not tried"
    for id, control in controls(dashboard).items():
        ref = f"controlGroup_{id}:optionsListDataView"
        used.add(ref)
        given = control["explicitInput"]
        if control["type"] != "optionsListControl" or given["id"] != id or not given["title"]:
            yield f"{name}: control {id} is not right"
        if ref not in references:
            yield f"{name}: control {id} has no data view"
        for view in {*views, *([references[ref]["id"]] if ref in references else [])}:
            if mapped(view).get(given["fieldName"]) not in TERMS:
                yield f"{name}: control {id} would empty the panels of {view}"
    yield from (f"{name}: reference {n} is used by nothing" for n in set(references) - used)


def _range(name: str, since: str, until: str) -> Iterator[str]:
    if not re.fullmatch(r"now-\d+[hdwMy]", since) or until != "now":
        yield f"{name}: time range {since} to {until}"


def _grid(name: str, found: list[Json]) -> Iterator[str]:
    """Every cell from the top to the last row belongs to one panel."""
    owners: dict[tuple[int, int], str] = {}
    for panel in found:
        index, grid = panel["panelIndex"], panel["gridData"]
        if grid["i"] != index:
            yield f"{name}/{index}: gridData.i is {grid['i']}"
        if not panel["title"].strip():
            yield f"{name}/{index}: no title"
        x, y, w, h = (grid[key] for key in "xywh")
        if x < 0 or w < 1 or x + w > COLUMNS:
            yield f"{name}/{index}: outside of the {COLUMNS} columns"
        for cell in product(range(x, x + w), range(y, y + h)):
            other = owners.setdefault(cell, index)
            if other != index:
                yield f"{name}/{index}: lies over {other}"
                break
    height = max(y for _, y in owners) + 1
    if len(owners) != COLUMNS * height:
        yield f"{name}: {COLUMNS * height - len(owners)} cells of the grid are empty"
    indexes = Counter(panel["panelIndex"] for panel in found)
    yield from (f"{name}: panel {i} twice" for i, number in indexes.items() if number > 1)


# --- Lens ---------------------------------------------------------------------------------------


def _lens(lens: LensPanel, mapped: Mapped) -> Iterator[str]:
    name, state = lens.name, lens.attributes["state"]
    if not lens.layers:
        yield f"{name}: no layers"
    for id, layer in lens.layers.items():
        fields = mapped(lens.view(id))
        columns = layer["columns"]
        if sorted(layer["columnOrder"]) != sorted(columns):
            yield f"{name}: columnOrder is not the columns"
        buckets = [columns[one]["isBucketed"] for one in layer["columnOrder"]]
        if buckets != sorted(buckets, reverse=True):
            yield f"{name}: a column that makes rows stands behind one that does not"
        for column_id, column in columns.items():
            yield from _column(f"{name}/{column_id}", column, columns, fields)
        unknown = set(fields_of(state["query"]["query"])) - set(fields)
        yield from (f"{name}: unknown field {field} in its query" for field in unknown)
    yield from _visualization(lens, state["visualization"])


def _column(
    name: str, column: Json, columns: Mapping[str, Json], fields: Mapping[str, str]
) -> Iterator[str]:
    operation, params = column["operationType"], column["params"]
    if not column["label"].strip() or not column["customLabel"]:
        yield f"{name}: no label"
    if operation not in TYPES and operation not in ("count", "filters"):
        yield f"{name}: operation {operation} was not tried"
    field = column.get("sourceField")
    if operation in TYPES:
        type = fields.get(str(field))
        if type not in TYPES[operation]:
            yield f"{name}: {operation} of {field}, which is {type}"
        elif column["isBucketed"] or operation == "last_value":
            if type not in KINDS[column["dataType"]]:
                yield f"{name}: dataType {column['dataType']} of {field}, which is {type}"
        elif operation == "max" and (type == "date") != (column["dataType"] == "date"):
            yield f"{name}: dataType {column['dataType']} of {field}, which is {type}"
    elif operation == "count" and field != RECORDS:
        yield f"{name}: counts {field}"
    if operation == "terms":
        order = params["orderBy"]
        if order["type"] == "column":
            ranks = columns.get(order["columnId"], {"isBucketed": True})
            if ranks["isBucketed"] or ranks["operationType"] == "last_value":
                yield f"{name}: cannot be ranked by {order['columnId']}"
    if operation == "last_value":
        if fields.get(params["sortField"]) != "date":
            yield f"{name}: sorted by {params['sortField']}, which is no date"
        if not params["showArrayValues"]:
            yield f"{name}: top_metrics is no part of the core"
    queries = [column["filter"]["query"]] if "filter" in column else []
    queries += [one["input"]["query"] for one in params.get("filters", ())]
    unknown = {f for query in queries for f in fields_of(query)} - set(fields)
    yield from (f"{name}: unknown field {field} in its filter" for field in unknown)


def _visualization(lens: LensPanel, visualization: Json) -> Iterator[str]:
    name = lens.name
    shown: dict[str, set[str]] = {}
    for layer in visualization.get("layers", [visualization]):
        id = layer["layerId"]
        if id not in lens.layers:
            yield f"{name}: draws layer {id}, which is not there"
            continue
        keys = ("xAccessor", "yAccessor", "splitAccessor", "metricAccessor", "valueAccessor")
        used = [layer[key] for key in keys if key in layer]
        for key in ("accessors", "primaryGroups", "metrics"):
            used += layer.get(key, [])
        used += [one["columnId"] for one in layer.get("columns", ())]
        shown[id] = set(used)
        for other in (*used, *(one["forAccessor"] for one in layer.get("yConfig", ()))):
            if other not in lens.layers[id]["columns"]:
                yield f"{name}: draws {other}, which is no column"
    for id, layer in lens.layers.items():
        for column in set(layer["columns"]) - shown.get(id, set()):
            yield f"{name}: column {column} is not drawn"
