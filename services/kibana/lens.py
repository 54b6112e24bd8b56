"""Lens panels in a line or two each: columns, charts of columns, and Kibana's form of both.

Only operations that Elasticsearch's core can answer are here, without scripts, runtime fields or
ES|QL, and only keys of a panel's state that Kibana 8.12 writes itself. A field that begins with a
dot is of the view's own record: `.actor.name` of pledges is `pledgewatch.pledge.actor.name`; the
same holds in KQL.
"""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from services.kibana.views import View

Json = dict[str, Any]
Kind = Literal["string", "number", "date", "boolean"]

RECORDS = "___records___"
"""Kibana's name for the documents themselves, which `count` counts."""

BUCKETS = ("terms", "date_histogram", "filters")
"""The operations that make rows; the others make a value in each row."""

COLORS = (
    "#0072B2",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#E69F00",
    "#D55E00",
    "#CC79A7",
    "#999999",
    "#444444",
)
"""Okabe and Ito's colours, which people with any kind of colour vision can tell apart, and a dark
grey."""

SHADES = ("#F1F4F8", "#C6DBEF", "#85BCDB", "#3787C0", "#08519C")
"""From none to many, for heat maps."""


def slug(text: str) -> str:
    """A title as an id.

    >>> slug("Age, 95 %")
    'age-95'
    """
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))


# --- Columns ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Column:
    """What stands in one column of a panel's data.

    `where`: KQL; only these documents count in it. `order`: the label of the column by which
    `terms` are ranked, None for the alphabet. `width`: in pixels, of a table's column. `hidden`: it
    makes the rows of a table and is not shown.
    """

    label: str
    operation: str
    field: str = RECORDS
    kind: Kind = "number"
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    where: str = ""
    order: str | None = None
    width: int | None = None
    color: str | None = None
    hidden: bool = False

    @property
    def id(self) -> str:
        """Its id within the panel."""
        return slug(self.label)

    @property
    def is_bucket(self) -> bool:
        """Whether it makes rows."""
        return self.operation in BUCKETS

    def state(self, view: View) -> Json:
        """The column as Lens keeps it."""
        params = dict(self.params)
        if self.operation == "terms":
            rank = {"type": "column", "columnId": slug(self.order)} if self.order else None
            params["orderBy"] = rank or {"type": "alphabetical", "fallback": False}
        if self.operation == "filters":
            params["filters"] = [
                {"label": label, "input": _kuery(view.kql(where))}
                for label, where in params["filters"]
            ]
        if "sortField" in params:
            params["sortField"] = view.field(params["sortField"])
        state = {
            "label": self.label,
            "customLabel": True,
            "dataType": self.kind,
            "operationType": self.operation,
            "isBucketed": self.is_bucket,
            "scale": self._scale(),
            "params": params,
        }
        if self.operation != "filters":
            state["sourceField"] = view.field(self.field)
        if self.where:
            state["filter"] = _kuery(view.kql(self.where))
        return state

    def _scale(self) -> str:
        if self.operation == "date_histogram":
            return "interval"
        ordinal = self.operation in BUCKETS or (
            self.operation == "last_value" and self.kind == "string"
        )
        return "ordinal" if ordinal else "ratio"


def count(label: str, where: str = "", **given: Any) -> Column:
    """How many documents."""
    params = _format(given, {"emptyAsNull": False})
    return Column(label=label, operation="count", where=where, params=params, **given)


def distinct(label: str, field: str, where: str = "", **given: Any) -> Column:
    """How many different values (approximate from some thousands on)."""
    params = {"emptyAsNull": False}
    return Column(
        label=label, operation="unique_count", field=field, where=where, params=params, **given
    )


def total(label: str, field: str, where: str = "", **given: Any) -> Column:
    """The sum of a number."""
    params = _format(given, {"emptyAsNull": False})
    return Column(label=label, operation="sum", field=field, where=where, params=params, **given)


def mean(label: str, field: str, where: str = "", **given: Any) -> Column:
    """The average of a number."""
    params = _format(given, {"emptyAsNull": True})
    return Column(
        label=label, operation="average", field=field, where=where, params=params, **given
    )


def median(label: str, field: str, where: str = "", **given: Any) -> Column:
    """The median of a number."""
    params = _format(given, {})
    return Column(label=label, operation="median", field=field, where=where, params=params, **given)


def highest(label: str, field: str, where: str = "", **given: Any) -> Column:
    """The greatest number, or the latest time."""
    params = _format(given, {"emptyAsNull": True})
    return Column(label=label, operation="max", field=field, where=where, params=params, **given)


def last(
    label: str, field: str, kind: Kind = "string", by: str = "@timestamp", **given: Any
) -> Column:
    """The value, or all values of a list, in the latest document by the time `by`.

    Lens asks for single values with `top_metrics`, which can neither show lists nor sentences and
    is no part of Elasticsearch's core; for lists it asks with `top_hits`, which can do both.
    """
    params = _format(given, {"sortField": by, "showArrayValues": True})
    return Column(
        label=label, operation="last_value", field=field, kind=kind, params=params, **given
    )


def each(
    label: str,
    field: str,
    size: int,
    order: str | None,
    *,
    ascending: bool = False,
    kind: Kind = "string",
    **given: Any,
) -> Column:
    """A row for each of the `size` first values, ranked by the column `order`."""
    params = {
        "size": size,
        "orderDirection": "asc" if ascending or order is None else "desc",
        "otherBucket": False,
        "missingBucket": False,
        "parentFormat": {"id": "terms"},
    }
    return Column(
        label=label,
        operation="terms",
        field=field,
        kind=kind,
        order=order,
        params=params,
        **given,
    )


def every(field: str, order: str, size: int) -> Column:
    """A table's row for each document, or for each thing of an id, which is not shown."""
    return each("Id", field, size, order, hidden=True)


def over_time(interval: str = "auto", field: str = "@timestamp") -> Column:
    """A row for each interval, also where there is nothing."""
    params = {"interval": interval, "includeEmptyRows": True, "dropPartials": False}
    return Column(label="Time", operation="date_histogram", field=field, kind="date", params=params)


def cases(label: str, filters: Sequence[tuple[str, str]]) -> Column:
    """A row for each label, of the documents that its KQL finds; in this order, empty or not."""
    return Column(
        label=label, operation="filters", kind="string", params={"filters": tuple(filters)}
    )


def _format(given: dict[str, Any], params: Json) -> Json:
    """Takes `format=(id, decimals, suffix)` out of what was given."""
    if "format" in given:
        id, decimals, suffix = given.pop("format")
        params["format"] = {"id": id, "params": {"decimals": decimals, "suffix": suffix}}
    return params


def _kuery(query: str) -> Json:
    return {"query": query, "language": "kuery"}


# --- Panels -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Columns over one view, those that make rows first; `series`: how a chart draws it."""

    view: View
    columns: tuple[Column, ...]
    series: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A panel without its place. `where`: KQL for all of it. `bare`: it needs no title above it."""

    title: str
    chart: str
    layers: tuple[Layer, ...]
    visualization: Mapping[str, Any]
    where: str = ""
    about: str = ""
    bare: bool = False

    @property
    def id(self) -> str:
        """Its id within the dashboard."""
        return slug(self.title)

    @property
    def views(self) -> tuple[View, ...]:
        """What it shows documents of."""
        return tuple(layer.view for layer in self.layers)

    def attributes(self, filtered: Sequence[View]) -> Json:
        """The panel as Lens keeps it.

        Args:
            filtered: views that have the fields of the dashboard's controls. The layers of others
                ignore the controls: by a field that they have not, they would show nothing.
        """
        layers = {}
        for number, layer in enumerate(self.layers, 1):
            layers[f"l{number}"] = {
                "columnOrder": [column.id for column in layer.columns],
                "columns": {column.id: column.state(layer.view) for column in layer.columns},
                "incompleteColumns": {},
                "ignoreGlobalFilters": layer.view not in filtered,
            }
        return {
            "title": self.title,
            "description": self.about,
            "visualizationType": self.chart,
            "references": [
                {
                    "type": "index-pattern",
                    "id": layer.view.id,
                    "name": f"indexpattern-datasource-layer-l{number}",
                }
                for number, layer in enumerate(self.layers, 1)
            ],
            "state": {
                "query": _kuery(self.views[0].kql(self.where)),
                "filters": [],
                "visualization": dict(self.visualization),
                "datasourceStates": {"formBased": {"layers": layers}},
            },
        }


def metric(view: View, value: Column, where: str = "", about: str = "") -> Panel:
    """One large number; the column's label is its title."""
    return Panel(
        title=value.label,
        chart="lnsMetric",
        layers=(Layer(view=view, columns=(value,)),),
        visualization={"layerId": "l1", "layerType": "data", "metricAccessor": value.id},
        where=where,
        about=about,
        bare=True,
    )


def table(title: str, view: View, *columns: Column, where: str = "", about: str = "") -> Panel:
    """A table; rows are as high as what stands in them, so that nothing is cut off."""
    return Panel(
        title=title,
        chart="lnsDatatable",
        layers=(Layer(view=view, columns=columns),),
        visualization={
            "layerId": "l1",
            "layerType": "data",
            "columns": [
                {"columnId": column.id}
                | ({"width": column.width} if column.width else {})
                | ({"hidden": True} if column.hidden else {})
                for column in columns
            ],
            "rowHeight": "auto",
            "headerRowHeight": "auto",
        },
        where=where,
        about=about,
    )


def donut(title: str, view: View, group: Column, value: Column, where: str = "") -> Panel:
    """Shares of a whole."""
    return Panel(
        title=title,
        chart="lnsPie",
        layers=(Layer(view=view, columns=(group, value)),),
        visualization={
            "shape": "donut",
            "layers": [
                {
                    "layerId": "l1",
                    "layerType": "data",
                    "primaryGroups": [group.id],
                    "metrics": [value.id],
                    "numberDisplay": "value",
                    "categoryDisplay": "default",
                    "legendDisplay": "show",
                    "legendPosition": "right",
                    "nestedLegend": False,
                }
            ],
        },
        where=where,
    )


def heatmap(
    title: str, view: View, y: Column, x: Column, value: Column, where: str = "", about: str = ""
) -> Panel:
    """A shade for each pair; the numbers stand in the cells, so it has no legend."""
    steps = len(SHADES)
    ends = [round(100 * (step + 1) / steps) for step in range(steps)]
    starts = [0, *ends[:-1]]
    return Panel(
        title=title,
        chart="lnsHeatmap",
        layers=(Layer(view=view, columns=(y, x, value)),),
        visualization={
            "shape": "heatmap",
            "layerId": "l1",
            "layerType": "data",
            "xAccessor": x.id,
            "yAccessor": y.id,
            "valueAccessor": value.id,
            "legend": {"isVisible": False, "position": "right", "type": "heatmap_legend"},
            "gridConfig": {
                "type": "heatmap_grid",
                "isCellLabelVisible": True,
                "isYAxisLabelVisible": True,
                "isXAxisLabelVisible": True,
                "isYAxisTitleVisible": False,
                "isXAxisTitleVisible": False,
            },
            "palette": {
                "type": "palette",
                "name": "custom",
                "accessor": value.id,
                "params": {
                    "name": "custom",
                    "steps": steps,
                    "reverse": False,
                    "continuity": "above",
                    "rangeType": "percent",
                    "rangeMin": 0,
                    "rangeMax": 100,
                    "colorStops": [
                        {"color": color, "stop": stop}
                        for color, stop in zip(SHADES, starts, strict=True)
                    ],
                    "stops": [
                        {"color": color, "stop": stop}
                        for color, stop in zip(SHADES, ends, strict=True)
                    ],
                },
            },
        },
        where=where,
        about=about,
    )


def bars(title: str, view: View, x: Column, *values: Column, axis: str, **given: Any) -> Panel:
    """Upright bars, stacked where there are several values or a `split`."""
    return _xy(title, _layer(view, x, values, given, "bar_stacked"), axis=axis, **given)


def side_by_side(
    title: str, view: View, x: Column, *values: Column, axis: str, **given: Any
) -> Panel:
    """Upright bars beside each other, for values that do not add up."""
    return _xy(title, _layer(view, x, values, given, "bar"), axis=axis, **given)


def lying(title: str, view: View, x: Column, *values: Column, axis: str, **given: Any) -> Panel:
    """Lying bars with their numbers, for names: stacked where there are several values."""
    series = "bar_horizontal_stacked" if len(values) > 1 else "bar_horizontal"
    return _xy(title, _layer(view, x, values, given, series), axis=axis, numbers=True, **given)


def compared(title: str, *layers: tuple[View, Column, Column], axis: str) -> Panel:
    """Lying bars of several views beside each other, for the same names."""
    made = [_layer(view, x, (value,), {}, "bar_horizontal") for view, x, value in layers]
    return _xy(title, *made, axis=axis, numbers=True)


def _layer(
    view: View, x: Column, values: Sequence[Column], given: dict[str, Any], series: str
) -> Layer:
    split: Column | None = given.pop("split", None)
    colored = [
        value if value.color or split else replace(value, color=color)
        for value, color in zip(values, COLORS, strict=False)
    ]
    drawn: Json = {"layerType": "data", "seriesType": series, "xAccessor": x.id}
    drawn["accessors"] = [value.id for value in colored]
    if split:
        drawn["splitAccessor"] = split.id
    else:
        drawn["yConfig"] = [{"forAccessor": one.id, "color": one.color} for one in colored]
    columns = (*([split] if split else []), x, *colored)
    return Layer(view=view, columns=columns, series=drawn)


def _xy(
    title: str, *layers: Layer, axis: str, numbers: bool = False, where: str = "", about: str = ""
) -> Panel:
    drawn = [{"layerId": f"l{i}", **layer.series} for i, layer in enumerate(layers, 1)]
    several = len(drawn) > 1 or any(
        "splitAccessor" in one or len(one["accessors"]) > 1 for one in drawn
    )
    return Panel(
        title=title,
        chart="lnsXY",
        layers=layers,
        visualization={
            "preferredSeriesType": drawn[0]["seriesType"],
            "legend": {"isVisible": several, "position": "right", "shouldTruncate": False},
            "valueLabels": "show" if numbers else "hide",
            "fittingFunction": "None",
            "axisTitlesVisibilitySettings": {"x": False, "yLeft": True, "yRight": False},
            "yTitle": axis,
            "layers": drawn,
        },
        where=where,
        about=about,
    )
