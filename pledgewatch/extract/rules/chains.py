"""The verb group of a predicate: what stands before it, and the level that follows from it."""

from dataclasses import dataclass, field

from pledgewatch.extract.rules import lexicon as lex
from pledgewatch.extract.rules.subjects import NOBODY, Subject, antecedent, subject_before
from pledgewatch.extract.rules.words import Words
from pledgewatch.ontology import Level

_LINKS = frozenset(
    {"to", "of", "out", "against", "on", "for", "in", "about", "at", "up", "from", "into"}
)
_FIRMNESS = [
    Level.DEPLOYED,
    Level.APPROVED,
    Level.SIGNED,
    Level.ANNOUNCED,
    Level.WILLING,
    Level.CONSIDERING,
]
NOUNS = frozenset(
    [
        "plan",
        "plans",
        "decision",
        "offer",
        "pledge",
        "promise",
        "commitment",
        "intention",
        "intentions",
        "readiness",
        "willingness",
        "proposal",
        "option",
        "options",
        "possibility",
        "idea",
        "agreement",
        "refusal",
        "request",
        "requests",
        "call",
        "calls",
        "appeal",
        "mandate",
        "prospect",
        "talks",
        "reluctance",
        "demand",
        "demands",
        "pressure",
        "right",
        "failure",
        "chance",
    ]
)
"""Words of control that are nouns: they stand with articles and light verbs."""
_BEFORE_NOUN = frozenset(
    [
        "a",
        "an",
        "the",
        "its",
        "their",
        "his",
        "her",
        "our",
        "any",
        "new",
        "formal",
        "firm",
        "concrete",
        "detailed",
        "initial",
    ]
)
_LIGHT = frozenset(
    [
        "express",
        "expresses",
        "expressed",
        "expressing",
        "declare",
        "declares",
        "declared",
        "signal",
        "signals",
        "signalled",
        "reiterate",
        "reiterated",
        "reiterates",
        "repeat",
        "repeated",
        "repeats",
        "voice",
        "voiced",
        "reaffirm",
        "reaffirmed",
        "confirm",
        "confirmed",
        "confirms",
        "make",
        "makes",
        "made",
        "outline",
        "outlined",
        "outlines",
        "unveil",
        "unveiled",
        "unveils",
        "stated",
        "restated",
        "stressed",
        "underlined",
    ]
)
_GO = frozenset({"go", "goes", "going", "went", "carry", "carries", "carrying"})
_SHUT = frozenset({"close", "closed", "closes", "shut", "shuts", "slammed"})
_SPEAKER = 8  # tokens from the comma to the verb of speech
_ADVERBIAL = 9  # tokens between a verb of speech and what is said
_SAYING = frozenset(
    """on in at a an the his her its late early last this earlier later again also week month night
    statement interview speech briefing conference news press monday tuesday wednesday thursday
    friday saturday sunday january february march april may june july august september october
    november december reporters journalists lawmakers parliament deputies allies morning evening
    afternoon to after before talks meeting summit television radio broadcaster""".split()  # noqa: SIM905
)
_OWN = frozenset({"it", "he", "she", "they", "we", "i"})


@dataclass(slots=True)
class Group:
    """One verb with its auxiliaries: `modal`, `negated`, `aux`, and its inflected `form`."""

    word: str
    form: str
    modal: str = ""
    negated: bool = False
    aux: set[str] = field(default_factory=set)
    hedge: str = ""  # "no longer", "yet"

    @property
    def passive(self) -> bool:
        """Whether the group is passive ("are being sent")."""
        return self.form in ("pastpart", "part") and bool(
            self.aux & {"is", "are", "was", "were", "be", "been", "being", "am", "get"}
        )

    @property
    def perfect(self) -> bool:
        """Whether the group is in the perfect ("has sent")."""
        return bool(self.aux & {"has", "have", "'ve"}) and self.form in ("past", "pastpart", "part")


@dataclass(slots=True)
class Chain:
    """A predicate's groups, innermost first, with its subject and the tokens that were read."""

    groups: list[Group]
    subject: Subject
    first: int
    own_word: bool = False  # reported speech of the subject itself: "said it would"
    headline: bool = False  # "Norway to send"
    request_to: int | None = None
    controls: list[tuple[int, str]] = field(default_factory=list)
    modifiers: list[int] = field(default_factory=list)


def read_chain(words: Words, trigger: int, form: str, inherited: "Chain | None" = None) -> Chain:
    """The chain that ends in the verb at `trigger`."""
    group = Group(words.low[trigger], form)
    chain = Chain([group], NOBODY, trigger)
    index = trigger - 1
    while index >= 0:
        low = words.low[index]
        before = words.at(index - 1)
        if low in ("not", "n't", "never", "neither", "nor"):
            group.negated = True
            chain.modifiers.append(index)
        elif low == "longer" and before == "no":
            group.negated = True
            chain.modifiers.append(index)
            index -= 1
        elif low in lex.MODALS:
            if low in lex.NEGATIONS:
                group.negated = True
            group.modal = {
                "cannot": "can",
                "can't": "can",
                "won't": "will",
                "wouldn't": "would",
                "'ll": "will",
                "couldn't": "could",
                "shouldn't": "should",
                "mustn't": "must",
            }.get(low, low)
            chain.modifiers.append(index)
        elif low == "'s" and before not in lex.PRONOUNS:
            break
        elif low in lex.AUXILIARIES or (low in lex.NEGATIONS and low.endswith("n't")):
            if low in lex.NEGATIONS:
                group.negated = True
                chain.modifiers.append(index)
            group.aux.add(low.removesuffix("n't") if low.endswith("n't") else low)
        elif low == "no":
            group.negated, group.hedge = True, "no"
            chain.modifiers.append(index)
        elif chain.controls and group.word in NOUNS and low in _BEFORE_NOUN:
            pass
        elif chain.controls and group.word in NOUNS and low in lex.CONTROL:
            group = Group(low, _form(low))
            chain.groups.append(group)
            chain.controls.append((index, lex.CONTROL[low]))
        elif chain.controls and group.word in NOUNS and low in _LIGHT:
            group.aux.discard("had")
            light = _form(low)
            group.form = light
        elif low in lex.ADVERBS or (low.endswith("ly") and low not in ("supply", "italy", "july")):
            pass
        elif low in _LINKS and (control := _control_before(words, index)) is not None:
            position, op = control
            if op == "request" and position < index - 1:
                chain.request_to = position
            group = Group(words.low[position], _form(words.low[position]))
            chain.groups.append(group)
            chain.controls.append((position, op))
            index = position
        elif (
            low in lex.CONTROL
            and chain.groups[-1].form == "ing"
            and len(chain.groups) <= 4
            and _governs_gerund(words, index)
        ):
            group = Group(low, _form(low))
            chain.groups.append(group)
            chain.controls.append((index, lex.CONTROL[low]))
        elif (low == "to" and len(chain.groups) == 1 and form == "base") or (
            low == "to" and "be" in group.aux
        ):
            if _is_to(words, index):
                group.modal = "will"
                chain.headline = before not in lex.AUXILIARIES
            else:
                break
        elif (
            low in ("and", "or", "but", ",")
            and inherited is not None
            and _same_form(words, chain, inherited)
        ):
            if low == "," and before in ("and", "or"):
                index -= 1
            chain.subject = inherited.subject
            inner = inherited.groups[0]
            if not chain.controls and not group.modal and not group.aux:
                chain.groups[0].modal, chain.groups[0].aux = inner.modal, set(inner.aux)
                chain.groups[0].negated = chain.groups[0].negated or (inner.negated and low == "or")
                chain.groups += inherited.groups[1:]
                chain.controls += inherited.controls
                chain.own_word = inherited.own_word
                chain.modifiers += inherited.modifiers
                chain.headline = inherited.headline
            chain.first = index + 1
            return chain
        else:
            break
        index -= 1
    chain.first = index + 1
    if index >= 0 and words.low[index] == "to" and not chain.controls and not group.modal:
        chain.request_to = index  # an infinitive that nothing governs: a purpose, not a promise
    chain.subject = subject_before(words, chain.first)
    if not chain.subject.actors and index >= 0 and words.low[index] in ("and", "but"):
        chain.subject = antecedent(words, index) or chain.subject
    if index >= 0 and words.low[index] in _OWN:
        chain.own_word = _reporter_before(words, index) is not None or words.quoted[trigger]
        _ask_whether(words, chain, index)
        if not chain.subject.actors:
            chain.subject = (
                _quoted_speaker(words, trigger) or antecedent(words, index) or chain.subject
            )
        elif words.quoted[trigger]:
            chain.subject = _quoted_speaker(words, trigger) or chain.subject
    if words.quoted[trigger] and words.low[max(0, index)] in ("we", "i", "our"):
        chain.own_word = True
    if _says_itself(words, trigger, chain.subject):
        chain.own_word = True
    owned = chain.controls and chain.groups[-1].word in NOUNS and words.at(index) == "'s"
    if owned and index - 1 in words.actor_at:  # "Ireland's pledge to keep"
        chain.subject = Subject((index - 1,), first=index - 1)
    reported = _reporter_before(words, chain.subject.first)
    if reported is not None and chain.subject.institution and not chain.subject.actors:
        chain.subject = antecedent(words, chain.subject.first) or chain.subject
    if reported is not None and chain.subject.actors:
        # "Macron said France would": the reporter speaks for the same actor
        codes = {words.actor_at[a].code for a in chain.subject.actors}
        speaker = subject_before(words, reported)
        if any(words.actor_at[a].code in codes for a in speaker.actors) or (
            not speaker.actors and speaker.institution
        ):
            chain.own_word = True
    return chain


def _reporter_before(words: Words, first: int) -> int | None:
    """The verb of speech before `first`: "said on Monday in Lisbon that" it would."""
    index = first - 1
    if words.at(index) == "that":
        index -= 1
    for at in range(index, max(-1, index - _ADVERBIAL), -1):
        low = words.low[at]
        if low in lex.REPORTING:
            return at
        if not (low in _SAYING or low.isdigit() or _is_seat(words, at)):
            return None
    return None


def _says_itself(words: Words, trigger: int, subject: Subject) -> bool:
    """Whether the actor's own speaker ends the sentence: "would send 100, its minister said"."""
    if not subject.actors:
        return False
    last = len(words) - 1
    while last > trigger and (words.low[last] in _SAYING or words.low[last] in '.,”"'):
        last -= 1
    if last <= trigger or words.low[last] not in lex.REPORTING or words.low[last] == "according":
        return False
    comma = next((at for at in range(last, trigger, -1) if words.low[at] == ","), None)
    if comma is None or last - comma > _SPEAKER:
        return False
    codes = {words.actor_at[at].code for at in subject.actors}
    named = {words.actor_at[at].code for at in range(comma, last) if at in words.actor_at}
    if named:
        return named <= codes
    return words.at(comma + 1) in ("he", "she", "it", "they", "its", "their") or (
        words.at(comma + 1) == "the" and not lex.INSTITUTIONS.isdisjoint(words.low[comma:last])
    )


def _is_seat(words: Words, at: int) -> bool:
    return at in words.actor_at and words.at(at - 1) in ("in", "from")


def _ask_whether(words: Words, chain: Chain, index: int) -> None:
    """ "Is looking at whether it can send": considered; "will depend on whether it sends": not."""
    if words.at(index - 1) not in ("whether", "if"):
        return
    for at in (index - 2, index - 3):
        if lex.CONTROL.get(words.at(at)) == Level.CONSIDERING:
            chain.groups.append(Group(words.low[at], _form(words.low[at])))
            chain.controls.append((at, Level.CONSIDERING))
            return
    chain.request_to = index


def _quoted_speaker(words: Words, trigger: int) -> Subject | None:
    """Who "we" is: the speaker named after the quotation that `trigger` is in."""
    if not words.quoted[trigger] or not {"we", "i", "our"} & set(
        words.low[max(0, trigger - 8) : trigger]
    ):
        return None
    at = trigger
    while at < len(words) and words.quoted[at]:
        at += 1
    for index in range(at, min(len(words), at + 14)):
        if words.low[index] in lex.REPORTING:
            subject = subject_before(words, index)
            if subject.actors:
                return subject
            stop = index + 1
            while stop < len(words) and words.low[stop] not in (",", ".", ";", "on", "in", "at"):
                stop += 1
            subject = subject_before(words, stop)
            return subject if subject.actors else None
    return None


def _form(word: str) -> str:
    if word.endswith("ing"):
        return "ing"
    if word.endswith("ed") or word in ("sought", "meant", "swore", "sworn"):
        return "pastpart"
    return "base"


def _control_before(words: Words, link: int) -> tuple[int, str] | None:
    """The word that governs what follows `link` ("ready to", "ruled out", "plans to")."""
    index = link - 1
    low = words.at(index)
    if words.low[link] == "out":
        return (index, Level.DECLINED) if low in ("rule", "rules", "ruled", "ruling") else None
    if words.low[link] == "up":
        return None
    if words.low[link] == "on" and low in _GO:
        return index, "continue"
    if low in ("no", "yes") and words.at(index - 1) in ("say", "says", "said", "saying"):
        return index - 1, (Level.DECLINED if low == "no" else Level.ANNOUNCED)
    if low == "door" and words.at(index - 1) == "the":
        shuts = words.at(index - 2) in _SHUT
        return index - 2, (Level.DECLINED if shuts else Level.CONSIDERING)
    if low == "open" and words.at(index - 1) == "door":
        return index - 3, Level.CONSIDERING
    if low == "whether":
        index -= words.at(index - 1) in ("up", "at", "on", "over")
        asking = lex.CONTROL.get(words.at(index - 1)) == Level.CONSIDERING
        return index - 1, (Level.CONSIDERING if asking else "fail")
    if low in ("sure", "careful", "first", "keen"):
        return None
    if low in lex.CONTROL and low not in ("keep", "keeps", "kept", "finish"):
        if words.low[link] in ("for", "from", "into", "at") and low not in (
            "calls",
            "call",
            "appeal",
            "request",
            "requests",
            "mandate",
            "called",
            "looking",
            "pressed",
            "asked",
            "vote",
            "voted",
        ):
            return None
        return index, lex.CONTROL[low]
    # an object between: "asked Poland to send", "ordered 300 troops to deploy"
    if words.low[link] == "to":
        for at in range(index, max(-1, index - 8), -1):
            word = words.low[at]
            if lex.CONTROL.get(word) in ("request", "fail", "help", "vote", "plan"):
                op = lex.CONTROL[word]
                has_object = any(
                    i in words.actor_at
                    or i in words.asset_at
                    or words.low[i] in lex.PRONOUNS
                    or words.low[i] in lex.INSTITUTIONS
                    for i in range(at + 1, link)
                )
                if word in ("voted", "vote", "votes") and words.at(at + 1) in ("by", "on", "with"):
                    return at, op
                if op == "plan":
                    op = "request"
                return (at, op) if has_object else None
            if word in (",", ";", ":") or word in lex.SUBORDINATORS or word in lex.REPORTING:
                return None
    return None


def _governs_gerund(words: Words, index: int) -> bool:
    return lex.CONTROL[words.low[index]] in (
        Level.CONSIDERING,
        "begin",
        "continue",
        "stop",
        "fail",
        Level.DECLINED,
        "vote",
        Level.ANNOUNCED,
        "help",
    )


def _is_to(words: Words, index: int) -> bool:
    """Whether "to" at `index` follows its subject ("Norway to send") or a form of "be"."""
    before = index - 1
    if before < 0:
        return False
    if words.low[before] in ("is", "are", "was", "were"):
        return True
    return (
        before in words.actor_at
        or words.low[before] in lex.INSTITUTIONS
        or words.low[before] in lex.PEOPLE
    )


def _same_form(words: Words, chain: Chain, inherited: Chain) -> bool:
    own, other = chain.groups[0].form, inherited.groups[0].form
    past = ("past", "pastpart", "part")
    return (
        not chain.controls
        and not chain.groups[0].modal
        and not (chain.groups[0].aux - {"be"})
        and (own == other or (own in past and other in past))
    )


def weaker(one: Level, other: Level) -> Level:
    """The less firm of two positive levels."""
    return max(one, other, key=_FIRMNESS.index)


def level_of(chain: Chain, *, stative: bool, firm: bool, decider: bool) -> Level | None:
    """The level of a contribution whose verb is the chain's first group.

    `stative`: the present tense states a presence ("contributes"); `firm`: a number or a date goes
    with it, so that a plan counts as announced; `decider`: the subject is a body that decides.
    None where nothing is contributed (requests, opinions, what has not happened).
    """
    inner = chain.groups[0]
    if not chain.controls:
        return _tense(inner, chain, stative)
    level: Level | None = None
    for position, ((_, op), group) in enumerate(
        zip(chain.controls, chain.groups[1:], strict=False)
    ):
        here = _control_level(op, group, chain, firm=firm, decider=decider)
        if here is None:
            return None
        if position == 0:
            level = (
                here if not inner.negated else (Level.DECLINED if here in _FIRMNESS[:5] else None)
            )
            if op in ("begin", "help") and here is Level.DEPLOYED:
                level = Level.DECLINED if inner.negated else Level.DEPLOYED
        elif level is None:
            return None
        elif here is Level.DECLINED:
            level = Level.DECLINED if level in _FIRMNESS else Level.CONSIDERING
        elif level in _FIRMNESS and here in _FIRMNESS:
            level = weaker(level, here)
        elif here not in (Level.ANNOUNCED, Level.APPROVED, Level.DEPLOYED):
            return None
    return level


def _tense(group: Group, chain: Chain, stative: bool) -> Level | None:
    modal, negated = group.modal, group.negated
    if modal in ("should", "must", "ought", "need", "needs"):
        return None
    if modal in ("may", "might"):
        return None if negated else Level.CONSIDERING
    if modal in ("will", "shall", "'ll"):
        return Level.DECLINED if negated else Level.ANNOUNCED
    if modal == "would":
        if negated:
            return Level.DECLINED
        return Level.ANNOUNCED if chain.own_word else Level.WILLING
    if modal in ("can", "could"):
        return Level.DECLINED if negated else Level.WILLING
    if negated:
        present = group.form == "ing" or (
            bool(group.aux & {"do", "does", "is", "are"}) and not group.perfect
        )
        return Level.DECLINED if present and group.form == "ing" else None
    if group.form == "ing":
        if group.aux & {"was", "were"}:
            return None
        if group.aux & {"has", "have"} and "been" in group.aux:
            return Level.DEPLOYED
        if not group.aux:
            return None
        return Level.DEPLOYED if stative else Level.ANNOUNCED
    if group.form in ("past", "pastpart", "part"):
        if group.aux & {"being"}:
            return Level.ANNOUNCED
        if "had" in group.aux:
            return Level.DEPLOYED if chain.own_word else None
        if "be" in group.aux and not group.aux & {"is", "are"}:
            return None
        return Level.DEPLOYED
    if group.aux & {"did", "do", "does"}:
        return None
    return Level.DEPLOYED if stative else Level.ANNOUNCED


def _control_level(
    op: str, group: Group, chain: Chain, *, firm: bool, decider: bool
) -> Level | None:
    modal, negated = group.modal, group.negated
    if op in ("request", "fail"):
        return None
    if modal in ("should", "must", "ought", "need", "needs") or (
        modal in ("may", "might") and op != Level.CONSIDERING
    ):
        return (
            Level.CONSIDERING
            if modal in ("may", "might")
            and not negated
            and op in (Level.ANNOUNCED, "decide", "vote")
            else None
        )
    if "had" in group.aux and not chain.own_word and op not in (Level.DECLINED,):
        return None
    if op == "vote":
        if negated or modal in ("will", "would", "could", "can") or "be" in group.aux:
            return None
        return Level.APPROVED
    if op == "decide":
        if negated or modal:
            return Level.CONSIDERING if modal in ("could", "may", "might") else None
        return Level.APPROVED if decider else Level.ANNOUNCED
    if op == "plan":
        if negated or (
            group.word in ("plans", "plan", "intention", "intentions", "planning")
            and _no_before(chain)
        ):
            return Level.DECLINED
        if group.word in (
            "hope",
            "hopes",
            "hoped",
            "hoping",
            "want",
            "wants",
            "wanted",
            "wish",
            "wishes",
            "seeks",
            "seeking",
            "seek",
            "sought",
        ):
            return Level.CONSIDERING
        return Level.ANNOUNCED if firm else Level.CONSIDERING
    if op == "begin":
        if negated:
            return None
        if modal in ("will", "would", "shall", "could"):
            return Level.ANNOUNCED if modal != "could" else Level.WILLING
        return Level.DEPLOYED if group.form != "ing" or group.aux else Level.ANNOUNCED
    if op == "continue":
        return (
            Level.DECLINED
            if negated and modal
            else Level.ANNOUNCED
            if modal in ("will", "would")
            else Level.DEPLOYED
        )
    if op == "stop":
        return None if negated or modal in ("would", "could") else Level.WITHDRAWN
    if op == "help":
        return _tense(group, chain, False)
    if op == "prepare":
        return None if negated else Level.WILLING
    level = Level(op)
    if level is Level.DECLINED:
        if negated:
            return Level.CONSIDERING
        if modal in ("would", "could"):
            return None
        return Level.DECLINED
    if _no_before(chain) or negated:
        if (
            level in (Level.WILLING, Level.CONSIDERING) and group.modal not in ("would", "could")
        ) or group.word in ("able",):
            return Level.DECLINED
        return Level.DECLINED if group.word in ("intention", "going", "set", "commitment") else None
    if modal in ("could", "would") and level is Level.ANNOUNCED and not chain.own_word:
        return Level.WILLING if modal == "would" else Level.CONSIDERING
    return level


def _no_before(chain: Chain) -> bool:
    return chain.groups[-1].hedge == "no"
