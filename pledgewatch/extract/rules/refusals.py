"""What an actor refuses in the same breath in which it offers something else."""

import re
from collections.abc import Sequence

from pledgewatch.extract.decode import Finding
from pledgewatch.extract.rules.conditions import clause_after
from pledgewatch.gazetteer import ActorName
from pledgewatch.ontology import Contribution, Level

_FORCES = (
    r"(?:soldiers?|troops?|infantry(?:men)?|boots|men|(?:ground |combat )?forces|fighters|"
    r"battalions?|peacekeepers)"
)
_REFUSALS = re.compile(
    rf"(?:\b(?:but|and|though|while|yet)\b|[,;:])(?:\s[\w'’]+){{0,5}}? no "
    rf"(?:(?!longer\b)[\w-]+ )?{_FORCES}\b"
    r"|\bnone (?:of \w+ )?(?:will|would) (?:enter|go|set foot|cross|be sent|serve|be deployed)\b"
    r"|(?:\b(?:but|and|though|while|yet)\b|[,;])(?:\s[\w'’]+){0,4}? (?:(?:will|would) not|"
    r"won['’]t) (?:send|deploy|take part|join|contribute|put|station|provide|commit)\b"
    rf"|\b(?:rul(?:es?|ed|ing) out|exclud(?:es?|ed|ing)|refus(?:es|ed|ing))(?:\s[\w'’]+){{0,4}}? "
    rf"{_FORCES}\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|n['’]t|never|no longer|nor|without|cannot|ruled in or)(?:\s\w+)?\s*$",
    re.IGNORECASE,
)
_HAS_NONE = re.compile(r"\b(?:has|have|had|with|of|named?) no\b", re.IGNORECASE)
_CONDITIONAL = re.compile(
    r"\b(?:before|until|unless|while|without|as long as|so long as|if)\b", re.IGNORECASE
)
_AT_SEA = re.compile(r"\b(?:ships?|patrols?|navy|naval|sea|frigates?|vessels?)\b", re.IGNORECASE)
_NEAR = 45


def refused(
    sentence: str, findings: Sequence[Finding], names: Sequence[ActorName]
) -> list[Finding]:
    """Forces that the one actor who offers something else says will not go.

    Nothing where somebody else may be the one who refuses, or only a condition is named.
    """
    offers = [one for one in findings if one.level and not one.level.is_retraction]
    if len({one.code for one in offers}) != 1 or any(
        one.level and one.level.is_retraction for one in findings
    ):
        return []
    offer = offers[0]
    for match in _REFUSALS.finditer(sentence):
        end = clause_after(sentence, match.end())
        if (
            _DENIED.search(sentence, max(0, match.start() - 20), match.start())
            or _HAS_NONE.search(match[0])
            or _CONDITIONAL.search(sentence, match.end(), end)
            or any(
                name.code != offer.code and match.start() - _NEAR <= name.start < match.end()
                for name in names
                if name.kind != "demonym" and name.start > (offer.actor.end if offer.actor else 0)
            )
        ):
            continue
        sea = _AT_SEA.search(sentence, match.start(), end)
        contribution = Contribution.NAVAL if sea else Contribution.GROUND_TROOPS
        if any(one.contribution is contribution for one in offers):
            continue
        return [
            Finding(
                actor=offer.actor,
                confidence=offer.confidence,
                contribution=contribution,
                level=Level.DECLINED,
                level_words=((match.start() + len(match[0]) - len(match[0].lstrip(",;: ")),
                              match.end()),),
                meant=offer.meant,
            )
        ]  # fmt: skip
    return []
