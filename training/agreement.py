"""How far two readers agree, before a third one settled where they did not."""

from collections import Counter
from collections.abc import Hashable, Iterable

import msgspec

from training.labels import CORPUS, TWICE, LabelledSentence, Twice, sentences
from training.score import OTHER_FIELDS, Scores, Statement, of_label

Pairs = list[tuple[Hashable, Hashable]]
_COMPARED = ("level", "contribution", "quantity", "conditions")


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
    """What both readers said, by question.

    Who contributes is asked where both see a commitment, a field where both name the actor. What
    the second one said of `OTHER_FIELDS` was kept only where the two differ in anything else.
    """
    found: dict[str, Pairs] = {
        name: [] for name in ("commitment", "actor", "obstacle", *_COMPARED, *OTHER_FIELDS)
    }
    for first, second in pairs:
        one, other = of_label(first), of_label(second)
        asked = _COMPARED if first == second else (*_COMPARED, *OTHER_FIELDS)
        found["commitment"].append((bool(first.commitments), bool(second.commitments)))
        found["obstacle"].append((_kinds(one), _kinds(other)))
        if first.commitments and second.commitments:
            found["actor"].append((_actors(one), _actors(other)))
        for statement in one:
            same = next((o for o in other if o.actor == statement.actor and not o.obstacle), None)
            if statement.obstacle is None and same is not None:
                for name in asked:
                    found[name].append((getattr(statement, name), getattr(same, name)))
    return found


def _kinds(statements: Iterable[Statement]) -> frozenset[str]:
    return frozenset(one.obstacle for one in statements if one.obstacle)


def _actors(statements: Iterable[Statement]) -> frozenset[str | None]:
    return frozenset(one.actor for one in statements if not one.obstacle)


def read_once() -> tuple[int, int]:
    """Sentences of silent news that one reader labelled and another checked, and of all such."""
    silent = once = 0
    for file in sorted(CORPUS.glob("*/*.jsonl")):
        batch = [] if file.parent == TWICE else list(sentences(file.parent, file.name))
        if not any(one.commitments or one.obstacles for one in batch):
            silent += len(batch)
            once += 0 if (TWICE / file.name).exists() else len(batch)
    return once, silent


def table() -> list[str]:
    """Kappa by field, and the second reader scored as if it were a model."""
    pairs = list(labelled_twice())
    if not pairs:
        return ["No sentence has been labelled twice yet."]
    lines = [f"{len(pairs)} sentences were labelled by two readers who did not see each other's."]
    once, silent = read_once()
    lines += [
        f"Of the {silent} sentences of news that states nothing, {once} are not among them: these",
        "have one reader, and another who checked. Who contributes is compared where both see a",
        "commitment, its fields where both name the same actor. Where two readers agree on all",
        "else, the second one's recipient, place and speaker were not kept: those three rows are",
        "of sentences in which they differ elsewhere too, so of the harder ones.",
    ]
    lines += ["", "| field | kappa | same | of |", "| --- | --- | --- | --- |"]
    for name, answers in fields(pairs).items():
        same = sum(first == second for first, second in answers)
        lines.append(f"| {name} | {kappa(answers):.2f} | {same} | {len(answers)} |")
    scores = Scores()
    for first, second in pairs:
        scores.add(of_label(first), of_label(second))
    lines += ["", "| measure | second reader |", "| --- | --- |"]
    return lines + [f"| {name} | {value:.3f} |" for name, value in scores.table().items()]
