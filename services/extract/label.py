"""Correct what the extractor found, the most doubtful sentences first: more text for the corpus."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click
import msgspec
import typer
from rich.console import Console
from rich.progress import track

from services.common.errors import UserError
from services.common.extractor import load
from services.common.json_lines import BadLine
from services.extract.articles import Given, read, text_of
from services.extract.question import HELP, Question, block, edited, question
from training.labels import LabelledSentence
from training.notation import parse

KEYS = {
    "y": "right", "n": "states nothing", "e": "edit", "s": "skip", "u": "undo the last answer",
    "q": "stop",
}  # fmt: skip
FAULTY = {"e": "edit again", "d": "drop the edit", "q": "stop"}
_OTHER = "name another file with --out"


def label(source: Path | None, target: Path, mission: str, console: Console) -> int:
    """Ask about each sentence that the model read; the number of sentences written to `target`.

    `source` is None for standard input.

    Raises:
        UserError: a file cannot be read, written or added to, or no key can be asked for.
    """
    if mission.split() != [mission]:
        raise UserError("--mission is one word in lower case, with hyphens: kosovo-kfor")
    articles = _articles(source, console)
    held, known = _held(target, source)
    with _opened(target) as file:
        questions = _questions(articles, known, console)
        return _answered(questions, file, _opening(held, mission), console)


def _articles(source: Path | None, console: Console) -> list[Given]:
    given = [*read(source)]
    bad = [one for one in given if isinstance(one, BadLine)]
    if bad:
        first = f"first line {bad[0].number}: {bad[0].reason}"
        _say(f"{len(bad)} of {len(given)} lines left out, {first}", console, "red")
    articles = [one for one in given if not isinstance(one, BadLine)]
    if not articles:
        raise UserError(f"{source or 'standard input'}: no article in it")
    return articles


def _held(target: Path, source: Path | None) -> tuple[str, set[str]]:
    """What stands in the batch that is added to, and its sentences."""
    try:
        if not target.exists():
            return "", set()
        if source is not None and target.samefile(source):
            raise UserError(f"{target} holds the articles: {_OTHER}")
        if not target.is_file():
            raise UserError(f"{target} is no file: {_OTHER}")
        held = target.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{target} cannot be read ({error}): {_OTHER}") from error
    batch = parse(held, target.stem)
    if batch.errors or batch.articles:
        problem = batch.errors[0] if batch.errors else "it has whole articles"
        raise UserError(f"{target} is no batch of sentences: mend it, or {_OTHER} ({problem})")
    return held, {one.text for one in batch.sentences}


@contextmanager
def _opened(target: Path) -> Iterator[TextIO]:
    """A batch to add to; a new one to which nothing was added goes again."""
    new = not target.exists()
    try:
        file = target.open("a", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{target} cannot be written ({error.strerror}): {_OTHER}") from error
    with file:
        try:
            yield file
        finally:
            if new and not file.tell():
                target.unlink(missing_ok=True)


def _opening(held: str, mission: str) -> str:
    """What stands above the first answer that is added to a batch."""
    missions = [line[9:].strip() for line in held.splitlines() if line.startswith("@mission ")]
    end = "\n" if held and not held.endswith("\n") else ""
    return end if missions[-1:] == [mission] else f"{end}@mission {mission}\n"


def _questions(articles: Sequence[Given], known: set[str], console: Console) -> list[Question]:
    """What to ask, each sentence once, the most doubtful first."""
    extractor = load()
    asked: dict[str, Question] = {}
    count = 0
    for article in track(articles, "reading", console=console):
        text = text_of(article)
        for reading in extractor.explain(text):
            count += 1
            one = question(text, reading)
            if one.found.text and one.found.text not in known:
                asked.setdefault(one.found.text, one)
    _say(f"{count} sentences read, {len(asked)} of them new", console)
    return sorted(asked.values(), key=lambda one: one.sureness)


def _answered(questions: Sequence[Question], file: TextIO, opening: str, console: Console) -> int:
    """Ask one after the other, and write each answer at once; how many were written."""
    start = file.tell()
    answers: list[tuple[int, bool]] = []  # the file's size before each, and whether it was kept
    while len(answers) < len(questions):
        console.rule(f"{len(answers) + 1} of {len(questions)}")
        key, one = _ask(questions[len(answers)], console, undo=bool(answers))
        if key == "q":
            break
        if key == "u":
            size, _ = answers.pop()
            file.truncate(size)
            file.seek(0, os.SEEK_END)
            continue
        size = file.tell()
        answers.append((size, key == "y"))
        if key == "y":
            above = opening if size == start else ""
            file.write(above + "\n".join(block(one)) + "\n")
            file.flush()
    return sum(kept for _, kept in answers)


def _ask(asked: Question, console: Console, *, undo: bool) -> tuple[str, LabelledSentence]:
    """The key that ends a question ("y" to keep it, "s", "u" or "q"), and what to keep."""
    keys = {key: name for key, name in KEYS.items() if undo or key != "u"}
    one = asked.found
    while True:
        lines = "\n".join(block(one))
        if asked.before:
            _say(f"before: {asked.before}", console)
        _say(lines, console, "")
        if asked.after:
            _say(f"after: {asked.after}", console)
        key = _key(keys, console)
        if key == "e":
            changed = _edit(one, console)
            if changed is None:
                return "q", one
            one = changed
        elif key == "y" and (errors := edited(lines)[1]):
            _say("\n".join(errors), console, "red")
        elif key == "n":
            return "y", msgspec.structs.replace(
                one, commitments=(), obstacles=(), ambiguous=False, note=None
            )
        else:
            return key, one


def _edit(one: LabelledSentence, console: Console) -> LabelledSentence | None:
    """A sentence as a person writes it, as it was where that is dropped; None to stop."""
    text = "\n".join([*block(one), *HELP, ""])
    while True:
        try:
            text = click.edit(text) or text
        except (click.ClickException, ValueError) as error:
            problem = error.message if isinstance(error, click.ClickException) else str(error)
            _say(f"{problem}; nothing was edited. EDITOR names the editor", console, "red")
            return one
        changed, errors = edited(text)
        if changed is not None:
            return changed
        _say("\n".join(errors), console, "red")
        key = _key(FAULTY, console)
        if key != "e":
            return one if key == "d" else None


def _key(keys: Mapping[str, str], console: Console) -> str:
    """The next key that is one of those offered; "q" where none can come any more."""
    _say("  ".join(f"[{key}] {name}" for key, name in keys.items()), console)
    while True:
        try:
            key = typer.getchar()
        except (KeyboardInterrupt, EOFError):
            return "q"
        except OSError as error:
            raise UserError("label asks by keyboard: run it in a terminal") from error
        if key in keys or not key:
            return key or "q"


def _say(text: str, console: Console, style: str = "dim") -> None:
    """Print text as it is, whatever brackets, numbers and long lines it has."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
