"""Conditions: what a commitment waits for, in its own words."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pledgewatch.extract.decode import Finding
from pledgewatch.ontology import Condition
from pledgewatch.text.spans import Offsets, overlap


@dataclass(frozen=True, slots=True)
class ConditionSpan:
    """A condition at `start` to `end` of a sentence."""

    start: int
    end: int
    kind: Condition


LEGISLATURE = (
    r"parliament\w*|bundestag|congress|lawmakers|sejm|riksdag|knesset|storting|senate|"
    r"national assembly|legislat\w+|mps|deputies|d[aá]il|eduskunta|folketing|riigikogu|saeima|"
    r"seimas|rada|duma|diet|cortes|tweede kamer|(?:lower|upper) house|both (?:houses|chambers)|"
    r"house of \w+|chamber|assembly|majlis|majilis"
)
_WHAT: tuple[tuple[Condition, str], ...] = (
    (
        Condition.US_BACKSTOP,
        r"(?:american|(?-i:US)|u\.s\.|washington(?:['’]s)?|united states)(?: \w+){0,4}? "
        r"(?:backstop|backing|support|guarantees?|"
        r"air cover|security guarantees?|help|involvement|participation|intelligence|"
        r"protection|safety net)|(?:backstop|backing|support|guarantees?|air cover|"
        r"help) (?:from|by|of) (?:washington|the united states|"
        r"the (?-i:US)|the u\.s\.|america)|"
        r"(?:washington|the united states|the (?-i:US)|america)(?: \w+){0,3}? (?:back(?:s|"
        r"ed)?|support(?:s|ed)?|provide[sd]?|guarantee[sd]?)\b",
    ),
    (
        Condition.UN_MANDATE,
        r"(?:(?-i:UN)|u\.n\.|united nations|security council)(?:['’]s)?(?: \w+){0,3}? "
        r"(?:mandate|resolution|approval|authori[sz]ation|vote|backing|endorsement|"
        r"green light)|"
        r"(?:mandate|resolution|authori[sz]ation|approval|backing) (?:from|by|of) the "
        r"(?:(?-i:UN)|u\.n\.|united nations|security council|(?-i:UN) security council|"
        r"u\.n\. security council)|(?:security council)(?: \w+){0,2}? (?:approves|"
        r"authori[sz]es|agrees|adopts|mandates)",
    ),
    (
        Condition.PARLIAMENT,
        rf"(?:\w+['’]s )?(?:{LEGISLATURE}|the house)(?:['’]s?)? (?:\w+ ){{0,3}}?"
        r"(?:approval|approves?|approved|votes?|voted|mandate|consent|agrees?|agreed|backing|backs|"
        r"ratif\w+|authori[sz]\w+|assent|nod|green light|signs? off|gives?|passes|endorse\w*)|"
        r"(?:approval|vote|mandate|consent|backing|nod|assent|green light|"
        r"authori[sz]ation|support)(?: \w+){0,2}? (?:from|by|in|of) (?:the |its |"
        rf"\w+['’]s )?(?:\w+ )?(?:{LEGISLATURE}|house)",
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
        r"international |(?-i:UN) |u\.n\. )*(?:funding|financing)",
    ),
)
_CONDITIONS = [(kind, re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)) for kind, pattern in _WHAT]
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
_CONSENT = (
    r"(?:an?|the|its|their)(?: [\w’'-]+){0,3} (?:accord|approval|assent|consent|decision|law|nod|"
    r"permission|ruling|vote)\b"
)
"""What somebody else has yet to give."""
_POST_WAR = re.compile(
    r"\bpost-?\s?(?:war|ceasefire|cease-fire|conflict|truce)\b|"
    r"\b(?:earmarked|reserved|foreseen|intended) for (?:a |any )?(?:cease-?fire|truce)\b",
    re.IGNORECASE,
)
_STRICT = re.compile(
    r"\b(?:only (?:if|after|when|once|with|as part of|alongside)|if|provided(?: that)?|"
    r"providing(?: that)?|unless|once|as soon as|subject to|"
    r"on (?:the |strict )*(?:condition|understanding)(?: that)?|"
    r"assuming(?: that)?|pending|depend(?:s|ing|ed|ent)? (?:up)?on|hing(?:es|ed|ing) on|"
    r"contingent (?:up)?on|conditional (?:up)?on|(?:for )?as long as|so long as|the moment|"
    r"in the event of|not before|not until|no sooner than|no earlier than|only under|"
    r"always supposing(?: that)?|hangs? on|(?:have|has) to (?:await|see first)|awaits?|awaiting|"
    r"must first|(?:have|has) first to|"
    r"(?:cannot|can['’]t|could not|will not|won['’]t|would not|may not)(?: [\w’'-]+){1,4}? "
    r"(?:until|before)|"
    rf"(?:needs?|needed|requires?|required)(?= {_CONSENT}))\b"
    r"|(?:^|(?<=[,;“\"] ))[Ss]hould\b",
    re.IGNORECASE,
)
"""Words after which stands a condition, whatever it is."""
_NO_CONDITION = ("as ", "said ", "asked ", "whether ", "see ", "know ", "what ")
_DENIED = re.compile(
    r"(?:\bnot|n['’]t|\bno(?: longer)?|\bnever|\bnor|\bneither|\bcannot|\beven|"
    r"\bregardless of(?: whether)?|\bwhether or not|\bwith or|"
    r"\bwithout(?: (?:waiting|having|any))?)"
    r"(?: (?:really|actually|necessarily|formally|strictly|to|be))? $",
    re.IGNORECASE,
)
"""What stands before a condition that is denied or conceded."""
_CONCEDED = re.compile(r"\b(?:even|with or|if) $", re.IGNORECASE)
_STILL_STRICT = ("unless", "until", "without", "not ", "no ", "only ", "as long", "so long")
"""Words that say no themselves: "not without", "not until" are conditions."""
_NONE_AT_ALL = re.compile(
    r"(?:if only (?:for|with|by|in|on|to|as|at|from|because|an?|one|two|half)|when asked|"
    r"without (?:waiting|awaiting|needing|requiring|(?:the |any )?need)|"
    r"(?:needs?|require[sd]?) no|with or without)\b",
    re.IGNORECASE,
)
"""What looks like a condition and is none."""
_WHATEVER = re.compile(
    r"\b(?:regardless of|irrespective of|whether or not)\b",
    re.IGNORECASE,
)
"""Before what has no say, or has had it."""
_ONCE_MET = re.compile(r"(?:after|once|following|when)\b", re.IGNORECASE)
_HAPPENED = re.compile(
    r"\b(?:was|were|had|took|came|gave|held|fell|began|met|(?<!the )(?:vot|approv|agre|pass|back|"
    r"endors|adopt|authori[sz]|consent|clear|sign|end|stopp|ceas|ask|request|invit|join|"
    r"pledg|promis|decid|announc|declar)ed(?! by)|ratified(?! by))\b",
    re.IGNORECASE,
)
_NOT_YET = re.compile(
    r"\b(?:has|have|is|are|be|been|gets?|a|an|any|its?|the)(?: \w+ly| also| all| both| each)? $",
    re.IGNORECASE,
)
"""What stands before a participle that is no past tense."""
_PAST_DAY = re.compile(
    r"\b(?:(?:on|last|late|early) (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|last (?:week|month|"
    r"year|night|spring|summer|autumn|winter|[A-Z]\w+)|yesterday|earlier|ago)\b"
)
_AHEAD = re.compile(
    r"\b(?:next|due|expected|scheduled|planned|set for|tomorrow|coming|will)\b", re.IGNORECASE
)
_BACKSHIFTED = re.compile(
    r"\b(?:would|could|might|should|ready|readiness|prepared|willing\w*|open to|was to|were to|"
    r"had set aside|in principle|expected to)\b|['’]d\b",
    re.IGNORECASE,
)
"""Words after which a past tense may tell of what is to come: "would send once it had agreed"."""
_VOWED = re.compile(r"\b(?:promis|pledg|offer|vow|commit)\w*", re.IGNORECASE)
_ABOUT: tuple[tuple[Condition, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            Condition.US_BACKSTOP,
            r"(?<!\bparts from the )\b(?:Americans?|America|(?-i:US)|U\.S\.|Washington|"
            r"United States|Pentagon|Trump|White House)(?!\w)",
        ),
        (
            Condition.FUNDING,
            r"\b(?:pay(?:s|ing)?|paid|costs?|money|fund(?:s|ed|ing)?|financ\w+|budget|levy|fares?|"
            r"treasury|grants?(?! (?:us|them|it|its|the|a)\b)|euros|dollars|cash|arrears|"
            r"reimburs\w+|bills?(?= (?:are|is)\b)|(?:foot|meet)s? [^,;]*\b(?:bill|allowances?)|"
            r"salaries|wages(?! war)|afford|[mb]illion)\b",
        ),
        (
            Condition.UN_MANDATE,
            r"\b(?:Security Council|resolution|Chapter VI+|"
            r"(?:United Nations|(?-i:UN)|U\.N\.)(?!(?: \w+){0,2} "
            r"(?:arrang|charter|deliver|fl(?:y|ies|ew)|found|finds|pa(?:ys|id)|provid|sends?\b|sent|ship|"
            r"suppl)))(?!\w)",
        ),
        (Condition.PARLIAMENT, rf"\b(?:{LEGISLATURE})\b"),
        (
            Condition.CEASEFIRE,
            r"\b(?:cease-?fires?|ceased? fire|truce|armistice|guns?|shooting|fighting|firing|"
            r"hostilities|h[eo]lds? (?:their|its|his) fire|shelling|bombing|war)\b"
            r"(?! (?:\w+ ){0,3}?(?:resum|restart|flar|erupt|spread|escalat|breaks? out|broke out))",
        ),
        (
            Condition.PEACE_DEAL,
            r"\b(?:peace(?! (?:facility|force|mission|operation|support))|settlement|accord|"
            r"treaty|(?:agreement|deal|pact) (?:between|among|with) (?:the|both) (?:\w+ )?"
            r"(?:factions|generals|parties|rebels|sides))\b",
        ),
        (
            Condition.HOST_INVITATION,
            r"\b(?:invit\w+|request(?:s|ed)?|(?<!\bnot )ask(?:s|ed)?|consents?|welcomes?|"
            r"wish(?:es|ed)?|wants?|wanted|permission|objects?|objections?|visas?)\b|"
            r"\b(?:army|both sides|factions|government|parties|rebels|side) (?:agrees?|agreed) to "
            r"(?:it|them|its|their)\b",
        ),
        (
            Condition.ALLIES_JOIN,
            r"\b(?:others?|all(?:y|ies)|partners?|neighbou?rs?|europeans?|members)\b.*\b(?:joins?|"
            r"contribut\w+|take part|took part|same|likewise|follow(?:s|ed)?|sends?|sent|brings?|"
            r"brought|match\w*|c[ao]me (?:along|too|in)|agree[ds]?|shared?|provide[ds]?|on board|"
            r"too|as well|sign(?:s|ed)? up)\b|\bNATO (?:joins?|provides?|sends?)\b|"
            r"\b(?:do|does|did) (?:the same|likewise|so)\b|\bwho else\b|"
            r"(?-i:\b[A-Z]\w+) (?:(?:also|too) )?(?:takes? part|contributes?|joins?)\b"
            r"(?! (?:in )?(?:(?-i:[A-Z])|an? |"
            r"the (?:(?-i:[A-Z])|alliance|bloc|talks|summit|vote|war)))|"
            r"\bcoalition (?:of|that includes|which includes)\b|"
            r"\b(?:joins? in|c[ao]mes? along|follow(?:s|ed)? suit|go(?:es)? (?:too|first|along))\b|"
            r"\b(?:joins?|too|as well|match(?:es)?|sign(?:s|ed)? up)$",
        ),
    )
)
"""Of what a condition is, by its words; the first that fits."""
_UNTIL = re.compile(r"(?:for )?(?:as|so) long as|the moment", re.IGNORECASE)
_LEAVES = re.compile(
    r"\b(?:Americans?|(?-i:US)|U\.S\.|Washington(?:['’]s)?)(?: \w+){0,4}? (?:leaves?|left|"
    r"withdr\w+|pull(?:s|ed)? out|(?:are|be|is|were) (?:drawn into|withdrawn))\b",
    re.IGNORECASE,
)
"""What ends a commitment rather than begins it."""
_YET_TO_VOTE = re.compile(
    rf"\b(?:{LEGISLATURE})(?: (?!not\b)\w+){{0,3}}? "
    r"(?:(?:has|have|had|is|are|was|were)(?: \w+)? to|must|"
    r"has still to|still has to|still have to|needs? to)(?: \w+){0,2}? "
    r"(?:vote|approve|agree|debate|pass|decide|consent|ratify|authori[sz]e|confirm|clear|say yes)\b"
    rf"|\b(?:needs?|needed|awaits?|awaiting|lacks?|requires?|required)(?: [\w'’]+){{0,5}}? "
    rf"(?:{LEGISLATURE})\b|\b(?:vote|approval|assent|consent) (?:which|that) (?:its|the|their) "
    r"constitution (?:demands|prescribes|requires)\b",
    re.IGNORECASE,
)
"""A legislature's approval that is still to come."""
_LOOSE = frozenset({"needs", "need", "requires", "require", "required", "without", "pending"})
_WINDOW = 120
_GAP = 40
_GAP_AFTER_NOUN = 25
_CORE = 12
_BEFORE = 30
_SAID = 400  # characters in which stands who vowed it
_REMEMBERED = 1024  # sentences: asked again for each finding, and when mentions are made
_AND = re.compile(r"\band\b")
_SHORTEST, _LONGEST = 2, 24  # words of a clause
_MAIN_CLAUSE = re.compile(r"; |, (?:and|but|while|whereas|though|although) ")
_CLAUSE_END = re.compile(r"(?<!\b[A-Za-z])\.|,(?!\d)|[;:—”\"]|$")


@lru_cache(maxsize=_REMEMBERED)
def find_conditions(sentence: str) -> tuple[ConditionSpan, ...]:
    """The conditions named in `sentence`, left to right, each kind once."""
    found: dict[Condition, ConditionSpan] = {}
    for connector in _CONNECTOR.finditer(sentence):
        if not is_open(sentence, connector):
            continue
        word = connector[0].lower()
        end = clause_after(sentence, connector.end())
        clause = sentence[connector.end() : end]
        taken: list[Offsets] = []
        for kind, pattern in _CONDITIONS:
            match = pattern.search(clause)
            if match is None or kind in found or not _is_condition(word, kind, match, clause):
                continue
            core = (match.end() - _CORE, match.end())
            if any(overlap(core, other) for other in taken):
                continue  # other words for a condition already read
            taken.append(core)
            means = word in ("with", "under") or word.startswith("to ")
            last = connector.end() + match.end() if means else end
            found[kind] = ConditionSpan(connector.start(), last, kind)
    for match in _POST_WAR.finditer(sentence):
        found.setdefault(
            Condition.CEASEFIRE,
            ConditionSpan(match.start(), match.end(), Condition.CEASEFIRE),
        )
    for match in _YET_TO_VOTE.finditer(sentence):
        if is_open(sentence, match):
            held = ConditionSpan(*match.span(), Condition.PARLIAMENT)
            found.setdefault(Condition.PARLIAMENT, held)
    for match in _STRICT.finditer(sentence):
        if sentence.endswith(_NO_CONDITION, 0, match.start()) or not is_open(sentence, match):
            continue
        end = clause_after(sentence, match.end())
        clause = sentence[match.end() : end]
        if not _SHORTEST <= len(clause.split()) <= _LONGEST:
            continue
        if _UNTIL.match(match[0]) and _LEAVES.search(clause):
            continue
        for kind in kinds_of(clause):
            taken_by = any(one.start < end and match.start() < one.end for one in found.values())
            if kind is not Condition.OTHER or not taken_by:
                found.setdefault(kind, ConditionSpan(match.start(), end, kind))
    return tuple(sorted(found.values(), key=lambda c: c.start))


def kinds_of(clause: str) -> list[Condition]:
    """What a conditional clause is about: `other` where no word tells."""
    found: list[Condition] = []
    for part in _AND.split(clause):
        kinds = [kind for kind, pattern in _ABOUT if pattern.search(part)]
        if Condition.PARLIAMENT in kinds:  # "if parliament votes the money", "the US Senate agrees"
            kinds = [Condition.PARLIAMENT]
        elif Condition.FUNDING in kinds:  # "if Washington pays"
            kinds = [Condition.FUNDING]
        found += kinds[:1]
    return list(dict.fromkeys(found)) or [Condition.OTHER]


def in_reach(
    sentence: str, condition: ConditionSpan, finding: Finding, findings: Sequence[Finding]
) -> bool:
    """Whether a condition is of a commitment, and not of others' among `findings` alone.

    Of statements in several main clauses, each has the conditions of its own: "Norway sends 200;
    Denmark waits for parliament". All have those of a clause that states nothing itself.
    """
    if not finding.level_words:
        return True
    starts = _main_clauses(sentence)
    clause = bisect_right(starts, condition.start)
    return bisect_right(starts, finding.level_words[0][0]) == clause or all(
        bisect_right(starts, start) != clause
        for other in findings
        if other.code != finding.code
        for start, _ in other.level_words
    )


@lru_cache(maxsize=_REMEMBERED)
def _main_clauses(sentence: str) -> tuple[int, ...]:
    """Where each but the first begins."""
    return tuple(match.end() for match in _MAIN_CLAUSE.finditer(sentence))


def is_about(kind: Condition, words: str) -> bool:
    """Whether words can name a condition of a kind, as far as words alone tell."""
    return kind is Condition.OTHER or any(
        pattern.search(words) for one, pattern in _ABOUT if one is kind
    )


def is_open(sentence: str, connector: re.Match[str]) -> bool:
    """Whether what follows `connector` is neither denied nor conceded nor met already."""
    word, start, end = connector[0].lower(), connector.start(), connector.end()
    if _NONE_AT_ALL.match(sentence, start):
        return False
    before = _CONCEDED if word.startswith(_STILL_STRICT) else _DENIED
    if before.search(sentence, max(0, start - _BEFORE), start):
        return False
    return not follows(word) or not _is_met(sentence, word, start, end)


@lru_cache(maxsize=_REMEMBERED)
def closed_clauses(sentence: str) -> tuple[tuple[int, int], ...]:
    """Where `sentence` tells of conditions that are denied, conceded or met: none is open there."""
    connectors = [*_CONNECTOR.finditer(sentence), *_STRICT.finditer(sentence)]
    opens = sorted(match.start() for match in connectors if is_open(sentence, match))
    closed = [
        match
        for match in (*connectors, *_YET_TO_VOTE.finditer(sentence))
        if not is_open(sentence, match)
    ]
    found = []
    for match in (*closed, *_WHATEVER.finditer(sentence)):
        end = clause_after(sentence, match.end())
        after = bisect_right(opens, match.start())  # the next that is open ends it
        found.append((match.start(), min([end, *opens[after : after + 1]])))
    return tuple(sorted(found))


def follows(words: str) -> bool:
    """Whether words that begin with "after", "once" … may tell what has happened already."""
    return _ONCE_MET.match(words) is not None


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


def _is_met(sentence: str, word: str, start: int, end: int) -> bool:
    """Whether the clause after "after", "once" … tells what has happened: in the past, dated."""
    clause = sentence[end : clause_after(sentence, end)]
    if _AHEAD.search(clause):
        return False
    dated = _PAST_DAY.search(clause) is not None
    happened = any(
        not _NOT_YET.search(clause, 0, match.start()) for match in _HAPPENED.finditer(clause)
    )
    if word in ("after", "following") and dated:
        return True
    return (
        happened
        and not _is_backshifted(sentence)
        and not (word in ("once", "when") and _VOWED.search(sentence, max(0, start - _SAID), start))
    )


@lru_cache(maxsize=_REMEMBERED)
def _is_backshifted(sentence: str) -> bool:
    return _BACKSHIFTED.search(sentence) is not None


def clause_after(sentence: str, start: int) -> int:
    """Where the clause that begins at `start` ends."""
    return start + _clause_end(sentence[start : start + _WINDOW])


def _clause_end(window: str) -> int:
    match = _CLAUSE_END.search(window)
    return match.start() if match is not None else len(window)
