"""A labelled sentence with what is found in it, and one that states nothing."""

from pledgewatch.ontology import Contribution, Level
from tests.unit.extract.helpers import EXTRACTOR
from training.evaluate import of_sentences
from training.labels import CommitmentLabel, LabelledSentence

SENT = "Kenya will send 400 soldiers to Haiti, its government said."
FOUND = of_sentences(EXTRACTOR, [LabelledSentence(id="0", mission="haiti", text=SENT)])[0]
STATED = LabelledSentence(
    id="1",
    mission="haiti",
    text=SENT,
    commitments=(
        CommitmentLabel(
            actor="KEN",
            name="Kenya",
            contribution=Contribution.GROUND_TROOPS,
            level=Level.ANNOUNCED,
            level_words="will send",
        ),
    ),
)
UNSAID = LabelledSentence(id="2", mission="other-news", text="Rain is on its way.")
