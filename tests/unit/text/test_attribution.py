"""Attribution: who says it, and in whose voice."""

import pytest

from pledgewatch.ontology import Voice
from pledgewatch.text.attribution import attribute


@pytest.mark.parametrize(
    ("sentence", "words", "speaker", "voice"),
    [
        ("Norway will send troops.", "will send", None, Voice.WRITER),
        ("The minister said Norway would send troops.", "would send", "The minister",
         Voice.REPORTED),
        ("Norway will send troops, the minister said.", "will send", "the minister",
         Voice.REPORTED),
        ("“We will send troops,” said the Danish minister.", "will send", "the Danish minister",
         Voice.QUOTED),
        ("“We will send troops,” Mette Frederiksen said.", "will send", "Mette Frederiksen",
         Voice.QUOTED),
        ("According to the ministry, Norway will send troops.", "will send", "the ministry",
         Voice.REPORTED),
        ("It said it would send troops.", "would send", None, Voice.REPORTED),
    ],
)  # fmt: skip
def test_speaker_and_voice(sentence: str, words: str, speaker: str | None, voice: Voice) -> None:
    start = sentence.index(words)
    found = attribute(sentence, start, start + len(words))
    named = None if found.start is None else sentence[found.start : found.end]
    assert (named, found.voice) == (speaker, voice)
