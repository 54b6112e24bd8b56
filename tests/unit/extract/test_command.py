"""`pledgewatch extract`: lines in, lines out, and what it says of bad ones."""

import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.extract.commands import app
from services.extract.run import BATCH
from training.notation import parse

RUNNER = CliRunner()
NORWAY = "Norway will send 200 soldiers to Mali."


def line(**fields: object) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def run(path: Path | str, *options: str, given: bytes | None = None) -> tuple[int, list[dict], str]:  # type: ignore[type-arg]
    result = RUNNER.invoke(app, ["extract", str(path), *options], input=given)
    return result.exit_code, [json.loads(row) for row in result.stdout.splitlines()], result.stderr


def test_what_was_given_is_carried_along() -> None:
    given = {
        "id": 7, "text": NORWAY, "title": "Talks", "url": "https://news.example/1",
        "published": "2026-03-01T10:00:00Z", "source": {"name": "News", "domain": "news.example"},
    }  # fmt: skip
    code, (answer,), errors = run("-", given=line(**given))
    assert (code, errors) == (0, "")
    assert {key: answer[key] for key in given if key != "text"} == {
        key: value for key, value in given.items() if key != "text"
    }
    (mention,) = answer["mentions"]
    assert mention["kind"] == "commitment"
    assert mention["actor"] == {"code": "NOR", "name": "Norway"}
    assert mention["quantity"] == {
        "min": 200, "max": 200, "unit": "personnel", "approximate": False, "text": "200 soldiers",
        "further": False,
    }  # fmt: skip
    assert mention["sentence"] == {"text": NORWAY, "start": 0, "end": 38, "field": "text"}
    assert mention["article"]["source"] == "News"


def test_one_line_out_for_each_article_in() -> None:
    count = BATCH * 2 + 3
    given = b"".join(
        line(id=number, text=NORWAY if number % 2 else "Rain.") for number in range(count)
    )
    code, answers, _ = run("-", given=given)
    assert code == 0
    assert [answer["id"] for answer in answers] == list(range(count))
    assert [len(answer["mentions"]) for answer in answers] == [
        number % 2 for number in range(count)
    ]


def test_bad_lines_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_bytes(line(id=1, text=NORWAY) + b"{\n" + line(id=2) + b"\n" + line(id=3, text=4)
                     + line(id=4, text=NORWAY))  # fmt: skip
    code, answers, errors = run(path)
    assert code == 1
    assert [answer["id"] for answer in answers] == [1, 4]
    assert f"{path}, line 2: not JSON" in errors
    assert f"{path}, line 3: " in errors
    assert "`text`" in errors
    assert "$.text" in errors
    assert "2 articles read, 3 lines left out" in errors
    assert "Traceback" not in errors


def test_strict_stops_at_the_first_bad_line() -> None:
    code, answers, errors = run(
        "-", "--strict", given=line(id=1, text=NORWAY) + b"nonsense\n" + line(id=2, text=NORWAY)
    )
    assert code == 1
    assert [answer["id"] for answer in answers] == [1]
    assert "standard input, line 2" in errors


@pytest.mark.parametrize("name", ["story.txt", "story.txt.gz"])
def test_a_text_file_is_one_article(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    text = f"It rained.\n\n{NORWAY}\n".encode()
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    code, (answer,), _ = run(path)
    assert (code, answer["id"], len(answer["mentions"])) == (0, name, 1)


def test_a_page_is_one_article(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    body = "".join(
        f"<p>{NORWAY} The minister said so on day {day} of the talks.</p>" for day in (1, 2, 3)
    )
    path.write_text(
        f"<html><head><title>Talks</title></head><body><article><h1>Talks</h1>{body}</article></body></html>"
    )
    code, (answer,), _ = run(path)
    assert code == 0
    assert len(answer["mentions"]) == 3


def test_a_given_language_is_believed_and_others_yield_nothing() -> None:
    given = line(id=1, text=NORWAY, language="en-GB") + line(id=2, text=NORWAY, language="de")
    _, answers, _ = run("-", given=given)
    assert [len(answer["mentions"]) for answer in answers] == [1, 0]


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["extract", str(tmp_path / "none.jsonl")])
    assert result.exit_code != 0
    assert "cannot be read" in str(result.exception)


def test_a_least_confidence_leaves_out_the_rest() -> None:
    _, (answer,), _ = run("-", "--min-confidence", "1", given=line(id=1, text=NORWAY))
    assert answer["mentions"] == []


def test_explain_shows_each_field_with_its_words() -> None:
    result = RUNNER.invoke(app, ["explain", NORWAY], env={"COLUMNS": "100"})
    assert result.exit_code == 0
    shown = [" ".join(row.split()) for row in result.stdout.splitlines()]
    assert NORWAY in shown
    for row in ("actor Norway (NOR) Norway", "quantity 200–200 personnel 200 soldiers"):
        assert row in shown
    assert any(row.startswith("level announced will send ") for row in shown)


def test_explain_says_so_where_nothing_is_found() -> None:
    result = RUNNER.invoke(app, ["explain", "It rained."])
    assert result.exit_code == 1
    assert "nothing was read" in result.stdout


def test_label_keeps_what_is_confirmed_and_asks_once(tmp_path: Path) -> None:
    path, out = tmp_path / "news.jsonl", tmp_path / "batch.txt"
    path.write_bytes(line(id=1, text=f"{NORWAY} Kenya denied it.", title="Talks"))
    result = RUNNER.invoke(app, ["label", str(path), "--out", str(out)], input="yq")
    assert result.exit_code == 0
    assert "1 sentences added" in result.stdout
    first = parse(out.read_text(), "batch")
    assert first.errors == []
    assert len(first.sentences) == 1
    RUNNER.invoke(app, ["label", str(path), "--out", str(out)], input="nq")
    both = parse(out.read_text(), "batch")
    assert both.errors == []
    assert {one.text for one in both.sentences} == {NORWAY, "Kenya denied it."}
    assert both.sentences[1].commitments == ()
    assert {one.context for one in both.sentences} == {"Talks"}


def test_label_asks_for_headlines_and_wrapped_lines_as_the_notation_has_them(
    tmp_path: Path,
) -> None:
    path, out = tmp_path / "news.jsonl", tmp_path / "batch.txt"
    path.write_bytes(line(id=1, text=NORWAY.replace("200", " 200"), title=f"{NORWAY[:-1]}"))
    RUNNER.invoke(app, ["label", str(path), "--out", str(out)], input="yy")
    batch = parse(out.read_text(), "batch")
    assert batch.errors == []
    assert sorted((one.text, one.title) for one in batch.sentences) == [
        (NORWAY[:-1], True), (NORWAY, False),
    ]  # fmt: skip
    again = RUNNER.invoke(app, ["label", str(path), "--out", str(out)], input="yy")
    assert "0 sentences added" in again.stdout
