"""What the corpus covers: `python -m training.coverage` writes `training/corpus/COVERAGE.md`."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pledgewatch.gazetteer import Gazetteer
from training.labels import CORPUS, LabelledSentence, articles, sentences

FILE = CORPUS / "COVERAGE.md"
SPLITS = ("train", "validation", "test")


def table() -> str:
    """The whole document."""
    held = {split: list(sentences(CORPUS / split)) for split in SPLITS}
    every = [one for split in SPLITS for one in held[split]]
    actors = Counter(c.actor for one in every for c in one.commitments if c.actor)
    actors.update(o.actor for one in every for o in one.obstacles if o.actor)
    missions = Counter(one.mission for one in every)
    lines = [
        "# What the corpus covers",
        "",
        "Made by `python -m training.coverage`.",
        "",
        *_splits(held),
        "",
        *_classes(held),
        "",
        "## Batches",
        "",
        *_batches(),
        "",
        f"## {len(actors)} actors, with the mentions they have",
        "",
        _listed((Gazetteer.load().name(code), n) for code, n in actors.most_common()),
        "",
        f"## {len(missions)} missions and themes, with their sentences",
        "",
        _listed(missions.most_common()),
        "",
    ]
    return "\n".join(lines)


def _splits(held: dict[str, list[LabelledSentence]]) -> Iterator[str]:
    yield "| | sentences | whole articles | state nothing | commitments | obstacles | doubtful |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for split, every in held.items():
        whole = sum(1 for _ in articles(CORPUS / split))
        yield f"| {split} | {len(every)} | {whole} | {_counts(every)} |"


def _counts(every: Sequence[LabelledSentence]) -> str:
    silent = sum(not (one.commitments or one.obstacles) for one in every)
    commitments = sum(len(one.commitments) for one in every)
    obstacles = sum(len(one.obstacles) for one in every)
    doubtful = sum(one.ambiguous for one in every)
    return f"{silent / len(every):.0%} | {commitments} | {obstacles} | {doubtful}"


def _classes(held: dict[str, list[LabelledSentence]]) -> Iterator[str]:
    counts: dict[tuple[str, str], Counter[str]] = {}
    for split, every in held.items():
        for one in every:
            found = [("level", str(c.level)) for c in one.commitments]
            found += [("contribution", str(c.contribution)) for c in one.commitments]
            found += [("condition", str(k.kind)) for c in one.commitments for k in c.conditions]
            found += [("obstacle", str(o.obstacle)) for o in one.obstacles]
            for key in found:
                counts.setdefault(key, Counter())[split] += 1
    yield f"| | | {' | '.join(held)} |"
    yield "| --- | --- |" + " --- |" * len(held)
    for (field, value), by in sorted(counts.items()):
        yield f"| {field} | {value} | {' | '.join(str(by[split]) for split in held)} |"


def _batches() -> Iterator[str]:
    yield "| batch | sentences | state nothing | commitments | obstacles | doubtful |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for split in SPLITS:
        for file in sorted((CORPUS / split).glob("*.jsonl")):
            every = list(sentences(file.parent, file.name))
            yield f"| {split}/{file.stem} | {len(every)} | {_counts(every)} |"


def _listed(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts) + "."


if __name__ == "__main__":
    FILE.write_text(table(), encoding="utf-8")
