"""The notation in which people write and label corpus batches; compiles to the JSON Lines kept.

python -m training.notation check FILE...            say what is wrong, line by line, and count
python -m training.notation compile FILE OUT.jsonl   write the batch as corpus records
python -m training.notation blank IN.jsonl OUT.txt   the texts, numbered, for a second labeller
python -m training.notation answer IN.jsonl ANSWERS OUT.jsonl   the second labeller's answers
python -m training.notation differ FIRST.jsonl SECOND.jsonl OUT.txt   where the two do not agree
python -m training.notation settle FIRST.jsonl SECOND.jsonl ANSWERS   a third reader's answers
                                             become the labels; the others' are kept in `twice`
python -m training.notation amend FILE.jsonl ANSWERS   put answers in place of the labels

`training/corpus/README.md` teaches the notation.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from pledgewatch.gazetteer import Gazetteer
from pledgewatch.ontology import UNITS, Condition, Contribution, Level, Obstacle
from training.labels import (
    TWICE,
    CommitmentLabel,
    ConditionLabel,
    LabelledArticle,
    LabelledSentence,
    ObstacleLabel,
    QuantityLabel,
    Twice,
    encode,
)
from training.score import of_label

_E = TypeVar("_E", Condition, Contribution, Level, Obstacle)
_QUANTITY = re.compile(r"(~?)(\d*)-(\d*) ([a-z]+): (.+)")


class NotationError(ValueError):
    """A line that does not follow the notation; the message says what and how to mend it."""


class _Item(msgspec.Struct):
    """A sentence while it is being read."""

    line: int
    text: str
    mission: str
    context: str | None = None
    title: bool = False
    commitments: list[CommitmentLabel] = []
    obstacles: list[ObstacleLabel] = []
    ambiguous: bool = False
    note: str | None = None


class Batch(msgspec.Struct):
    """What a file holds, and what is wrong with it."""

    sentences: list[LabelledSentence] = []
    articles: list[LabelledArticle] = []
    errors: list[str] = []


def parse(text: str, name: str) -> Batch:
    """Read a batch; `name` begins the ids. Faulty lines are listed, never dropped silently."""
    batch = Batch()
    mission = ""
    context: str | None = None
    item: _Item | None = None
    loose: list[_Item] = []
    works: list[tuple[list[_Item], list[int]]] = []
    in_article = False
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        try:
            if not line:
                if in_article and works[-1][1][-1]:
                    works[-1][1].append(0)
            elif line.startswith("@mission "):
                mission, context, in_article = line[9:].strip(), None, False
            elif line.startswith("@context "):
                context = line[9:].strip()
            elif line.startswith("@title "):
                item = _Item(number, line[7:].strip(), mission, title=True)
                loose.append(item)
                in_article = False
            elif line.startswith("== "):
                item = _Item(number, line[3:].strip(), mission, title=True)
                works.append(([item], [0]))
                in_article = True
            elif line == "==":
                in_article = False
            elif line[0] in "+!?#" and line[1:2] in ("", " "):
                if item is None:
                    raise NotationError("a label before any sentence")
                _label(item, line)
            else:
                item = _Item(number, line, mission, context)
                context = None
                if in_article:
                    works[-1][0].append(item)
                    works[-1][1][-1] += 1
                else:
                    loose.append(item)
            if item is not None and not item.mission:
                raise NotationError("no @mission line before the first sentence")
        except NotationError as error:
            batch.errors.append(f"line {number}: {error}: {line[:100]}")
    for index, single in enumerate(loose, 1):
        batch.sentences.append(_record(single, f"{name}-{index:04}"))
    for index, (items, paragraphs) in enumerate(works, 1):
        ident = f"{name}-{index:03}"
        title = items[0].text
        for sentence in items[1:]:
            sentence.context = title
        records = tuple(_record(one, f"{ident}-{place:02}") for place, one in enumerate(items))
        kept = tuple(count for count in paragraphs if count)
        batch.articles.append(
            LabelledArticle(id=ident, mission=items[0].mission, sentences=records, paragraphs=kept)
        )
    return batch


def _record(item: _Item, ident: str) -> LabelledSentence:
    return LabelledSentence(
        id=ident,
        mission=item.mission,
        text=item.text,
        context=item.context,
        title=item.title,
        commitments=tuple(item.commitments),
        obstacles=tuple(item.obstacles),
        ambiguous=item.ambiguous,
        note=item.note,
    )


def _label(item: _Item, line: str) -> None:
    mark, rest = line[0], line[1:].strip()
    if mark == "?":
        item.ambiguous = True
    elif mark == "#":
        item.note = rest
    elif mark == "+":
        item.commitments = [*item.commitments, _commitment(item.text, rest)]
    else:
        item.obstacles = [*item.obstacles, _obstacle(item.text, rest)]


def _commitment(text: str, rest: str) -> CommitmentLabel:
    parts = [part.strip() for part in rest.split(" | ")]
    if len(parts) < 5:
        raise NotationError("a commitment needs CODE | name | contribution | level | level words")
    actor, name = _actor(text, parts[0], parts[1])
    optional = _options(parts[5:], {"q", "at", "to", "if", "by"})
    conditions = []
    for value in optional.get("if", ()):
        kind, _, words = value.partition(": ")
        conditions.append(
            ConditionLabel(kind=_member(Condition, kind), text=_words(text, words, "if="))
        )
    recipient = optional.get("to", [None])[0]
    if recipient is not None:
        _known(recipient)
    return CommitmentLabel(
        actor=actor,
        name=name,
        contribution=_member(Contribution, parts[2]),
        level=_member(Level, parts[3]),
        level_words=_words(text, parts[4], "level words"),
        quantity=_quantity(text, optional["q"][0]) if "q" in optional else None,
        place=_words(text, optional["at"][0], "at=") if "at" in optional else None,
        recipient=recipient,
        conditions=tuple(conditions),
        speaker=_words(text, optional["by"][0], "by=") if "by" in optional else None,
    )


def _obstacle(text: str, rest: str) -> ObstacleLabel:
    parts = [part.strip() for part in rest.split(" | ")]
    if len(parts) < 4:
        raise NotationError("an obstacle needs kind | CODE | name | words")
    actor, name = _actor(text, parts[1], parts[2])
    optional = _options(parts[4:], {"by"})
    return ObstacleLabel(
        obstacle=_member(Obstacle, parts[0]),
        actor=actor,
        name=name,
        text=_words(text, parts[3], "the obstacle's words"),
        speaker=_words(text, optional["by"][0], "by=") if "by" in optional else None,
    )


def _actor(text: str, code: str, name: str) -> tuple[str | None, str | None]:
    if code != "-":
        _known(code)
    return (
        None if code == "-" else code,
        None if name == "-" else _words(text, name, "the actor's name"),
    )


def _known(code: str) -> None:
    if Gazetteer.load().name(code) == code and code not in {"NATO", "COALITION"}:
        known = "an ISO 3166 alpha-3 code, XKX, NATO EU UN AU ECOWAS SADC EAC OSCE or COALITION"
        raise NotationError(f"unknown actor code {code!r} (use {known})")


def _options(parts: Sequence[str], allowed: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in parts:
        key, sign, value = part.partition("=")
        if not sign or key not in allowed or not value:
            raise NotationError(f"{part!r} is none of {' '.join(f'{k}=' for k in sorted(allowed))}")
        found.setdefault(key, []).append(value.strip())
        if key != "if" and len(found[key]) > 1:
            raise NotationError(f"{key}= stands twice")
    return found


def _quantity(text: str, value: str) -> QuantityLabel:
    match = _QUANTITY.fullmatch(value)
    if not match or not (match[2] or match[3]):
        raise NotationError(f"q={value!r} is not like 'q=200-800 personnel: 200 to 800 troops'")
    unit = match[4]
    if unit not in UNITS and len(unit) != 3:
        units = " ".join(sorted(UNITS))
        raise NotationError(f"unit {unit!r} is none of {units}, nor a currency such as eur")
    return QuantityLabel(
        min=int(match[2]) if match[2] else None,
        max=int(match[3]) if match[3] else None,
        unit=unit,
        approximate=bool(match[1]),
        text=_words(text, match[5], "q= words"),
    )


def _member(enum: type[_E], value: str) -> _E:
    try:
        return enum(value)
    except ValueError:
        raise NotationError(f"{value!r} is none of {' '.join(enum)}") from None


def _words(text: str, words: str, what: str) -> str:
    if not words or words not in text:
        raise NotationError(f"{what}: {words!r} does not stand in the sentence just so")
    return words


def blank(records: Sequence[LabelledSentence | LabelledArticle]) -> str:
    """The texts without labels, numbered, for one who labels them in `answers`."""
    lines: list[str] = []
    mission, context = "", None
    for number, one in enumerate(flat(records), 1):
        if one.mission != mission:
            mission = one.mission
            lines.append(f"@mission {mission}")
        lines += _shown(number, one)[-1 if one.context == context else 0 :]
        context = one.context
    return "\n".join(lines) + "\n"


def _shown(number: int, one: LabelledSentence) -> list[str]:
    context = [f"@context {one.context}"] if one.context else []
    return [*context, f"={number} {'@title ' if one.title else ''}{one.text}"]


def flat(records: Sequence[LabelledSentence | LabelledArticle]) -> list[LabelledSentence]:
    """All sentences in the order in which they are numbered."""
    found: list[LabelledSentence] = []
    for record in records:
        found += record.sentences if isinstance(record, LabelledArticle) else [record]
    return found


def answers(
    records: Sequence[LabelledSentence | LabelledArticle], text: str
) -> tuple[dict[str, LabelledSentence], list[str]]:
    """Sentences as labelled anew, by id, and what is wrong with the answers.

    An answer is a line "=NUMBER" and the labels below it; "=NUMBER" alone says that the sentence
    states nothing.
    """
    every = flat(records)
    items: dict[int, _Item] = {}
    errors: list[str] = []
    item: _Item | None = None
    for line_number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        try:
            if line.startswith("="):
                word = line[1:].split(" ", 1)[0]
                if not word.isdigit() or not 1 <= int(word) <= len(every):
                    raise NotationError(f"no sentence has the number {word!r}")
                one = every[int(word) - 1]
                item = items.setdefault(int(word), _Item(line_number, one.text, one.mission))
            elif line and line[0] in "+!?#" and line[1:2] in ("", " "):
                if item is None:
                    raise NotationError("a label before any =NUMBER")
                _label(item, line)
        except NotationError as error:
            errors.append(f"line {line_number}: {error}: {line[:100]}")
    found = {}
    for number, item in items.items():
        one = every[number - 1]
        item.context, item.title = one.context, one.title
        found[one.id] = _record(item, one.id)
    return found, errors


def amended(
    record: LabelledSentence | LabelledArticle, new: dict[str, LabelledSentence]
) -> LabelledSentence | LabelledArticle:
    """The record with new labels where there are some."""
    if isinstance(record, LabelledArticle):
        return msgspec.structs.replace(
            record, sentences=tuple(new.get(one.id, one) for one in record.sentences)
        )
    return new.get(record.id, record)


def written(one: LabelledSentence) -> list[str]:
    """A sentence's labels in the notation."""
    lines = []
    for stated in one.commitments:
        parts = [
            stated.actor or "-", stated.name or "-", stated.contribution, stated.level,
            stated.level_words or "-",
        ]  # fmt: skip
        if stated.quantity is not None:
            low, high = (
                "" if n is None else str(n) for n in (stated.quantity.min, stated.quantity.max)
            )
            about = "~" if stated.quantity.approximate else ""
            parts.append(f"q={about}{low}-{high} {stated.quantity.unit}: {stated.quantity.text}")
        parts += [f"at={stated.place}"] if stated.place else []
        parts += [f"to={stated.recipient}"] if stated.recipient else []
        parts += [f"if={held.kind}: {held.text}" for held in stated.conditions]
        parts += [f"by={stated.speaker}"] if stated.speaker else []
        lines.append("+ " + " | ".join(parts))
    for hindrance in one.obstacles:
        parts = [hindrance.obstacle, hindrance.actor or "-", hindrance.name or "-"]
        parts += [hindrance.text or "-"] + (
            [f"by={hindrance.speaker}"] if hindrance.speaker else []
        )
        lines.append("! " + " | ".join(parts))
    return lines + (["?"] if one.ambiguous else [])


def differences(
    records: Sequence[LabelledSentence | LabelledArticle], second: dict[str, LabelledSentence]
) -> str:
    """The sentences on which two labellers do not agree, with both their labels."""
    lines = []
    numbers = {one.id: number for number, one in enumerate(flat(records), 1)}
    for twice in differing(records, second):
        lines += _shown(numbers[twice.first.id], twice.first)
        lines += [f"    first:  {line}" for line in written(twice.first) or ["nothing"]]
        lines += [f"    second: {line}" for line in written(twice.second) or ["nothing"]]
    return "\n".join(lines) + "\n"


def differing(
    records: Sequence[LabelledSentence | LabelledArticle], second: dict[str, LabelledSentence]
) -> list[Twice]:
    """The sentences of which two readers say other things; words that prove it may differ."""
    pairs = [(one, second[one.id]) for one in flat(records) if one.id in second]
    return [
        Twice(first=one, second=other)
        for one, other in pairs
        if one.ambiguous != other.ambiguous or set(of_label(one)) != set(of_label(other))
    ]


def _summary(batch: Batch) -> Iterator[str]:
    every = [*batch.sentences, *(s for a in batch.articles for s in a.sentences)]
    silent = sum(not (s.commitments or s.obstacles) for s in every)
    share = 100 * silent // max(1, len(every))
    yield f"{len(every)} sentences, {len(batch.articles)} articles, {share}% without a label"
    for title, values in (
        ("level", (c.level for s in every for c in s.commitments)),
        ("contribution", (c.contribution for s in every for c in s.commitments)),
        ("condition", (k.kind for s in every for c in s.commitments for k in c.conditions)),
        ("obstacle", (o.obstacle for s in every for o in s.obstacles)),
    ):
        yield f"{title}: " + " ".join(f"{k} {n}" for k, n in Counter(values).most_common())


def _read(source: Path) -> list[LabelledSentence | LabelledArticle]:
    lines = source.read_bytes().splitlines()
    if source.name.startswith("articles"):
        return [msgspec.json.decode(line, type=LabelledArticle) for line in lines]
    return [msgspec.json.decode(line, type=LabelledSentence) for line in lines]


def _by_id(source: Path) -> dict[str, LabelledSentence]:
    return {one.id: one for one in flat(_read(source))}


_FILES = {"compile": 2, "blank": 2, "answer": 3, "differ": 3, "settle": 3, "amend": 2}


def main(arguments: Sequence[str] | None = None) -> int:
    """Check or compile a batch, or compare two labellers; 1 where a line is at fault."""
    parser = argparse.ArgumentParser(
        prog="python -m training.notation", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "action", choices=("check", "compile", "blank", "answer", "differ", "settle", "amend")
    )
    parser.add_argument("files", nargs="+", type=Path)
    options = parser.parse_args(arguments)
    if len(options.files) != _FILES.get(options.action, len(options.files)):
        parser.error(f"{options.action} takes {_FILES[options.action]} files")
    if options.action in ("check", "compile"):
        return _batches(options.files, compiling=options.action == "compile")
    first, *rest = options.files
    records = _read(first)
    if options.action == "blank":
        rest[0].write_text(blank(records), encoding="utf-8")
        return 0
    if options.action == "differ":
        rest[1].write_text(differences(records, _by_id(rest[0])), encoding="utf-8")
        return 0
    *_, sheet = rest[:1] if options.action == "answer" else rest
    new, errors = answers(records, sheet.read_text(encoding="utf-8"))
    if options.action == "settle":
        twice = differing(records, _by_id(rest[0]))
        for one in twice:  # what one of two readers finds doubtful is doubtful
            if one.first.id not in new and one.first.ambiguous != one.second.ambiguous:
                new[one.first.id] = one.first if one.first.ambiguous else one.second
        errors += [f"{one.first.id} is not settled" for one in twice if one.first.id not in new]
        if not errors:
            TWICE.mkdir(exist_ok=True)
            (TWICE / first.name).write_bytes(b"".join(map(encode, twice)))
    for error in errors:
        print(f"{sheet}: {error}", file=sys.stderr)
    if not errors and options.action == "answer":
        silent = {"commitments": (), "obstacles": (), "ambiguous": False, "note": None}
        every = [new.get(one.id) or msgspec.structs.replace(one, **silent) for one in flat(records)]
        rest[1].write_bytes(b"".join(map(encode, every)))
    elif not errors:
        first.write_bytes(b"".join(encode(amended(record, new)) for record in records))
    return int(bool(errors))


def _batches(files: Sequence[Path], *, compiling: bool) -> int:
    sources = files[:1] if compiling else files
    failed = False
    for file in sources:
        batch = parse(file.read_text(encoding="utf-8"), file.stem)
        if compiling and batch.articles and batch.sentences:
            batch.errors.append("sentences and articles: make them two batches")
        for error in batch.errors:
            print(f"{file}: {error}", file=sys.stderr)
        failed |= bool(batch.errors)
        if compiling and not batch.errors:
            files[1].write_bytes(b"".join(map(encode, batch.articles or batch.sentences)))
        for line in _summary(batch):
            print(line)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
