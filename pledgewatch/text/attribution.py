"""Who says a sentence, and in whose voice it stands."""

import re
from dataclasses import dataclass

from pledgewatch.ontology import Voice


@dataclass(frozen=True, slots=True)
class Speaker:
    """The speaker at `start` to `end` (code points) of a sentence, None where unnamed."""

    start: int | None
    end: int | None
    voice: Voice


_SAYS = (
    r"(?:said|says|told|announced|added|confirmed|stated|declared|insisted|warned|"
    r"noted|explained|stressed|"
    r"wrote|tweeted|posted|argued|acknowledged|admitted|claimed|repeated|reiterated|"
    r"pledged|vowed|promised|"
    r"suggested|indicated|signalled|reported|revealed)"
)
_NAME = r"(?:(?:the |a |its |their |his |her )?(?:[^\W\d_][\w.'’-]*\s){0,8}?[^\W\d_][\w.'’-]*)"
_AFTER = re.compile(
    rf"[,”\"’]\s*(?:{_SAYS}\s+(?P<after>{_NAME})(?=[,.;]|\s+(?:on|in|at|after|during|"
    rf"told)\b|$)|(?P<before>{_NAME})\s+{_SAYS}\b)"
)
_BEFORE = re.compile(
    rf"^(?:(?:In|At|On|After|"
    rf"Speaking)\s[^,]{{1,60}},\s)?(?P<who>[^,;:“”\"]{{2,90}}?)(?:,[^,;:“”\"]{{2,80}},)?\s+(?:also "
    rf"|later |then |has |have )?{_SAYS}\b"
)
_ACCORDING = re.compile(r"\b[Aa]ccording to (?P<who>[^,;.“”]{2,80})")
_QUOTES = re.compile(r"[“\"][^”\"]*(?:[”\"]|$)")
_PRONOUNS = frozenset({"he", "she", "it", "they", "we", "i", "who", "which", "that"})


def attribute(sentence: str, start: int, end: int) -> Speaker:
    """The speaker of what stands at `start` to `end` of `sentence`, and the voice it is in."""
    quoted = any(
        match.start() < end and start < match.end() for match in _QUOTES.finditer(sentence)
    )
    for pattern in (_AFTER, _ACCORDING, _BEFORE):
        match = pattern.search(sentence[:600])
        if match is None:
            continue
        group = next((name for name, value in match.groupdict().items() if value), None)
        if group is None:
            continue
        first, last = match.span(group)
        if group == "who" and pattern is _BEFORE and start < last:
            continue
        name = sentence[first:last].strip().rstrip(".")
        if name.lower() in _PRONOUNS or not name:
            return Speaker(None, None, Voice.QUOTED if quoted else Voice.REPORTED)
        first += len(sentence[first:last]) - len(sentence[first:last].lstrip())
        return Speaker(first, first + len(name), Voice.QUOTED if quoted else Voice.REPORTED)
    return Speaker(None, None, Voice.QUOTED if quoted else Voice.WRITER)
