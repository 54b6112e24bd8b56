"""Who says a sentence, and in whose voice it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pledgewatch.ontology import Voice


@dataclass(frozen=True, slots=True)
class Speaker:
    """The speaker at `start` to `end` (code points) of a sentence, None where unnamed."""

    start: int | None
    end: int | None
    voice: Voice


_SAYS = (
    r"(?:said|says|announced|added|confirmed|stated|declared|insisted|warned|"
    r"noted|explained|stressed|"
    r"wrote|tweeted|posted|argued|acknowledged|admitted|claimed|repeated|reiterated|"
    r"suggested|indicated|signalled|reported|revealed)"
)
_TOLD = rf"(?:told|{_SAYS})"
_VOWED = r"(?:pledged|vowed|promised)"
"""Verbs that say something only where a clause follows or a quote goes before."""
_NAME = r"(?:(?:the |a |its |their |his |her )?(?:[^\W\d_][\w.'’-]*\s){0,8}?[^\W\d_][\w.'’-]*)"
_PROPER = r"(?:[A-Z][\w.-]*\s){1,4}[A-Z][\w.-]*"
_STOP = r"(?=[,;”\"]|\.(?!\s?\w)|\s+(?:on|in|at|after|during|told)\b|$)"
"""Where a speaker's name may end; the full stop of a title is within it."""
_HEARD = r"(?=[,.;”\"]|\s+(?:on|in|at|after|during)\b|$)"
"""What follows a verb whose speaker stands before it, so that none stands after."""
_AFTER = re.compile(
    rf"[,”\"’]\s*(?:(?:{_SAYS}|{_VOWED})\s+(?!(?:on|in|at|after|during|by|to|that|there)\b)"
    rf"(?P<after>{_NAME}){_STOP}|"
    rf"(?P<before>{_NAME})\s+(?:(?:also|later|then|has|have|had)\s+)?"
    rf"(?:{_TOLD}\b|{_VOWED}{_HEARD})|"
    rf"{_NAME},\s+(?P<titled>{_PROPER}),\s+(?:told\b|{_SAYS}{_HEARD})|"
    rf"(?P<apposed>{_NAME}),[^,;:“”\"]{{2,60}},\s+(?:told\b|{_SAYS}{_HEARD}))"
)
_BEFORE = re.compile(
    rf"^(?:(?:In|At|On|After|"
    rf"Speaking)\s[^,]{{1,60}},\s)?(?P<who>[^,;:“”\"]{{2,90}}?)"
    rf"(?:,\s(?P<titled>{_PROPER}),|,[^,;:“”\"]{{2,80}},)?\s+(?:also "
    rf"|later |then |has |have |had )?(?:{_TOLD}\b|{_VOWED}(?=\s+(?:that|\w+\s+would)\b))"
)
_ACCORDING = re.compile(r"\b[Aa]ccording to (?P<who>[^,;.“”]{2,80})")
_QUOTED = re.compile(
    rf"(?:^|(?<=[,;:] ))(?P<who>{_NAME}) (?:was|were|is|are) quoted "
    r"(?:by [^,]{2,40}? )?as saying\b"
)
_QUOTING = re.compile(rf"\bquot(?:ed|es|ing) (?P<who>{_NAME}) as saying\b")
_DATELINE = re.compile(
    r"\A(?:[A-Z][\w.’'-]*,? ){1,5}(?:\([\w ]{1,20}\) )?[-–—]{1,2} (?!.* [-–—]{1,2} )", re.DOTALL
)
"""What stands before the words of a report: "WELLINGTON - "."""
_QUOTES = re.compile(r"[“\"][^”\"]*(?:[”\"]|$)")
_READ = 600  # code points of a sentence
_PRONOUNS = frozenset({"he", "she", "it", "they", "we", "i"})
_LEADING = re.compile(
    r"(?:(?:and|but|while|yet|as|so|though|although|because|whereas|when|after|meanwhile|however|still|"
    r"earlier|later|yesterday|today|then|now|"
    r"last (?:week|month|year|night|\w+day)|(?:on )?(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r"\s+)+",
    re.IGNORECASE,
)
_CONJUNCTION = re.compile(
    r"(?:and|but|while|yet|so|whereas|though|although|when|after|because)\s", re.IGNORECASE
)
"""What opens a clause that says nothing of what stands before it."""
_APART = re.compile(r", (?:(?:\w+ ){1,4}(?:after|before) (?=[A-Z])|whereas\b)[^,]*\Z")
"""What opens what the writer adds: ", a day after Oslo pledged 500"."""
_NOBODY = re.compile(
    r"(?:he|she|it|they|we|i|you|who|whom|whose|which|that|where|when|what|there|this|these|"
    r"those|no|nobody|none|nothing|if|not|to|with|from|by|of|and|but|or|yet|then|again|is|are|was|"
    r"were|has|have|had)\b(?!['’])|"
    r".*(?:\b(?:is|are|was|were|be|been|being|has|have|had|each|not|never|to|will|would|could|should)|"
    r"['’]s)$|.*\b(?:because|which|whom)\b",
    re.IGNORECASE | re.DOTALL,
)
"""What is no speaker's name: it begins with a pronoun or relative, or a verb goes on."""


def attribute(sentence: str, start: int, end: int) -> Speaker:
    """The speaker of what stands at `start` to `end` of `sentence`, and the voice it is in."""
    quoted = any(
        match.start() < end and start < match.end() for match in _QUOTES.finditer(sentence)
    )
    for pattern in (_QUOTED, _QUOTING, _AFTER, _ACCORDING, _BEFORE):
        for match in _matches(pattern, sentence[:_READ]):
            # of a role and a name set beside it, the name
            first, last = match.span(match.lastgroup or 0)
            opens = pattern is _BEFORE or (
                pattern is _AFTER and _CONJUNCTION.match(sentence, first) is not None
            )
            if start < last and (opens or first < end):
                continue
            if _APART.search(sentence, last, start):
                continue
            for opening in (_DATELINE, _LEADING):
                leading = opening.match(sentence, first, last)
                first = leading.end() if leading is not None else first
            name = sentence[first:last].strip().rstrip(". ")
            voice = Voice.QUOTED if quoted else Voice.REPORTED
            if name.lower() in _PRONOUNS or not name:
                return Speaker(None, None, voice)
            if _NOBODY.match(name):
                continue
            first += len(sentence[first:last]) - len(sentence[first:last].lstrip())
            return Speaker(first, first + len(name), voice)
    return Speaker(None, None, Voice.QUOTED if quoted else Voice.WRITER)


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The places where a pattern fits, those that overlap too: the first may be no speaker."""
    start = 0
    while (match := pattern.search(text, start)) is not None:
        yield match
        start = match.start() + 1
