"""What proves a mention: its sentence in the article, and who else says the same."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

from pledgewatch.records import Article, Mention, Span

CONTEXT = 280
"""Characters of the article that are shown on either side of a sentence."""


class Piece(msgspec.Struct, frozen=True):
    """A stretch of text, and what it proves; `marks` is empty for what stands around it."""

    text: str
    marks: tuple[str, ...] = ()


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence where it stands. `found`: it still stands so in the article.

    `cut_before`, `cut_after`: the article goes on there.
    """

    pieces: tuple[Piece, ...]
    found: bool
    cut_before: bool = False
    cut_after: bool = False


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What was said, by whom first, and the copies of it, the first first."""

    mention: Mention
    quote: Quote
    copies: tuple[Mention, ...] = ()


def pieces(text: str, marks: Iterable[tuple[int, int, str]], start: int, end: int) -> list[Piece]:
    """The text from `start` to `end` in pieces; marks may overlap.

    >>> [(one.text, one.marks) for one in pieces("abcd", [(1, 3, "x"), (2, 4, "y")], 0, 4)]
    [('a', ()), ('b', ('x',)), ('c', ('x', 'y')), ('d', ('y',))]
    """
    known = [
        (max(first, start), min(last, end), name)
        for first, last, name in marks
        if first < end and last > start and first < last
    ]
    edges = sorted({start, end, *(at for first, last, _ in known for at in (first, last))})
    return [
        Piece(
            text[first:last],
            tuple(dict.fromkeys(n for begin, stop, n in known if begin <= first and last <= stop)),
        )
        for first, last in pairwise(edges)
    ]


def quote(mention: Mention, article: Article | None, *, context: int | None = CONTEXT) -> Quote:
    """The mention's sentence in its article, with the words that prove each part.

    Args:
        mention: what was found.
        article: None where it is not there any more: then the sentence stands alone.
        context: characters on either side; None: the whole field.
    """
    sentence = mention.sentence
    text = _field(mention, article)
    moved = 0
    if text is None or text[sentence.start : sentence.end] != sentence.text:
        # another revision of the article, maybe with the same sentence elsewhere
        at = text.find(sentence.text) if text is not None else -1
        if text is None or at < 0:
            own = [(a - sentence.start, b - sentence.start, name) for a, b, name in _marks(mention)]
            marked = pieces(sentence.text, own, 0, len(sentence.text))
            return Quote(pieces=tuple(marked), found=False)
        moved = at - sentence.start
    marks = [(a + moved, b + moved, name) for a, b, name in _marks(mention)]
    start, end = sentence.start + moved, sentence.end + moved
    first, last = 0, len(text)
    if context is not None:
        first, last = _at_a_word(text, start - context, start), _end(text, end, end + context)
    return Quote(
        pieces=tuple(pieces(text, marks, first, last)),
        found=True,
        cut_before=first > 0,
        cut_after=last < len(text),
    )


def folded(mentions: Sequence[Mention]) -> list[list[Mention]]:
    """Mentions by what they say, the first first: the same in one story, or the same words."""
    groups: list[list[Mention]] = []
    known: dict[tuple[object, ...], list[Mention]] = {}
    for one in mentions:
        claim = (
            one.kind, one.actor and one.actor.code, one.recipient and one.recipient.code,
            one.contribution, one.level, one.obstacle,
        )  # fmt: skip
        number = (one.quantity.min, one.quantity.max) if one.quantity else None
        story = (*claim, number, one.article.story_id or one.article.id)
        words = (*claim, " ".join(one.sentence.text.casefold().split()))
        alike = [known[key] for key in (story, words) if key in known]
        group = alike[0] if alike else []
        if not alike:
            groups.append(group)
        for other in alike[1:]:
            if other is not group:  # this one is a copy of both
                group += other
                groups = [each for each in groups if each is not other]
                known = {key: group if each is other else each for key, each in known.items()}
        known[story] = known[words] = group
        group.append(one)
    return [sorted(group, key=_time) for group in groups]


def claims(groups: Sequence[Sequence[Mention]], articles: Mapping[str, Article]) -> list[Claim]:
    """What was said, each with the sentence of who said it first."""
    return [
        Claim(
            mention=first, quote=quote(first, articles.get(first.article.id)), copies=tuple(others)
        )
        for first, *others in groups
    ]


def _time(mention: Mention) -> tuple[float, str]:
    at = mention.article.published or mention.article.first_seen
    return (at.timestamp() if at else 0.0, mention.id)


def _field(mention: Mention, article: Article | None) -> str | None:
    if article is None:
        return None
    return article.title if mention.sentence.field == "title" else article.text


def _marks(mention: Mention) -> list[tuple[int, int, str]]:
    proof, sentence = mention.proof, mention.sentence
    named: tuple[tuple[str, Span | tuple[Span, ...] | None], ...] = (
        ("actor", proof.actor),
        ("level", proof.level),
        ("modifier", proof.modifiers),
        ("quantity", proof.quantity),
        ("place", proof.place),
        ("condition", proof.conditions),
        ("obstacle", proof.obstacle),
        ("speaker", proof.speaker),
    )
    marks = [(sentence.start, sentence.end, "sentence")]
    for name, spans in named:
        several = spans if isinstance(spans, tuple) else (spans,)
        marks += [(span.start, span.end, name) for span in several if span is not None]
    return marks


def _at_a_word(text: str, at: int, before: int) -> int:
    """The begin of a word at or after `at`."""
    if at <= 0:
        return 0
    gap = text.find(" ", at, before)
    return gap + 1 if gap >= 0 else before


def _end(text: str, after: int, at: int) -> int:
    """The end of a word at or before `at`."""
    if at >= len(text):
        return len(text)
    gap = text.rfind(" ", after, at)
    return gap if gap >= 0 else after
