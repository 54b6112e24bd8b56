"""Who a predicate is said of: the actors in its subject, through titles, lists and pronouns."""

from dataclasses import dataclass, replace

from pledgewatch.extract.actor_model import Context
from pledgewatch.extract.rules import lexicon as lex
from pledgewatch.extract.rules.words import Words
from pledgewatch.gazetteer import ActorName

_BREAKS = frozenset(';:—–()“”"«»-')
_VERBS = frozenset().union(
    lex.SEND,
    lex.PLEDGE,
    lex.APPROVE,
    lex.SIGN,
    lex.REFUSE,
    lex.WITHDRAW,
    lex.CONSIDER,
    lex.REPORTING,
)
_NOT_VERBS_AFTER_NAME = frozenset(
    [
        "report",
        "reports",
        "state",
        "order",
        "orders",
        "base",
        "bases",
        "post",
        "posts",
        "ship",
        "ships",
        "fields",
        "back",
        "host",
        "station",
        "post",
        "estimate",
        "estimates",
        "study",
        "studies",
        "review",
        "reviews",
        "move",
        "moves",
        "offer",
        "offers",
        "claim",
        "claims",
        "pledge",
        "supply",
        "supplies",
        "position",
        "positions",
        "promise",
        "promises",
        "second",
        "express",
        "mobile",
        "exercise",
        "note",
        "notes",
    ]
)
_ROUGHLY = frozenset({"about", "around", "over", "under", "between", "within"})
_DETERMINERS = frozenset(
    [
        "the",
        "a",
        "an",
        "its",
        "their",
        "his",
        "her",
        "our",
        "this",
        "that",
        "these",
        "those",
        "both",
    ]
)
_NAMES = 12
_MEASURES = frozenset(
    [
        "hundreds",
        "thousands",
        "dozens",
        "scores",
        "number",
        "contingent",
        "battalion",
        "team",
        "group",
        "company",
        "unit",
        "brigade",
        "handful",
        "couple",
        "convoy",
        "rotation",
        "detachment",
        "total",
    ]
)
_STANDS_ALONE = frozenset(
    {
        "Bundestag",
        "Bundeswehr",
        "Sejm",
        "Riksdag",
        "Knesset",
        "Saeima",
        "Seimas",
        "Storting",
        "Verkhovna Rada",
        "IDF",
        "Royal Navy",
        "Royal Air Force",
        "RAF",
        "Royal Marines",
        "French",
        "British",
        "Dutch",
        "Irish",
        "Swiss",
        "Danes",
    }
)
"""Names of the demonyms' column that need no noun after them."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The actors that a predicate is said of, as token indices.

    `force` is the token of a force that is itself the subject ("Kenyan officers arrived");
    `pronoun` and `institution` say that something stands there that names no actor.
    """

    actors: tuple[int, ...] = ()
    force: int | None = None
    pronoun: bool = False
    institution: bool = False
    decider: bool = False
    first: int = 0


NOBODY = Subject()


def subject_before(words: Words, end: int, depth: int = 0) -> Subject:
    """The subject of the predicate whose first token is `end`."""
    last = end - 1
    if last < 0 or depth > 4:
        return NOBODY
    low = words.low
    if low[last] in ("which", "who", "that") and last >= 1:
        before = last - 1
        if low[before] == ",":
            before -= 1
        return subject_before(words, before + 1, depth + 1)
    if low[last] == ",":
        opening = _opening_comma(words, last)
        if opening is None:
            return NOBODY
        return subject_before(words, opening, depth + 1)
    if low[last] in ("—", "–", ")"):
        opening = _opening_mark(words, last)
        if opening is None:
            return NOBODY
        return subject_before(words, opening, depth + 1)
    first = _first_of_phrase(words, last)
    subject = _read(words, first, last + 1)
    if subject.pronoun and not subject.actors:
        return antecedent(words, first, depth) or subject
    return subject


def antecedent(words: Words, before: int, depth: int = 0) -> Subject | None:
    """What a pronoun at `before` refers to in this sentence: the nearest earlier subject."""
    for index in range(before - 1, -1, -1):
        if words.low[index] in lex.REPORTING or words.low[index] in lex.MODALS | lex.AUXILIARIES:
            subject = subject_before(words, _group_start(words, index), depth + 1)
            if subject.actors:
                return subject
    for index in range(before):
        if index in words.actor_at and not governed(words, index):
            subject = _read(words, index, index + 1)
            if subject.actors and index + 1 < before:
                return subject_before(words, _phrase_end(words, index), depth + 1)
    return None


_MEANT = frozenset(
    """country nation government kingdom republic island parliament cabinet minister ministry
    president premier chancellor army navy military lawmakers senate congress assembly king
    taoiseach spokesman spokeswoman""".split()  # noqa: SIM905
)
_BEFORE_MEANT = frozenset({"defence", "defense", "foreign", "prime", "west", "african", "armed"})


def meant_actor(words: Words, context: Context, first: int = 0, last: int = 60) -> ActorName | None:
    """The actor named last before the sentence, at the words that mean it ("the country").

    None where tokens `first` to `last` hold no such words.
    """
    if context.actor is None:
        return None
    for index in range(first, min(last, len(words))):
        low = words.low[index]
        start = index
        if low in _MEANT:
            start -= 1
            while words.at(start) in _BEFORE_MEANT:
                start -= 1
            if words.at(start) not in ("the", "its") or words.at(index + 1) in ("in", "of"):
                continue
        elif low not in ("it", "its", "he", "she") or index > first + 1:
            continue
        token = words.tokens[start].start
        return replace(context.actor, start=token, end=words.tokens[index].end)
    return None


def governed(words: Words, index: int) -> bool:
    """Whether the name at `index` stands behind a preposition ("in Paris", "with the Dutch")."""
    before = index - 1
    while before >= 0 and (
        words.low[before] in _DETERMINERS
        or (
            words.low[before].isalpha()
            and words.low[before].endswith(("ern", "ing"))
            and words.low[before] not in lex.PREPOSITIONS
        )
    ):
        before -= 1
    return before >= 0 and words.low[before] in lex.PREPOSITIONS


def _phrase_end(words: Words, index: int) -> int:
    while (
        index < len(words)
        and words.low[index] not in _BREAKS
        and words.low[index] != ","
        and words.low[index] not in lex.REPORTING | lex.AUXILIARIES | lex.MODALS
    ):
        index += 1
    return index


def _group_start(words: Words, index: int) -> int:
    while index > 0 and (
        words.low[index - 1] in lex.AUXILIARIES | lex.MODALS | lex.ADVERBS
        or words.low[index - 1].endswith("ly")
    ):
        index -= 1
    return index


def _opening_comma(words: Words, closing: int) -> int | None:
    """The comma that opens the aside which `closing` ends, or None for "In Berlin, ..."."""
    for index in range(closing - 1, max(-1, closing - 30), -1):
        if words.low[index] == ",":
            return index if index > 0 else None
        if words.low[index] in ";“”":
            return None
    return None


def _opening_mark(words: Words, closing: int) -> int | None:
    wanted = "(" if words.low[closing] == ")" else words.low[closing]
    for index in range(closing - 1, max(-1, closing - 30), -1):
        if words.low[index] == wanted:
            return index if index > 0 else None
    return None


def _is_verb(words: Words, index: int) -> bool:
    low = words.low[index]
    if low == "'s":
        return words.at(index - 1) in lex.PRONOUNS
    if low in lex.AUXILIARIES or low in lex.MODALS:
        return True
    if low not in _VERBS or low.endswith("ing"):
        return False
    if low in _NOT_VERBS_AFTER_NAME:
        return False
    after = words.at(index + 1)
    return not (low.endswith("ed") and after in ("forces", "nations", "troops", "states"))


def _first_of_phrase(words: Words, last: int) -> int:
    """The first token of the noun phrase that ends at `last`, with its prepositional tails."""
    index = last
    while index >= 0:
        low = words.low[index]
        if low in _BREAKS or low in lex.SUBORDINATORS or low in ("but", "that", "then", "yet"):
            break
        if low == ",":
            previous = index - 1
            listed = (
                previous in words.actor_at
                and any(at in words.actor_at for at in range(index + 1, min(index + 4, last + 1)))
                and not governed(words, previous)
            )
            if not listed:
                break
        elif _is_verb(words, index) or (
            low == "and" and index - 1 >= 0 and not _joins_names(words, index)
        ):
            break
        index -= 1
    return index + 1


def _joins_names(words: Words, index: int) -> bool:
    """Whether "and" at `index` joins two names or two nouns, rather than two clauses."""
    near_left = any(at in words.actor_at for at in range(max(0, index - 5), index))
    near_right = any(at in words.actor_at for at in range(index + 1, min(index + 4, len(words))))
    return (near_left and near_right) or index - 1 not in words.asset_at


def _read(words: Words, first: int, last: int) -> Subject:
    """The actors in the noun phrase from `first` to `last`."""
    actors: list[int] = []
    force: int | None = None
    institution = decider = False
    pronoun = last - first <= 2 and words.low[last - 1] in lex.PRONOUNS
    in_tail = False  # behind a preposition
    tail_after = ""
    for index in range(first, last):
        low = words.low[index]
        if low in lex.PREPOSITIONS:
            if low == "of" and words.at(index - 1) in _MEASURES:
                continue
            if low in _ROUGHLY and words.at(index + 1)[:1].isdigit():
                continue
            in_tail, tail_after = True, low
            continue
        if low == "and" and in_tail and tail_after not in ("of", "from"):
            continue
        if index in words.actor_at:
            if in_tail and not (
                (
                    tail_after == "of"
                    and (institution or force is not None or _group_noun(words, first, index))
                )
                or (tail_after == "from" and force is not None)
                or (tail_after == "for" and institution)
                or (tail_after == "in" and institution and words.actor_at[index].kind == "seat")
            ):
                continue
            role = _role(words, index, last)
            if role is None:
                continue
            if role == "force":
                force = index
            actors.append(index)
            name = words.actor_at[index]
            if name.code in ("UN", "EU", "NATO", "AU", "ECOWAS", "SADC", "EAC", "OSCE"):
                decider = True
            if name.kind == "demonym" and words.low[index] in lex.LEGISLATURES:
                decider = True
        elif not in_tail:
            if low in lex.INSTITUTIONS or low in ("country", "nation", "kingdom", "island"):
                institution = True
            if low in lex.DECIDERS:
                decider = True
            if low in lex.PEOPLE:
                force = index
    return Subject(tuple(actors[:_NAMES]), force, pronoun, institution, decider, first)


def _group_noun(words: Words, first: int, index: int) -> bool:
    return any(
        words.low[at]
        in ("governments", "leaders", "ministers", "presidents", "parliaments", "people")
        for at in range(first, index)
    )


def _role(words: Words, index: int, last: int) -> str | None:
    """How the name at `index` takes part in its noun phrase: "bare", "state", "force" or not."""
    name = words.actor_at[index]
    token = words.tokens[index].low
    if token.endswith(
        (
            "-led",
            "-backed",
            "-based",
            "-made",
            "-born",
            "-brokered",
            "-held",
            "-controlled",
            "-funded",
        )
    ):
        return "state" if token.endswith("-led") else None
    after = index + 1
    possessive = words.at(after) in ("'s", "'") or (token.endswith("s'"))
    if possessive:
        after += 1
    head = ""
    at = after
    capitals = 0
    seen_institution = False
    while at < last and at not in words.actor_at:
        low = words.low[at]
        if low in lex.PREPOSITIONS or low in (",", "and", "or"):
            break
        head = low
        if low in lex.INSTITUTIONS:
            seen_institution = True
        if words.tokens[at].text[0].isupper():
            capitals += 1
        at += 1
    if head == "":
        if possessive:
            return None
        if (
            at < last
            and words.at(at) in ("and", ",", "or")
            and name.kind == "demonym"
            and not words.tokens[index].text.endswith("s")
        ):
            return _role_of_next(words, at, last)
        if name.kind == "demonym" and at in words.actor_at and at < last:
            return _role(words, at, last)
        if name.kind == "demonym" and words.tokens[index].text not in _STANDS_ALONE:
            return None  # "Germans" are not Germany
        return "bare"
    if head in lex.PEOPLE and not seen_institution:
        return "force"
    if head in lex.PEOPLE:
        return (
            "force"
            if head in ("troops", "soldiers", "forces", "police", "marines", "peacekeepers")
            else "state"
        )
    if seen_institution:
        return "state"
    if name.kind == "demonym" or possessive:
        return None
    # "Kenya also", "France alone": the name is the head, adverbs follow it
    between = range(after, at)
    adverbial = all(
        words.low[word] in lex.ADVERBS
        or words.low[word].endswith("ly")
        or words.tokens[word].text[0].isdigit()
        for word in between
    )
    return "bare" if adverbial else None


def _role_of_next(words: Words, at: int, last: int) -> str | None:
    """ "French and British troops": the first takes the role of the one after "and"."""
    for index in range(at + 1, min(at + 4, last)):
        if index in words.actor_at:
            return _role(words, index, last)
    return None
