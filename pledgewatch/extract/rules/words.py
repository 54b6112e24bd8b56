"""A sentence as the rules see it: tokens with actor names and asset phrases marked."""

from collections.abc import Sequence
from dataclasses import dataclass

from pledgewatch.extract.rules import lexicon as lex
from pledgewatch.gazetteer import ActorName
from pledgewatch.ontology import Contribution
from pledgewatch.text.tokens import Token, tokenise

Range = tuple[int, int]
"""Token indices, half-open."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A phrase that names what is contributed, at token indices `first` to `last` (half-open)."""

    first: int
    last: int
    contribution: Contribution
    head: str


class Words:
    """The tokens of a sentence, its actors and assets by token, and its quotations."""

    def __init__(self, text: str, actors: Sequence[ActorName]) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.actor_at: dict[int, ActorName] = {}
        self._read(text, actors)
        self.low = [token.low for token in self.tokens]
        self.assets = self._assets()
        self.asset_at = {
            index: asset for asset in self.assets for index in range(asset.first, asset.last)
        }
        self.quoted = self._quoted()

    def __len__(self) -> int:
        return len(self.tokens)

    def at(self, index: int) -> str:
        """The lower-case token at `index`; empty outside of the sentence."""
        return self.low[index] if 0 <= index < len(self.low) else ""

    def span(self, first: int, last: int) -> Range:
        """Character offsets of the tokens `first` to `last` (half-open)."""
        return self.tokens[first].start, self.tokens[last - 1].end

    def _read(self, text: str, actors: Sequence[ActorName]) -> None:
        """Each actor's name is one token; what is hyphenated to it stays with it."""
        names = iter(actors)
        name = next(names, None)
        for token in tokenise(text):
            while name is not None and token.start >= name.end:
                name = next(names, None)
            if name is None or token.end <= name.start:
                self.tokens.append(token)
            elif token.start <= name.start:
                whole = text[token.start : max(token.end, name.end)]
                end = token.start + len(whole)
                self.actor_at[len(self.tokens)] = name
                self.tokens.append(Token(whole, whole.lower(), token.start, end))
            # a later token of the same name is part of the token already there

    def _assets(self) -> list[Asset]:
        found: list[Asset] = []
        index = 0
        while index < len(self.low):
            for length in range(min(lex.ASSET_LENGTH, len(self.low) - index), 0, -1):
                phrase = tuple(self.low[index : index + length])
                contribution = lex.ASSETS.get(phrase)
                if contribution is not None:
                    found.append(Asset(index, index + length, contribution, phrase[-1]))
                    index += length - 1
                    break
            index += 1
        return found

    def _quoted(self) -> list[bool]:
        inside = False
        marks = []
        for token in self.tokens:
            if token.text in '“”"«»':
                inside = token.text in "“«" or (token.text == '"' and not inside)
                marks.append(True)
            else:
                marks.append(inside)
        return marks
