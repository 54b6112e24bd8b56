"""What the model reads: a sentence as token ids, its candidates marked where they begin.

One definition for training and run time. Before each candidate actor and each quantity stands a
marker token; what the model says of a candidate is read off at its marker, and what it says of the
sentence at the first token.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tokenizers import Encoding, Tokenizer

from pledgewatch.gazetteer import ActorName
from pledgewatch.text.quantities import QuantitySpan, find_quantities
from pledgewatch.text.spans import is_free

MARKERS = {
    "name": 1,
    "demonym": 2,
    "seat": 3,
    "leader": 4,
    "organisation": 5,
    "group": 6,
    "reference": 7,
    "quantity": 8,
    "institution": 9,
}
"""Ids of the vocabulary's unused tokens, by what they mark."""

CLS, SEP = 101, 102
LONGEST = 320
"""Tokens and markers of a sentence that are read; the longest true sentence has some 160."""
_CONTEXT = 24

_REFERENCES = re.compile(
    r"\b(?:it|its|they|their|them|he|she|his|her|we|our|us|"
    r"(?:the|this|that) (?:[a-z]+ (?:[a-z]+ )?)?"
    r"(?:country|nation|state|republic|kingdom|emirate|sultanate|archipelago|government|cabinet|"
    r"coalition|junta|parliament|island|islands|alliance|bloc|force|mission|army|military|navy|"
    r"air force|armed forces|ministry|minister|president|premier|ally|neighbou?r|union|company|"
    r"battalion|brigade|contingent|detachment|unit|troops|soldiers|frigate|destroyer|warship|ship|"
    r"vessel|squadron|team|operation|observers|monitors|trainers|police)(?:['’]s)?)\b",
    re.IGNORECASE,
)

_UNION = re.compile(r"\b(?:alliance|bloc|union)\b", re.IGNORECASE)
_SO_CALLED = {
    "alliance": frozenset(
        ["NATO", "Alliance of Sahel States", "AES", "CSTO",
         "Collective Security Treaty Organisation", "Collective Security Treaty Organization"]
    ),
    "bloc": frozenset(
        ["EU", "AU", "ECOWAS", "SADC", "EAC", "ASEAN", "Asean", "CARICOM", "Caricom", "GCC",
         "Gulf Cooperation Council", "Arab League", "IGAD", "Igad", "G5 Sahel",
         "Pacific Islands Forum", "Melanesian Spearhead Group"]
    ),
    "union": frozenset(["EU", "AU"]),
}  # fmt: skip
"""Codes, and names of those who have none of their own; the United Nations are none of these."""
_COLLECTIVE = re.compile(
    r"\b(?:countries|states|nations|governments|capitals|allies|ally|partners|members|"
    r"contributors|signatories|guarantors|neighbours|neighbors|juntas|(?:\w+-nation|\w+-country|foreign|outside|third|western|european|arab|african|asian|"
    r"gulf|nordic|baltic|allied|multinational|regional|international|stabili[sz]ation|truce|"
    r"ceasefire|joint) "
    r"(?:squadron|team|mission|troops|soldiers|forces?|peacekeepers|contingents?|monitors|observers|bases|warships|"
    r"boots|part(?:y|ies)|military presence|garrison))\b",
    re.IGNORECASE,
)
_BLUE_HELMETS = re.compile(
    r"\b(?:blue (?:helmets?|berets?)|peacekeepers|peacekeeping)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word at `start` to `end` that may stand for a contributor.

    `code` is None for a reference ("it", "the country") of which the article does not say who it
    is.
    """

    start: int
    end: int
    code: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class Encoded:
    """A sentence, `text`, as the model reads it.

    `ids`: [T]; `offsets`: [T], each token's characters in the sentence, None for a token that is
    no part of it; `actors`: [A], where each candidate's marker stands in `ids`; `quantities`: [Q],
    likewise.
    """

    text: str
    ids: list[int]
    offsets: list[tuple[int, int] | None]
    candidates: tuple[Candidate, ...]
    actors: list[int]
    numbers: tuple[QuantitySpan, ...]
    quantities: list[int]

    def read_numbers(self) -> list[tuple[QuantitySpan, int]]:
        """Each number that is read, and where its marker stands; what is too far back is not."""
        read = zip(self.numbers, self.quantities, strict=True)
        return [(number, position) for number, position in read if position]


def candidates(
    sentence: str,
    names: Sequence[ActorName],
    state: str | None = None,
    organisations: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Candidate, ...]:
    """All that may stand for a contributor, in reading order: names, and references to one.

    `state`, `organisations` (see `so_called`): whom a reference may mean, as far as the text
    before tells.
    """
    found = [Candidate(name.start, name.end, name.code, name.kind) for name in names]
    for words, code, kind in (
        (_COLLECTIVE, "COALITION", "group"),
        (_BLUE_HELMETS, "UN", "organisation"),
        (_REFERENCES, state, "reference"),
    ):
        taken = sorted((one.start, one.end) for one in found)
        for match in words.finditer(sentence):
            start, end = match.span()
            if is_free((start, end), taken):
                union = _UNION.search(match[0])
                meant = organisations.get(union[0].lower()) if union else code
                found.append(Candidate(start, end, meant, kind))
    return tuple(sorted(found, key=lambda candidate: candidate.start))


def so_called(
    sentence: str, names: Sequence[ActorName], before: Mapping[str, str]
) -> dict[str, str]:
    """Whom "alliance", "bloc" and "union" mean after a sentence: the one of them named last.

    `before`: whom they meant so far. The alliance is NATO wherever NATO is named.
    """
    found = dict(before)
    for name in names:
        for word, called in _SO_CALLED.items():
            if not called.isdisjoint((name.code, sentence[name.start : name.end])):
                found[word] = "NATO" if found.get(word) == "NATO" else name.code
    return found


def encode(
    tokenizer: Tokenizer,
    sentence: str,
    marked: Sequence[Candidate],
    context: str | None = None,
) -> Encoded:
    """The ids of one sentence, with its headline behind it where there is one."""
    numbers = tuple(find_quantities(sentence))
    body: Encoding = tokenizer.encode(sentence, add_special_tokens=False)
    starts: list[tuple[int, int, int]] = [
        (candidate.start, MARKERS[candidate.kind], index) for index, candidate in enumerate(marked)
    ]
    starts += [(number.start, MARKERS["quantity"], index) for index, number in enumerate(numbers)]
    starts.sort()
    ids: list[int] = [CLS]
    offsets: list[tuple[int, int] | None] = [None]
    actors, quantities = [0] * len(marked), [0] * len(numbers)
    waiting = 0
    for token, (start, end) in zip(body.ids, body.offsets, strict=True):
        if len(ids) >= LONGEST:
            break
        while waiting < len(starts) and starts[waiting][0] < end and len(ids) < LONGEST:
            _, marker, index = starts[waiting]
            (quantities if marker == MARKERS["quantity"] else actors)[index] = len(ids)
            ids.append(marker)
            offsets.append(None)
            waiting += 1
        ids.append(token)
        offsets.append((start, end))
    ids.append(SEP)
    offsets.append(None)
    if context:
        head = tokenizer.encode(context, add_special_tokens=False).ids[:_CONTEXT]
        ids += [*head, SEP]
        offsets += [None] * (len(head) + 1)
    return Encoded(sentence, ids, offsets, tuple(marked), actors, numbers, quantities)
