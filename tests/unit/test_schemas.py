"""The schemas say what the records say, and every version can read all earlier ones."""

import copy
import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from pledgewatch import schema
from pledgewatch.outcome import Reason, Reject
from pledgewatch.records import SCHEMA_VERSION, TOPIC_RECORDS, decode, encode

VERSIONS = {
    name: sorted(
        int(path.name.removeprefix("v").removesuffix(".schema.json"))
        for path in (schema.FOLDER / name).glob("v*.schema.json")
    )
    for name in TOPIC_RECORDS
}
GOOD = sorted(schema.FOLDER.glob("*/examples/good/*.json"))
BAD = sorted(schema.FOLDER.glob("*/examples/bad/*.json"))

FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def _is_aware_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def label(path: Path) -> str:
    return f"{name_of(path)}/{path.stem}"


def name_of(path: Path) -> str:
    return path.parents[2].name


@cache
def validator(name: str, version: int) -> Draft202012Validator:
    loaded = json.loads(schema.path(name, version).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(loaded)
    return Draft202012Validator(loaded, format_checker=FORMATS)


@pytest.mark.parametrize("name", TOPIC_RECORDS)
def test_committed_schema_is_the_generated_one(name: str) -> None:
    committed = schema.path(name).read_text(encoding="utf-8")
    assert committed == schema.text(name), "run `python -m pledgewatch.schema`"


@pytest.mark.parametrize("name", TOPIC_RECORDS)
def test_each_version_has_a_schema_and_examples(name: str) -> None:
    assert VERSIONS[name] == list(range(1, SCHEMA_VERSION + 1))
    for version in VERSIONS[name]:
        examples = (schema.FOLDER / name / "examples" / "good").glob(f"v{version}-*.json")
        assert len(list(examples)) >= 3
    assert len(list((schema.FOLDER / name / "examples" / "bad").glob("*.json"))) >= 5


@pytest.mark.parametrize("path", GOOD, ids=label)
def test_good_example_validates_under_the_version_that_it_names(path: Path) -> None:
    named = re.match(r"v(\d+)-", path.name)
    assert named, "the file's name begins with its schema's version"
    validator(name_of(path), int(named[1])).validate(json.loads(path.read_bytes()))


@pytest.mark.parametrize("path", GOOD, ids=label)
def test_todays_records_read_every_good_example_of_every_version(path: Path) -> None:
    record = decode(path.read_bytes(), TOPIC_RECORDS[name_of(path)])
    written = encode(record)
    assert decode(written, type(record)) == record
    validator(name_of(path), SCHEMA_VERSION).validate(json.loads(written))


@pytest.mark.parametrize("path", BAD, ids=label)
def test_bad_example_is_refused_by_schema_and_by_records(path: Path) -> None:
    assert not validator(name_of(path), SCHEMA_VERSION).is_valid(json.loads(path.read_bytes()))
    with pytest.raises(Reject) as refused:
        decode(path.read_bytes(), TOPIC_RECORDS[name_of(path)])
    assert refused.value.reason is Reason.SCHEMA


@pytest.mark.parametrize("path", BAD, ids=label)
def test_bad_example_breaks_one_rule(path: Path) -> None:
    errors = list(
        validator(name_of(path), SCHEMA_VERSION).iter_errors(json.loads(path.read_bytes()))
    )
    assert len(errors) == 1


@pytest.mark.parametrize("name", TOPIC_RECORDS)
def test_each_version_can_read_all_earlier_ones(name: str) -> None:
    schemas = [
        json.loads(schema.path(name, version).read_text(encoding="utf-8"))
        for version in VERSIONS[name]
    ]
    for number, new in enumerate(schemas):
        for old in schemas[:number]:
            assert schema.incompatibilities(old, new) == []


def _mention(name: str = "Mention") -> tuple[dict[str, Any], dict[str, Any]]:
    """The mention's schema, and the definition in it that a test changes."""
    changed = copy.deepcopy(schema.schema("mention"))
    return changed, changed["$defs"][name]


def test_a_new_optional_field_a_new_enum_value_and_a_lifted_limit_are_compatible() -> None:
    old, _ = _mention()
    new, mention = _mention()
    mention["properties"]["weather"] = {"type": "string"}
    new["$defs"]["Level"]["enum"].append("rumoured")
    new["$defs"]["Model"]["properties"]["generation"]["maximum"] = 9999
    new["$defs"]["Span"]["required"].remove("text")
    assert schema.incompatibilities(old, new) == []


def test_a_removed_field_is_compatible_since_readers_ignore_what_they_do_not_know() -> None:
    old, _ = _mention()
    new, mention = _mention()
    del mention["properties"]["plover"]
    mention["required"].remove("plover")
    assert schema.incompatibilities(old, new) == []


def test_what_narrows_a_schema_is_named() -> None:
    old, _ = _mention()

    def narrowed(definition: str, **changes: Any) -> list[str]:
        new, changed = _mention(definition)
        changed |= changes
        return schema.incompatibilities(old, new)

    model = old["$defs"]["Model"]
    short = model["properties"] | {"generation": {"type": "integer", "minimum": 0, "maximum": 9}}
    text = model["properties"] | {"generation": {"type": "string"}}
    article = old["$defs"]["ArticleRef"]["required"]
    assert narrowed("Level", enum=["deployed"])[0].startswith("$.level: no longer takes")
    assert narrowed("Model", properties=short) == ["$.model.generation: maximum was lowered"]
    assert narrowed("Model", properties=text) == ["$.model.generation: was integer, is string"]
    assert narrowed("ArticleRef", required=[*article, "url"]) == ["$.article.url: is required now"]
    assert narrowed("Mention", allOf=[]) == ["$: allOf was changed"]


def test_a_field_that_may_no_longer_be_null_is_named() -> None:
    old, _ = _mention()
    new, mention = _mention()
    mention["properties"]["actor"] = {"$ref": "#/$defs/Actor"}
    assert schema.incompatibilities(old, new) == ["$.actor: was null, is object"]
