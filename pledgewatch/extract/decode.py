"""What the network says of a sentence, as findings: who contributes what, what hinders whom."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pledgewatch.extract import heads
from pledgewatch.extract.encoding import Candidate, Encoded
from pledgewatch.extract.heads import SLICES
from pledgewatch.extract.network import Manifest
from pledgewatch.ontology import Condition, Contribution, Level, Obstacle
from pledgewatch.text.quantities import QuantitySpan
from pledgewatch.text.spans import Offsets

Logits = NDArray[np.float32]

_WORD = re.compile(r"\w+(?:[-'’]\w+|[.,]\d\w*|\.\w\b)*")
"""Words as a reader parts them, of several tokens each: "won't", "2,000", "U.S"."""

_REFUSES = re.compile(
    r"\b(?:no|not|none|never|nor|neither|without|cannot|rul\w+ out|exclud\w+|reject\w*|refus\w*|"
    r"declin\w*|turn\w* down|with(?:dr[ae]w|held|hold)\w*|pull\w*|leav\w+|left(?! for)|quit\w*|"
    r"recall\w*|home|(?:go|mov|opt|stay)\w* out|scrap\w*|cancel\w*|halt\w*|suspend\w*|drop\w*|"
    r"return\w*|shelv\w+|abandon\w*|stop\w*)\b|n['’]t\b",
    re.IGNORECASE,
)
"""Words by which something is not sent, or comes back."""
_LEAVES_OPEN = re.compile(
    r"(?:\b(?:not|never)|n['’]t)(?: \w+)? (?:exclud\w+|reject\w*|rul\w+ (?:\w+ )?out)\b",
    re.IGNORECASE,
)
_NEAR = 12  # characters before a word in which its "not" stands


@dataclass(frozen=True, slots=True)
class Finding:
    """One judgement: `actor` contributes at `level`, or `obstacle` stands in its way.

    `actor` is None, or a candidate without a code, where nobody can be named. The spans are the
    words that say so, empty where there are none to point at. `meant`: who it is where no word of
    the sentence says so. `links`: how likely each of `quantities` is the actor's. `heard`: the
    outputs that it was read from, None where a rule made it.
    """

    actor: Candidate | None
    confidence: float
    contribution: Contribution | None = None
    level: Level | None = None
    obstacle: Obstacle | None = None
    quantities: tuple[QuantitySpan, ...] = ()
    links: tuple[float, ...] = ()
    conditions: tuple[Condition, ...] = ()
    level_words: tuple[Offsets, ...] = ()
    obstacle_words: tuple[Offsets, ...] = ()
    meant: str | None = None
    heard: Logits | None = field(default=None, compare=False, repr=False)

    @property
    def code(self) -> str | None:
        """The actor's code."""
        return self.actor.code if self.actor else self.meant

    def anchor(self, sentence: str) -> Offsets:
        """Where the words stand that say so; the whole sentence where none do."""
        return next(iter(self.level_words or self.obstacle_words), (0, len(sentence)))


Evidence = Mapping[str, tuple[Offsets, ...]]
"""Words of a sentence by what they say, in reading order."""


class Decoder:
    """Turns logits into findings by the manifest's thresholds and calibration."""

    def __init__(self, manifest: Manifest) -> None:
        self._thresholds = manifest.thresholds
        self._calibration = manifest.calibration

    def decode(
        self,
        encoded: Encoded,
        logits: Logits,
        barred: frozenset[Obstacle] = frozenset(),
        *,
        topical: bool = True,
    ) -> tuple[list[Finding], Evidence]:
        """The findings of one sentence, and the words that speak for them.

        `barred`: obstacles of which no word speaks. Unless it is `topical`, only what is quite
        sure is found.
        """
        evidence = self._evidence(encoded, logits)
        groups = grouped(encoded)
        found = [
            finding
            for group in groups
            for finding in self._commitments(encoded, logits, group, evidence)
        ]
        found += self._obstacles(logits, groups, evidence, barred)
        least = 0.0 if topical else self._thresholds["off_topic"]
        return [one for one in found if one.confidence >= least], evidence

    def scores(self, logits: Logits) -> tuple[float, float]:
        """How likely the sentence states a commitment, and an obstacle."""
        commitment, obstacle = logits[0, SLICES["sentence"]]
        return self._probability("sentence", commitment), self._probability("hinders", obstacle)

    def chance(self, logits: Logits, group: "Group", head: str) -> float:
        """How likely an actor `commits` or is `hindered`."""
        return self._probability(head, pooled(logits, group.positions, head)[SLICES[head]][0])

    def _commitments(
        self, encoded: Encoded, logits: Logits, group: "Group", evidence: Evidence
    ) -> list[Finding]:
        at = pooled(logits, group.positions, "commits")
        likely = self._probability("commits", at[SLICES["commits"]][0])
        bar = self._thresholds["commits" if group.code else "commits_unnamed"]
        if likely < bar or self.scores(logits)[0] < self._thresholds["sentence"]:
            return []
        actor = group.best(logits, "commits")
        chances = softmax(at[SLICES["contributions"]])
        chosen = chosen_kinds(chances, self._thresholds["contributions"])
        found = []
        for index in chosen:
            levels = level_chances(at, index)
            level = heads.LEVELS[int(levels.argmax())]
            # a wrong retraction is worse than a missed one
            if level.is_retraction and retraction(levels) < self._thresholds["retracts"]:
                continue
            numbers = self._quantities(encoded, logits, at, index, len(chosen) > 1)
            found.append(
                Finding(
                    actor=actor,
                    confidence=min(likely, 1 - 1e-3),
                    contribution=heads.CONTRIBUTIONS[index],
                    level=level,
                    quantities=tuple(number for number, _ in numbers),
                    links=tuple(link for _, link in numbers),
                    conditions=self._conditions(at) if level.can_wait else (),
                    level_words=_said_of(actor, level, evidence["level"], encoded.text),
                    heard=at,
                )
            )
        return found

    def _conditions(self, at: Logits) -> tuple[Condition, ...]:
        chances = sigmoid(at[SLICES["conditions"]])
        chosen = np.flatnonzero(chances >= self._thresholds["conditions"])
        return tuple(heads.CONDITIONS[int(index)] for index in chosen)

    def _quantities(
        self, encoded: Encoded, logits: Logits, at: Logits, contribution: int, several: bool
    ) -> list[tuple[QuantitySpan, float]]:
        found = []
        for number, position, link in links(encoded, logits, at):
            kind = int(logits[position, SLICES["quantity_contributions"]].argmax())
            if link >= self._thresholds["links"] and (not several or kind == contribution):
                unit = number.unit or _unit(logits[position])
                found.append((replace(number, unit=unit), link))
        return found

    def _obstacles(
        self,
        logits: Logits,
        groups: Sequence["Group"],
        evidence: Evidence,
        barred: frozenset[Obstacle],
    ) -> list[Finding]:
        stated = self.scores(logits)[1]
        if stated < self._thresholds["hinders"]:
            return []
        heard = logits[0].copy()
        kinds = heard[SLICES["sentence_obstacles"]]
        kinds[[heads.OBSTACLES.index(one) for one in barred]] = -np.inf
        chosen = chosen_kinds(softmax(kinds), self._thresholds["obstacles"])
        hindered: list[Candidate | None] = [
            group.best(logits, "hindered")
            for group in groups
            if group.code and self.chance(logits, group, "hindered") >= self._thresholds["hindered"]
        ]
        return [
            Finding(
                actor=actor,
                confidence=min(stated, 1 - 1e-3),
                obstacle=heads.OBSTACLES[index],
                obstacle_words=evidence["obstacle"],
                heard=heard,
            )
            for index in chosen
            for actor in hindered or [None]
        ]

    def _probability(self, head: str, logit: float) -> float:
        slope, offset = self._calibration.get(head, (1.0, 0.0))
        return float(sigmoid(np.float32(slope * logit + offset)))

    def _evidence(self, encoded: Encoded, logits: Logits) -> Evidence:
        chances = sigmoid(logits[:, SLICES["evidence"]])
        runs: dict[str, tuple[Offsets, ...]] = {}
        for column, name in enumerate(heads.EVIDENCE):
            spans: list[Offsets] = []
            last = -2
            for index, offsets in enumerate(encoded.offsets):
                if offsets is None or chances[index, column] < self._thresholds["evidence"]:
                    continue
                # a marker or one doubtful token within the words does not part them
                if spans and index - last <= 2:
                    spans[-1] = (spans[-1][0], offsets[1])
                else:
                    spans.append(offsets)
                last = index
            runs[name] = _whole(encoded.text, spans)
        return runs


@dataclass(frozen=True, slots=True)
class Group:
    """All the words of a sentence that stand for one actor; None: for nobody who is named."""

    code: str | None
    positions: list[int]
    members: list[Candidate | None]

    def best(self, logits: Logits, head: str) -> Candidate | None:
        """The word that says most that the actor `commits` or is `hindered`."""
        values = [logits[position, SLICES[head]][0] for position in self.positions]
        return self.members[int(np.argmax(values))]


def grouped(encoded: Encoded) -> list[Group]:
    """The actors of a sentence; the first stands for nobody who is named."""
    groups: dict[str | None, Group] = {None: Group(None, [0], [None])}
    for candidate, position in zip(encoded.candidates, encoded.actors, strict=True):
        if position:
            group = groups.setdefault(candidate.code, Group(candidate.code, [], []))
            group.positions.append(position)
            group.members.append(candidate)
    return list(groups.values())


def pooled(logits: Logits, positions: Sequence[int], key: str) -> Logits:
    """One actor's outputs from those at its markers, weighted by how much each says `key`."""
    at = logits[list(positions)]
    score = at[:, SLICES[key]].max(axis=1)
    weights = np.exp(score - score.max())
    mixed: Logits = (weights[:, None] * at).sum(axis=0) / weights.sum()
    return mixed


def level_chances(at: Logits, contribution: int) -> Logits:
    """How likely each of `heads.LEVELS` is for one contribution of an actor."""
    shift = at[SLICES["levels_by_contribution"]].reshape(len(heads.CONTRIBUTIONS), -1)
    return softmax(at[SLICES["levels"]] + shift[contribution])


def links(
    encoded: Encoded, logits: Logits, at: Logits
) -> Iterator[tuple[QuantitySpan, int, float]]:
    """Each number, where its marker stands, and how likely it is of the actor heard as `at`."""
    vector = at[SLICES["of_actor"]]
    for number, position in encoded.read_numbers():
        link = float(sigmoid(logits[position, SLICES["of_quantity"]] @ vector))
        yield number, position, link


def retraction(levels: Logits) -> float:
    """How likely it is that the level is a retraction."""
    return float(sum(levels[i] for i, level in enumerate(heads.LEVELS) if level.is_retraction))


def _unit(at: Logits) -> str:
    """The unit of a number of which no word names it."""
    return heads.UNITS[int(at[SLICES["quantity_units"]].argmax())]


def _whole(text: str, spans: Sequence[Offsets]) -> tuple[Offsets, ...]:
    """Spans, in reading order, from the begin of a word to the end of one; as one where they meet.

    A token may be a part of a word only: "hartoum" is no proof.
    """
    words = _WORD.finditer(text) if spans else iter(())
    word = next(words, None)
    found: list[Offsets] = []
    for start, end in spans:
        first, last = start, end
        while word is not None and word.start() < end:
            if word.end() > start:
                first, last = min(first, word.start()), max(last, word.end())
                if word.end() > end:  # it may be the next one's as well
                    break
            word = next(words, None)
        if found and first < found[-1][1]:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return tuple(found)


def _said_of(
    actor: Candidate | None, level: Level, runs: Sequence[Offsets], text: str
) -> tuple[Offsets, ...]:
    """The words that say so: nearest after an actor's name, else nearest before it.

    Of words that refuse and words that offer, those which fit the level.
    """
    if actor is None or len(runs) < 2:
        return tuple(runs)
    fitting = [run for run in runs if _refuses(text, *run) == level.is_retraction]
    return (
        min(fitting or runs, key=lambda run: (run[0] < actor.start, abs(run[0] - actor.start))),
    )


def _refuses(text: str, start: int, end: int) -> bool:
    leaves_open = _LEAVES_OPEN.search(text, max(0, start - _NEAR), end)
    return leaves_open is None and _REFUSES.search(text, start, end) is not None


def chosen_kinds(chances: Logits, bar: float) -> list[int]:
    """The likeliest kind, and any other that is likely enough."""
    return sorted({int(chances.argmax())} | {int(one) for one in np.flatnonzero(chances >= bar)})


def softmax(values: Logits) -> Logits:
    """Logits of kinds, of which mostly one holds, as probabilities."""
    powers = np.exp(values - values.max())
    return np.asarray(powers / powers.sum(), np.float32)


def sigmoid(values: Logits | np.float32) -> Logits:
    """Logits as probabilities."""
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))), np.float32)
