"""`pledgewatch label`: what is asked, what an answer writes, what it says of what goes wrong."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from pledgewatch.extract import Reading, Text
from services.common.errors import UserError
from services.extract import label
from services.extract.commands import app
from services.extract.question import HELP
from tests.unit.extract.helpers import EXTRACTOR, REFERENCE
from tests.unit.extract.test_command import NORWAY, RUNNER, line
from training.labels import LabelledSentence
from training.notation import parse

FRANCE = "France will send 300 soldiers to Chad."
ESCAPE = "\x1b[2J"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An article to label."""
    path = tmp_path / "news.jsonl"
    path.write_bytes(line(id=1, text=NORWAY, title="Talks"))
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the answers go."""
    return tmp_path / "batch.txt"


def answer(path: Path | str, out: Path, keys: str, *options: str, editor: str | None = None) -> str:
    """What is shown to a person who presses some keys."""
    result = RUNNER.invoke(
        app, ["label", str(path), "--out", str(out), *options], input=keys,
        env={"VISUAL": editor, "COLUMNS": "80"},
    )  # fmt: skip
    if isinstance(result.exception, UserError):
        raise result.exception
    assert result.exit_code == 0
    return result.stdout


def kept(out: Path) -> list[LabelledSentence]:
    """The sentences of a batch in which nothing is wrong."""
    batch = parse(out.read_text(), "batch")
    assert batch.errors == []
    return batch.sentences


def edits(monkeypatch: pytest.MonkeyPatch, *turns: Callable[[str], str | None]) -> list[str]:
    """Let an editor do this, one turn after the other; what it was given."""
    seen: list[str] = []
    left = iter(turns)

    def edit(text: str) -> str | None:
        seen.append(text)
        return next(left)(text)

    monkeypatch.setattr("click.edit", edit)
    return seen


def test_what_is_confirmed_is_kept_and_asked_for_once(path: Path, out: Path) -> None:
    path.write_bytes(line(id=1, text=f"{NORWAY} Kenya denied it.", title="Talks"))
    assert "1 sentences added" in answer(path, out, "yq")
    assert len(kept(out)) == 1
    answer(path, out, "nq")
    assert [one.text for one in kept(out)] == [NORWAY, "Kenya denied it."]
    assert [len(one.commitments) for one in kept(out)] == [1, 0]
    assert {one.context for one in kept(out)} == {"Talks"}
    shown = answer(path, out, "y")
    assert "2 sentences read, 0 of them new" in shown
    assert "0 sentences added" in shown


def test_headlines_and_wrapped_lines_are_as_the_notation_has_them(path: Path, out: Path) -> None:
    path.write_bytes(line(id=1, text=NORWAY.replace("200", " 200"), title=NORWAY[:-1]))
    answer(path, out, "yy")
    assert sorted((one.text, one.title) for one in kept(out)) == [
        (NORWAY[:-1], True), (NORWAY, False),
    ]  # fmt: skip


def test_the_same_sentence_is_asked_for_once(path: Path, out: Path) -> None:
    path.write_bytes(line(id=1, text=NORWAY) + line(id=2, text=NORWAY, title="Talks"))
    answer(path, out, "yy")
    assert len(kept(out)) == 1


def test_what_is_skipped_is_asked_for_again(path: Path, out: Path) -> None:
    assert "0 sentences added" in answer(path, out, "s")
    assert not out.exists()
    assert "1 sentences added" in answer(path, out, "y")


def test_the_sentences_beside_it_are_shown(path: Path, out: Path) -> None:
    path.write_bytes(line(id=1, text=f"It rained in Oslo. {NORWAY} Later it\nsnowed."))
    shown = answer(path, out, "q").splitlines()
    assert "before: It rained in Oslo." in shown
    assert "after: Later it snowed." in shown


def test_a_key_that_means_nothing_is_passed_over(path: Path, out: Path) -> None:
    assert answer(path, out, "x!uy").count(NORWAY) == 1
    assert len(kept(out)) == 1


def test_the_last_answer_can_be_taken_back(path: Path, out: Path) -> None:
    path.write_bytes(line(id=1, text=f"{NORWAY} {FRANCE} Kenya denied it."))
    out.write_text("@mission other\nIt rained.")
    assert "0 sentences added" in answer(path, out, "yuq")
    assert [one.text for one in kept(out)] == ["It rained."]
    assert "2 sentences added" in answer(path, out, "yunsuyq")
    one, *others = kept(out)
    assert one.text == "It rained."
    assert [other.mission for other in others] == ["unsorted", "unsorted"]
    assert len({other.text for other in others}) == 2


def test_a_mission_is_written_where_it_is_another(path: Path, out: Path) -> None:
    for text in (NORWAY, FRANCE):
        path.write_bytes(line(id=1, text=text))
        answer(path, out, "y", "--mission", "mali")
    assert out.read_text().count("@mission") == 1
    path.write_bytes(line(id=1, text="Spain will send 10 soldiers to Mali."))
    answer(path, out, "y", "--mission", "sahel")
    assert [one.mission for one in kept(out)] == ["mali", "mali", "sahel"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("@context Talks\n", "").replace("announced", "willing"),
        lambda text: f"@context Other\n{text}",
        lambda text: text.replace(NORWAY, f"{NORWAY}\n?\n# not of this war"),
    ],
)
def test_no_label_is_left_where_an_edited_sentence_states_nothing(
    path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str]
) -> None:
    edits(monkeypatch, change)
    answer(path, out, "en")
    (one,) = kept(out)
    assert (one.text, one.commitments, one.ambiguous, one.note) == (NORWAY, (), False, None)


def test_what_is_edited_is_kept_once_the_notation_is_right(
    path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = edits(
        monkeypatch,
        lambda text: text.replace("| announced", "| sworn"),
        lambda text: text.replace("| sworn", "| willing").replace("##", "# sure\n##", 1),
    )
    shown = answer(path, out, "eey")
    assert "sworn" in seen[1]
    assert "'sworn' is none of" in shown
    assert "[e] edit again  [d] drop the edit  [q] stop" in shown
    (one,) = kept(out)
    assert [stated.level for stated in one.commitments] == ["willing"]
    assert one.note == "sure"
    assert set(HELP) <= set(seen[0].splitlines())
    assert "##" not in out.read_text()


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        (f"@mission other\n{NORWAY}\n", "an edit has no @mission"),
        (f"{NORWAY}\n{FRANCE}\n", "an edit is one sentence"),
        (f"== Talks\n{NORWAY}\n", "an edit is one sentence"),
    ],
)
@pytest.mark.parametrize(("keys", "count"), [("edy", 1), ("eq", 0)])
def test_a_faulty_edit_can_be_dropped(
    path: Path, out: Path, monkeypatch: pytest.MonkeyPatch,
    edit: str, error: str, keys: str, count: int,
) -> None:  # fmt: skip
    edits(monkeypatch, lambda _: edit)
    shown = answer(path, out, keys)
    assert error in shown
    assert f"{count} sentences added" in shown
    assert not count or [one.mission for one in kept(out)] == ["unsorted"]


def test_all_is_left_as_it_is_where_the_editor_saves_nothing(
    path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits(monkeypatch, lambda _: None)
    answer(path, out, "ey")
    (one,) = kept(out)
    assert [stated.level for stated in one.commitments] == ["announced"]


@pytest.mark.parametrize("editor", ["false", "no-such-editor", "'"])
def test_an_editor_that_fails_leads_back_to_the_question(
    path: Path, out: Path, editor: str
) -> None:
    shown = answer(path, out, "ey", editor=editor)
    assert "nothing was edited" in shown
    assert "EDITOR" in shown
    assert len(kept(out)) == 1


def test_no_control_character_of_the_news_is_shown_or_written(path: Path, out: Path) -> None:
    text = f"It{ESCAPE} rained. {NORWAY.replace('will', f'{ESCAPE}will')}"
    path.write_bytes(line(id=1, text=text, title=f"Ta\u200blks{ESCAPE}"))
    assert "\x1b" not in answer(path, out, "y")
    (one,) = kept(out)
    assert one.context == "Talks[2J"
    assert "[2Jwill send" in one.text
    assert len(one.commitments) == 1


def test_lines_that_are_left_out_are_counted(path: Path, out: Path) -> None:
    path.write_bytes(line(id=1, text=NORWAY) + b"nonsense\n")
    assert "1 of 2 lines left out, first line 2: not JSON" in answer(path, out, "y")


@pytest.mark.parametrize("stopped", [KeyboardInterrupt, EOFError])
def test_an_interrupt_stops_and_counts(
    path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, stopped: type[BaseException]
) -> None:
    path.write_bytes(line(id=1, text=f"{NORWAY} {FRANCE}"))
    keys = iter("y")

    def key() -> str:
        for one in keys:
            return one
        raise stopped

    monkeypatch.setattr("typer.getchar", key)
    assert "1 sentences added" in answer(path, out, "")


def test_articles_may_come_from_standard_input(
    path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typer.getchar", lambda: "y")
    assert "1 sentences added" in answer("-", out, path.read_text())
    result = RUNNER.invoke(app, ["label", "-"], input="")
    assert "name the batch for standard input with --out" in str(result.exception)


def test_a_missing_terminal_is_a_sentence(
    path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def key() -> str:
        raise OSError("No such device or address: '/dev/tty'")

    monkeypatch.setattr("typer.getchar", key)
    with pytest.raises(UserError, match="run it in a terminal"):
        answer(path, out, "")
    assert not out.exists()


@pytest.mark.parametrize(
    ("target", "held", "problem"),
    [
        ("none/batch.txt", None, r"none/batch.txt cannot be written \(No such file or directory\)"),
        (".", None, "is no file"),
        ("news.jsonl", None, "news.jsonl holds the articles"),
        ("notes.txt", b"Dear diary\n", "notes.txt is no batch of sentences.*line 1"),
        ("articles.txt", b"@mission mali\n== Talks\nIt rained.\n", "whole articles"),
        ("picture.png", b"\x89PNG", "picture.png cannot be read"),
    ],
)
def test_what_cannot_be_added_to_is_left_alone(
    path: Path, target: str, held: bytes | None, problem: str
) -> None:
    out = path.parent / target
    if held is not None:
        out.write_bytes(held)
    with pytest.raises(UserError, match=problem) as raised:
        answer(path, out, "y")
    assert "name another file with --out" in str(raised.value)
    assert held is None or out.read_bytes() == held


@pytest.mark.parametrize("mission", ["", "two words", "two\nlines"])
def test_a_mission_is_one_word(path: Path, out: Path, mission: str) -> None:
    with pytest.raises(UserError, match="--mission is one word"):
        answer(path, out, "y", "--mission", mission)


def test_a_folder_is_no_articles(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["label", str(tmp_path)])
    assert isinstance(result.exception, UserError)
    assert "cannot be read" in str(result.exception)


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


def test_the_most_doubtful_comes_first(
    path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label, "load", Doubtful)
    answer(path, out, "nnnn")
    assert [one.text for one in kept(out)] == ["Nobody knows.", NORWAY, "Doubtful.", "Sure."]
