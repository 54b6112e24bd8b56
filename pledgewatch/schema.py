"""JSON Schemas of the records, and whether one version of a schema can read what another wrote.

`python -m pledgewatch.schema` writes them into `schemas/`.
"""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from pledgewatch.ontology import Kind
from pledgewatch.records import SCHEMA_VERSION, TOPIC_RECORDS, Mention

Json = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FOLDER = Path(__file__).parents[1] / "schemas"


def schema(name: str) -> Json:
    """The schema of a record, by its name in `TOPIC_RECORDS`."""
    record = TOPIC_RECORDS[name]
    generated = msgspec.json.schema(record)
    definitions = generated["$defs"]
    for definition in definitions.values():
        if "description" in definition:
            definition["description"] = inspect.cleandoc(definition["description"])
    if record is Mention:
        definitions["Mention"] |= _kinds()
    return {
        "$schema": DIALECT,
        "$id": f"urn:pledgewatch:schema:{name}:{SCHEMA_VERSION}",
        **generated,
    }


def text(name: str) -> str:
    """The schema's file: the same for the same records."""
    return json.dumps(schema(name), indent=2, ensure_ascii=False) + "\n"


def path(name: str, version: int = SCHEMA_VERSION) -> Path:
    """Where the schema is kept."""
    return FOLDER / name / f"v{version}.schema.json"


def incompatibilities(old: Json, new: Json) -> list[str]:
    """Why a reader of the new schema could fail on what was written under the old one.

    Knows what our generated schemas use; anything that it does not know counts as changed.

    >>> old = {"type": "string", "enum": ["a", "b"]}
    >>> incompatibilities(old, {"type": "string", "enum": ["a"]})
    ["$: no longer takes 'b'"]
    """
    return list(_narrowed(old, new, old.get("$defs", {}), new.get("$defs", {}), "$", frozenset()))


def _kinds() -> Json:
    """What a mention has depends on its kind, which Python's types cannot say."""
    value, null = {"type": "string"}, {"type": "null"}
    has = {
        Kind.COMMITMENT: {"contribution": value, "level": value, "obstacle": null},
        Kind.OBSTACLE: {"contribution": null, "level": null, "obstacle": value},
    }
    rules = [
        {
            "if": {"properties": {"kind": {"const": str(kind)}}, "required": ["kind"]},
            "then": {"properties": properties},
        }
        for kind, properties in has.items()
    ]
    return {"allOf": rules}


_LOWER = ("minimum", "minLength", "minItems")
_UPPER = ("maximum", "maxLength", "maxItems")
_COMPARED = frozenset(
    {"type", "enum", "properties", "required", "items", "prefixItems", *_LOWER, *_UPPER}
)
_NOT_A_RULE = frozenset({"$schema", "$id", "$defs", "title", "description", "default"})


def _narrowed(
    old: Json, new: Json, old_defs: Json, new_defs: Json, at: str, seen: frozenset[str]
) -> Iterator[str]:
    if "$ref" in old:
        if old["$ref"] in seen:
            return
        seen |= {old["$ref"]}
    old, new = _resolved(old, old_defs), _resolved(new, new_defs)
    if "anyOf" in old or "anyOf" in new:
        choices = new.get("anyOf", [new])
        for choice in old.get("anyOf", [old]):
            kind = _type(choice, old_defs)
            alike = [other for other in choices if _type(other, new_defs) == kind] or choices
            problems = [
                list(_narrowed(choice, other, old_defs, new_defs, at, seen)) for other in alike
            ]
            yield from min(problems, key=len)
        return
    old_type, new_type = _type(old, old_defs), _type(new, new_defs)
    if old_type != new_type and (old_type, new_type) != ("integer", "number"):
        yield f"{at}: was {old_type}, is {new_type}"
        return
    if "enum" in new:
        gone = [value for value in old.get("enum", ["any string"]) if value not in new["enum"]]
        yield from (f"{at}: no longer takes {value!r}" for value in gone)
    for key in _LOWER:
        if new.get(key, float("-inf")) > old.get(key, float("-inf")):
            yield f"{at}: {key} was raised"
    for key in _UPPER:
        if new.get(key, float("inf")) < old.get(key, float("inf")):
            yield f"{at}: {key} was lowered"
    for key in sorted(new.keys() - _COMPARED - _NOT_A_RULE):
        if old.get(key) != new[key]:
            yield f"{at}: {key} was changed"
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{at}.{name}: is required now"
    for name, property in new.get("properties", {}).items():
        if name in old.get("properties", {}):
            before = old["properties"][name]
            yield from _narrowed(before, property, old_defs, new_defs, f"{at}.{name}", seen)
    if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
        yield from _narrowed(old["items"], new["items"], old_defs, new_defs, f"{at}[]", seen)
    pairs = zip(old.get("prefixItems", ()), new.get("prefixItems", ()), strict=False)
    for number, (before, after) in enumerate(pairs):
        yield from _narrowed(before, after, old_defs, new_defs, f"{at}[{number}]", seen)


def _resolved(schema: Json, definitions: Json) -> Json:
    """The schema that a reference leads to."""
    while "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix("#/$defs/")]
    return schema


def _type(schema: Json, definitions: Json) -> str | None:
    """The JSON type that it takes; our enums are all of strings."""
    resolved = _resolved(schema, definitions)
    return resolved.get("type", "string" if "enum" in resolved else None)


def main() -> None:
    """Write the schema of every record."""
    for name in TOPIC_RECORDS:
        path(name).parent.mkdir(parents=True, exist_ok=True)
        path(name).write_text(text(name), encoding="utf-8")


if __name__ == "__main__":
    main()
