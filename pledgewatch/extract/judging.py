"""How sure the network is of each field of a finding, and what came next: for who asks why."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pledgewatch.extract import heads
from pledgewatch.extract.decode import (
    Decoder,
    Finding,
    Logits,
    chosen_kinds,
    grouped,
    level_chances,
    links,
    sigmoid,
    softmax,
)
from pledgewatch.extract.encoding import Encoded
from pledgewatch.extract.heads import SLICES
from pledgewatch.extract.network import Manifest
from pledgewatch.ontology import Condition, Contribution, Level, Obstacle
from pledgewatch.text.quantities import QuantitySpan

Second = tuple[str, float] | None
"""What came next, and its probability."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a field got its value: `sure`, the network's probability, None where a rule decided.

    `words`: what speaks for the value, where a mention's proof has no place for it.
    """

    sure: float | None
    second: Second = None
    words: str = ""


class Judge:
    """Asks once more what the network said of a finding, by the manifest that it was made by.

    None of this is needed to find mentions, so none is worked out while they are found.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._thresholds = manifest.thresholds
        self._decoder = Decoder(manifest)

    def judged(
        self,
        sentence: str,
        encoded: Encoded,
        logits: Logits,
        finding: Finding,
        parts: Sequence[QuantitySpan],
        conditions: Collection[Condition],
        place: str | None = None,
    ) -> dict[str, Judgement]:
        """How the fields of a finding got their values, by field; of conditions, by their kind.

        `parts`: what its quantity is made of; `conditions`, `place`: those that its mention has. A
        field that is not in the answer was made by rules alone.
        """
        at = finding.heard
        if at is None:
            return {}
        if finding.obstacle is not None:
            return {
                "actor": self._actor(encoded, logits, finding, "hindered"),
                "obstacle": self._obstacle(finding.obstacle, at),
            }
        judged = {"actor": self._actor(encoded, logits, finding, "commits")}
        if place is not None:
            judged["place"] = Judgement(_marked(encoded, logits, place))
        if finding.contribution is not None and finding.level is not None:
            numbers = [*_numbers(sentence, encoded, logits, at, parts)]
            judged["contribution"] = self._contribution(finding.contribution, at, numbers)
            judged["level"] = _level(finding.level, finding.contribution, at)
            judged |= self._quantity(finding.contribution, at, numbers)
            judged |= _unit(numbers, parts)
        return judged | self._conditions(at, conditions)

    def _actor(self, encoded: Encoded, logits: Logits, finding: Finding, head: str) -> Judgement:
        chances = {
            group.code: self._decoder.chance(logits, group, head) for group in grouped(encoded)
        }
        named = {code: chance for code, chance in chances.items() if code is not None}
        # whoever is likely enough is found as well, and so no alternative
        likely = {code for code, chance in named.items() if chance >= self._thresholds[head]}
        second = _best(named, likely | {finding.code})
        if finding.meant is not None:  # that somebody does is the network's word, who is a rule's
            return Judgement(None, second)
        if finding.code is not None:
            return Judgement(named[finding.code], second)
        if head == "commits":
            return Judgement(chances[None], second)
        return Judgement(1 - second[1] if second else None, second)

    def _obstacle(self, value: Obstacle, at: Logits) -> Judgement:
        chances = softmax(at[SLICES["sentence_obstacles"]])
        kinds = _by_value(heads.OBSTACLES, chances)
        chosen = {
            heads.OBSTACLES[one] for one in chosen_kinds(chances, self._thresholds["obstacles"])
        }
        if value not in chosen:  # the words of a condition decided
            return Judgement(None, _best(kinds, {value}))
        return Judgement(kinds[value], _best(kinds, chosen))

    def _stated(self, at: Logits) -> set[Contribution]:
        chances = softmax(at[SLICES["contributions"]])
        bar = self._thresholds["contributions"]
        return {heads.CONTRIBUTIONS[one] for one in chosen_kinds(chances, bar)}

    def _contribution(
        self, value: Contribution, at: Logits, numbers: Sequence["_Number"]
    ) -> Judgement:
        kinds = _by_value(heads.CONTRIBUTIONS, softmax(at[SLICES["contributions"]]))
        words = "; ".join(
            one.words
            for one in numbers
            if one.counts is value and (one.own or one.link >= self._thresholds["links"])
        )
        return Judgement(kinds[value], _best(kinds, self._stated(at)), words)

    def _quantity(
        self, value: Contribution, at: Logits, numbers: Sequence["_Number"]
    ) -> dict[str, Judgement]:
        """Whether a number is the actor's; where none is its quantity, whether none is."""
        # one that counts what else is contributed is no alternative
        elsewhere = self._stated(at) - {value}
        others = {
            one.words: one.link for one in numbers if not one.own and one.counts not in elsewhere
        }
        second = _best(others, ())
        own = max((one.link for one in numbers if one.own), default=None)
        if own is not None:
            return {
                "quantity": Judgement(own if own >= self._thresholds["links"] else None, second)
            }
        if second is None:
            return {}
        # a number that is the actor's and not its quantity: shared with others, or part of another
        apart = second[1] >= self._thresholds["links"]
        return {"quantity": Judgement(None if apart else 1 - second[1], second)}

    def _conditions(self, at: Logits, stated: Collection[Condition]) -> dict[str, Judgement]:
        kinds = _by_value(heads.CONDITIONS, sigmoid(at[SLICES["conditions"]]))
        return {
            kind: Judgement(kinds[kind], _best(kinds, stated))
            for kind in stated
            if kinds[kind] >= self._thresholds["conditions"]
        }


@dataclass(frozen=True, slots=True)
class _Number:
    """A number as the network reads it for one actor; `own`: part of the actor's quantity."""

    span: QuantitySpan
    words: str
    own: bool
    link: float
    counts: Contribution
    units: Logits


def _numbers(
    sentence: str, encoded: Encoded, logits: Logits, at: Logits, parts: Sequence[QuantitySpan]
) -> Iterator[_Number]:
    starts = {part.start for part in parts}
    for number, position, link in links(encoded, logits, at):
        yield _Number(
            span=number,
            words=sentence[number.start : number.end],
            own=number.start in starts,
            link=link,
            counts=heads.CONTRIBUTIONS[
                int(logits[position, SLICES["quantity_contributions"]].argmax())
            ],
            units=softmax(logits[position, SLICES["quantity_units"]]),
        )


def _unit(numbers: Sequence[_Number], parts: Sequence[QuantitySpan]) -> dict[str, Judgement]:
    """The unit, where no word names it and the network's is kept."""
    for one in numbers:
        if parts and one.span.start == parts[0].start and one.span.unit is None:
            units = _by_value(heads.UNITS, one.units)
            unit = max(units, key=units.__getitem__)
            if unit == parts[0].unit:
                return {"unit": Judgement(units[unit], _best(units, {unit}))}
    return {}


def _marked(encoded: Encoded, logits: Logits, place: str) -> float:
    """How likely words are a place, wherever they stand: as likely as the likeliest of them."""
    column = SLICES["evidence"].start + heads.EVIDENCE.index("place")
    spans = [match.span() for match in re.finditer(re.escape(place), encoded.text)]
    return max(
        (
            float(sigmoid(outputs[column]))
            for outputs, offsets in zip(logits, encoded.offsets, strict=True)
            if offsets and any(offsets[0] < end and start < offsets[1] for start, end in spans)
        ),
        default=0.0,  # a word behind the last that is read
    )


def _level(value: Level, contribution: Contribution, at: Logits) -> Judgement:
    chances = level_chances(at, heads.CONTRIBUTIONS.index(contribution))
    levels = _by_value(heads.LEVELS, chances)
    return Judgement(levels[value], _best(levels, {value}))


def _by_value(values: Sequence[str], chances: Logits) -> dict[str, float]:
    return {value: float(chance) for value, chance in zip(values, chances, strict=True)}


def _best(chances: Mapping[str, float], taken: Collection[str | None]) -> Second:
    """The likeliest value that is not taken."""
    left = [(value, chance) for value, chance in chances.items() if value not in taken]
    return max(left, key=lambda one: one[1], default=None)
