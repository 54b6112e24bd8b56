"""What the words of an evidence sentence add to a mention: who speaks, and which way it goes.

Lexical rules. Each errs on the side of no change: a wrong retraction is worse than a missed one.
"""

import re
from datetime import date

from pledgewatch.gazetteer import Gazetteer
from pledgewatch.ontology import Kind, Level
from pledgewatch.records import Mention

_I = re.IGNORECASE

# --- Who speaks --------------------------------------------------------------------------------

_OUTSIDERS = re.compile(
    r"\b(?:analysts?|experts?|professors?|academics?|historians?|scholars?|researchers?|fellows?|"
    r"lecturers?|think[- ]tanks?|institute|university|columnists?|commentators?|critics?|"
    r"opposition|lawmakers?|MPs?|senators?|congress(?:man|woman|men)|former|ex-\w+|retired|"
    r"trade unions?|activists?|residents?|villagers?|rebels?|militants?|separatists?|"
    r"part(?:y|ies)|teaches)\b",
    _I,
)
_HEARSAY = re.compile(
    r"\b(?:sources?|reports?|reported|reportedly|media|newspapers?|daily|magazine|broadcasters?|"
    r"television|radio|news agency|agency|website|diplomats?|people familiar|insiders?|rumou?rs?|"
    r"rumou?red|speculation|bloggers?|posts?|unnamed|anonymous)\b",
    _I,
)
_IN_OFFICE = re.compile(
    r"\b(?:government|cabinet|minist(?:er|ry|ers|ries)|president|presidency|premier|chancellor|"
    r"chancellery|spokes(?:man|woman|person)|defen[cs]e (?:staff|chief|headquarters)|army|navy|"
    r"air force|military|armed forces|general staff|chief of (?:staff|defen[cs]e)|foreign office|"
    r"officials?|secretary(?: general)?|general|admiral|colonel|king|crown prince|"
    r"commission(?:er)?|envoy|ambassador|statement|palace|office|command(?:er)?|council)\b",
    _I,
)


def is_own_word(mention: Mention) -> bool:
    """Whether the actor itself speaks, as far as the sentence and the headline tell."""
    return who_speaks(mention)[0]


def who_speaks(mention: Mention) -> tuple[bool, str | None]:
    """Whether the actor itself speaks, and the name of the person who does so.

    Its own word is that of its office, its people, or the writer who states a fact; not that of a
    rival, outlet, source, pundit, opposition or rumour. A bare name is its own word only where the
    gazetteer knows the person, or the headline the office; otherwise the name is returned, since
    another sentence may tell. Nobody else's name is.
    """
    sentence = mention.sentence.text
    speaker = mention.attribution.speaker if mention.attribution else None
    if speaker is None:
        return not (_HEARSAY.search(sentence) and _takes_back(mention)), None
    around = _around(sentence, speaker)
    named = Gazetteer.load().find(around, _day(mention))
    title = _without(around, [(one.start, one.end) for one in named])
    in_office = _IN_OFFICE.search(title) is not None
    if not in_office and (_OUTSIDERS.search(title) or _HEARSAY.search(title)):
        return False, None
    if _NEVER_ITS_OWN.search(title.partition(",")[0]) or _is_outlet(sentence, speaker, in_office):
        return False, None
    actor = mention.actor.code if mention.actor else None
    states = {one.code for one in named if one.kind not in ("organisation", "group")}
    if states and states != {actor}:
        return False, None
    person = _person(title)
    if not named and not in_office and _BARE_NAME.match(speaker):
        return _is_in_office(mention.article.title or "", speaker), person
    own = bool(states) or not named or in_office or actor in {one.code for one in named}
    return own, person if own else None


def _takes_back(mention: Mention) -> bool:
    """Whether it says less than what was on the table."""
    return mention.kind is Kind.COMMITMENT and (
        (mention.level is not None and mention.level.is_retraction)
        or steps_back(mention.sentence.text)
    )


_PRONOUNS = r"(?:the|an?|he|she|it|they|we|i|who|his|her|its|their|our)"
_BARE_NAME = re.compile(
    rf"(?!(?i:{_PRONOUNS})\b)"
    r"[A-ZÀ-Þ][\w'’.-]*(?:\s(?:(?:de|del|van|von|der|den|bin|al|el|la|di|da|du)\s)*"
    r"[A-ZÀ-Þ][\w'’.-]*)*$"
)
_NAMES = re.compile(r"(?:[A-ZÀ-Þ][\w'’-]+\s?)+")
_NO_NAME = re.compile(
    rf"(?:{_PRONOUNS}|prime|deputy|vice|acting|foreign|interior|home|armed|forces|chief|staff|police|state|"
    r"national|security|adviser|sir|dame|lord|lady|mr|mrs|ms|dr|defen[cs]e)$",
    _I,
)


def _person(title: str) -> str | None:
    """The name of a person in a speaker's title, without the office."""
    for run in reversed(_NAMES.findall(title)):
        words = [
            one for one in run.split() if not _NO_NAME.match(one) and not _IN_OFFICE.fullmatch(one)
        ]
        if words:
            return " ".join(words)
    return None


def _is_in_office(headline: str, name: str) -> bool:
    """Whether a headline names a person with an office."""
    family = name.split()[-1]
    return family in headline and _IN_OFFICE.search(_around(headline, family)) is not None


_NEVER_ITS_OWN = re.compile(r"\b(?:opposition|former|ex-\w+|retired|sources?)\b", _I)


def _is_outlet(sentence: str, speaker: str, in_office: bool) -> bool:
    """Whether the speaker is a paper that reports, or the like."""
    name = re.escape(speaker)
    reports = rf"{name}\s+(?:reported|reports|writes|wrote)\b|\baccording to {name}"
    return not in_office and re.search(reports, sentence) is not None


def _around(sentence: str, speaker: str) -> str:
    """The speaker with the words before the name and the apposition behind it."""
    start = sentence.find(speaker)
    if start < 0:
        return speaker
    end = start + len(speaker)
    behind = re.match(
        r",\s(?!said|told|and\b|but\b)[^,.;“”\"]{2,80}|\sof the [A-Z][^,.;]{2,60}", sentence[end:]
    )
    before = re.search(r"(?:[\w’'-]+\s){0,2}$", sentence[:start])
    lead = before.group() if before else ""
    lead = re.sub(r"^.*\b(?:said|says|told|added|warned|announced|to|by|that)\s", "", lead)
    return lead + speaker + (behind.group() if behind else "")


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        text = text[:start] + "_" * (end - start) + text[end:]
    return text


def _day(mention: Mention) -> date | None:
    return mention.article.published.date() if mention.article.published else None


# --- Stepping back -----------------------------------------------------------------------------

_OFFER = (
    r"(?:pledges?|plans?|offers?|promises?|deployments?|commitments?|decision|dispatch|"
    r"contribution|mission|contingent|participation|proposal|undertaking)"
)
_ITS = r"(?:(?:its|the|their|his|her|that|this|any)\s+)?(?:[\w’'-]+\s+){0,3}?"
_STEPS_BACK = re.compile(
    r"\b(?:back(?:s|ed|ing)? (?:away|off|out|down)|back[- ]?pedal\w*|backtrack\w*|"
    r"row(?:s|ed|ing)? back|step(?:s|ped|ping)? back from|reneg(?:e|es|ed|ing)|"
    r"cool(?:s|ed|ing)? on|walk(?:s|ed|ing)? (?:\w+ ){0,3}back|"
    rf"(?:put|puts|putting) {_ITS}(?:{_OFFER} )?(?:on hold|on ice)|second thoughts|"
    rf"(?:retreat(?:s|ed|ing)? from|soften(?:s|ed|ing)?|water(?:s|ed|ing)? down|play(?:s|ed|ing)? "
    rf"down|scal(?:e|es|ed|ing) (?:back|down)|shelv(?:e|es|ed|ing)|paus(?:e|es|ed|ing)|"
    rf"suspend(?:s|ed|ing)?|delay(?:s|ed|ing)?|postpon(?:e|es|ed|ing)|reconsider(?:s|ed|ing)?|"
    rf"rethink(?:s|ing)?|review(?:s|ed|ing)?|hedg(?:e|es|ed|ing)|downgrad(?:e|es|ed|ing)) "
    rf"{_ITS}{_OFFER}|"
    r"no longer (?:be )?(?:willing|ready|prepared|committed|commits|intend\w*|plan(?:s|ning)?|"
    r"promis\w+|certain|sure|firm|guarantee\w*|offer\w*)|"
    r"(?:only|merely) (?:considering|weighing|studying|examining|discussing|considers|weighs)|"
    r"not yet decided|undecided)\b",
    _I,
)
_ASIDE = re.compile(r"\b(?:once|if|after|while|as|whose|unless|until|since|because)\b[^,;]*$", _I)


def steps_back(sentence: str) -> bool:
    """Whether somebody steps back from what was said: more than a softer wording."""
    return any(
        _ASIDE.search(sentence[: match.start()]) is None for match in _STEPS_BACK.finditer(sentence)
    )


# --- All or a part -----------------------------------------------------------------------------

_IN_PART = re.compile(
    r"\b(?:scal(?:e|es|ed|ing) (?:back|down)|reduc\w*|trim\w*|halv\w*|shrink\w*|slash\w*|"
    r"cut(?:s|ting)? (?:back|down|its|the|their)|downsiz\w*|draw(?:s|ing)?[- ]?downs?|"
    r"thin(?:s|ned|ning)? out|some of|part of (?:its|the|their)|parts of|partial\w*|half|"
    r"(?:a|two|three) (?:third|quarter|fifth)s?|per ?cent|most of|several|many of|the first|"
    r"first group|a batch|"
    r"(?:a|one|two|three|four) (?:company|companies|platoons?|squadrons?|batter(?:y|ies)|units?|"
    r"detachments?|bases?|posts?|camps?)|border post|front line)\b",
    _I,
)
_RESTRICTED = re.compile(
    r"\b(?:more|further|additional|extra|another|larger|bigger|reinforcements?|beyond|"
    r"before|without|unless|until|if|while|as long as|for now|for the moment|at this stage|"
    r"this year|at present|yet|combat|conscripts?|front ?line|fighting|offering|"
    r"only|instead)\b",
    _I,
)
_ALL_OF_THEM = re.compile(
    r"\b(?:all(?: of)?|its|their|his|her|the last|the remaining|all the|its last|its remaining|"
    r"their last|its entire|the entire|every one of)\s+(?:(?:its|the|their|of|about|some|remaining|"
    r"last|estimated|roughly|\w+ish|\w+an|\w+ese)\s+){0,3}$",
    _I,
)
_ONE_OF = re.compile(r"\bof (?:its|the|their|his|her)\b", _I)
_PART_BEFORE = re.compile(
    r"\b(?:some|many|most|part|several|few|half|(?:third|quarter)s?|per ?cent|%) of "
    r"(?:(?:its|the|their|[\w’'.-]+) ){0,2}$",
    _I,
)
_AT_FIRST = re.compile(r"^(?:all|its|their|the last|the remaining|the entire|both)\b", _I)
_DOWN_TO = re.compile(
    r"\b(?:to|leaving|leaves|down to)\s+(?:just |only |some |about |around )?$", _I
)


def is_whole(mention: Mention) -> bool:
    """Whether a refusal or withdrawal leaves nothing of what was on the table."""
    sentence, number = mention.sentence.text, mention.quantity
    if mention.level is Level.DECLINED:
        # "will no longer send" refuses; what is refused in part, or for a time, does not
        return number is None and not _RESTRICTED.search(re.sub(r"\bno longer\b", "", sentence))
    if number is None:
        return _IN_PART.search(sentence) is None
    if number.further or _ONE_OF.search(number.text):
        return False
    before = sentence[: max(0, sentence.find(number.text))]
    return bool(_AT_FIRST.search(number.text) or _ALL_OF_THEM.search(before))


def is_of_part(mention: Mention) -> bool:
    """Whether the number is that of the whole of which a part goes ("some of its 600 soldiers")."""
    if mention.quantity is None:
        return False
    before = mention.sentence.text[: max(0, mention.sentence.text.find(mention.quantity.text))]
    return _PART_BEFORE.search(before) is not None


def leaves(mention: Mention) -> bool:
    """Whether the number of a cut is what remains ("cut to 200")."""
    if mention.quantity is None:
        return False
    before = mention.sentence.text[: max(0, mention.sentence.text.find(mention.quantity.text))]
    return _DOWN_TO.search(before) is not None


# --- Numbers -----------------------------------------------------------------------------------

_CHANGES = (
    r"(?:rais|increas|doubl|tripl|quadrupl|boost|expand|enlarg|upp|lift|cut|reduc|halv|lower|trim|"
    r"slash|shrink|grow|grew|top|bring|brought|scal|step|beef|revis|chang|correct)\w*"
)
_CHANGED_TO = re.compile(
    rf"\b{_CHANGES}\b[^;.]{{0,70}}?\b(?:to|by|from|at)\s+(?:[\w’',.-]+\s+){{0,4}}$", _I
)
_CHANGES_IT = re.compile(r"\b(?:doubl|tripl|quadrupl|halv)\w*\b[^;.]{0,80}$", _I)
_NOW = re.compile(r"\b(?:now|not \S+ but)\s+(?:\w+\s+){0,3}$", _I)
_INSTEAD = re.compile(
    r"^[^;.]{0,30}\b(?:instead of|rather than|up from|down from|compared with|more than "
    r"(?:previously|originally)|fewer than (?:previously|originally)|,? not (?:the )?\d)",
    _I,
)
_CORRECTS = re.compile(
    r"\b(?:correct(?:s|ed|ing|ion)|misstat\w*|mistaken(?:ly)?|erroneous(?:ly)?|in error|an error|"
    r"wrongly)\b",
    _I,
)


def changes_number(mention: Mention) -> bool:
    """Whether the sentence says that the number changes, and does not only state it."""
    number, sentence = mention.quantity, mention.sentence.text
    if number is None:
        return False
    start = max(0, sentence.find(number.text))
    before, behind = sentence[:start], sentence[start + len(number.text) :]
    return bool(
        _CHANGED_TO.search(before)
        or _CHANGES_IT.search(before)
        or _INSTEAD.search(behind)
        or _NOW.search(before)
        or (mention.level is not None and _raises(mention))
    )


def _raises(mention: Mention) -> bool:
    """Whether the words that set the level are words of change ("raises", "doubles")."""
    return any(
        re.fullmatch(rf"{_CHANGES}", span.text.split()[0], _I) for span in mention.proof.level
    )


def corrects(sentence: str) -> bool:
    """Whether the sentence corrects what was said before."""
    return _CORRECTS.search(sentence) is not None


# --- Obstacles, the past, parliaments ----------------------------------------------------------

_BAR = (
    r"(?:objections?|veto|vetoes|bans?|rows?|disputes?|injunction|opposition|reservations?|hurdles?|"
    r"obstacles?|block(?:ade)?|resistance|quarrels?|complaints?|stand-?off|shortages?|gaps?|"
    r"differences|impasse|deadlock|hold|freeze|suspension|restrictions?|order|lawsuit|challenge|"
    r"bottlenecks?|problems?|doubts?|concerns?|fears?)"
)
_ENDS = (
    r"(?:lift(?:s|ed)|drop(?:s|ped)|withdr[ae]ws?|withdrawn|overc[ao]mes?|resolv(?:es|ed)|"
    r"settl(?:es|ed)|clear(?:s|ed)|remov(?:es|ed)|waiv(?:es|ed)|end(?:s|ed)|clos(?:es|ed)|solved|"
    r"dismiss(?:es|ed)|overturn(?:s|ed)|fill(?:s|ed)|is over|are over|was over|over)"
)
_GONE = re.compile(
    rf"\b{_ENDS}\b[^;.]{{0,50}}\b{_BAR}\b|\b{_BAR}\b[^;.]{{0,90}}\b{_ENDS}\b|"
    r"\b(?:agreed to let|gave (?:its|their|her|his) consent|gave way|now accepts?|"
    r"w[io]ns? (?:the )?(?:approval|consent|backing) of)\b",
    _I,
)
_STILL = re.compile(
    r"\b(?:before|until|unless|without|not|never|nobody|must|needs?|yet|once|if|when|would|could|"
    r"should|may|might|asks?|asked|calls?|called|wants?|demand\w*|urg\w*|hop\w*)\b",
    _I,
)
_PAST = re.compile(
    r"\bhad (?:\w+ ){0,2}(?:pledged|promised|offered|planned|agreed|committed|announced|vowed|"
    r"intended|earmarked)\b|\b(?:earlier|previously|once|originally|initially) (?:pledged|promised|"
    r"offered|planned|agreed|committed|announced)\b",
    _I,
)
_REPORTED = re.compile(
    r"\b(?:said|says|told|announced|confirmed|added|that)\b[^;.]*$|\bas \w+ $", _I
)
_LEGISLATURE = (
    r"(?:parliament\w*|lawmakers?|legislat(?:ure|ors?|ive \w+)|MPs|senat(?:e|ors?)|congress|"
    r"bundestag|knesset|sejm|riksdag|storting|folketing|eduskunta|diet|dáil|dail|rada|duma|"
    r"(?<!general )assembly|deputies|national council|house of (?:representatives|commons|lords|"
    r"councillors))"
)
_PASSES = (
    r"(?:approv\w+|vot(?:e|es|ed|ing)|ratif\w+|authori[sz]\w+|back(?:s|ed)|pass(?:es|ed)|"
    r"endors\w+|adopt\w+|agreed|gave|gives|given|clear(?:s|ed)|said yes|waved)"
)
_VOTED = re.compile(
    rf"\b{_LEGISLATURE}\b[^;.]{{0,40}}?\b{_PASSES}\b|"
    rf"\b{_PASSES}\b[^,;.]{{0,30}}\b(?:by|of|in) (?:the |its |their )?(?:\w+ )?{_LEGISLATURE}\b|"
    rf"\bvotes? (?:in|of) (?:the |its )?(?:\w+ )?{_LEGISLATURE}\b",
    _I,
)
_YET_TO_VOTE = re.compile(
    rf"\b{_LEGISLATURE}\b[^;.]{{0,30}}\b(?:must|has yet|have yet|still|needs? to)\b", _I
)


def is_gone(sentence: str) -> bool:
    """Whether the obstacle of the sentence is reported gone."""
    return _GONE.search(sentence) is not None and _STILL.search(sentence) is None


def is_past(sentence: str) -> bool:
    """Whether a pledge is only looked back on ("had promised"), and not reported in the past."""
    return any(
        _REPORTED.search(sentence[: match.start()]) is None for match in _PAST.finditer(sentence)
    )


def legislature_approves(sentence: str) -> bool:
    """Whether it is a legislature that approves."""
    return _VOTED.search(sentence) is not None and _YET_TO_VOTE.search(sentence) is None
