"""`pledgewatch ledger`: what comes in as `extract` writes it, and what goes out."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pledgewatch.ontology import Level
from pledgewatch.records import encode
from services.cli import app
from tests.unit.ledger.test_ledger import mention


def line(*levels: Level, **article: Any) -> str:
    """An article with a mention of Norway at each level, dated by `day`."""
    day = article.pop("day", 0)
    mentions = [json.loads(encode(mention(level, day=day))) for level in levels]
    return json.dumps({"id": "x", "mentions": mentions} | article) + "\n"


def run(*words: str, given: str = "") -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, the lines of output, and what was said beside."""
    result = CliRunner().invoke(app, ["ledger", *words], input=given)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, [json.loads(one) for one in result.stdout.splitlines()], result.stderr


def test_each_real_change_is_a_line() -> None:
    given = line(Level.WILLING) + line(Level.WILLING, day=1) + line(Level.SIGNED, day=2)
    code, events, _ = run(given=given)
    assert code == 0
    assert [(one["event"], one["from"], one["to"]) for one in events] == [
        ("new", None, "willing"),
        ("firmer", "willing", "signed"),
    ]
    assert {"actor", "recipient", "family", "level", "quantity", "at", "known_at", "sources"} <= (
        events[0].keys()
    )


def test_the_board_is_a_line_a_pledge(tmp_path: Path) -> None:
    file = tmp_path / "mentions.jsonl.gz"
    file.write_bytes(gzip.compress((line(Level.WILLING) + line(Level.SIGNED, day=9)).encode()))
    code, (row,), _ = run(str(file), "--board", "--json")
    assert code == 0
    assert row["level"] == "signed"
    _, (row,), _ = run(str(file), "--json", "--as-of", "2026-03-04")
    assert row["level"] == "willing"


def test_a_line_that_is_none_is_named_and_the_rest_goes_on() -> None:
    given = "not json\n" + '{"id": 1}\n' + line(Level.WILLING)
    code, events, errors = run(given=given)
    assert code == 1
    assert len(events) == 1
    assert "line 1: not JSON" in errors
    assert "line 2: Object missing required field `mentions`" in errors


def test_a_byte_order_mark_hides_no_line() -> None:
    code, events, errors = run(given="\ufeff" + line(Level.WILLING))
    assert (code, len(events), errors.strip()) == (0, 1, "")


def test_a_date_that_is_none_or_to_come_is_that_of_today() -> None:
    undated = json.loads(line(Level.WILLING))
    for when in (None, "yesterday", "2090-01-01"):
        for one in undated["mentions"]:
            one["article"] |= {"published": None, "first_seen": None}
        code, (event,), errors = run(given=json.dumps(undated | {"published": when}))
        assert (code, errors.strip()) == (0, "")
        assert event["at"] < "2089"


@pytest.mark.parametrize("words", [["--as-of", "spring"], ["nothing.jsonl"]])
def test_what_cannot_be_done_is_said(words: list[str]) -> None:
    from services.common.errors import UserError

    with pytest.raises(UserError, match=r"is no date|cannot be read"):
        run(*words)
