"""The extractor: articles in, mentions with their proof out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Self

from pledgewatch import ids
from pledgewatch.extract import codes, screen
from pledgewatch.extract.decode import Decoder, Evidence, Finding, Logits
from pledgewatch.extract.encoding import Encoded, candidates, encode, so_called
from pledgewatch.extract.judging import Judge, Judgement
from pledgewatch.extract.network import Network
from pledgewatch.extract.rules import amounts, hindrances
from pledgewatch.extract.rules.conditions import closed_clauses, find_conditions, in_reach, is_about
from pledgewatch.extract.rules.modifiers import find_modifiers
from pledgewatch.extract.rules.owners import owned
from pledgewatch.extract.rules.places import SELDOM_RECEIVE, Setting, find_place
from pledgewatch.extract.rules.refusals import refused
from pledgewatch.gazetteer import AT_WAR, ActorName, Gazetteer
from pledgewatch.ontology import UNITS, Condition, Kind, Level
from pledgewatch.records import (
    Actor,
    Article,
    ArticleRef,
    Attribution,
    ConditionMention,
    Mention,
    Model,
    Proof,
    Quantity,
    Sentence,
    Span,
)  # fmt: skip
from pledgewatch.text.attribution import Speaker, attribute
from pledgewatch.text.clean import Cleaned
from pledgewatch.text.currencies import of_giver
from pledgewatch.text.quantities import QuantitySpan
from pledgewatch.text.sentences import SentenceSpan, split_sentences
from pledgewatch.text.spans import Offsets, overlap

LANGUAGES = frozenset({"en"})
"""Languages that are extracted; articles in others yield no mentions."""

UNDETERMINED = "und"
_SHORT = 200


@dataclass(frozen=True, slots=True)
class Text:
    """What the extractor reads of an article; `language` is ISO 639-1."""

    article: ArticleRef
    title: str
    text: str
    language: str = "en"

    @classmethod
    def of(cls, article: Article) -> Self:
        """What is read of an article record."""
        reference = ArticleRef(
            id=article.id,
            url=article.url,
            title=article.title,
            source=article.source.name,
            published=article.published.at,
            first_seen=article.first_seen,
            revision=article.revision,
            story_id=article.story_id,
            language=article.language.code,
            trust=article.source.trust,
            archived=article.archived,
        )
        return cls(reference, article.title, article.text, article.language.code)

    @property
    def day(self) -> date | None:
        """When it was published, as far as known: who held which office then."""
        return self.article.published.date() if self.article.published else None

    @property
    def supported(self) -> bool:
        """Whether the language is extracted; what is too short to tell is taken as English."""
        return self.language in LANGUAGES or (
            self.language == UNDETERMINED and len(self.text) <= _SHORT
        )


Field = Literal["title", "text"]


@dataclass(frozen=True, slots=True)
class _Passage:
    """A sentence that is put to the model, with what the article says around it."""

    article: int
    field: Field
    title: str
    before: str
    source: Cleaned
    span: SentenceSpan
    names: tuple[ActorName, ...]
    meant: str | None
    recipients: tuple[str, ...]
    encoded: Encoded


@dataclass(frozen=True, slots=True)
class Found:
    """A mention, and how its fields got their values: by field; of conditions, by their kind.

    A field that is not in `judged` was made by rules alone.
    """

    mention: Mention
    judged: Mapping[str, Judgement]


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence as the model read it.

    `start`: where it begins in the title or text; `commitment`, `obstacle`: how likely it states
    one; `found`: what it states.
    """

    text: str
    start: int
    commitment: float
    obstacle: float
    found: tuple[Found, ...]


class Extractor:
    """Finds the mentions in articles; pure, deterministic and total over any text.

    Mentions below `min_confidence` (a probability) are left out.
    """

    def __init__(self, network: Network | None = None, *, min_confidence: float = 0.0) -> None:
        """Read by a network, by the shipped one where none is given.

        Raises:
            ModelError: the model's files are missing, altered or incomplete.
        """
        self._network = network or Network.load()
        manifest = self._network.manifest
        manifest.check()
        self._decoder = Decoder(manifest)
        self._judge = Judge(manifest)
        self._gazetteer = Gazetteer.load()
        self._min_confidence = min_confidence
        self.model = Model(
            name=manifest.name,
            version=manifest.version,
            sha256=manifest.sha256["model.onnx"],
            generation=manifest.generation,
        )

    def extract(self, articles: Sequence[Text]) -> list[tuple[Mention, ...]]:
        """The mentions of each article, in reading order, the title's first.

        An article in a language that is not extracted (`Text.supported`) has none.
        """
        found: list[dict[str, Mention]] = [{} for _ in articles]
        for passage, _, mentions in self._read(articles):
            for mention, _ in mentions:
                found[passage.article][mention.id] = mention
        return [tuple(mentions.values()) for mentions in found]

    def explain(self, article: Text) -> list[Reading]:
        """What the model made of each sentence that it read: for who asks why."""
        return [self._reading(*read) for read in self._read([article])]

    def _reading(
        self, passage: _Passage, outputs: Logits, mentions: Sequence[tuple[Mention, Finding]]
    ) -> Reading:
        sentence = passage.span.text
        found = []
        for mention, finding in mentions:
            parts = amounts.parts(sentence, finding)
            conditions = [condition.kind for condition in mention.conditions]
            judged = self._judge.judged(
                sentence, passage.encoded, outputs, finding, parts, conditions, mention.place
            )
            found.append(Found(mention, judged))
        start, end = passage.source.at(passage.span.start, passage.span.end)
        commitment, obstacle = self._decoder.scores(outputs)
        return Reading(passage.source.given[start:end], start, commitment, obstacle, tuple(found))

    def _read(
        self, articles: Sequence[Text]
    ) -> Iterator[tuple[_Passage, Logits, list[tuple[Mention, Finding]]]]:
        """Each sentence that was put to the model, what it said, and what was found."""
        cleaned = {
            number: (Cleaned.of(article.title), Cleaned.of(article.text))
            for number, article in enumerate(articles)
            if article.supported
        }
        passages = [
            passage
            for number, (title, text) in cleaned.items()
            for passage in self._passages(number, title, text, articles[number].day)
        ]
        logits = self._network.read([passage.encoded for passage in passages])
        decoded = [
            (passage, outputs, *self._decode(passage, outputs))
            for passage, outputs in zip(passages, logits, strict=True)
        ]
        missions = self._missions(articles, cleaned, decoded)
        for passage, outputs, kept, evidence in decoded:
            article = articles[passage.article].article
            setting = self._setting(passage, kept, missions.get(passage.article, ()))
            mentions = [
                (self._mention(article, passage, finding, kept, evidence, setting), finding)
                for finding in kept
            ]
            yield passage, outputs, mentions

    def _setting(
        self, passage: _Passage, kept: Sequence[Finding], recipients: Sequence[str]
    ) -> Setting:
        """What a sentence names, and who contributes in it."""
        sentence = passage.span.text
        return Setting(
            passage.names,
            self._gazetteer.theatres(sentence),
            self._gazetteer.towns(sentence),
            frozenset(one.code for one in kept if one.code is not None),
            recipients,
        )

    def _decode(self, passage: _Passage, outputs: Logits) -> tuple[list[Finding], Evidence]:
        sentence = passage.span.text
        barred = hindrances.barred(f"{sentence}\n{passage.title}")
        findings, evidence = self._decoder.decode(
            passage.encoded, outputs, barred, topical=self._is_topical(passage)
        )
        kept = [one for one in findings if one.confidence >= self._min_confidence]
        meant = _meant(kept, passage.meant)
        numbers = [number for number, _ in passage.encoded.read_numbers()]
        settled = hindrances.settled(sentence, owned(sentence, meant, numbers))
        return settled + refused(sentence, settled, passage.names), evidence

    def _is_topical(self, passage: _Passage) -> bool:
        """Whether anything in or around a sentence speaks of forces, missions or their places."""
        return (
            any(number.unit in UNITS for number in passage.encoded.numbers)
            or any(name.kind in ("organisation", "institution") for name in passage.names)
            or screen.is_topical(f"{passage.span.text} {passage.title} {passage.before}")
            or bool(self._gazetteer.theatres(f"{passage.span.text} {passage.title}"))
        )

    def _missions(
        self,
        articles: Sequence[Text],
        cleaned: Mapping[int, tuple[Cleaned, Cleaned]],
        decoded: Sequence[tuple[_Passage, Logits, list[Finding], Evidence]],
    ) -> dict[int, tuple[str, ...]]:
        """Whom each article is about, the likeliest first: who receives where none is named.

        States that it names and that contribute nothing in it; where missions are, most of all.
        """
        acting: dict[int, set[str]] = {}
        for passage, _, kept, _ in decoded:
            acting.setdefault(passage.article, set()).update(
                one.code for one in kept if one.code is not None and one.level is not None
            )
        found = {}
        for number, contributors in acting.items():
            weights: Counter[str] = Counter()
            texts = [one.text for one in cleaned[number]]
            named = self._gazetteer.find_all(texts, articles[number].day)
            for text, names, weight in zip(texts, named, (2, 1), strict=True):
                for theatre in self._gazetteer.theatres(text):
                    weights[theatre.code] += 2 * weight
                for name in names:
                    if name.kind in ("name", "demonym", "seat"):
                        weights[name.code] += weight * (2 if name.code in AT_WAR else 1)
            found[number] = tuple(
                code
                for code, weight in weights.most_common()
                if weight > 1 and code not in contributors and code not in SELDOM_RECEIVE
            )[:2]
        return found

    def _passages(
        self, number: int, title: Cleaned, text: Cleaned, day: date | None
    ) -> Iterator[_Passage]:
        if not screen.passes(title.text, text.text):
            return
        throughout = screen.is_of_forces(title.text, text.text)
        spans: list[tuple[Field, Cleaned, SentenceSpan]] = [
            ("title", title, span) for span in split_sentences(title.text)
        ]
        spans += [("text", text, span) for span in split_sentences(text.text)]
        found = self._gazetteer.find_all([span.text for _, _, span in spans], day)
        named = [*map(tuple, found)]
        counts = Counter(name.code for names in named for name in names if name.code in AT_WAR)
        recipients = tuple(code for code, _ in counts.most_common(2))
        state: str | None = None
        organisations: dict[str, str] = {}
        before = ""
        for (field, source, span), names in zip(spans, named, strict=True):
            states = [name for name in names if _can_be_meant(name, recipients)]
            # whom "it" means in a sentence that names a state itself, the network tells
            meant = None if states else state
            marked = candidates(span.text, names, meant, organisations)
            if (any(one.code for one in marked) or screen.names_force(span.text)) and (
                throughout or screen.is_topical(f"{before} {span.text}")
            ):
                context = title.text if field == "text" else None
                encoded = encode(self._network.tokenizer, span.text, marked, context)
                yield _Passage(
                    number, field, title.text, before, source, span, names, meant, recipients,
                    encoded,
                )  # fmt: skip
            before = span.text
            state = states[0].code if states else state
            organisations = so_called(span.text, names, organisations)

    def _mention(
        self,
        article: ArticleRef,
        passage: _Passage,
        finding: Finding,
        kept: Sequence[Finding],
        evidence: Evidence,
        setting: Setting,
    ) -> Mention:
        base, sentence = passage.span.start, passage.span.text
        source = passage.source
        first, last = source.at(base, passage.span.end)

        def span(offsets: Offsets) -> Span:
            start, end = source.at(base + offsets[0], base + offsets[1])
            return Span(text=source.given[start:end], start=start, end=end)

        anchor = finding.anchor(sentence)
        place = find_place(sentence, finding, setting, evidence["place"])
        conditions = _conditions(sentence, finding, kept, evidence)
        parts = amounts.parts(sentence, finding)
        quantity = _total(sentence, parts, finding.level, self._gazetteer.adjectives(finding.code))
        speaker = attribute(sentence, *anchor)
        kind = Kind.OBSTACLE if finding.obstacle else Kind.COMMITMENT
        code = codes.cameo(
            finding.contribution,
            finding.level,
            finding.obstacle,
            deployed_force=_was_deployed(sentence),
        )
        return Mention(
            id=ids.mention_id(
                article.id, passage.field, first, last, kind,
                finding.contribution or finding.obstacle, finding.code,
                "-" if finding.level and finding.level.is_retraction else "",
            ),
            kind=kind,
            actor=self._actor(finding.code),
            recipient=self._actor(place.recipient),
            contribution=finding.contribution,
            level=finding.level,
            quantity=quantity,
            place=place.text,
            conditions=tuple(
                ConditionMention(kind=kind, text=sentence[start:end])
                for kind, (start, end) in conditions
            ),
            obstacle=finding.obstacle,
            attribution=_attribution(sentence, speaker, finding, passage.names),
            specific=kind is Kind.COMMITMENT and quantity is not None,
            sentence=Sentence(
                text=source.given[first:last], start=first, end=last, field=passage.field
            ),
            proof=Proof(
                actor=span((finding.actor.start, finding.actor.end)) if finding.actor else None,
                level=tuple(map(span, finding.level_words)),
                modifiers=tuple(map(span, find_modifiers(sentence, finding.level_words))),
                quantity=span((parts[0].start, parts[-1].end)) if parts else None,
                place=span(place.span) if place.span else None,
                conditions=tuple(span(offsets) for _, offsets in conditions),
                obstacle=tuple(map(span, finding.obstacle_words)),
                speaker=span((speaker.start, speaker.end))
                if speaker.start is not None and speaker.end is not None
                else None,
            ),
            confidence=round(finding.confidence, 3),
            model=self.model,
            cameo=code,
            plover=codes.plover(code),
            article=article,
        )  # fmt: skip

    def _actor(self, code: str | None) -> Actor | None:
        return Actor(code=code, name=self._gazetteer.name(code)) if code else None


def _can_be_meant(name: ActorName, recipients: Sequence[str]) -> bool:
    """Whether "the country" or "the government" of a later sentence may be this actor."""
    return name.kind not in ("group", "organisation") and name.code not in recipients


def _meant(findings: Sequence[Finding], state: str | None) -> list[Finding]:
    """Commitments of nobody in the sentence are those of the state that the article speaks of."""
    named = {one.code for one in findings}
    return [
        replace(one, meant=state)
        if one.actor is None and one.level is not None and state not in named
        else one
        for one in findings
    ]


def _total(
    sentence: str, same: Sequence[QuantitySpan], level: Level | None, adjectives: Sequence[str]
) -> Quantity | None:
    """The quantity of a commitment: its parts added up; `adjectives` say whose it is."""
    if not same:
        return None
    words = sentence[same[0].start : same[-1].end]
    if level is Level.WITHDRAWN:
        same = [_gone(part) for part in same]
    least = [part.min for part in same]
    most = [part.max for part in same]
    return Quantity(
        min=None if None in least else sum(n for n in least if n is not None),
        max=None if None in most else sum(n for n in most if n is not None),
        unit=of_giver(words, adjectives) or same[0].unit or "personnel",
        approximate=any(part.approximate for part in same),
        text=words,
        further=any(part.further for part in same),
    )


def _gone(part: QuantitySpan) -> QuantitySpan:
    """What a cut takes away: 250 of "from 850 to 600"."""
    if part.cut_from is None or part.max is None:
        return part
    gone = part.cut_from - part.max
    return replace(part, min=gone, max=gone)


def _conditions(
    sentence: str, finding: Finding, kept: Sequence[Finding], evidence: Evidence
) -> list[tuple[Condition, Offsets]]:
    """Each condition with its words: those that the rules know, else those that the model marks."""
    if finding.level is None or not finding.level.can_wait:
        return []
    known: dict[Condition, Offsets] = {}
    barred = [*closed_clauses(sentence)]
    for held in find_conditions(sentence):
        if in_reach(sentence, held, finding, kept):
            known[held.kind] = held.start, held.end
        else:
            barred.append((held.start, held.end))
    marked = [one for one in evidence["condition"] if not any(overlap(one, c) for c in barred)]
    # a clause that opens with "if" is often no condition of the commitment: the model judges
    found = {
        kind: words
        for kind, words in known.items()
        if kind is not Condition.OTHER
        or kind in finding.conditions
        or any(overlap(words, others) for others in marked)
    }
    for kind in finding.conditions:
        words = next((one for one in marked if is_about(kind, sentence[slice(*one)])), None)
        if kind not in found and words is not None:
            clear = kind is not Condition.OTHER or not any(
                overlap(words, others) for others in found.values()
            )
            if clear:
                found[kind] = words
    return list(found.items())


def _was_deployed(sentence: str) -> bool:
    low = sentence.lower()
    return not any(
        word in low
        for word in ("cancel", "suspended plan", "plans to send", "planned deployment", "scrap")
    )


def _attribution(
    sentence: str, speaker: Speaker, finding: Finding, names: Sequence[ActorName]
) -> Attribution | None:
    """Who says so; nobody where that is the actor's own name: "Canada ..., Ottawa said"."""
    if speaker.start is None or speaker.end is None:
        return Attribution(speaker=None, voice=speaker.voice)
    same = any(
        (one.start, one.end, one.code) == (speaker.start, speaker.end, finding.code)
        for one in names
        if one.kind in ("name", "seat", "organisation", "group")
    )
    name = None if same else sentence[speaker.start : speaker.end]
    return Attribution(speaker=name, voice=speaker.voice)
