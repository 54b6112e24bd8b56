"""Saved objects as tests read them: parsed, with what Kibana keeps as text inside of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.kibana.build import FILE

Json = dict[str, Any]

TEMPLATES = Path(__file__).parents[2] / "deploy" / "elasticsearch"


@dataclass(frozen=True)
class LensPanel:
    """A Lens panel of a dashboard."""

    dashboard: Json
    panel: Json

    @property
    def name(self) -> str:
        return f"{self.dashboard['id']}/{self.panel['panelIndex']}"

    @property
    def attributes(self) -> Json:
        found: Json = self.panel["embeddableConfig"]["attributes"]
        return found

    @property
    def layers(self) -> dict[str, Json]:
        found: dict[str, Json] = self.attributes["state"]["datasourceStates"]["formBased"]["layers"]
        return found

    def view(self, layer: str) -> str:
        """The id of a layer's data view."""
        name = f"indexpattern-datasource-layer-{layer}"
        return next(str(r["id"]) for r in self.attributes["references"] if r["name"] == name)


def committed() -> list[Json]:
    """The objects of the file that is kept."""
    return [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]


def panels(dashboard: Json) -> list[Json]:
    """All panels of a dashboard."""
    found: list[Json] = json.loads(dashboard["attributes"]["panelsJSON"])
    return found


def lens_panels(objects: list[Json]) -> Iterator[LensPanel]:
    """The Lens panels of all dashboards."""
    for one in objects:
        if one["type"] == "dashboard":
            yield from (LensPanel(one, p) for p in panels(one) if p["type"] == "lens")


@dataclass(frozen=True)
class Listing:
    """A Discover session."""

    search: Json

    @property
    def source(self) -> Json:
        found: Json = json.loads(
            self.search["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"]
        )
        return found

    @property
    def view(self) -> str:
        """The id of its data view."""
        name = self.source["indexRefName"]
        return next(str(r["id"]) for r in self.search["references"] if r["name"] == name)


def controls(dashboard: Json) -> dict[str, Json]:
    """The controls of a dashboard, by id."""
    group = dashboard["attributes"].get("controlGroupInput")
    return json.loads(group["panelsJSON"]) if group else {}


def components(index: str) -> list[Json]:
    """The mappings that an index is composed of."""
    file = TEMPLATES / "index" / f"{index}.json"
    names = json.loads(file.read_text())["composed_of"]
    return [_component(name.removeprefix("pledgewatch-")) for name in names]


def _component(name: str) -> Json:
    body = json.loads((TEMPLATES / "component" / f"{name}.json").read_text())
    found: Json = body["template"].get("mappings", {})
    return found


def mapping(index: str) -> dict[str, str]:
    """Field → type of an index, from its templates; an alias has the type of what it leads to."""
    found: dict[str, Json] = {}

    def walk(properties: Json, above: str) -> None:
        for key, definition in properties.items():
            if "properties" in definition:
                walk(definition["properties"], f"{above}{key}.")
            else:
                found[f"{above}{key}"] = definition
                walk(definition.get("fields", {}), f"{above}{key}.")

    for component in components(index):
        walk(component.get("properties", {}), "")
    return {
        name: found[definition["path"]]["type"]
        if definition["type"] == "alias"
        else str(definition["type"])
        for name, definition in found.items()
    }
