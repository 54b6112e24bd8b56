"""`pledgewatch extract`: lines in, lines out, what it says of bad ones; `explain`."""

import gzip
import json
import re
import shlex
from codecs import BOM_UTF8
from pathlib import Path
from unittest.mock import Mock

import pytest
from typer.testing import CliRunner

from pledgewatch.extract import Reading
from services.extract import explain
from services.extract.commands import app
from services.extract.run import BATCH

RUNNER = CliRunner()
NORWAY = "Norway will send 200 soldiers to Mali."
DOCUMENT = Path(__file__).parents[3] / "docs" / "explain.md"
TERMINAL = {"FORCE_COLOR": "1", "NO_COLOR": None, "TERM": "xterm-256color", "COLUMNS": "80"}


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


def test_a_file_of_another_kind_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "news.json"
    path.write_text(json.dumps([{"id": 1, "text": NORWAY}], indent=2))
    result = RUNNER.invoke(app, ["extract", str(path)])
    assert result.exit_code != 0
    assert f"{path} is no JSON Lines (line 1: " in str(result.exception)
    assert "jq" in str(result.exception)


@pytest.mark.parametrize("name", ["news.jsonl", "story.txt", "-"])
def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    given = BOM_UTF8 + (NORWAY.encode() if name == "story.txt" else line(id=1, text=NORWAY))
    path.write_bytes(given)
    code, (answer,), _ = run("-" if name == "-" else path, given=given)
    (mention,) = answer["mentions"]
    assert (code, mention["sentence"]["start"]) == (0, 0)


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


def explained(text: str, columns: int = 80) -> list[str]:
    """What is shown of a text on a terminal, without the gaps between columns."""
    result = RUNNER.invoke(app, ["explain", text], env={"COLUMNS": str(columns)})
    assert result.exit_code == 0
    rows = result.stdout.splitlines()
    assert max(map(len, rows)) <= columns
    return [" ".join(row.split()) for row in rows]


def test_explain_shows_each_field_with_its_words() -> None:
    shown = explained(NORWAY)
    for row in (
        "[Norway: actor] [will send: level] [200 soldiers: quantity] to [Mali: place].",
        "field value words sure next best",
        "unit personnel 200 soldiers rule",
        "recipient Mali (MLI) Mali rule",
        "speaker - (writer) rule",
    ):
        assert row in shown


@pytest.mark.parametrize(
    "row",
    [
        r"commitment, {sure} sure",
        r"actor Norway \(NOR\) Norway {sure} MLI {sure}",
        r"contribution ground_troops 200 soldiers {sure} \w+ {sure}",
        r"level announced will send {sure} \w+ {sure}",
        r"quantity 200 200 soldiers {sure}",
        r"place Mali Mali {sure}",
        r"condition parliament if parliament agrees {sure} \w+ {sure}",
    ],
)
def test_explain_shows_how_sure_it_is_and_what_came_next(row: str) -> None:
    pattern = re.compile(row.replace("{sure}", r"[<>]?\d+%"))
    assert any(map(pattern.fullmatch, explained(f"{NORWAY[:-1]} if parliament agrees.")))


def test_explain_shows_what_lowers_a_level() -> None:
    assert "modifiers could rule" in explained(NORWAY.replace("will", "could"))


def test_explain_says_what_an_obstacle_rests_on() -> None:
    shown = explained("Norway is too short of soldiers to send any to Mali.")
    assert any(row.startswith("obstacle force_shortage ") for row in shown)


def test_explain_marks_words_in_colour_on_a_terminal() -> None:
    result = RUNNER.invoke(app, ["explain", NORWAY], env=TERMINAL)
    green, cyan, magenta = "\x1b[1;32m", "\x1b[1;36m", "\x1b[35m"
    first, last = result.stdout.splitlines()[0], result.stdout.splitlines()[-1]
    assert f"{green}Norway\x1b[0m {cyan}will send\x1b[0m {magenta}200 soldiers\x1b[0m" in first
    assert f"marked: {green}actor\x1b[0m {cyan}level\x1b[0m" in last


@pytest.mark.parametrize(
    ("environment", "colour"),
    [({"FORCE_COLOR": None}, r"\x1b"), (TERMINAL | {"NO_COLOR": "1"}, r"\x1b\[(\d;)*3[0-7]m")],
)
def test_explain_has_no_colour_elsewhere(environment: dict[str, str | None], colour: str) -> None:
    result = RUNNER.invoke(app, ["explain", NORWAY], env=environment)
    assert result.exit_code == 0
    assert re.search(colour, result.stdout) is None
    assert "[Norway: actor]" in result.stdout


def test_explain_says_so_where_nothing_is_found() -> None:
    result = RUNNER.invoke(app, ["explain", "It rained."])
    assert result.exit_code == 1
    assert "nothing was read" in result.stdout


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        (60, ["field value words sure", "modifiers could rule"]),
        (40, ["field value, words sure", "modifiers “could” rule", "“could send”", "“Norway”"]),
    ],
)
def test_words_have_room_on_a_narrow_terminal(columns: int, rows: list[str]) -> None:
    shown = explained(f"{NORWAY.replace('will', 'could')[:-1]} if parliament agrees.", columns)
    for row in rows:
        assert row in shown
    assert any("agrees" in row for row in shown[shown.index(rows[0]) :])


def test_marks_nest_where_words_prove_several_things() -> None:
    shown = " ".join(explained(f"{NORWAY.replace('will', 'could')[:-1]} if parliament agrees."))
    assert "[[could: modifiers] send: level]" in shown
    assert "[if parliament agrees: condition, obstacle]" in shown


@pytest.mark.parametrize("environment", [{"COLUMNS": "80"}, TERMINAL])
def test_explain_shows_control_characters_as_one_character_each(
    environment: dict[str, str | None],
) -> None:
    text = NORWAY.replace("will", "\x1b[2Jwill\x9b\u202e")
    result = RUNNER.invoke(app, ["explain", text], env=environment)
    assert "�[2J" in result.stdout
    for control in ("\x1b[2J", "\x9b", "\u202e"):
        assert control not in result.stdout


@pytest.mark.parametrize(
    ("chances", "needs"),
    [
        ((0.4, 0.4), "a commitment needs 50%, an obstacle 55%"),
        ((0.6, 0.4), "who contributes must be 66% sure too (98% where nobody is named)"),
        ((0.4, 0.6), "80% where nothing near speaks of forces"),
    ],
)
def test_explain_says_what_a_mention_needs_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, chances: tuple[float, float], needs: str
) -> None:
    reading = Reading("Kenya denied it.", 0, *chances, ())
    bars = {
        "sentence": 0.5, "hinders": 0.55, "commits": 0.66, "commits_unnamed": 0.98,
        "retracts": 0.7, "off_topic": 0.8,
    }  # fmt: skip
    assert needs in explain._missing(reading, bars)
    monkeypatch.setattr(explain, "load", lambda: Mock(explain=lambda _: [reading]))
    result = RUNNER.invoke(app, ["explain", reading.text])
    assert result.exit_code == 1
    assert "\nno mention: " in result.stdout


def test_explain_reads_standard_input() -> None:
    result = RUNNER.invoke(app, ["explain", "-"], input=BOM_UTF8 + NORWAY.encode())
    assert result.exit_code == 0
    assert "actor         Norway (NOR)" in result.stdout


def test_the_example_of_the_document_is_what_is_shown() -> None:
    """Probabilities may differ by a little from one processor to another."""
    block = DOCUMENT.read_text(encoding="utf-8").split("```\n")[1]
    command, _, example = block.partition("\n")
    _, _, _, text = shlex.split(command)
    shown = "\n".join(explained(text))
    documented = "\n".join(" ".join(row.split()) for row in example.splitlines())
    chance = re.compile(r"[<>]?(\d+)%")
    assert chance.sub("%", shown).strip() == chance.sub("%", documented).strip()
    assert [*map(int, chance.findall(shown))] == pytest.approx(
        [*map(int, chance.findall(documented))], abs=3
    )
