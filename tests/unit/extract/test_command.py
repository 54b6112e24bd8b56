"""`pledgewatch extract`: lines in, lines out, what it says of bad ones; `explain`; `label`."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from pledgewatch.extract import Reading, Text
from services.extract import label
from services.extract.commands import app
from services.extract.run import BATCH
from tests.unit.extract.helpers import EXTRACTOR, REFERENCE
from training.notation import parse

RUNNER = CliRunner()
NORWAY = "Norway will send 200 soldiers to Mali."
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


def explained(text: str) -> list[str]:
    """What is shown of a text on 80 columns, without the gaps between columns."""
    result = RUNNER.invoke(app, ["explain", text], env={"COLUMNS": "80"})
    assert result.exit_code == 0
    rows = result.stdout.splitlines()
    assert max(map(len, rows)) <= 80
    return [" ".join(row.split()) for row in rows]


def test_explain_shows_each_field_with_its_words() -> None:
    shown = explained(NORWAY)
    for row in (
        NORWAY,
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


@pytest.fixture
def asked(tmp_path: Path) -> tuple[Path, Path]:
    """An article to label, and where the answers go."""
    path, out = tmp_path / "news.jsonl", tmp_path / "batch.txt"
    path.write_bytes(line(id=1, text=NORWAY))
    return path, out


def test_label_keeps_what_is_edited_once_the_notation_is_right(
    asked: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = asked
    seen: list[str] = []
    turns: Iterator[tuple[str, str]] = iter([("announced", "sworn"), ("sworn", "willing")])

    def edit(text: str) -> str:
        seen.append(text)
        return text.replace(*next(turns))

    monkeypatch.setattr("click.edit", edit)
    result = RUNNER.invoke(app, ["label", str(path), "--out", str(out)], input="e y")
    assert result.exit_code == 0
    assert "sworn" in seen[1]
    assert "press any key to edit again" in result.stdout
    assert "1 sentences added" in result.stdout
    (kept,) = parse(out.read_text(), "batch").sentences
    assert [one.level for one in kept.commitments] == ["willing"]


def test_label_leaves_all_as_it_is_where_the_editor_saves_nothing(
    asked: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = asked
    monkeypatch.setattr("click.edit", lambda _: None)
    RUNNER.invoke(app, ["label", str(path), "--out", str(out)], input="ey")
    (kept,) = parse(out.read_text(), "batch").sentences
    assert [one.level for one in kept.commitments] == ["announced"]


def test_label_asks_again_for_what_is_skipped(asked: tuple[Path, Path]) -> None:
    path, out = asked
    result = RUNNER.invoke(app, ["label", str(path), "--out", str(out)], input="s")
    assert "0 sentences added" in result.stdout
    result = RUNNER.invoke(app, ["label", str(path), "--out", str(out)], input="y")
    assert "1 sentences added" in result.stdout


class Doubtful:
    """An extractor that is as sure as it is told."""

    def __init__(self) -> None:
        (known,) = EXTRACTOR.explain(Text(REFERENCE, "", NORWAY))
        mention = msgspec.structs.replace(known.found[0].mention, confidence=0.55)
        doubted = replace(known.found[0], mention=mention)
        self._readings = [
            Reading("Sure.", 0, 0.99, 0.01, ()),
            Reading("Doubtful.", 0, 0.6, 0.01, ()),
            replace(known, commitment=0.99, obstacle=0.01, found=(doubted,)),
            Reading("Nobody knows.", 0, 0.99, 0.48, ()),
        ]

    def explain(self, _: Text) -> list[Reading]:
        return self._readings


def test_label_begins_with_the_most_doubtful(
    asked: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = asked
    monkeypatch.setattr(label, "load", Doubtful)
    RUNNER.invoke(app, ["label", str(path), "--out", str(out)], input="nnnn")
    asked_for = [one.text for one in parse(out.read_text(), "batch").sentences]
    assert asked_for == ["Nobody knows.", NORWAY, "Doubtful.", "Sure."]
