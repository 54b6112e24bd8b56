"""Conditions: what a commitment waits for, in its own words."""

import re
from dataclasses import dataclass
from functools import lru_cache

from pledgewatch.ontology import Condition
from pledgewatch.text.tokens import lower


@dataclass(frozen=True, slots=True)
class ConditionSpan:
    """A condition at `start` to `end` of a sentence."""

    start: int
    end: int
    kind: Condition


_WHAT: tuple[tuple[Condition, str], ...] = (
    (
        Condition.US_BACKSTOP,
        r"(?:american|us|u\.s\.|washington(?:['’]s)?|united states)(?: \w+){0,4}? "
        r"(?:backstop|backing|support|guarantees?|"
        r"air cover|security guarantees?|help|involvement|participation|intelligence|"
        r"protection|safety net)|(?:backstop|backing|support|guarantees?|air cover|"
        r"help) (?:from|by|of) (?:washington|the united states|the us|the u\.s\.|"
        r"america)|"
        r"(?:washington|the united states|the us|america)(?: \w+){0,3}? (?:back(?:s|"
        r"ed)?|support(?:s|ed)?|provide[sd]?|guarantee[sd]?)\b",
    ),
    (
        Condition.UN_MANDATE,
        r"(?:un|u\.n\.|united nations|security council)(?:['’]s)?(?: \w+){0,3}? "
        r"(?:mandate|resolution|approval|authori[sz]ation|vote|backing|endorsement|"
        r"green light)|"
        r"(?:mandate|resolution|authori[sz]ation|approval|backing) (?:from|by|of) the "
        r"(?:un|u\.n\.|united nations|security council|un security council|u\.n\. "
        r"security council)|(?:security council)(?: \w+){0,2}? (?:approves|"
        r"authori[sz]es|agrees|adopts|mandates)",
    ),
    (
        Condition.PARLIAMENT,
        r"(?:\w+['’]s )?(?:parliament(?:ary|['’]s)?|bundestag(?:['’]s)?|"
        r"congress(?:ional|['’]s)?|lawmakers(?:['’])?|sejm(?:['’]s)?|riksdag(?:['’]s)?|"
        r"knesset|storting|senate(?:['’]s)?|national assembly|legislators|mps|"
        r"legislature(?:['’]s)?|the house|deputies|d[aá]il)(?: (?:\w+ "
        r"){0,3}?(?:approval|approves?|vote[sd]?|mandate|consent|agrees?|backing|backs|"
        r"ratif\w+|authori[sz]\w+|assent|nod|green light|signs? off|gives?|passes|"
        r"endorse\w*))|"
        r"(?:approval|vote|mandate|consent|backing|nod|assent|green light|"
        r"authori[sz]ation|support)(?: \w+){0,2}? (?:from|by|in|of) (?:the |its |"
        r"\w+['’]s )?(?:\w+ )?(?:parliament|bundestag|congress|lawmakers|sejm|riksdag|"
        r"knesset|storting|senate|national assembly|legislature|mps|house|deputies|"
        r"d[aá]il)|parliamentary (?:approval|vote|mandate|consent|backing|green light|"
        r"assent)",
    ),
    (
        Condition.CEASEFIRE,
        r"(?:a |any |the |an )?(?:\w+ ){0,3}?(?:cease-?fire|truce|armistice|end (?:to|"
        r"of) (?:the )?(?:fighting|hostilities|war)|(?:fighting|shooting|hostilities|"
        r"guns|war)(?: \w+){0,2}? (?:stops?|stopped|ends?|ended|cease[sd]?|falls? "
        r"silent|fall silent|over)|cessation of hostilities)",
    ),
    (
        Condition.PEACE_DEAL,
        r"(?:a |any |the )?(?:\w+ ){0,3}?(?:peace (?:deal|agreement|accord|settlement|"
        r"treaty|plan)|(?:negotiated |political )settlement|(?:deal|agreement|accord) "
        r"(?:to end|ending) the (?:war|conflict|fighting)|peace is (?:agreed|reached|"
        r"signed)|comprehensive agreement)",
    ),
    (
        Condition.HOST_INVITATION,
        r"(?:\w+ ){0,4}?(?:invit(?:es?|ed|ation)|requests? (?:it|them|us|from|by)|asks? "
        r"(?:for|it|them|us)|formal request|official request|request from|(?:consent|"
        r"agreement|permission|approval) (?:of|from|by) (?:the )?(?:host|authorities|"
        r"government|kyiv|haitian|\w+ government|both parties|the parties)|host "
        r"(?:country|nation|government)(?:['’]s)? (?:consent|agreement|approval))",
    ),
    (
        Condition.ALLIES_JOIN,
        r"(?:\w+ ){0,4}?(?:other (?:countries|nations|states|allies|members|partners|"
        r"europeans?|contributors)|others|allies|partners|european partners|neighbours|"
        r"neighbors)(?: \w+){0,4}? (?:join|contribute|take part|participate|follow|do "
        r"(?:the same|so|likewise)|send|commit|agree|provide|share|step up|come on "
        r"board|make similar)",
    ),
    (
        Condition.FUNDING,
        r"(?:\w+ ){0,4}?(?:funding|funds|financing|money|budget|finance|costs?)(?: "
        r"\w+){0,5}? ?(?:is|are|be|were|was|becomes?|secured|found|available|covered|"
        r"approved|guaranteed|in place)|(?:adequate |sufficient |secure |predictable |"
        r"international |un |u\.n\. )*(?:funding|financing)",
    ),
)
_CONDITIONS = [(kind, re.compile(r"(?:" + pattern + r")\b")) for kind, pattern in _WHAT]
_CONNECTOR = re.compile(
    r"\b(?:only (?:if|after|when|once|with|in|following|under)|unless and "
    r"until|unless|until|"
    r"(?<!ruled )without|not before|no (?:sooner|earlier) than|depends? (?:up)?on|"
    r"depending on|dependent on|hinges? on|hinged on|requires?|required|"
    r"needs?|must first|must have|contingent (?:up)?on|conditional (?:up)?on|would "
    r"need|will need|pending)\b"
    r"|\b(?:if|once|after|when|as soon as|provided(?: that)?|providing|on "
    r"condition(?: that)?|"
    r"on the condition that|in the event of|in case of|subject to|assuming|"
    r"following|so long as|as long as|with|under|"
    r"in support of|to (?:monitor|enforce|guarantee|secure|support|police|observe|"
    r"oversee|supervise|back|uphold))\b",
    re.IGNORECASE,
)
_POST_WAR = re.compile(r"\bpost-?\s?(?:war|ceasefire|cease-fire|conflict|truce)\b", re.IGNORECASE)
_OTHER = re.compile(
    r"\b(?:provided(?: that)?|on condition(?: that)?|on the condition that|as long "
    r"as|so long as|subject to|unless|only if|if)\b",
    re.IGNORECASE,
)
_LOOSE = frozenset({"needs", "need", "requires", "require", "required", "without", "pending"})
_WINDOW = 120
_GAP = 40
_GAP_AFTER_NOUN = 25
_CORE = 12
_REMEMBERED = 64  # sentences: asked again for each finding
_CLAUSE_END = re.compile(r"[,.;:—”\"]|$")


@lru_cache(maxsize=_REMEMBERED)
def find_conditions(sentence: str) -> tuple[ConditionSpan, ...]:
    """The conditions named in `sentence`, left to right, each kind once."""
    found: dict[Condition, ConditionSpan] = {}
    sentence = lower(sentence)
    for connector in _CONNECTOR.finditer(sentence):
        word = connector[0].lower()
        window = sentence[connector.end() : connector.end() + _WINDOW]
        clause = window[: _clause_end(window)]
        taken: list[tuple[int, int]] = []
        for kind, pattern in _CONDITIONS:
            match = pattern.search(clause)
            if match is None or kind in found or not _is_condition(word, kind, match, clause):
                continue
            core = (match.end() - _CORE, match.end())
            if any(core[0] < last and first < core[1] for first, last in taken):
                continue  # other words for a condition already read
            taken.append(core)
            found[kind] = ConditionSpan(connector.start(), connector.end() + match.end(), kind)
    for match in _POST_WAR.finditer(sentence):
        found.setdefault(
            Condition.CEASEFIRE,
            ConditionSpan(match.start(), match.end(), Condition.CEASEFIRE),
        )
    if not found:
        connector_match = _OTHER.search(sentence)
        if connector_match is not None and not sentence[: connector_match.start()].lower().endswith(
            ("as ", "even ", "said ", "asked ", "whether ", "see ")
        ):
            end = connector_match.end() + _clause_end(
                sentence[connector_match.end() : connector_match.end() + 160]
            )
            words = sentence[connector_match.end() : end].split()
            if 2 <= len(words) <= 24:
                found[Condition.OTHER] = ConditionSpan(
                    connector_match.start(), end, Condition.OTHER
                )
    return tuple(sorted(found.values(), key=lambda c: c.start))


def _is_condition(word: str, kind: Condition, match: re.Match[str], clause: str) -> bool:
    """Whether what follows the connector `word` is a condition, and not a means or a purpose."""
    if match.start() > (_GAP_AFTER_NOUN if word in _LOOSE else _GAP):
        return False
    if word == "until" and kind is Condition.UN_MANDATE and "end" in clause[match.end() :][:6]:
        return False  # it lasts as long as the mandate
    if word in ("with", "under"):
        return kind in (Condition.UN_MANDATE, Condition.US_BACKSTOP)
    if word.startswith("to ") or word == "in support of":
        return kind is Condition.CEASEFIRE and "any" in clause[: match.end()].lower().split()
    return kind is not Condition.FUNDING or word not in ("when", "after", "following")


def _clause_end(window: str) -> int:
    match = _CLAUSE_END.search(window)
    return match.start() if match is not None else len(window)
