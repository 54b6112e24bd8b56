"""How the extractor's mentions compare with what a reader labelled in the English samples.

The samples are not used in making the extractor, so this is what to expect of unseen news, as far
as some 60 articles can tell.
"""

from collections import Counter
from typing import Any

from pledgewatch.extract import Extractor, Text
from pledgewatch.ontology import Kind
from pledgewatch.records import ArticleRef, Mention
from services.demo.samples import Sample, load

Label = dict[str, Any]
FIELDS = ("level", "contribution", "quantity", "conditions", "obstacle")


class Score:
    """Hits, misses and false alarms of one measure."""

    def __init__(self) -> None:
        self.hits = self.missed = self.false = 0

    def __str__(self) -> str:
        precision = self.hits / max(1, self.hits + self.false)
        recall = self.hits / max(1, self.hits + self.missed)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        count = self.hits + self.missed
        return f"precision {precision:.2f}  recall {recall:.2f}  F1 {f1:.2f}  of {count}"


def main() -> None:
    """Print sentence detection, actors and fields."""
    extractor = Extractor()
    sentences = {kind: Score() for kind in Kind}
    actors = {kind: Score() for kind in Kind}
    right: Counter[str] = Counter()
    compared: Counter[str] = Counter()
    samples = [sample for sample in load() if sample.outlet.language == "en"]
    for sample in samples:
        text = Text(ArticleRef(id=sample.slug), sample.title, "\n\n".join(sample.paragraphs))
        (mentions,) = extractor.extract([text])
        for kind in Kind:
            labels = [label for label in sample.labels if label["kind"] == kind]
            found = [mention for mention in mentions if mention.kind is kind]
            _sentences(sentences[kind], sample, labels, found)
            for label, mention in _paired(actors[kind], sample, labels, found):
                for field in FIELDS:
                    if field in label or (kind is Kind.COMMITMENT and field != "obstacle"):
                        compared[field] += 1
                        right[field] += _value(mention, field) == _labelled(label, field)
    print(f"{len(samples)} sample articles, {extractor.model.name} {extractor.model.version}\n")
    for kind in Kind:
        print(f"{kind + ' in sentence':34}{sentences[kind]}")
        print(f"{kind + ', sentence and actor':34}{actors[kind]}")
    print("\nfields of matched mentions:")
    for field in FIELDS:
        print(f"{field:34}right {right[field] / max(1, compared[field]):.2f}  of {compared[field]}")


def _where(sample: Sample, label: Label) -> tuple[str, str]:
    """Field and beginning of the labelled sentence."""
    if label.get("field") == "title":
        return "title", sample.title
    return "text", label["sentence"].rstrip("….")


def _sentences(score: Score, sample: Sample, labels: list[Label], found: list[Mention]) -> None:
    labelled = {_where(sample, label) for label in labels}
    flagged = {(mention.sentence.field, mention.sentence.text) for mention in found}
    hit = {
        (label, flag)
        for label in labelled
        for flag in flagged
        if label[0] == flag[0] and label[1] in flag[1]
    }
    score.hits += len({label for label, _ in hit})
    score.missed += len(labelled - {label for label, _ in hit})
    score.false += len(flagged - {flag for _, flag in hit})


def _paired(
    score: Score, sample: Sample, labels: list[Label], found: list[Mention]
) -> list[tuple[Label, Mention]]:
    """Labels and mentions of the same sentence and actor, the most alike first."""
    free = list(found)
    pairs = []
    for label in labels:
        field, start = _where(sample, label)
        candidates = [
            mention
            for mention in free
            if mention.sentence.field == field
            and start in mention.sentence.text
            and (mention.actor.code if mention.actor else None) == label.get("actor")
        ]
        if not candidates:
            score.missed += 1
            continue
        best = max(
            candidates,
            key=lambda m: sum(_value(m, field) == _labelled(label, field) for field in FIELDS),
        )
        free.remove(best)
        pairs.append((label, best))
        score.hits += 1
    score.false += len(free)
    return pairs


def _value(mention: Mention, field: str) -> object:
    if field == "quantity":
        quantity = mention.quantity
        return quantity and (quantity.min, quantity.max, quantity.unit)
    if field == "conditions":
        return {str(condition.kind) for condition in mention.conditions}
    return getattr(mention, field)


def _labelled(label: Label, field: str) -> object:
    value = label.get(field)
    if field == "quantity":
        return value and (value.get("min"), value.get("max"), value["unit"])
    if field == "conditions":
        return set(value or ())
    return value


if __name__ == "__main__":
    main()
