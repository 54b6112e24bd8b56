"""What the operating commands print for people. News text is foreign: it never reaches the
terminal with control characters in it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from pledgewatch.records import DeadLetter, Mention
from services.common.terminal import printable
from services.operate.letters import place
from services.operate.status import Status
from services.operate.trace import Trace

HEXDUMP_BYTES_MAX = 2_048


def status_screen(status: Status) -> RenderableType:
    """The whole status on one screen."""
    services = _table("service", "at", "state", "records", "retries", "last record")
    for one in status.services:
        services.add_row(
            one.name,
            one.address,
            Text(printable(one.problem or "ready"), style="red" if one.problem else "green"),
            ", ".join(f"{count:,} {name}" for name, count in one.outcomes.items() if count) or "-",
            f"{one.retries:,}",
            ago(one.last_record, status.at),
        )
    topics = _table("topic", "partitions", "records", "size", "last record")
    for topic in status.topics:
        topics.add_row(
            topic.name,
            str(topic.partitions),
            f"{topic.records:,}",
            size(topic.bytes),
            ago(topic.last_record, status.at),
        )
    groups = _table("consumer group", "state", "topic", "lag")
    for group in status.groups:
        groups.add_row(group.group, group.state.lower(), group.topic, f"{group.lag:,}")
    indices = _table("index", "documents", "size", "aliases")
    for index in status.indices:
        indices.add_row(
            index.name, f"{index.documents:,}", size(index.bytes), ", ".join(index.aliases)
        )
    refused = _table("open dead letters", "")
    for reason, count in sorted(status.dead_letters.items()):
        refused.add_row(reason, f"{count:,}")
    parts: list[RenderableType] = [services]
    parts += [table for table in (topics, groups, indices, refused) if table.row_count]
    if status.problems:
        words = "\n".join(f"✗ {problem}" for problem in status.problems)
        parts.append(Text(printable(words), style="red"))
    else:
        parts.append(Text("✓ everything is well", style="green"))
    return Group(*(line for part in parts for line in (part, Text())))


def trace_screen(trace: Trace) -> RenderableType:
    """An article's way, in the order in which it went."""
    title = next((one.article.title for one in reversed(trace.articles) if one.article), "")
    head = Text(printable(title), style="bold") if title else Text("article")
    lines = Text(f"id {trace.id}" + (f"\n{printable(trace.url)}" if trace.url else ""), style="dim")
    articles = _table("articles topic", "written", "revision", "via", "language")
    for one in trace.articles:
        if one.article is None:
            articles.add_row(place(one.place), moment(one.at), "not an article", "", "")
        else:
            revision = datetime.fromtimestamp(one.article.revision / 1000, UTC)
            articles.add_row(
                place(one.place),
                moment(one.at),
                moment(revision),
                one.article.via,
                printable(one.article.language.code),
            )
    outcomes = _table("stage", "outcome", "reason", "mentions", "record", "model", "at")
    for outcome in trace.outcomes:
        model = outcome.model
        outcomes.add_row(
            outcome.stage,
            outcome.outcome,
            outcome.reason or "",
            str(len(outcome.mentions)),
            place(outcome.origin) if outcome.origin else "",
            printable(f"{model.name} {model.version}") if model else "",
            moment(outcome.at),
        )
    mentions = _table("mention", "actor", "what", "record", "sentence")
    for found in trace.mentions:
        mentions.add_row(
            found.mention.id[:8],
            printable(found.mention.actor.name) if found.mention.actor else "-",
            _what(found.mention),
            place(found.place) if found.place else "not found on its topic",
            printable(found.mention.sentence.text),
        )
    documents = _table("index", "document", "version")
    for document in trace.documents:
        documents.add_row(document.index, document.id, str(document.version))
    parts: list[RenderableType] = [head, lines, Text()]
    for table in (articles, outcomes, mentions, documents):
        if table.row_count:
            parts += [table, Text()]
    if trace.dead_letters:
        parts += [letters_table(trace.dead_letters), Text()]
    parts += [Text(f"✗ {printable(problem)}", style="red") for problem in trace.problems]
    return Group(*parts)


def letters_table(letters: Sequence[DeadLetter]) -> Table:
    """One line a letter."""
    table = _table("dead letter", "at", "stage", "reason", "tries", "from", "message")
    for letter in letters:
        where = place(letter.origin) if letter.origin else letter.url or "-"
        message = printable(letter.message).replace("\n", " ")
        table.add_row(
            letter.id[:12],
            moment(letter.at),
            letter.stage,
            letter.reason,
            str(letter.attempts),
            printable(where),
            message if letter.retried_at is None else f"retried {moment(letter.retried_at)}",
        )
    return table


def letter_screen(letter: DeadLetter, value: bytes | None) -> RenderableType:
    """All of a letter, with the original bytes so that they can be read."""
    fields = Table(box=None, show_header=False, pad_edge=False)
    fields.add_column(style="dim")
    fields.add_column(overflow="fold")
    rows = {
        "id": letter.id,
        "stage": letter.stage,
        "reason": letter.reason,
        "message": letter.message,
        "from": place(letter.origin) if letter.origin else "no topic",
        "url": letter.url or "",
        "key": letter.key.decode(errors="replace") if letter.key is not None else "none",
        "at": moment(letter.at),
        "tries": str(letter.attempts),
        "retried": moment(letter.retried_at) if letter.retried_at else "no",
    }
    rows |= {f"header {name}": data.decode(errors="replace") for name, data in letter.headers}
    for name, text in rows.items():
        if text:
            fields.add_row(printable(name), Text(printable(text)))
    return Group(fields, Text(), Text(readable(value)))


def readable(value: bytes | None) -> str:
    """Bytes as indented JSON if they are JSON, else as a hex dump.

    >>> print(readable(b"ab"))
    00000000  61 62                                            ab
    """
    if value is None:
        return "(null)"
    try:
        return printable(json.dumps(json.loads(value), indent=2, ensure_ascii=False))
    except (ValueError, RecursionError):
        return hexdump(value)


def hexdump(value: bytes) -> str:
    """Offset, bytes and characters, sixteen a line, of the first 2,048 bytes."""
    lines = []
    for start in range(0, min(len(value), HEXDUMP_BYTES_MAX), 16):
        row = value[start : start + 16]
        characters = "".join(chr(one) if 32 <= one < 127 else "." for one in row)
        lines.append(f"{start:08x}  {row.hex(' '):<47}  {characters}")
    if len(value) > HEXDUMP_BYTES_MAX:
        lines.append(f"... and {len(value) - HEXDUMP_BYTES_MAX:,} bytes more")
    return "\n".join(lines)


def moment(at: datetime) -> str:
    """A time to the second, UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago, in the largest unit that fits.

    >>> ago(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 5, tzinfo=UTC))
    '5 min ago'
    """
    if at is None:
        return "-"
    seconds = max(0.0, (now - at).total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"


def size(count: int) -> str:
    """Bytes in the unit that fits.

    >>> size(999), size(1_500_000)
    ('999 B', '1.5 MB')
    """
    value, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1_000:
            break
        value, unit = value / 1_000, larger
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def console() -> Console:
    """Standard output."""
    return Console(highlight=False)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        right = column in ("partitions", "lag", "documents", "version", "retries", "tries", "size")
        table.add_column(column, justify="right" if right else "left", overflow="fold")
    return table


def _what(mention: Mention) -> str:
    if mention.obstacle is not None:
        return f"obstacle: {mention.obstacle}"
    return f"{mention.contribution}, {mention.level}"
