"""Elasticsearch: component and index templates from `deploy/`, first indices, aliases, mappings."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from pledgewatch.records import LIVE
from services.common.elasticsearch import DERIVED_INDICES, RECORD_INDICES, Indices, client
from services.common.errors import UserError
from services.common.reach import asking_elasticsearch, why
from services.common.settings import ElasticsearchSettings
from services.provision.change import Change, State

TEMPLATES = Path(__file__).parents[2] / "deploy" / "elasticsearch"
DEFAULT_PREFIX = "pledgewatch-"
"""The prefix that the files are written with."""

Json = dict[str, Any]
Family = Literal["component", "index"]


def provision_indices(
    settings: ElasticsearchSettings,
    *,
    dry_run: bool,
    templates: Path = TEMPLATES,
    run: str | None = None,
) -> list[Change]:
    """Have every template, index and alias; `dry_run` changes nothing.

    `run`: the templates, and the indices of a replay, which nobody reads before it is promoted.

    Raises:
        UnreachableError: no answer.
        UserError: a template file cannot be used, or the server refuses.
    """
    with asking_elasticsearch(settings), client(settings) as elasticsearch:
        made = _Provisioning(elasticsearch, settings, templates, run, dry_run=dry_run)
        return list(made.changes())


class _Provisioning:
    def __init__(
        self,
        elasticsearch: Elasticsearch,
        settings: ElasticsearchSettings,
        templates: Path,
        run: str | None,
        *,
        dry_run: bool,
    ) -> None:
        self._client = elasticsearch
        self._settings = settings
        self._templates = templates
        self._dry_run = dry_run
        self._run = run
        self._names = Indices(settings.index_prefix, run or LIVE)

    def changes(self) -> Iterator[Change]:
        for family in ("component", "index"):
            yield from self._put_templates(family)
        for name in RECORD_INDICES if self._run is None else DERIVED_INDICES:
            yield self._have_index(name)

    def _put_templates(self, family: Family) -> Iterator[Change]:
        files = sorted((self._templates / family).glob("*.json"))
        if not files:
            yield Change(
                f"{family} templates",
                State.ATTENTION,
                f"no files in {self._templates / family}: indices will guess their mappings",
            )
        for file in files:
            name = self._renamed(file.stem)
            body = self._renamed_body(_read(file), is_index_template=family == "index")
            current = self._current_template(family, name)
            if current is not None and _comparable(body) == _comparable(current):
                state = State.UNCHANGED
            else:
                state = State.CREATED if current is None else State.CHANGED
                if not self._dry_run:
                    self._put_template(family, name, body)
            yield Change(f"{family} template {name}", state)

    def _current_template(self, family: Family, name: str) -> Json | None:
        try:
            if family == "component":
                found = self._client.cluster.get_component_template(name=name, flat_settings=True)
                return dict(found["component_templates"][0]["component_template"])
            found = self._client.indices.get_index_template(name=name, flat_settings=True)
            return dict(found["index_templates"][0]["index_template"])
        except NotFoundError:
            return None

    def _put_template(self, family: Family, name: str, body: Json) -> None:
        if family == "component":
            self._client.cluster.put_component_template(name=name, **_arguments(body))
        else:
            self._client.indices.put_index_template(name=name, **_arguments(body))

    def _have_index(self, name: str) -> Change:
        read, write = self._names.read(name), self._names.write(name)
        indices = self._client.indices
        index = self._names.versioned(name, 1)
        if self._run is None and indices.exists_alias(name=read):
            behind = next(iter(indices.get_alias(name=read).body))
            if behind != index:  # of a run that was promoted
                return self._update_mapping(behind, ())
        if indices.exists_alias(name=write):
            return self._update_mapping(next(iter(indices.get_alias(name=write).body)), ())
        aliases: dict[str, Json] = {write: {"is_write_index": True}}
        if self._run is None:
            aliases[read] = {}
        if indices.exists(index=index):
            if not self._dry_run:
                add = [{"add": {"index": index, "alias": a, **o}} for a, o in aliases.items()]
                indices.update_aliases(actions=add)
            return self._update_mapping(index, (f"aliases {read} and {write} added",))
        if not self._dry_run:
            indices.create(index=index, aliases=aliases, settings=self._shape())
        return Change(f"index {index}", State.CREATED, f"read as {read}, written as {write}")

    def _update_mapping(self, index: str, done: tuple[str, ...]) -> Change:
        """Add to the index what the templates have and its mapping has not."""
        what = f"index {index}"
        wanted = self._template_mapping(index)
        current = self._client.indices.get_mapping(index=index)[index]["mappings"]
        if _contains(current, wanted):
            state = State.CHANGED if done else State.UNCHANGED
            return Change(what, state, ", ".join(done))
        if not self._dry_run:
            try:
                self._client.indices.put_mapping(index=index, **_arguments(wanted))
            except BadRequestError as error:
                return Change(
                    what,
                    State.ATTENTION,
                    f"its mapping cannot become the template's ({why(error)}): "
                    "a new version of the index is needed",
                )
        return Change(what, State.CHANGED, ", ".join([*done, "mapping extended"]))

    def _template_mapping(self, index: str) -> Json:
        simulated = self._client.indices.simulate_index_template(name=index)
        return dict(simulated["template"].get("mappings", {}))

    def _shape(self) -> Json:
        return {
            "index.number_of_shards": self._settings.shards,
            "index.number_of_replicas": self._settings.replicas,
        }

    def _renamed(self, name: str) -> str:
        return self._settings.index_prefix + name.removeprefix(DEFAULT_PREFIX)

    def _renamed_body(self, body: Json, *, is_index_template: bool) -> Json:
        """The file's template under our prefix; an index template also gets shards and replicas."""
        for key in ("index_patterns", "composed_of"):
            if key in body:
                body[key] = [self._renamed(name) for name in body[key]]
        template = body.setdefault("template", {})
        settings = _flat(template.get("settings", {}))
        if is_index_template:
            settings |= {key: str(value) for key, value in self._shape().items()}
        if settings:
            template["settings"] = settings
        return body


def _read(file: Path) -> Json:
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{file} is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise UserError(f"{file} must hold a JSON object")
    return body


def _arguments(body: Json) -> Json:
    """The client names `_meta` so because a Python argument cannot begin with an underscore."""
    return {key.removeprefix("_"): value for key, value in body.items()}


def _flat(settings: Mapping[str, Any], parent: str = "") -> dict[str, str]:
    """Settings as Elasticsearch shows them: flat, under `index.`, all strings.

    >>> _flat({"number_of_shards": 1, "index": {"codec": "best_compression", "hidden": True}})
    {'index.number_of_shards': '1', 'index.codec': 'best_compression', 'index.hidden': 'true'}
    """
    flat: dict[str, str] = {}
    for key, value in settings.items():
        name = f"{parent}{key}"
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{name}.")
        else:
            name = name if name.startswith("index.") else f"index.{name}"
            flat[name] = value if isinstance(value, str) else json.dumps(value)
    return flat


def _comparable(body: Json) -> Json:
    """Without dates and what is empty, which Elasticsearch adds or leaves out."""
    pruned = {
        key: _comparable(value) if isinstance(value, dict) else value for key, value in body.items()
    }
    return {
        key: value
        for key, value in pruned.items()
        if value not in ({}, [], None) and key not in _DATES
    }


_DATES = ("created_date", "created_date_millis", "modified_date", "modified_date_millis")


def _contains(current: Any, wanted: Any) -> bool:
    """Whether all that is wanted is there, among other things perhaps."""
    if isinstance(wanted, dict) and isinstance(current, dict):
        return all(
            key in current and _contains(current[key], value) for key, value in wanted.items()
        )
    return bool(current == wanted)
