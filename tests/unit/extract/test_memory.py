"""How much memory the extractor needs, in a process of its own."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from training.labels import CORPUS, articles

ARTICLES, MOST_KB = 25, 400_000
STATUS = Path("/proc/self/status")
# not getrusage: a process starts with the peak of the one that spawned it
SCRIPT = f"""
import json, re, sys
from pathlib import Path
from pledgewatch.extract import Extractor, Text
from pledgewatch.records import ArticleRef

texts = [Text(ArticleRef(id=str(number)), *one) for number, one in enumerate(json.load(sys.stdin))]
print(sum(map(len, Extractor().extract(texts))))
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("{STATUS}").read_text())[1])
"""


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells a process's own peak")
def test_reading_articles_needs_little_memory() -> None:
    labelled = [*articles(CORPUS / "validation"), *articles(CORPUS / "train")][:ARTICLES]
    assert len(labelled) == ARTICLES
    texts = [
        (one.sentences[0].text, " ".join(sentence.text for sentence in one.sentences[1:]))
        for one in labelled
    ]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=msgspec.json.encode(texts),
        capture_output=True,
        check=True,
    )
    found, peak_kb = map(int, done.stdout.split())
    assert found > ARTICLES
    assert peak_kb < MOST_KB
