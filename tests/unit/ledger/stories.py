"""Reads the scripted stories: dated articles with their labels, and the events that must follow.

A story is a text file. Its first line says what it shows. Then come articles in the order in which
they arrive, each with its sentences and labels in the corpus's notation
(`training/corpus/README.md`), and the events that they must raise, in order:

    What the story shows, in one line.
    @recipient UKR
    @article 2026-03-02 08:00 | Norrland Post | id=a | story=x | seen=2026-03-05 09:00 | trust=0.3
    == Oslo ready to send 200 engineers
    + NOR | Oslo | ground_troops | willing | ready to send | q=200-200 personnel: 200 engineers
    Norway is ready ...
    + ...
    @events
    new | NOR | UKR | ground | willing | 200-200 personnel
    firmer | NOR | UKR | ground | willing > announced

After the outlet, all is optional: `id` (two articles with one id are one that was replaced),
`story` (copies of one text share it), `seen` (when we first saw it; else when it was published),
`trust` of the source. `@recipient -` begins articles that name no recipient.

An event is `event | actor | recipient | family | level | rest`; the level `a > b` for what was
before and is now. The rest, where it matters: a number `200-200 personnel` or `a > b`, an obstacle,
`late`, `unconfirmed`, `correction`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pledgewatch import ids
from pledgewatch.gazetteer import Gazetteer
from pledgewatch.ontology import Contribution, Kind, Obstacle, Voice
from pledgewatch.records import (
    Actor,
    Amount,
    ArticleRef,
    Attribution,
    ConditionMention,
    Mention,
    Model,
    PledgeEvent,
    Proof,
    Quantity,
    Sentence,
)
from training.labels import CommitmentLabel, LabelledSentence, ObstacleLabel
from training.notation import parse

FOLDER = Path(__file__).parent / "stories"
_FURTHER = re.compile(r"\b(?:further|another|extra|additional|more(?! than))\b", re.IGNORECASE)
MODEL = Model(name="labels", version="1", sha256="0" * 64)


@dataclass
class Story:
    """A scripted story: what arrives, and what must be told."""

    name: str
    shows: str
    mentions: list[Mention] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    articles: int = 0


def stories() -> Iterator[Story]:
    """All stories."""
    for path in sorted(FOLDER.glob("*.txt")):
        yield read(path)


def read(path: Path) -> Story:
    """One story.

    Raises:
        ValueError: a line that does not follow the format, with its number.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    story = Story(path.stem, lines[0].strip())
    recipient: str | None = None
    header: str | None = None
    block: list[str] = []
    in_events = False

    def close() -> None:
        if header is not None:
            story.articles += 1
            story.mentions += _mentions(path.name, header, block, recipient, story.articles)

    for number, raw in enumerate(lines[1:], 2):
        line = raw.strip()
        if line.startswith(("@article ", "@recipient ", "@events")):
            close()
            header, block = None, []
        if line.startswith("@article "):
            header = line.removeprefix("@article ")
        elif line.startswith("@recipient "):
            code = line.removeprefix("@recipient ").strip()
            recipient = None if code == "-" else code
        elif line == "@events":
            in_events = True
        elif in_events and line:
            if line.count(" | ") < 4:
                raise ValueError(f"{path.name}, line {number}: not an event: {line}")
            story.events.append(" | ".join(part.strip() for part in line.split("|")))
        elif header is not None:
            block.append(line)
        elif line:
            raise ValueError(f"{path.name}, line {number}: belongs to no article: {line}")
    close()
    return story


def _mentions(
    name: str, header: str, block: list[str], recipient: str | None, number: int
) -> Iterator[Mention]:
    time, outlet, *rest = (part.strip() for part in header.split("|"))
    options = dict(part.split("=", 1) for part in rest)
    batch = parse("\n".join([f"@mission {name}", *block]), name)
    if batch.errors:
        raise ValueError(f"{name}, article {number} ({time}): {batch.errors[0]}")
    published, seen = _time(time), _time(options.get("seen", time))
    article = ArticleRef(
        id=options.get("id", f"{name}-{number}"),
        source=outlet,
        published=published,
        first_seen=seen,
        revision=ids.milliseconds(published) + number,
        story_id=ids.digest(name, options["story"]) if "story" in options else None,
        trust=float(options["trust"]) if "trust" in options else None,
    )
    sentences = batch.articles[0].sentences if batch.articles else batch.sentences
    offset = 0
    for sentence in sentences:
        labels: list[CommitmentLabel | ObstacleLabel] = [*sentence.commitments, *sentence.obstacles]
        for label in labels:
            yield _mention(article, sentence, label, offset, recipient)
        offset += len(sentence.text) + 1


def _mention(
    article: ArticleRef,
    sentence: LabelledSentence,
    label: CommitmentLabel | ObstacleLabel,
    offset: int,
    recipient: str | None,
) -> Mention:
    commitment = label if isinstance(label, CommitmentLabel) else None
    quantity = commitment.quantity if commitment else None
    what: Contribution | Obstacle = (
        label.obstacle if isinstance(label, ObstacleLabel) else label.contribution
    )
    kind = Kind.COMMITMENT if commitment else Kind.OBSTACLE
    to = (commitment.recipient if commitment else None) or recipient
    end = offset + len(sentence.text)
    return Mention(
        id=ids.mention_id(
            f"{article.id} {article.revision}", "text", offset, end, kind, what, label.actor,
            str(commitment.level.is_retraction) if commitment else "",
        ),
        kind=kind,
        actor=_actor(label.actor),
        recipient=_actor(to),
        contribution=commitment.contribution if commitment else None,
        level=commitment.level if commitment else None,
        quantity=Quantity(
            min=quantity.min, max=quantity.max, unit=quantity.unit,
            approximate=quantity.approximate, text=quantity.text or "?",
further=_FURTHER.search(quantity.text or "") is not None,
        )
        if quantity
        else None,
        place=None,
        conditions=tuple(
            ConditionMention(kind=one.kind, text=one.text or "?")
            for one in (commitment.conditions if commitment else ())
        ),
        obstacle=None if commitment else Obstacle(what),
        attribution=Attribution(
            speaker=label.speaker, voice=Voice.REPORTED if label.speaker else Voice.WRITER
        ),
        specific=quantity is not None,
        sentence=Sentence(text=sentence.text, start=offset, end=end),
        proof=Proof(),
        confidence=1.0,
        model=MODEL,
        cameo=None,
        plover=None,
        article=article,
    )  # fmt: skip


def _actor(code: str | None) -> Actor | None:
    return Actor(code=code, name=Gazetteer.load().name(code)) if code else None


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def line(event: PledgeEvent, like: str | None = None) -> str:
    """An event in the notation of stories, with as much of the rest as `like` has."""
    level = event.to_level or "-"
    if like is not None and " > " in like.split(" | ")[4]:
        level = f"{event.from_level or '-'} > {event.to_level or '-'}"
    parts = [
        str(event.event),
        event.actor.code,
        event.recipient.code if event.recipient else "-",
        str(event.family),
        level,
    ]
    rest = like.split(" | ")[5:] if like else []
    wants_number = next((one for one in rest if one[:1].isdigit() or one[:1] == "-"), None)
    if event.obstacle:
        parts.append(event.obstacle)
    if like is None or wants_number:
        if wants_number and " > " in wants_number:
            parts.append(f"{_number(event.quantity_before)} > {_number(event.quantity)}")
        elif event.quantity:
            parts.append(_number(event.quantity))
    marks = {
        "late": event.late,
        "unconfirmed": not event.confirmed,
        "correction": event.correction,
    }
    parts += [name for name, holds in marks.items() if holds]
    return " | ".join(parts)


def _number(amount: Amount | None) -> str:
    if amount is None:
        return "-"
    least = "" if amount.min is None else amount.min
    most = "" if amount.max is None else amount.max
    return f"{least}-{most} {amount.unit}"
