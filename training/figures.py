"""The model's figures, and the table of them that README and the model's card show."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from training.evaluate import Alarms, Judged, alarms, confidences, total
from training.score import calibration_error

README = Path(__file__).parents[1] / "README.md"
FIGURES, CARD = "figures.json", "CARD.md"
"""Beside the model."""
BATCHES = {
    "sentences-zagreb": "agency (`zagreb`)",
    "sentences-coimbra": "wire, short (`coimbra`)",
    "sentences-olbia": "a desk's week (`olbia`)",
    "sentences-nimes": "dispatches (`nimes`)",
    "sentences-izola": "wire, by mission (`izola`)",
    "sentences-pecs": "wire, by mission, past ones too (`pecs`)",
    "sentences-jerez": "local press (`jerez`)",
    "sentences-natal": "allusive (`natal`)",
    "articles-lisbon": "whole articles",
}
"""Batches of the test set that state anything, and what they are like."""
_COLUMNS = {
    "commitment in sentence, F1": ("commitment in sentence",),
    "obstacle in sentence, F1": ("obstacle in sentence",),
    "who contributes, F1": ("contributing actors",),
    "level right": ("level",),
    "contribution right": ("contribution",),
    "quantity right": ("quantity",),
    "a refusal or withdrawal: precision, recall": ("retractions precision", "retractions recall"),
}
_FROM = "<!-- from here: written by make evaluate -->"
_TO = "<!-- to here: written by make evaluate -->"


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """`figures.json` beside the model: below these figures a later change may not fall.

    `test`, `validation`: each measure of `TARGETS`; `calibration`: expected errors on the test set,
    by what is asked; `silence`: false alarms in silent news of the test set, by what it is about;
    `batches`: the measures by batch of the test set.
    """

    test: dict[str, float]
    validation: dict[str, float]
    calibration: dict[str, float]
    silence: dict[str, Alarms]
    batches: dict[str, dict[str, float]]


def rounded(judged: Sequence[Judged]) -> dict[str, float]:
    """Each measure of `TARGETS` over some sentences, as all pages that show it start from."""
    return {name: round(value, 3) for name, value in total(judged).table().items()}


def figures(
    test: Sequence[Judged], validation: Sequence[Judged], silent: Sequence[Judged]
) -> Figures:
    """The figures of a model; `silent`: the sentences of the test set's silent batches."""
    return Figures(
        test=rounded(test),
        validation=rounded(validation),
        calibration={
            name: round(calibration_error(points), 3) for name, points in confidences(test).items()
        },
        silence=alarms(silent),
        batches={
            batch: rounded([one for one in test if one.file == batch])
            for batch in sorted({one.file for one in test})
        },
    )


def read(model: Path) -> Figures:
    """The figures recorded in a model's folder."""
    return msgspec.json.decode((model / FIGURES).read_bytes(), type=Figures)


def table(held: Figures) -> list[str]:
    """How well the model reads each batch of the test set, and how silent it is."""
    lines = [f"| | {' | '.join(_COLUMNS)} |", "| --- |" + " ---: |" * len(_COLUMNS)]
    for batch, title in BATCHES.items():
        figures = held.batches[batch]
        cells = (", ".join(f"{figures[name]:.2f}" for name in names) for names in _COLUMNS.values())
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return [*lines, "", f"Where nothing is stated it sees a commitment in {_heard(held.silence)}."]


def _heard(silence: Mapping[str, Alarms]) -> str:
    return " and in ".join(
        f"{one.found} of {one.sentences} sentences of {mission.replace('-', ' ')}"
        for mission, one in silence.items()
    )


def filled(page: str, held: Figures) -> str:
    """A page with the table between its two marks.

    Raises:
        ValueError: the page does not have both marks, once.
    """
    before, _, rest = page.partition(_FROM)
    _, _, after = rest.partition(_TO)
    if page.count(_FROM) != 1 or rest.count(_TO) != 1:
        raise ValueError(f"a page that shows figures has the marks {_FROM} and {_TO}")
    return "\n".join([before + _FROM, "", *table(held), "", _TO + after])


def write(model: Path, held: Figures) -> None:
    """Record the figures beside the model, and show them in its card and in README."""
    # a model that is being tried has no card
    pages = [page for page in (README, model / CARD) if page.exists()]
    texts = [filled(page.read_text(encoding="utf-8"), held) for page in pages]
    for page, text in zip(pages, texts, strict=True):
        page.write_text(text, encoding="utf-8")
    (model / FIGURES).write_bytes(msgspec.json.format(msgspec.json.encode(held), indent=2) + b"\n")
