"""How far two readers agree, before a third one settled where they did not."""

from collections import Counter
from collections.abc import Hashable, Iterable

import msgspec

from training.labels import CORPUS, TWICE, LabelledSentence, Twice, sentences
from training.score import Scores, Statement, of_label

Pairs = list[tuple[Hashable, Hashable]]


def kappa(pairs: Pairs) -> float:
    """Cohen's kappa: agreement beyond what chance would give; 1 where nothing can differ."""
    total = len(pairs)
    if not total:
        return 1.0
    agreed = sum(first == second for first, second in pairs) / total
    firsts = Counter(first for first, _ in pairs)
    seconds = Counter(second for _, second in pairs)
    chance = sum(firsts[value] * seconds[value] for value in firsts) / total**2
    return 1.0 if chance == 1 else (agreed - chance) / (1 - chance)


def labelled_twice() -> Iterable[tuple[LabelledSentence, LabelledSentence]]:
    """Sentences with their two labels, those that a reader found ambiguous left out."""
    for file in sorted(TWICE.glob("*.jsonl")):
        differ = {
            one.first.id: one
            for one in (msgspec.json.decode(line, type=Twice) for line in file.open("rb"))
        }
        (folder,) = (found.parent for found in CORPUS.glob(f"*/{file.name}") if found != file)
        for one in sentences(folder, file.name):
            twice = differ.get(one.id, Twice(first=one, second=one))
            if not twice.first.ambiguous and not twice.second.ambiguous:
                yield twice.first, twice.second


def fields(pairs: Iterable[tuple[LabelledSentence, LabelledSentence]]) -> dict[str, Pairs]:
    """What both readers said, by question; of a field where both name the actor."""
    found: dict[str, Pairs] = {
        name: []
        for name in ("commitment", "obstacle", "level", "contribution", "quantity", "conditions")
    }
    for first, second in pairs:
        one, other = of_label(first), of_label(second)
        found["commitment"].append((bool(first.commitments), bool(second.commitments)))
        found["obstacle"].append((_kinds(one), _kinds(other)))
        for statement in one:
            same = next((o for o in other if o.actor == statement.actor and not o.obstacle), None)
            if statement.obstacle is None and same is not None:
                for name in ("level", "contribution", "quantity", "conditions"):
                    found[name].append((getattr(statement, name), getattr(same, name)))
    return found


def _kinds(statements: Iterable[Statement]) -> frozenset[str]:
    return frozenset(one.obstacle for one in statements if one.obstacle)


def table() -> list[str]:
    """Kappa by field, and the second reader scored as if it were a model."""
    pairs = list(labelled_twice())
    if not pairs:
        return ["No sentence has been labelled twice yet."]
    lines = [f"{len(pairs)} sentences were labelled by two readers who did not see each other's."]
    lines += ["", "| field | kappa | same | of |", "| --- | --- | --- | --- |"]
    for name, answers in fields(pairs).items():
        same = sum(first == second for first, second in answers)
        lines.append(f"| {name} | {kappa(answers):.2f} | {same} | {len(answers)} |")
    scores = Scores()
    for first, second in pairs:
        scores.add(of_label(first), of_label(second))
    lines += ["", "| measure | second reader |", "| --- | --- |"]
    return lines + [f"| {name} | {value:.3f} |" for name, value in scores.table().items()]
