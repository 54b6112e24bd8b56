"""The extractor: articles in, mentions with their proof out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal, Self

from pledgewatch import ids
from pledgewatch.extract import codes, screen
from pledgewatch.extract.actor_model import ActorModel, Context, Finding, Offsets
from pledgewatch.extract.rules.conditions import ConditionSpan, find_conditions
from pledgewatch.extract.rules.judge import AT_WAR, RuleActorModel
from pledgewatch.extract.rules.places import Place, find_place
from pledgewatch.extract.rules.quantities import assign
from pledgewatch.extract.sentence_model import RuleSentenceModel, SentenceModel
from pledgewatch.gazetteer import ActorName, Gazetteer
from pledgewatch.ontology import Kind, Level
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
from pledgewatch.text.quantities import QuantitySpan, find_quantities
from pledgewatch.text.sentences import SentenceSpan, split_sentences

LANGUAGES = frozenset({"en"})
"""Languages that are extracted; articles in others yield no mentions."""

UNDETERMINED = "und"
_SHORT = 200
_GENERATION = 1
_FIRMNESS = [*Level]


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
        )
        return cls(reference, article.title, article.text, article.language.code)

    @property
    def supported(self) -> bool:
        """Whether the language is extracted; what is too short to tell is taken as English."""
        return self.language in LANGUAGES or (
            self.language == UNDETERMINED and len(self.text) <= _SHORT
        )


@dataclass(frozen=True, slots=True)
class _Flagged:
    """A sentence that the sentence model flagged, with what the article says around it."""

    text: Text
    field: Literal["title", "text"]
    span: SentenceSpan
    actors: tuple[ActorName, ...]
    context: Context


class Extractor:
    """Finds the mentions in articles; pure, deterministic and total over any text."""

    def __init__(
        self,
        sentences: SentenceModel | None = None,
        actors: ActorModel | None = None,
        model: Model | None = None,
    ) -> None:
        self.model = model or rule_model()
        self._sentences = sentences or RuleSentenceModel()
        self._actors = actors or RuleActorModel()
        self._gazetteer = Gazetteer.load()

    def extract(self, articles: Sequence[Text]) -> list[tuple[Mention, ...]]:
        """The mentions of each article, in reading order, the title's first.

        An article in a language that is not extracted (`Text.supported`) has none.
        """
        candidates: list[tuple[int, _Flagged]] = []
        for number, article in enumerate(articles):
            if article.supported and screen.passes(article.title, article.text):
                candidates += [(number, flagged) for flagged in self._read(article)]
        scores = self._sentences.score([flagged.span.text for _, flagged in candidates])
        found: list[list[Mention]] = [[] for _ in articles]
        for (number, flagged), score in zip(candidates, scores, strict=True):
            if max(score.commitment, score.obstacle) >= 0.5:
                found[number] += self._mentions(flagged)
        return [tuple({mention.id: mention for mention in mentions}.values()) for mentions in found]

    def _read(self, article: Text) -> list[_Flagged]:
        at = article.article.published.date() if article.article.published else None
        spans: list[tuple[Literal["title", "text"], SentenceSpan]] = [
            ("title", span) for span in split_sentences(article.title)
        ]
        spans += [("text", span) for span in split_sentences(article.text)]
        named = [tuple(self._gazetteer.find(span.text, at)) for _, span in spans]
        counts = Counter(name.code for names in named for name in names if name.code in AT_WAR)
        recipients = tuple(code for code, _ in counts.most_common(2))
        military = screen.is_military(article.title + "\n" + article.text)
        mission = screen.is_mission(article.title, article.text)
        year = at.year if at else None
        flagged = []
        last: ActorName | None = None
        past = exercise = False
        for (field, span), names in zip(spans, named, strict=True):
            context = Context(
                recipients, military, field == "title", year, mission, last, past, exercise
            )
            flagged.append(_Flagged(article, field, span, names, context))
            last = next((name for name in names if _can_be_meant(name, recipients)), last)
            past = screen.tells_of_past(span.text, year)
            exercise = screen.tells_of_exercise(span.text)
        return flagged

    def _mentions(self, flagged: _Flagged) -> list[Mention]:
        sentence = flagged.span.text
        findings = _firmest(self._actors.judge(sentence, flagged.actors, flagged.context))
        if not findings:
            return []
        quantities = find_quantities(sentence)
        conditions = find_conditions(sentence)
        commitments = [finding for finding in findings if finding.level is not None]
        acting = frozenset(f.actor.code for f in findings if f.actor is not None)
        return [
            self._mention(
                flagged,
                finding,
                assign(finding, commitments, quantities, sentence),
                conditions,
                acting,
            )
            for finding in findings
        ]

    def _mention(
        self,
        flagged: _Flagged,
        finding: Finding,
        quantity: QuantitySpan | None,
        conditions: Sequence[ConditionSpan],
        acting: frozenset[str],
    ) -> Mention:
        base, sentence = flagged.span.start, flagged.span.text

        def span(offsets: Offsets) -> Span:
            start, end = offsets
            return Span(text=sentence[start:end], start=base + start, end=base + end)

        article = flagged.text.article
        place = find_place(sentence, finding, flagged.actors, acting, flagged.context.recipients)
        held = _conditions_of(finding, conditions)
        speaker = attribute(sentence, *finding.anchor)
        kind = Kind.OBSTACLE if finding.obstacle else Kind.COMMITMENT
        actor = Actor(code=finding.actor.code, name=finding.actor.name) if finding.actor else None
        code = codes.cameo(
            finding.contribution,
            finding.level,
            finding.obstacle,
            deployed_force=_was_deployed(sentence),
        )
        return Mention(
            id=ids.mention_id(
                article.id, flagged.field, base, flagged.span.end, kind,
                finding.contribution or finding.obstacle, actor.code if actor else None,
                f"{place.text or ''}{'-' if finding.level and finding.level.is_retraction else ''}",
            ),
            kind=kind,
            actor=actor,
            recipient=self._recipient(place),
            contribution=finding.contribution,
            level=finding.level,
            quantity=None if quantity is None else Quantity(
                min=quantity.min, max=quantity.max, unit=quantity.unit,
                approximate=quantity.approximate, text=sentence[quantity.start : quantity.end],
            ),
            place=place.text,
            conditions=tuple(
                ConditionMention(kind=c.kind, text=sentence[c.start : c.end]) for c in held
            ),
            obstacle=finding.obstacle,
            attribution=_attribution(sentence, speaker, finding),
            specific=kind is Kind.COMMITMENT and quantity is not None,
            sentence=Sentence(text=sentence, start=base, end=flagged.span.end, field=flagged.field),
            proof=Proof(
                actor=span((finding.actor.start, finding.actor.end)) if finding.actor else None,
                level=tuple(map(span, finding.level_words)),
                modifiers=tuple(map(span, finding.modifiers)),
                quantity=span((quantity.start, quantity.end)) if quantity else None,
                place=span(place.span) if place.span else None,
                conditions=tuple(span((c.start, c.end)) for c in held),
                obstacle=tuple(map(span, finding.obstacle_words)),
                speaker=_speaker_span(span, speaker),
            ),
            confidence=round(min(0.95, max(0.05, finding.score)), 3),
            model=self.model,
            cameo=code,
            plover=codes.plover(code),
            article=article,
        )  # fmt: skip

    def _recipient(self, place: Place) -> Actor | None:
        if place.recipient is None:
            return None
        return Actor(code=place.recipient, name=self._gazetteer.name(place.recipient))


def _can_be_meant(name: ActorName, recipients: Sequence[str]) -> bool:
    """Whether "the country" or "the government" of a later sentence may be this actor."""
    return name.kind not in ("group", "organisation") and name.code not in recipients


def _firmest(findings: list[Finding]) -> list[Finding]:
    """One finding an actor, contribution and sign, the firmest; one an actor and obstacle."""
    best: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        code = finding.actor.code if finding.actor else None
        negative = finding.level is not None and finding.level.is_retraction
        key = (code, finding.contribution, finding.obstacle, negative)
        known = best.get(key)
        if known is None or _rank(finding) < _rank(known):
            best[key] = finding
    named = {(f.contribution, f.obstacle) for f in best.values() if f.actor is not None}
    return [
        finding
        for finding in sorted(best.values(), key=lambda f: f.anchor)
        if finding.actor is not None or (finding.contribution, finding.obstacle) not in named
    ]


def _rank(finding: Finding) -> tuple[int, Offsets]:
    return (_FIRMNESS.index(finding.level) if finding.level else 0, finding.anchor)


def _conditions_of(
    finding: Finding, conditions: Sequence[ConditionSpan]
) -> Sequence[ConditionSpan]:
    if finding.level is None or finding.level in (Level.DEPLOYED, Level.DECLINED, Level.WITHDRAWN):
        return []
    return conditions


def _was_deployed(sentence: str) -> bool:
    low = sentence.lower()
    return not any(
        word in low
        for word in ("cancel", "suspended plan", "plans to send", "planned deployment", "scrap")
    )


def _attribution(sentence: str, speaker: Speaker, finding: Finding) -> Attribution | None:
    if speaker.start is None or speaker.end is None:
        return Attribution(speaker=None, voice=speaker.voice)
    same = (
        finding.actor is not None
        and speaker.start <= finding.actor.start < speaker.end
        and (
            finding.actor.kind in ("name", "seat", "organisation", "group")
            and speaker.end - speaker.start == finding.actor.end - finding.actor.start
        )
    )
    name = None if same else sentence[speaker.start : speaker.end]
    return Attribution(speaker=name, voice=speaker.voice)


def _speaker_span(span: object, speaker: Speaker) -> Span | None:
    if speaker.start is None or speaker.end is None or not callable(span):
        return None
    made = span((speaker.start, speaker.end))
    return made if isinstance(made, Span) else None


@cache
def rule_model() -> Model:
    """The rule model, with a checksum over its sources and data."""
    digest = sha256()
    for folder in (
        "pledgewatch.extract",
        "pledgewatch.extract.rules",
        "pledgewatch.gazetteer",
        "pledgewatch.text",
    ):
        for file in sorted(files(folder).iterdir(), key=lambda entry: entry.name):
            if _is_source(file):
                digest.update(file.name.encode())
                digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return Model(
        name="pledgewatch-rules", version="0.1.0", sha256=digest.hexdigest(), generation=_GENERATION
    )


def _is_source(file: Traversable) -> bool:
    return file.is_file() and file.name.endswith((".py", ".tsv"))
