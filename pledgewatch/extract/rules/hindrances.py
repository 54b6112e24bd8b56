"""Obstacles, as far as words decide: kinds that need a word, conditions that must be met."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pledgewatch.extract.decode import Finding
from pledgewatch.extract.rules.conditions import (
    LEGISLATURE,
    ConditionSpan,
    clause_after,
    closed_clauses,
    find_conditions,
    follows,
    in_reach,
    is_open,
    kinds_of,
)
from pledgewatch.ontology import Condition, Level, Obstacle
from pledgewatch.text.spans import Offsets, overlap

_OBSTACLES = {
    Condition.CEASEFIRE: Obstacle.NO_CEASEFIRE,
    Condition.PEACE_DEAL: Obstacle.NO_CEASEFIRE,
    Condition.PARLIAMENT: Obstacle.PARLIAMENTARY_APPROVAL,
    Condition.US_BACKSTOP: Obstacle.US_BACKSTOP,
    Condition.UN_MANDATE: Obstacle.LEGAL_MANDATE,
    Condition.HOST_INVITATION: Obstacle.HOST_CONSENT,
    Condition.FUNDING: Obstacle.FUNDING,
    Condition.ALLIES_JOIN: Obstacle.OTHER,
    Condition.OTHER: Obstacle.OTHER,
}
"""What stands in the way while a condition that must be met is not."""
_OVERCOME = frozenset({Obstacle.PARLIAMENTARY_APPROVAL, Obstacle.LEGAL_MANDATE})
"""Kinds that are nothing but a condition which is not met."""
_NEED_A_WORD = {
    Obstacle.US_BACKSTOP: re.compile(
        r"\b(?:americans?|america|(?-i:US)|U\.S\.?|washington|united states|pentagon|trump|biden|"
        r"obama|bush|white house|backstop|(?:sixth|fifth|seventh) fleet|africa command)(?!\w)",
        re.IGNORECASE,
    ),
    Obstacle.PARLIAMENTARY_APPROVAL: re.compile(
        rf"\b(?:{LEGISLATURE}|vote[sd]?|voting|bill|senators?|committee|majority|speaker|motion|"
        r"ratif\w+|houses?|quorum|coalition|referendum|commons|nationalrat|skup[sš]tina|sabor|"
        r"kuvendi|mazhilis|kamer|members|council|amendment|session|recess|agenda|debate|law|"
        r"approval|consent|chambers?|mandate|opposition|party|parties)\b",
        re.IGNORECASE,
    ),
}
_ONLY = re.compile(r"\bonly (?:if|after|when|once|with|on condition that)\b", re.IGNORECASE)
_NEEDS = re.compile(r"\bneeds\b", re.IGNORECASE)


def barred(text: str) -> frozenset[Obstacle]:
    """Kinds of obstacle that no word of a sentence and its headline speaks of."""
    return frozenset(kind for kind, words in _NEED_A_WORD.items() if not words.search(text))


def settled(sentence: str, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, with the obstacles that follow from conditions.

    A legislature's approval that is still needed always is one; so is what must be met first
    ("only if"), and it says of what kind the obstacle is.
    """
    if not findings:
        return []
    musts = [*_musts(sentence)]
    found = [_of_its_kind(one, musts) for one in findings if not _is_overcome(sentence, one)]
    stated = {one.obstacle for one in found if one.obstacle}
    follow = [one for one in find_conditions(sentence) if one.kind is Condition.PARLIAMENT]
    if not stated:
        follow += [one for one in musts if one.kind is not Condition.PARLIAMENT]
    known = {(one.code, one.obstacle) for one in found}
    for one in findings:
        if one.level is None or one.level.is_retraction:
            continue
        for held in follow:
            if one.level is Level.DEPLOYED and follows(sentence[held.start : held.end]):
                continue  # who is there has waited long enough
            if not in_reach(sentence, held, one, findings):
                continue
            obstacle = _OBSTACLES[held.kind]
            if (one.code, obstacle) not in known and obstacle not in stated:
                known.add((one.code, obstacle))
                words = ((held.start, held.end),)
                found.append(
                    Finding(
                        actor=one.actor,
                        confidence=one.confidence,
                        obstacle=obstacle,
                        obstacle_words=words,
                        meant=one.meant,
                    )
                )
    return found


def _is_overcome(sentence: str, one: Finding) -> bool:
    """Whether an obstacle's words are a condition that is met already, or not asked for."""
    return one.obstacle in _OVERCOME and any(
        start < last <= end
        for start, end in closed_clauses(sentence)
        for _, last in one.obstacle_words
    )


def _musts(sentence: str) -> Iterable[ConditionSpan]:
    """Conditions that must be met."""
    for words, vague in ((_ONLY, True), (_NEEDS, False)):
        for match in words.finditer(sentence):
            if not is_open(sentence, match):
                continue
            start, end = match.end(), clause_after(sentence, match.end())
            for kind in kinds_of(sentence[start:end]):
                if vague or kind is not Condition.OTHER:
                    yield ConditionSpan(match.start(), end, kind)


def _of_its_kind(one: Finding, musts: Sequence[ConditionSpan]) -> Finding:
    """An obstacle whose words are a condition that must be met is of that condition's kind."""
    if one.obstacle is None:
        return one
    kinds = {_OBSTACLES[held.kind] for held in musts if _speaks_of(one.obstacle_words, held)}
    if not kinds or one.obstacle in kinds:
        return one
    return replace(one, obstacle=min(kinds, key=list(Obstacle).index))


def _speaks_of(words: Sequence[Offsets], held: ConditionSpan) -> bool:
    return any(overlap(one, (held.start, held.end)) for one in words)
