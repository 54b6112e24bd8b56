"""What Kibana asks Elasticsearch for a panel, worked out from the panel's own state."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.kibana.kql import parse
from tests.kibana.objects import Json, LensPanel, Listing

Rows = list[dict[str, Any]]
"""Label of a column → its value, for each row."""


def request(panel: LensPanel, layer_id: str) -> Json:
    """The body of the search for one layer, within the dashboard's time range."""
    layer = panel.layers[layer_id]
    times = panel.dashboard["attributes"]
    return {
        "size": 0,
        "track_total_hits": True,
        "query": {
            "bool": {
                "filter": [
                    {"range": {"@timestamp": {"gte": times["timeFrom"], "lte": times["timeTo"]}}},
                    parse(panel.attributes["state"]["query"]["query"]),
                ]
            }
        },
        "aggs": _level(layer["columns"], layer["columnOrder"]),
    }


def listing_request(listing: Listing) -> Json:
    """The body of the search for the documents of a Discover session."""
    attributes = listing.search["attributes"]
    times = attributes["timeRange"]
    return {
        "query": {
            "bool": {
                "filter": [
                    {"range": {"@timestamp": {"gte": times["from"], "lte": times["to"]}}},
                    parse(listing.source["query"]["query"]),
                ]
            }
        },
        "sort": [{field: direction} for field, direction in attributes["sort"]],
        "fields": attributes["columns"],
        "_source": False,
        "size": 500,
    }


def _level(columns: Mapping[str, Json], order: list[str]) -> Json:
    """The aggregations from the first of `order` on: what makes rows first, each in the last."""
    first, *rest = order
    column = columns[first]
    if not column["isBucketed"]:
        return {id: _filtered(columns[id]) for id in order}
    inner = _level(columns, rest)
    rank = column["params"].get("orderBy", {})
    if rank.get("type") == "column":
        inner |= {rank["columnId"]: _filtered(columns[rank["columnId"]])}
    return {first: {**_bucket(column, columns), "aggs": inner}}


def _bucket(column: Json, columns: Mapping[str, Json]) -> Json:
    params = column["params"]
    if column["operationType"] == "filters":
        cases = {one["label"]: parse(one["input"]["query"]) for one in params["filters"]}
        return {"filters": {"filters": cases}}
    if column["operationType"] == "date_histogram":
        interval = params["interval"]
        every = {"fixed_interval": "1h"} if interval == "auto" else {"calendar_interval": interval}
        least = 0 if params["includeEmptyRows"] else 1
        return {"date_histogram": {"field": column["sourceField"], "min_doc_count": least, **every}}
    assert column["operationType"] == "terms"
    assert not params["otherBucket"], "Kibana asks a second time for these"
    assert not params["missingBucket"], "Kibana asks a second time for these"
    return {
        "terms": {
            "field": column["sourceField"],
            "size": params["size"],
            "order": {_ranked_by(params["orderBy"], columns): params["orderDirection"]},
        }
    }


def _ranked_by(rank: Json, columns: Mapping[str, Json]) -> str:
    if rank["type"] == "alphabetical":
        return "_key"
    by = columns[rank["columnId"]]
    if by["operationType"] == "count" and "filter" not in by:
        return "_count"
    return str(rank["columnId"])


def _filtered(column: Json) -> Json:
    """A value, of the documents of its own filter alone."""
    where = parse(column["filter"]["query"]) if "filter" in column else {"match_all": {}}
    if column["operationType"] == "count":
        return {"filter": where}
    value = _value(column)
    return {"filter": where, "aggs": {"value": value}} if "filter" in column else value


def _value(column: Json) -> Json:
    field, params = column["sourceField"], column["params"]
    match column["operationType"]:
        case "unique_count":
            return {"cardinality": {"field": field}}
        case "sum" | "max":
            return {column["operationType"]: {"field": field}}
        case "average":
            return {"avg": {"field": field}}
        case "median":
            return {"percentiles": {"field": field, "percents": [50]}}
        case "last_value" if params["showArrayValues"]:
            sort = [{params["sortField"]: {"order": "desc"}}]
            read = {"_source": field, "docvalue_fields": [{"field": field}]}
            return {"top_hits": {"size": 1, "sort": sort, **read}}
        case other:
            raise AssertionError(f"operation {other} is not known here")


def rows(panel: LensPanel, layer_id: str, answer: Json) -> Rows:
    """The rows of an answer."""
    layer = panel.layers[layer_id]
    return list(_rows(layer["columns"], layer["columnOrder"], answer["aggregations"]))


def _rows(columns: Mapping[str, Json], order: list[str], found: Json) -> Iterator[dict[str, Any]]:
    first, *rest = order
    if not columns[first]["isBucketed"]:
        yield {columns[id]["label"]: _read(columns[id], found[id]) for id in order}
        return
    for key, bucket in _buckets(columns[first], found[first]["buckets"]):
        for row in _rows(columns, rest, bucket):
            yield {columns[first]["label"]: key, **row}


def _buckets(column: Json, buckets: Any) -> Iterator[tuple[Any, Json]]:
    """Key and content; Elasticsearch sorts filters by label, and Kibana puts them back in order."""
    if column["operationType"] == "filters":
        yield from ((one["label"], buckets[one["label"]]) for one in column["params"]["filters"])
    else:
        yield from ((bucket["key"], bucket) for bucket in buckets)


def _read(column: Json, found: Json) -> Any:
    """A value out of the answer; None where there is none."""
    if column["operationType"] == "count":
        return found["doc_count"]
    value: Json = found["value"] if "filter" in column else found
    if column["operationType"] == "median":
        return value["values"]["50.0"]
    if column["operationType"] != "last_value":
        return value["value"]
    hits = value["hits"]["hits"]
    if not hits:
        return None
    return hits[0].get("fields", {}).get(column["sourceField"])
