"""Measure an extractor on a labelled set, by writer, with its errors."""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec

from pledgewatch.extract import Extractor, Text
from pledgewatch.extract.network import FOLDER, Network
from pledgewatch.records import ArticleRef, Mention
from training.labels import CORPUS, LabelledArticle, LabelledSentence, articles, sentences
from training.score import (
    SETS,
    SILENCE,
    TARGETS,
    Points,
    Scores,
    Statement,
    of_label,
    of_mentions,
)

STRANGERS = frozenset(
    {"coimbra", "gmunden", "izola", "jerez", "kaunas", "nimes", "olbia", "pecs", "tromso"}
)
"""Held-out batches by writers who knew none of the rules; two others labelled their text."""
Chances = Callable[[LabelledSentence], tuple[float, float]]
"""How likely a sentence states a commitment, and an obstacle."""


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
    found = extractor.extract([_alone(one) for one in labelled])
    return [
        [m for m in mentions if one.title or m.sentence.field == "text"]
        for one, mentions in zip(labelled, found, strict=True)
    ]


def _alone(one: LabelledSentence) -> Text:
    if one.title:
        return Text(ArticleRef(id=one.id), one.text, "")
    return Text(ArticleRef(id=one.id), one.context or "", one.text)


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


class Alarms(msgspec.Struct, frozen=True):
    """In how many of so many sentences that state nothing a commitment was found."""

    found: int
    sentences: int

    @property
    def share(self) -> float:
        """As a share of the sentences."""
        return self.found / max(1, self.sentences)


def alarms(silent: Iterable[Judged]) -> dict[str, Alarms]:
    """False alarms in silent news, by what it is about."""
    heard: defaultdict[str, list[bool]] = defaultdict(list)
    for one in silent:
        heard[one.label.mission].append(any(found.obstacle is None for found in one.found))
    return {mission: Alarms(sum(found), len(found)) for mission, found in sorted(heard.items())}


def false_alarms(silent: Iterable[Judged]) -> dict[str, float]:
    """Share of sentences of silent news in which a commitment is found, by what it is about."""
    return {mission: one.share for mission, one in alarms(silent).items()}


def is_by_stranger(one: Judged) -> bool:
    """Whether its writer knew none of the rules."""
    return one.file.partition("-")[2] in STRANGERS


def is_of_article(one: Judged) -> bool:
    """Whether it is from a whole article."""
    return one.file.startswith("articles-")


def untrained(missions: Iterable[str], trained: Iterable[str]) -> set[str]:
    """The missions that are not trained on under another spelling, or a longer or shorter name."""
    known = {_words(mission) for mission in trained}
    said = {mission: _words(mission) for mission in missions}
    return {
        mission
        for mission, words in said.items()
        if not any(words <= one or one <= words for one in known)
    }


def _words(mission: str) -> frozenset[str]:
    """What a mission's name says, however it is spelled, in whatever order and year."""
    alike = (word.replace("z", "s").removesuffix("s") for word in mission.split("-"))
    return frozenset(word for word in alike if not word.isdigit()) - {"and", "force", "mission"}


def confidences(judged: Iterable[Judged]) -> dict[str, Points]:
    """How sure it was of each mention, and whether it was right, by what is asked.

    A commitment is right where its actor contributes, a retraction where its actor takes something
    back; an obstacle where the sentence states one, and its kind where it states one of that kind.
    """
    points: dict[str, list[tuple[float, bool]]] = {
        name: [] for name in ("commitments", "obstacles", "kinds of obstacles", "retractions")
    }
    for one in judged:
        kinds = {stated.obstacle for stated in one.labelled if stated.obstacle}
        actors = {stated.actor for stated in one.labelled if not stated.obstacle}
        retracting = {stated.actor for stated in one.labelled if stated.retracts}
        for mention, found in zip(one.mentions, one.found, strict=True):
            sure = mention.confidence
            if found.obstacle:
                points["obstacles"].append((sure, bool(kinds)))
                points["kinds of obstacles"].append((sure, found.obstacle in kinds))
                continue
            points["commitments"].append((sure, found.actor in actors))
            if found.retracts:
                points["retractions"].append((sure, found.actor in retracting))
    return {**points}


def chances(extractor: Extractor, one: LabelledSentence) -> tuple[float, float]:
    """How likely the network finds a commitment and an obstacle in a sentence, read alone.

    Both are 0 where the sentence is not put to it.
    """
    readings = [read for read in extractor.explain(_alone(one)) if read.text in one.text]
    return (
        max((reading.commitment for reading in readings), default=0.0),
        max((reading.obstacle for reading in readings), default=0.0),
    )


def sureness(one: Judged, chances: Chances) -> float:
    """How sure the extractor was where it is wrong: of what it found, else that there was nothing.

    0 where it is right.
    """
    sure = [0.0]
    for index, is_obstacle in enumerate((False, True)):
        # of obstacles the kind alone is told among the errors
        labelled, found = (
            {stated.obstacle or stated for stated in side if bool(stated.obstacle) is is_obstacle}
            for side in (one.labelled, one.found)
        )
        if labelled != found:
            held = [m.confidence for m in one.mentions if bool(m.obstacle) is is_obstacle]
            sure.append(max(held) if held else 1 - chances(one.label)[index])
    return max(sure)


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
            f" of {counts.labelled}"
        )
    for mission, heard in alarms(quiet).items():
        print(
            f"{mission:24} false alarms {heard.found} of {heard.sentences},"
            f" aim {SILENCE.get(mission, 'none')}"
        )
    for one in [one for one in (*judged, *quiet) if one.errors][: options.errors]:
        print(f"\n{one.label.id} {one.label.text}\n   " + "\n   ".join(one.errors))


if __name__ == "__main__":
    main()
