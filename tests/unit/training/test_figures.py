"""README and the model's card show the figures that stand beside the model."""

from pathlib import Path

import pytest

from pledgewatch.extract.network import FOLDER
from training.evaluate import Alarms
from training.figures import BATCHES, CARD, README, Figures, filled, read, table, write
from training.labels import CORPUS, sentences, stating
from training.score import TARGETS

MEASURES = dict.fromkeys(TARGETS, 0.5)
HELD = Figures(
    test=MEASURES,
    validation=MEASURES,
    calibration={},
    silence={"other-news": Alarms(1, 70), "war-reporting": Alarms(0, 30)},
    batches=dict.fromkeys(BATCHES, MEASURES | {"level": 0.876}),
)
MARKS = "<!-- from here: written by make evaluate -->", "<!-- to here: written by make evaluate -->"


@pytest.mark.parametrize("page", [README, FOLDER / CARD], ids=lambda page: page.name)
def test_pages_show_the_recorded_figures(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == filled(text, read(FOLDER)), "run make evaluate"


def test_every_batch_that_is_tested_on_is_shown() -> None:
    writers = {file.stem: file for file in (CORPUS / "test").glob("*.jsonl")}
    said = {one.id for one in stating(CORPUS / "test")}
    shown = {
        name
        for name, file in writers.items()
        if said & {one.id for one in sentences(file.parent, file.name)}
    }
    assert shown == BATCHES.keys()


def test_the_table_has_a_line_for_each_batch() -> None:
    lines = table(HELD)
    for title in BATCHES.values():
        assert f"| {title} | 0.50 | 0.50 | 0.50 | 0.88 | 0.50 | 0.50 | 0.50, 0.50 |" in lines
    assert lines[-1].endswith(
        "1 of 70 sentences of other news and in 0 of 30 sentences of war reporting."
    )


def test_what_stands_between_the_marks_is_replaced_and_nothing_else() -> None:
    page = "\n".join(["# Before", MARKS[0], "old", MARKS[1], "After"])
    new = filled(page, HELD)
    assert "old" not in new
    assert new.startswith(f"# Before\n{MARKS[0]}\n")
    assert new.endswith(f"\n{MARKS[1]}\nAfter")
    assert filled(new, HELD) == new


@pytest.mark.parametrize("page", ["", MARKS[0], MARKS[1] + MARKS[0], "".join(MARKS) * 2])
def test_a_page_without_its_marks_is_no_place_for_figures(page: str) -> None:
    with pytest.raises(ValueError, match="marks"):
        filled(page, HELD)


def test_a_model_that_is_tried_gets_its_figures_and_needs_no_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("\n".join(MARKS))
    monkeypatch.setattr("training.figures.README", readme)
    write(tmp_path, HELD)
    assert read(tmp_path) == HELD
    assert readme.read_text() == filled("\n".join(MARKS), HELD)
