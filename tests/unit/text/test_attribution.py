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
        ("Norway pledged troops.", "pledged", None, Voice.WRITER),
        ("Norway pledged to send troops.", "pledged", None, Voice.WRITER),
        ("Norway will send troops, the minister promised.", "will send", "the minister",
         Voice.REPORTED),
        ("Norway will send troops, where Germany said no.", "will send", None, Voice.WRITER),
        ("Norway will send troops, while Finland announced none.", "will send", None,
         Voice.WRITER),
        ("Norway will go, and Sweden said it would send troops.", "will go", None, Voice.WRITER),
        ("Norway will go, and Sweden said it would send troops.", "would send", "Sweden",
         Voice.REPORTED),
        ("“We will send troops,” Støre, the prime minister, told NRK.", "will send", "Støre",
         Voice.QUOTED),
        ("“We will send troops,” said Gen. Smith of the U.S. Army.", "will send",
         "Gen. Smith of the U.S. Army", Voice.QUOTED),
        ("Norway will send troops, its minister, Jonas Gahr, said on Monday.", "will send",
         "Jonas Gahr", Voice.REPORTED),
        ("Last week Støre said Norway would send troops.", "would send", "Støre",
         Voice.REPORTED),
        ("But Støre said Norway would send troops.", "would send", "Støre", Voice.REPORTED),
        ("Norway, it was announced, will send troops.", "will send", None, Voice.WRITER),
        ("Norway, which had promised men, will send troops.", "will send", None, Voice.WRITER),
        ("They were told Norway would send troops.", "would send", None, Voice.WRITER),
        ("No one said Norway would send troops.", "would send", None, Voice.WRITER),
        ("Støre was quoted by NRK as saying Norway would send troops.", "would send", "Støre",
         Voice.REPORTED),
        ("NRK quoted Jonas Støre as saying it would send troops.", "would send", "Jonas Støre",
         Voice.REPORTED),
        ("OSLO - Jonas Støre said Norway would send troops.", "would send", "Jonas Støre",
         Voice.REPORTED),
        ("Norway offered ships, but said no troops would go.", "would go", None, Voice.WRITER),
        ("Støre said, days before Christmas, that Norway would send troops.", "would send", "Støre",
         Voice.REPORTED),
        ("Moscow said it was a threat, a day after Norway pledged troops.", "pledged", None,
         Voice.WRITER),
    ],
)  # fmt: skip
def test_speaker_and_voice(sentence: str, words: str, speaker: str | None, voice: Voice) -> None:
    start = sentence.index(words)
    found = attribute(sentence, start, start + len(words))
    named = None if found.start is None else sentence[found.start : found.end]
    assert (named, found.voice) == (speaker, voice)
