"""What the corpus covers: `python -m training.coverage` writes `training/corpus/COVERAGE.md`."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pledgewatch.gazetteer import Gazetteer
from training.labels import CORPUS, LabelledSentence, articles, sentences

FILE = CORPUS / "COVERAGE.md"
SPLITS = ("train", "validation", "test")
_WORD = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh"
    r"|nine)teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million"
    r"|billion|dozen)s?\b"
)
_NUMBER = rf"(?:[$€£]?\d[\d,.]*|(?:an?\s+)?(?:few\s+)?{_WORD})"
_MOVED = (
    r"(?:sent|deployed|dispatched|posted|stationed|flown|moved|added|offered|pledged|promised"
    r"|committed|approved|authori[sz]ed|extended|delivered|handed over|withdrawn|recalled"
    r"|pulled (?:out|back)|brought (?:home|back)|cut|reduced|cancell?ed|suspended)\b"
)
FORMS = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "respectively": r"\brespectively\b",
        "each, apiece": r"\b(?:each|apiece)\b",
        "parentheses": r"\([^()]+\)",
        "a further, another": r"\b(?:a further|another)\b",
        "up to, as many as": rf"\b(?:up to|as many as)\s+(?:about\s+|some\s+)?{_NUMBER}",
        "doubling, halving": r"\b(?:doubl|tripl|trebl|quadrupl|halv)(?:e|es|ed|ing)\b"
        r"|\bby half\b|\btwice as many\b",
        "quotation": r"[\"“][^\"“”]+[\"”]",
        "passive of sending or ending": r"\b(?:am|is|are|was|were|be|been|being)\s+(?:not\s+)?"
        rf"(?:\w+ly\s+)?{_MOVED}",
        "number in words": rf"\b{_WORD}",
        # of votes and scores "98 to 52" says something else
        "range, from one to another": r"^(?!.*\bvot).*(?:\d\s?–\s?\d|"
        rf"\b{_NUMBER}\s(?:to|or)\s{_NUMBER}|\bbetween\s{_NUMBER}\s(?:\w+\s)?and\s{_NUMBER})",
    }.items()
}
"""Forms of words that are easy to read wrong, by what they are called in the table."""


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
        "## Forms",
        "",
        "Sentences that have the words, whatever they state.",
        "",
        *_forms(held),
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


def forms(one: LabelledSentence) -> set[str]:
    """Which of `FORMS` a sentence has, and where it stands."""
    found = {name for name, pattern in FORMS.items() if pattern.search(one.text)}
    found |= {"is a headline"} if one.title else set()
    return found | ({"under a headline"} if one.context else set())


def _forms(held: dict[str, list[LabelledSentence]]) -> Iterator[str]:
    counts = [Counter(form for one in every for form in forms(one)) for every in held.values()]
    yield f"| | {' | '.join(held)} |"
    yield "| --- |" + " --- |" * len(held)
    for name in (*FORMS, "is a headline", "under a headline"):
        yield f"| {name} | {' | '.join(str(by[name]) for by in counts)} |"


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
