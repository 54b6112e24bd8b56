"""The measures: what a reader labelled against what was found, sentence by sentence."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from pledgewatch.ontology import Contribution, Level, family
from pledgewatch.records import Mention, Quantity
from training.labels import CommitmentLabel, LabelledSentence, QuantityLabel


@dataclass
class Counts:
    """Hits, misses and false alarms."""

    hits: int = 0
    missed: int = 0
    false: int = 0

    def add(self, right: set[object], found: set[object]) -> None:
        """Count one sentence."""
        self.hits += len(right & found)
        self.missed += len(right - found)
        self.false += len(found - right)

    @property
    def labelled(self) -> int:
        """How many there are."""
        return self.hits + self.missed

    @property
    def found(self) -> int:
        """How many were found, rightly or not."""
        return self.hits + self.false

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return self.hits / max(1, self.found)

    @property
    def recall(self) -> float:
        """Share of what is there that was found."""
        return self.hits / max(1, self.labelled)

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.hits / max(1, 2 * self.hits + self.missed + self.false)


@dataclass(frozen=True)
class Statement:
    """A commitment or obstacle, labelled or found, as far as it is scored.

    Two that differ in `recipient`, `place` or `speaker` alone are equal: on these, readers need
    not agree.
    """

    actor: str | None
    contribution: str | None = None
    level: str | None = None
    quantity: tuple[int | None, int | None, str] | None = None
    conditions: frozenset[str] = frozenset()
    obstacle: str | None = None
    recipient: str | None = field(default=None, compare=False)
    place: str | None = field(default=None, compare=False)
    speaker: str | None = field(default=None, compare=False)

    @property
    def retracts(self) -> bool:
        """Whether it takes something back."""
        return self.level is not None and Level(self.level).is_retraction

    @property
    def family(self) -> str | None:
        """The pledge family of a troop pledge, None for anything else."""
        if self.contribution is None or self.level is None or not Level(self.level).is_pledge:
            return None
        people = self.quantity is not None and self.quantity[2] == "personnel"
        return family(Contribution(self.contribution), personnel=people)


def of_label(label: LabelledSentence) -> list[Statement]:
    """What a reader labelled."""
    return [*map(_commitment, label.commitments)] + [
        Statement(actor=o.actor, obstacle=o.obstacle) for o in label.obstacles
    ]


def of_mentions(mentions: Iterable[Mention]) -> list[Statement]:
    """What the extractor found."""
    return [
        Statement(
            actor=mention.actor.code if mention.actor else None,
            contribution=mention.contribution,
            level=mention.level,
            quantity=_quantity(mention.quantity),
            conditions=frozenset(str(condition.kind) for condition in mention.conditions),
            obstacle=mention.obstacle,
            recipient=mention.recipient.code if mention.recipient else None,
            place=plain(mention.place),
            speaker=plain(mention.attribution.speaker if mention.attribution else None),
        )
        for mention in mentions
    ]


def _commitment(label: CommitmentLabel) -> Statement:
    return Statement(
        actor=label.actor,
        contribution=label.contribution,
        level=label.level,
        quantity=_quantity(label.quantity),
        conditions=frozenset(str(condition.kind) for condition in label.conditions),
        recipient=label.recipient,
        place=plain(label.place),
        speaker=plain(label.speaker),
    )


_LEADING = re.compile(r"^(?:the|a|an|its|their|his|her)\s+")


def plain(words: str | None) -> str | None:
    """Words without capitals, marks and a leading article or possessive; None where none is left.

    "The Golan Heights" and "Golan Heights" are the same place.
    """
    return " ".join(re.findall(r"\w+", _LEADING.sub("", words.lower()))) or None if words else None


def _quantity(
    quantity: QuantityLabel | Quantity | None,
) -> tuple[int | None, int | None, str] | None:
    return (quantity.min, quantity.max, quantity.unit) if quantity else None


SETS = (
    "commitment in sentence",
    "obstacle in sentence",
    "contributing actors",
    "troop pledges",
    "retractions",
    "obstacle kind",
    "obstacle kind and actor",
    "condition",
)
FIELDS = ("level", "contribution", "quantity", "conditions")
OTHER_FIELDS = ("recipient", "place", "speaker")
"""Told beside the others: no target is set for them, and they are no part of "every field"."""
TARGETS = {
    "commitment in sentence": 0.92,
    "obstacle in sentence": 0.88,
    "contributing actors": 0.88,
    "troop pledges": 0.86,
    "retractions precision": 0.92,
    "retractions recall": 0.80,
    "level": 0.83,
    "level macro-F1": 0.78,
    "contribution": 0.90,
    "obstacle kind": 0.78,
    "quantity": 0.85,
    "condition": 0.65,
    "every field": 0.60,
}
"""What must be reached, by measure; F1 where nothing else is said."""
SILENCE = {"other-news": 0.001, "war-reporting": 0.01}
"""Share of sentences in which a commitment may at most be found, by what silent news is about."""
CALIBRATION = {"commitments": 0.05}
"""Expected calibration error that must not be reached."""
NONE = "none"
"""What was found in place of a missed obstacle, and what is labelled in place of a false one."""


@dataclass
class Scores:
    """All measures over a set of sentences."""

    sets: dict[str, Counts] = field(default_factory=lambda: {name: Counts() for name in SETS})
    right: Counter[str] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)
    others: dict[str, Counts] = field(
        default_factory=lambda: {name: Counts() for name in OTHER_FIELDS}
    )
    within: Counter[str] = field(default_factory=Counter)
    confused: dict[str, Counter[tuple[str, str]]] = field(
        default_factory=lambda: {name: Counter() for name in ("level", "contribution", "obstacle")}
    )

    def add(self, labelled: Sequence[Statement], found: Sequence[Statement]) -> list[str]:
        """Count one sentence; returns what is wrong with it, in words."""
        if not labelled and not found:
            return []  # most sentences, and intervals count each hundreds of times
        wrong: list[str] = []
        views = _views(labelled), _views(found)
        for name in SETS:
            right, got = views[0][name], views[1][name]
            self.sets[name].add(right, got)
            if name in ("contributing actors", "obstacle kind"):
                wrong += [f"missed {one}" for one in sorted(map(str, right - got))]
                wrong += [f"false {one}" for one in sorted(map(str, got - right))]
        self._confuse_obstacles(*(view["obstacle kind"] for view in views))
        free = [one for one in found if one.obstacle is None]
        stated = [one for one in labelled if one.obstacle is None]
        every = bool(stated)
        for one in stated:
            alike = [other for other in free if other.actor == one.actor]
            if not alike:
                every = False
                continue
            best = max(alike, key=lambda other: (other.retracts == one.retracts, _same(one, other)))
            free.remove(best)
            for name in FIELDS:
                same = getattr(one, name) == getattr(best, name)
                self.compared[name] += 1
                self.right[name] += same
                every = every and same
                if not same:
                    said, meant = (_told(getattr(side, name)) for side in (best, one))
                    wrong.append(f"{name} {said}, not {meant}")
            for name in ("level", "contribution"):
                self.confused[name][str(getattr(one, name)), str(getattr(best, name))] += 1
            for name in OTHER_FIELDS:
                self._compare_other(name, getattr(one, name), getattr(best, name))
        if stated:
            self.compared["every field"] += 1
            self.right["every field"] += every and not free
        return wrong

    def _confuse_obstacles(self, right: set[object], got: set[object]) -> None:
        """Each kind once: found, else beside one that was found in its place."""
        counter = self.confused["obstacle"]
        counter.update((str(kind), str(kind)) for kind in right & got)
        counter.update(
            zip_longest(
                sorted(map(str, right - got)), sorted(map(str, got - right)), fillvalue=NONE
            )
        )

    def _compare_other(self, name: str, right: str | None, got: str | None) -> None:
        self.compared[name] += 1
        self.right[name] += right == got
        self.others[name].add({right} if right else set(), {got} if got else set())
        if right and got:
            self.within[name] += f" {right} " in f" {got} " or f" {got} " in f" {right} "

    def accuracy(self, name: str) -> float:
        """Share of matched commitments in which a field is right."""
        return self.right[name] / max(1, self.compared[name])

    def macro_f1(self, name: str) -> float:
        """Mean F1 over the classes that occur."""
        pairs = self.confused[name]
        classes = {right for right, _ in pairs}
        total = 0.0
        for one in classes:
            hits = pairs[one, one]
            labelled = sum(n for (right, _), n in pairs.items() if right == one)
            found = sum(n for (_, got), n in pairs.items() if got == one)
            total += 2 * hits / max(1, labelled + found)
        return total / max(1, len(classes))

    def table(self) -> dict[str, float]:
        """Each measure of `TARGETS`, 0 to 1."""
        values = {name: counts.f1 for name, counts in self.sets.items()}
        values["retractions precision"] = self.sets["retractions"].precision
        values["retractions recall"] = self.sets["retractions"].recall
        values |= {name: self.accuracy(name) for name in (*FIELDS, "every field")}
        values["level macro-F1"] = self.macro_f1("level")
        return {name: values[name] for name in TARGETS}


Points = Sequence[tuple[float, bool]]
"""How sure the extractor was, and whether it was right."""
_BINS = 10


def binned(points: Points) -> list[tuple[float, float, float]]:
    """By tenths of confidence: the share of all points, how sure they are, how many are right."""
    tenths: dict[int, list[tuple[float, bool]]] = {}
    for sure, right in points:
        tenths.setdefault(min(int(sure * _BINS), _BINS - 1), []).append((sure, right))
    return [
        (
            len(inside) / len(points),
            sum(sure for sure, _ in inside) / len(inside),
            sum(right for _, right in inside) / len(inside),
        )
        for _, inside in sorted(tenths.items())
    ]


def calibration_error(points: Points) -> float:
    """How far confidence is from the share that is right, on average over all points."""
    return sum(share * abs(sure - right) for share, sure, right in binned(points))


def _told(value: object) -> str:
    return (
        " and ".join(sorted(map(str, value))) or "none"
        if isinstance(value, frozenset)
        else str(value)
    )


def _same(one: Statement, other: Statement) -> int:
    return sum(getattr(one, name) == getattr(other, name) for name in FIELDS)


def _views(statements: Sequence[Statement]) -> dict[str, set[object]]:
    commitments = [one for one in statements if one.obstacle is None]
    obstacles = [one for one in statements if one.obstacle is not None]
    return {
        "commitment in sentence": {True} if commitments else set(),
        "obstacle in sentence": {True} if obstacles else set(),
        "contributing actors": {one.actor for one in commitments},
        "troop pledges": {(one.actor, one.family) for one in commitments if one.family},
        "retractions": {one.actor for one in commitments if one.retracts},
        "obstacle kind": {one.obstacle for one in obstacles},
        "obstacle kind and actor": {(one.obstacle, one.actor) for one in obstacles},
        "condition": {(one.actor, kind) for one in commitments for kind in one.conditions},
    }
