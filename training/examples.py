"""Labelled sentences as training examples: ids, and for each head what is right."""

import dataclasses
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from msgspec.structs import replace
from tokenizers import Tokenizer

from pledgewatch.extract import heads
from pledgewatch.extract.encoding import Candidate, Encoded, candidates, encode
from pledgewatch.gazetteer import ActorName, Gazetteer
from pledgewatch.text.quantities import QuantitySpan
from training.labels import (
    CommitmentLabel,
    LabelledSentence,
    ObstacleLabel,
    QuantityLabel,
    faults,
)


@dataclass(slots=True)
class Group:
    """All the words of a sentence that stand for one actor, and what is stated of it.

    `positions`: their markers; the first token where nobody is named (`code` None). Levels are
    indices into `heads.LEVELS` by contribution, -1 where not stated.
    """

    code: str | None
    positions: list[int]
    contributions: np.ndarray
    levels: np.ndarray
    obstacles: np.ndarray
    conditions: np.ndarray

    @property
    def retracts(self) -> bool:
        """Whether anything is taken back."""
        return any(heads.LEVELS[level].is_retraction for level in self.levels if level >= 0)


@dataclass(slots=True)
class Example:
    """One sentence, ready for the network."""

    encoded: Encoded
    groups: list[Group]
    links: np.ndarray
    """[G, Q]: whether the quantity is the actor's."""
    quantity_contributions: np.ndarray
    """[Q], index into `heads.CONTRIBUTIONS`, -1 where it is nobody's."""
    quantity_units: np.ndarray
    """[Q], index into `heads.UNITS`, -1 where it is nobody's or money."""
    evidence: np.ndarray
    """[T, `heads.EVIDENCE`], -1 at tokens of which nothing is known."""
    missed: list[str] = field(default_factory=list)
    """Labelled actors whom no candidate names."""


def example(tokenizer: Tokenizer, label: LabelledSentence, *, context: bool = True) -> Example:
    """The example of one labelled sentence."""
    names = Gazetteer.load().find(label.text)
    marked = _resolved(label, names)
    encoded = encode(tokenizer, label.text, marked, label.context if context else None)
    codes: dict[str | None, list[int]] = {None: [0]}
    for candidate, position in zip(marked, encoded.actors, strict=True):
        if position:
            codes.setdefault(candidate.code, []).append(position)
    groups = [_group(label, code, positions, set(codes)) for code, positions in codes.items()]
    found = Example(
        encoded,
        groups,
        *_links(label, encoded, groups),
        _evidence(label, encoded),
    )
    labelled = {c.actor for c in label.commitments} | {o.actor for o in label.obstacles}
    found.missed = [code for code in labelled if code is not None and code not in codes]
    return found


def actor_by_actor(
    tokenizer: Tokenizer, label: LabelledSentence, *, context: bool = True
) -> list[Example]:
    """An example for each actor of one labelled sentence, in which it alone is marked."""
    whole = example(tokenizer, label, context=context)
    found = []
    for row, group in enumerate(whole.groups):
        marked = [one for one in whole.encoded.candidates if one.code == group.code]
        encoded = encode(tokenizer, label.text, marked, label.context if context else None)
        positions = [place for place in encoded.actors if place]
        if group.code is None:
            positions.insert(0, 0)
        found.append(
            dataclasses.replace(
                whole,
                encoded=encoded,
                groups=[dataclasses.replace(group, positions=positions)],
                links=whole.links[[row]],
                evidence=_evidence(label, encoded),
            )
        )
    return found


def _places(text: str, words: str) -> list[tuple[int, int]]:
    """Where labelled words stand in a sentence, as whole words."""
    return [found.span() for found in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)]


def _place(text: str, words: str) -> tuple[int, int]:
    """Where they stand first; anywhere if nowhere as whole words, (-1, …) if not at all."""
    start = text.find(words)
    return next(iter(_places(text, words)), (start, start + len(words)))


def _resolved(label: LabelledSentence, names: Sequence[ActorName]) -> tuple[Candidate, ...]:
    """The candidates, references given the actor that the labels say they mean."""
    meant: dict[tuple[int, int], str] = {}
    everything: list[CommitmentLabel | ObstacleLabel] = [*label.commitments, *label.obstacles]
    for stated in everything:
        if stated.name and stated.actor:
            meant |= dict.fromkeys(_places(label.text, stated.name), stated.actor)
    found = []
    for candidate in candidates(label.text, names):
        code = candidate.code
        if candidate.kind == "reference":
            code = next(
                (
                    actor
                    for (start, end), actor in meant.items()
                    if start < candidate.end and candidate.start < end
                ),
                None,
            )
        found.append(Candidate(candidate.start, candidate.end, code, candidate.kind))
    return tuple(found)


def _group(
    label: LabelledSentence, code: str | None, positions: list[int], named: set[str | None]
) -> Group:
    """What is stated of one actor; whom no candidate names is with those that nobody names."""
    width = len(heads.CONTRIBUTIONS)
    group = Group(
        code,
        positions,
        np.zeros(width, np.float32),
        np.full(width, -1, np.int64),
        np.zeros(len(heads.OBSTACLES), np.float32),
        np.zeros(len(heads.CONDITIONS), np.float32),
    )
    for stated in label.commitments:
        if (stated.actor if stated.actor in named else None) != code:
            continue
        at = heads.CONTRIBUTIONS.index(stated.contribution)
        group.contributions[at] = 1
        # beside a positive of the same kind a negative is left out: levels go from firm to vague
        level = heads.LEVELS.index(stated.level)
        if group.levels[at] < 0 or level < group.levels[at]:
            group.levels[at] = level
        for condition in stated.conditions:
            group.conditions[heads.CONDITIONS.index(condition.kind)] = 1
    for hindrance in label.obstacles:
        if (hindrance.actor if hindrance.actor in named else None) == code:
            group.obstacles[heads.OBSTACLES.index(hindrance.obstacle)] = 1
    return group


def _links(
    label: LabelledSentence, encoded: Encoded, groups: Sequence[Group]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    links = np.zeros((len(groups), len(encoded.numbers)), np.float32)
    kinds = np.full(len(encoded.numbers), -1, np.int64)
    units = np.full(len(encoded.numbers), -1, np.int64)
    for stated in label.commitments:
        if stated.quantity is None:
            continue
        for index in _of(label.text, stated.quantity, encoded.numbers):
            kinds[index] = heads.CONTRIBUTIONS.index(stated.contribution)
            if stated.quantity.unit in heads.UNITS:
                units[index] = heads.UNITS.index(stated.quantity.unit)
            for row, group in enumerate(groups):
                if group.code == stated.actor or (
                    group.code is None and stated.actor not in {one.code for one in groups}
                ):
                    links[row, index] = 1
    return links, kinds, units


def _of(text: str, label: QuantityLabel, numbers: Sequence[QuantitySpan]) -> list[int]:
    """Which numbers are the labelled quantity: the very one, else its parts."""
    start, end = (0, len(text)) if label.text is None else _place(text, label.text)
    inside = [i for i, one in enumerate(numbers) if one.start < end and start < one.end]
    fitting = [i for i in inside if numbers[i].unit in (label.unit, None)]
    same = [i for i in fitting if (numbers[i].min, numbers[i].max) == (label.min, label.max)]
    return same or ([] if label.text is None else fitting or inside)


def _evidence(label: LabelledSentence, encoded: Encoded) -> np.ndarray:
    inside = [offsets is not None for offsets in encoded.offsets]
    marks = np.where(np.array(inside)[:, None], 0.0, -1.0).repeat(len(heads.EVIDENCE), 1)
    for head, words in _words(label):
        if words is None:
            marks[:] = -1
            break
        start, end = _place(label.text, words)
        for index, offsets in enumerate(encoded.offsets):
            if start >= 0 and offsets is not None and offsets[0] < end and start < offsets[1]:
                marks[index, heads.EVIDENCE.index(head)] = 1
    return marks.astype(np.float32)


def _words(label: LabelledSentence) -> Iterable[tuple[str, str | None]]:
    for stated in label.commitments:
        yield "level", stated.level_words
        for condition in stated.conditions:
            yield "condition", condition.text
        if stated.place:
            yield "place", stated.place
        if stated.speaker:
            yield "speaker", stated.speaker
    for hindrance in label.obstacles:
        yield "obstacle", hindrance.text
        if hindrance.speaker:
            yield "speaker", hindrance.speaker


_SWAPPABLE = ("name", "demonym", "seat")


class Swapper:
    """Puts other states in the place of those that a sentence names, in its labels too.

    So the network learns who does what from the grammar, not from who usually does it. States
    that are at war or receive forces are left alone: what they do means something else.
    """

    def __init__(self, seed: int, fixed: frozenset[str]) -> None:
        self._random = random.Random(seed)  # noqa: S311
        self._fixed = fixed
        self._names = Gazetteer.load().forms()

    def __call__(self, label: LabelledSentence) -> LabelledSentence:
        """A variant of the sentence, or the sentence where nothing can be put in."""
        found = Gazetteer.load().find(label.text)
        taken = {name.code for name in found}
        # a state stays where a leader or institution of its own stands beside it, or an EU organ
        fixed = self._fixed | {name.code for name in found if name.kind not in _SWAPPABLE}
        names = [name for name in found if name.code not in fixed]
        shared = {name.start for name in found if name.code in fixed}
        codes = {name.code for name in names}
        if not codes or any(name.start in shared for name in names):
            return label
        others = [code for code in self._names if code not in taken | self._fixed]
        new = dict(zip(sorted(codes), self._random.sample(others, len(codes)), strict=True))
        above = [one for one in Gazetteer.load().find(label.context or "") if one.code in new]
        if not all(name.kind in self._names[new[name.code]] for name in [*names, *above]):
            return label
        context = label.context and _spliced(label.context, self._pieces(above, new))
        swapped = replace(_rewritten(label, self._pieces(names, new), new), context=context)
        return label if faults(swapped) else swapped  # labelled words that cut through a name

    def _pieces(
        self, names: Sequence[ActorName], new: dict[str, str]
    ) -> list[tuple[int, int, str]]:
        return [
            (one.start, one.end, self._random.choice(self._names[new[one.code]][one.kind][:3]))
            for one in names
        ]


def _rewritten(
    label: LabelledSentence, pieces: Sequence[tuple[int, int, str]], codes: dict[str, str]
) -> LabelledSentence:
    def words(text: str | None) -> str | None:
        if text is None:
            return None
        at = label.text.find(text)
        if at < 0:
            return text
        return _spliced(text, [(s - at, e - at, w) for s, e, w in pieces])

    def code(value: str | None) -> str | None:
        return codes.get(value, value) if value else None

    def commitment(stated: CommitmentLabel) -> CommitmentLabel:
        quantity = stated.quantity and replace(stated.quantity, text=words(stated.quantity.text))
        return replace(
            stated,
            actor=code(stated.actor),
            recipient=code(stated.recipient),
            name=words(stated.name),
            level_words=words(stated.level_words),
            quantity=quantity,
            place=words(stated.place),
            speaker=words(stated.speaker),
            conditions=tuple(replace(c, text=words(c.text)) for c in stated.conditions),
        )

    return replace(
        label,
        text=_spliced(label.text, pieces),
        commitments=tuple(map(commitment, label.commitments)),
        obstacles=tuple(
            replace(
                o,
                actor=code(o.actor),
                name=words(o.name),
                text=words(o.text),
                speaker=words(o.speaker),
            )
            for o in label.obstacles
        ),
    )


def _spliced(text: str, pieces: Sequence[tuple[int, int, str]]) -> str:
    length = len(text)
    for start, end, word in sorted(pieces, reverse=True):
        if start >= 0 and end <= length:
            text = text[:start] + word + text[end:]
    return text
