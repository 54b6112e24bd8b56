"""How fast the extractor reads, beside a transformers pipeline of the same encoder.

The pipeline (PyTorch, fp32, batches of 32, sorted by length) classifies every sentence and
does nothing else. It runs where PyTorch is: `.venv-train/bin/python -m benchmarks.extract`, after
`make train` has made that environment. Elsewhere only our own figures are printed.
"""

import json
import platform
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import perf_counter

from pledgewatch.extract import Extractor, Text
from pledgewatch.records import ArticleRef
from pledgewatch.text.sentences import split_sentences
from training.labels import CORPUS, sentences

COUNT, ROUNDS, ONE_IN = 200, 3, 50
LENGTH = 14
"""Sentences of a relevant article."""
ORDINARY = Path(__file__).with_name("ordinary.txt")
"""Articles of sport, markets, weather, courts, politics, science and culture: a headline after
"# ", then the text."""


def ordinary() -> list[tuple[str, str]]:
    """Headline and text of news that states nothing."""
    articles = ORDINARY.read_text(encoding="utf-8").removeprefix("# ").split("\n# ")
    return [(title, text) for title, _, text in (one.partition("\n") for one in articles)]


def stream(one_in: int) -> list[Text]:
    """Articles of which one in `one_in` is made of sentences from the corpus."""
    labelled = [one.text for one in sentences(CORPUS / "train")]
    other = cycle(ordinary())
    articles = []
    for number in range(COUNT):
        if number % one_in == 0:
            start = number * LENGTH % (len(labelled) - LENGTH)
            title, body = "A day of news", " ".join(islice(labelled, start, start + LENGTH))
        else:
            title, body = next(other)
        articles.append(
            Text(ArticleRef(id=str(number)), title, f"{body} So it was on day {number}.")
        )
    return articles


def ours(articles: list[Text]) -> Callable[[], object]:
    """The whole extractor."""
    extractor = Extractor()
    extractor.extract(articles[:1])
    return lambda: [extractor.extract(articles[at : at + 50]) for at in range(0, COUNT, 50)]


def theirs(articles: list[Text]) -> Callable[[], object] | None:
    """The pipeline on the same sentences, None where PyTorch is not installed."""
    try:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline
    except ImportError:
        return None
    from training.weights import bge_small

    folder = bge_small()
    classify = pipeline(
        "text-classification",
        model=AutoModelForSequenceClassification.from_pretrained(folder),
        tokenizer=AutoTokenizer.from_pretrained(folder),
        batch_size=32,
        device="cpu",
    )
    texts = [span.text for article in articles for span in split_sentences(article.text)]
    texts.sort(key=len)
    classify(texts[:32])
    return lambda: classify(texts)


def seconds(run: Callable[[], object]) -> float:
    """How long one run takes."""
    began = perf_counter()
    run()
    return perf_counter() - began


def main() -> None:
    """Print the rates, and their ratio where both ran, as JSON."""
    figures: dict[str, object] = {"python": platform.python_version()}
    for name, one_in in (("realistic", ONE_IN), ("all_relevant", 1)):
        articles = stream(one_in)
        mine, other = ours(articles), theirs(articles)
        rounds = [(seconds(mine), seconds(other) if other else 0.0) for _ in range(ROUNDS)]
        figures[f"{name}_articles_per_s"] = round(COUNT / median(own for own, _ in rounds))
        if other:
            figures[f"{name}_pipeline_articles_per_s"] = round(
                COUNT / median(pipe for _, pipe in rounds), 1
            )
            figures[f"{name}_ratio"] = round(median(pipe / own for own, pipe in rounds), 1)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
