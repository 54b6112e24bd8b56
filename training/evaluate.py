"""Measure an extractor on a labelled set, by writer, with its errors."""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pledgewatch.extract import Extractor, Text
from pledgewatch.extract.network import FOLDER, Network
from pledgewatch.records import ArticleRef, Mention
from training.labels import CORPUS, LabelledArticle, LabelledSentence, articles, sentences
from training.score import SETS, SILENCE, TARGETS, Scores, Statement, of_label, of_mentions


@dataclass(frozen=True)
class Judged:
    """A labelled sentence and what was found in it; `file`: its batch."""

    file: str
    label: LabelledSentence
    mentions: list[Mention]

    @cached_property
    def labelled(self) -> list[Statement]:
        """As the reader has it."""
        return of_label(self.label)

    @cached_property
    def found(self) -> list[Statement]:
        """As the extractor has it."""
        return of_mentions(self.mentions)

    @cached_property
    def errors(self) -> list[str]:
        """What is wrong, in words."""
        return Scores().add(self.labelled, self.found)


def of_sentences(extractor: Extractor, labelled: Sequence[LabelledSentence]) -> list[list[Mention]]:
    """What is found in sentences that stand alone, each under its headline where it has one."""
    texts = [
        Text(ArticleRef(id=one.id), one.text, "")
        if one.title
        else Text(ArticleRef(id=one.id), one.context or "", one.text)
        for one in labelled
    ]
    found = extractor.extract(texts)
    return [
        [m for m in mentions if one.title or m.sentence.field == "text"]
        for one, mentions in zip(labelled, found, strict=True)
    ]


def of_article(extractor: Extractor, article: LabelledArticle) -> list[list[Mention]]:
    """What is found in an article, by its sentences."""
    title, *body = article.sentences
    text, starts = "", []
    rest = iter(body)
    for count in article.paragraphs:
        text += "\n\n" if text else ""
        for index in range(count):
            text += " " if index else ""
            starts.append(len(text))
            text += next(rest).text
    (mentions,) = extractor.extract([Text(ArticleRef(id=article.id), title.text, text)])
    found: list[list[Mention]] = [[] for _ in article.sentences]
    for mention in mentions:
        if mention.sentence.field == "title":
            found[0].append(mention)
        else:
            place = sum(start <= mention.sentence.start for start in starts)
            found[place].append(mention)
    return found


def judge(extractor: Extractor, folder: Path) -> list[Judged]:
    """All sentences of a set, with what was found in each."""
    judged = []
    for file in sorted(folder.glob("*.jsonl")):
        pairs: list[tuple[LabelledSentence, list[Mention]]] = []
        if file.name.startswith("articles"):
            for article in articles(folder, file.name):
                pairs += zip(article.sentences, of_article(extractor, article), strict=True)
        else:
            alone = list(sentences(folder, file.name))
            pairs += zip(alone, of_sentences(extractor, alone), strict=True)
        judged += [Judged(file.stem, one, mentions) for one, mentions in pairs if not one.ambiguous]
    return judged


def total(judged: Iterable[Judged]) -> Scores:
    """Scores over some sentences."""
    scores = Scores()
    for one in judged:
        scores.add(one.labelled, one.found)
    return scores


def stating_and_silent(judged: Sequence[Judged]) -> tuple[list[Judged], list[Judged]]:
    """The sentences of batches that state something, and those of batches that state nothing."""
    stating = {one.file for one in judged if one.labelled}
    return (
        [one for one in judged if one.file in stating],
        [one for one in judged if one.file not in stating],
    )


def false_alarms(silent: Iterable[Judged]) -> dict[str, float]:
    """Share of sentences of silent news in which a commitment is found, by what it is about."""
    alarms: defaultdict[str, list[bool]] = defaultdict(list)
    for one in silent:
        alarms[one.label.mission].append(any(found.obstacle is None for found in one.found))
    return {mission: sum(found) / len(found) for mission, found in sorted(alarms.items())}


def main() -> None:
    """Print the measures by writer."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, default=FOLDER)
    parser.add_argument("--set", default="test", choices=("train", "validation", "test"))
    parser.add_argument("--errors", type=int, default=0, help="print so many of the errors")
    options = parser.parse_args()
    extractor = Extractor(Network(options.model))
    judged, quiet = stating_and_silent(judge(extractor, CORPUS / options.set))
    scores = {"all": total(judged)} | {
        name: total(one for one in judged if one.file == name)
        for name in sorted({one.file for one in judged})
    }
    tables = {name: one.table() for name, one in scores.items()}
    print(f"{'':24}  target  " + "  ".join(f"{name:>8}" for name in tables))
    for name, target in TARGETS.items():
        cells = "  ".join(f"{table[name]:{max(8, len(n))}.3f}" for n, table in tables.items())
        print(f"{name:24}{target:8.2f}  {cells}")
    for name in SETS:
        counts = scores["all"].sets[name]
        print(
            f"{name:24} precision {counts.precision:.3f} recall {counts.recall:.3f}"
            f" of {counts.hits + counts.missed}"
        )
    for mission, share in false_alarms(quiet).items():
        print(f"{mission:24} false alarms {share:.4f}, aim {SILENCE.get(mission, 'none')}")
    for one in [one for one in (*judged, *quiet) if one.errors][: options.errors]:
        print(f"\n{one.label.id} {one.label.text}\n   " + "\n   ".join(one.errors))


if __name__ == "__main__":
    main()
