"""What the words of an evidence sentence add to a mention: who speaks, and which way it goes.

Lexical rules. Each errs on the side of no change: a wrong retraction is worse than a missed one.
"""

import re
from datetime import date

from pledgewatch.gazetteer import Gazetteer
from pledgewatch.ontology import Level
from pledgewatch.records import Mention

_OUTSIDERS = re.compile(
    r"\b(?:analysts?|experts?|professors?|academics?|historians?|scholars?|researchers?|fellows?|"
    r"think[- ]tanks?|columnists?|commentators?|critics?|opposition|lawmakers?|MPs?|senators?|"
    r"deput(?:y|ies) of|congress(?:man|woman|men)|former|ex-|retired|unions?|activists?|observers?|"
    r"residents?|villagers?|rebels?|militants?|separatists?)\b",
    re.IGNORECASE,
)
_HEARSAY = re.compile(
    r"\b(?:sources?|reports?|reportedly|media|newspapers?|daily|magazine|broadcaster|television|"
    r"news agency|agency|diplomats?|people familiar|insiders?|rumou?rs?|bloggers?|posts?)\b",
    re.IGNORECASE,
)
_IN_OFFICE = re.compile(
    r"\b(?:government|cabinet|minist(?:er|ry|ers|ries)|president|premier|chancellor|"
    r"prime minister|spokes(?:man|woman|person)|defen[cs]e|army|navy|military|armed forces|"
    r"foreign office|officials?|secretary|general|admiral|colonel|king|crown prince|"
    r"commission(?:er)?|envoy|ambassador|parliament)\b",
    re.IGNORECASE,
)

_STEPS_BACK = re.compile(
    r"\b(?:no longer|walk(?:s|ed|ing)? (?:it |that |this )?back|back(?:s|ed|ing)?[- ]?(?:away|"
    r"pedal\w*|track\w*)|row(?:s|ed|ing)? back|reconsider\w*|rethink\w*|second thoughts|"
    r"soften(?:s|ed|ing)?|water(?:s|ed|ing)? down|step(?:s|ped|ping)? back|on hold|"
    r"postpon\w*|suspend\w*|downgrad\w*|hedg(?:e|es|ed|ing)|cool(?:s|ed|ing)? on|"
    r"review(?:s|ing)? (?:its|the|his|her|their) (?:pledge|offer|promise|commitment|decision|plan)|"
    r"(?:only|merely|now|still) (?:considering|weighing|studying|examining|discussing)|"
    r"not yet decided|undecided|scal(?:es|ed|ing) (?:back|down)|retreat\w*|wavers?|wavering|"
    r"not (?:as )?firm(?:ly)?)\b",
    re.IGNORECASE,
)
_IN_PART = re.compile(
    r"\b(?:scal(?:e|es|ed|ing) (?:back|down)|reduc\w*|cut(?:s|ting)?(?! all)|trim\w*|halv\w*|"
    r"shrink\w*|slash\w*|downsiz\w*|draw(?:s|ing)?[- ]?downs?|thin(?:s|ned|ning)? out|some of|"
    r"part of|partial\w*|half of|a third of|a quarter of|the first|first group|batch|fewer)\b",
    re.IGNORECASE,
)
_NO_MORE = re.compile(
    r"\b(?:more|further|additional|extra|another|beyond|larger|bigger|reinforcements?|increase|"
    r"raise|extend|longer)\b",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"\b(?<!of )(?:all|its|their|his|her|our|last|remaining|entire|whole|the|every)\b[^,;.]{0,40}$",
    re.IGNORECASE,
)
_DOWN_TO = re.compile(
    r"\b(?:to|leaving|leaves|down to)\s+(?:just |only |some |about |around )?$", re.IGNORECASE
)
_RAISES = re.compile(
    r"\b(?:rais(?:e|es|ed|ing)|increas\w*|doubl\w*|tripl\w*|quadrupl\w*|boost\w*|expand\w*|"
    r"reinforc\w*|enlarg\w*|bolster\w*|step(?:s|ped|ping)? up|beef(?:s|ed|ing)? up|"
    r"scal(?:e|es|ed|ing) up|up from|instead of|rather than|more than (?:previously|originally)|"
    r"top(?:s|ped|ping)? up|grow(?:s|n|ing)?|upgrad\w*)\b",
    re.IGNORECASE,
)
_LOWERS = re.compile(
    r"\b(?:cut(?:s|ting)?|reduc\w*|halv\w*|lower(?:s|ed|ing)?|trim\w*|shrink\w*|slash\w*|"
    r"scal(?:e|es|ed|ing) (?:back|down)|downsiz\w*|down from|instead of|rather than|fewer than "
    r"(?:previously|originally)|smaller)\b",
    re.IGNORECASE,
)  # fmt: skip
_CORRECTS = re.compile(
    r"\b(?:correct(?:s|ed|ing|ion)|clarif\w*|misstat\w*|mistaken(?:ly)?|erroneous(?:ly)?|"
    r"in error|an error|wrongly)\b",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"\b(?:lift(?:s|ed)|dropp?(?:s|ed)|withdrew|overc(?:o|a)me|resolv(?:es|ed)|settled|"
    r"clear(?:s|ed)|remov(?:es|ed)|allay(?:s|ed)|no longer|w(?:o|i)n(?:s)? (?:the )?(?:approval|"
    r"consent|backing)|secured|(?:was|has been|have been|were) met|waived)\b",
    re.IGNORECASE,
)
_STILL = re.compile(
    r"\b(?:before|until|unless|without|not|never|nobody|must|needs?|yet|once|if|when|would|could|"
    r"should|may|might|asks?|asked|calls?|called|wants?|demand\w*|urg\w*|hop\w*)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\bhad (?:\w+ ){0,2}(?:pledged|promised|offered|planned|agreed|committed|announced|said|"
    r"been|vowed|intended|earmarked)\b|\b(?:earlier|previous(?:ly)?|once|originally|initially) "
    r"(?:pledged|promised|offered|planned|agreed|committed|announced)\b",
    re.IGNORECASE,
)
_LEGISLATURE = re.compile(
    r"\b(?:parliament\w*|lawmakers?|legislat\w*|MPs|senat\w*|congress\w*|bundestag|knesset|sejm|"
    r"riksdag|storting|folketing|eduskunta|diet|assembly|deputies|chamber|duma|rada|house|"
    r"vot(?:e|es|ed|ing))\b",
    re.IGNORECASE,
)


def is_own_word(mention: Mention) -> bool:
    """Whether the actor itself speaks: no rival, pundit, opposition or rumour.

    No named speaker is the actor's institution or the writer stating a fact.
    """
    speaker = mention.attribution.speaker if mention.attribution else None
    if speaker is None:
        return not (_is_hearsay(mention.sentence.text) and mention.level is Level.WITHDRAWN)
    if _OUTSIDERS.search(speaker) or _OUTSIDERS.search(_around(mention.sentence.text, speaker)):
        return False
    codes = {one.code for one in Gazetteer.load().find(speaker, _day(mention))}
    if codes:
        return mention.actor is not None and mention.actor.code in codes
    return not _HEARSAY.search(speaker) or bool(_IN_OFFICE.search(speaker))


def _is_hearsay(sentence: str) -> bool:
    return re.search(r"\b(?:reportedly|rumou?r\w*|speculation)\b", sentence, re.I) is not None


def _around(sentence: str, speaker: str) -> str:
    """The speaker with the apposition behind it ("Tom Berg, a defence analyst,")."""
    start = sentence.find(speaker)
    if start < 0:
        return speaker
    end = start + len(speaker)
    behind = re.match(r",\s[^,.;“”\"]{2,80}", sentence[end:])
    return speaker + (behind.group() if behind else "")


def _day(mention: Mention) -> date | None:
    return mention.article.published.date() if mention.article.published else None


def steps_back(sentence: str) -> bool:
    """Whether somebody steps back from what was said: more than a softer wording."""
    return _STEPS_BACK.search(sentence) is not None


def is_whole(mention: Mention) -> bool:
    """Whether a refusal or withdrawal leaves nothing of what was on the table."""
    sentence = mention.sentence.text
    if mention.level is Level.DECLINED:
        return _NO_MORE.search(sentence) is None
    if _IN_PART.search(sentence):
        return False
    number = mention.quantity
    if number is None:
        return True
    until = max(0, sentence.find(number.text)) + len(number.text)
    return bool(_WHOLE.search(sentence[:until])) and not number.further


def leaves(mention: Mention) -> bool:
    """Whether the number of a cut is what remains ("cut to 200")."""
    if mention.quantity is None:
        return False
    before = mention.sentence.text[: max(0, mention.sentence.text.find(mention.quantity.text))]
    return _DOWN_TO.search(before) is not None


def changes_number(sentence: str) -> bool:
    """Whether the sentence says that a number changes, and does not only state it."""
    return bool(_RAISES.search(sentence) or _LOWERS.search(sentence))


def corrects(sentence: str) -> bool:
    """Whether the sentence corrects what was said before."""
    return _CORRECTS.search(sentence) is not None


def is_gone(sentence: str) -> bool:
    """Whether the obstacle of the sentence is reported gone."""
    return _GONE.search(sentence) is not None and _STILL.search(sentence) is None


def is_past(sentence: str) -> bool:
    """Whether a pledge is only looked back on ("had promised")."""
    return _PAST.search(sentence) is not None


def names_legislature(sentence: str) -> bool:
    """Whether a legislature or a vote is named."""
    return _LEGISLATURE.search(sentence) is not None
