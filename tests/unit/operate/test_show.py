"""What the terminal gets to see."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pledgewatch.outcome import Reason, Stage
from pledgewatch.records import DeadLetter
from services.common.terminal import printable
from services.operate import show
from services.operate.status import GroupStatus, ServiceStatus, Status, TopicStatus
from services.operate.trace import Document, Trace

NOW = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)


def screen(renderable: object) -> str:
    console = Console(width=200, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()


@given(st.text())
def test_no_control_character_reaches_the_terminal(text: str) -> None:
    assert all(one.isprintable() or one == "\n" for one in printable(text))


@given(st.binary())
def test_any_bytes_are_readable(value: bytes) -> None:
    text = show.readable(value)
    assert all(one.isprintable() or one == "\n" for one in text)


def test_json_is_indented_and_other_bytes_are_dumped() -> None:
    assert show.readable(b'{"a":[1]}') == '{\n  "a": [\n    1\n  ]\n}'
    assert show.readable(b"\xff\x00ab").startswith("00000000  ff 00 61 62 ")
    assert show.readable(b"\xff" * 5_000).endswith("... and 2,952 bytes more")
    assert show.readable(None) == "(null)"


def test_escape_codes_in_a_message_are_not_sent_to_the_terminal() -> None:
    letter = DeadLetter(
        id="0" * 32,
        stage=Stage.CLASSIFY,
        reason=Reason.NOT_JSON,
        message="[bold]\x1b[2J wiped",
        origin=None,
        key=b"\x1b[2J",
        value=None,
        headers=(("x\x1b", b"\x1b"),),
        url="http://news.example/\x1b",
        at=NOW,
    )
    for text in (
        screen(show.letters_table([letter])),
        screen(show.letter_screen(letter, b"\x1b[2J")),
    ):
        assert "\x1b" not in text
        assert "wiped" in text


def test_status_shows_what_is_wrong_beside_what_is_not() -> None:
    status = Status(
        at=NOW,
        services=(
            ServiceStatus("ingest", "127.0.0.1:9101", None, {"published": 1200}, 0, NOW),
            ServiceStatus("index", "127.0.0.1:9103", "not running"),
        ),
        topics=(TopicStatus("pledgewatch.articles", 12, 1234, 5_000_000, NOW),),
        groups=(GroupStatus("pledgewatch.index", "Stable", "pledgewatch.articles", 34),),
        indices=(),
        dead_letters={"schema": 2},
        problems=("index: not running", "Elasticsearch does not answer at http://x: start it"),
    )
    text = screen(show.status_screen(status))
    for words in ("1,200 published", "not running", "1,234", "5.0 MB", "34", "schema", "✗ Elast"):
        assert words in text
    assert "everything is well" not in text
    assert "everything is well" in screen(show.status_screen(replace(status, problems=())))


def test_trace_shows_documents_and_problems() -> None:
    trace = Trace(
        id="a" * 32,
        url="http://news.example/a",
        partition=3,
        documents=(Document("pledgewatch-articles-v1", "a" * 32, 7),),
        problems=("Elasticsearch does not answer",),
    )
    text = screen(show.trace_screen(trace))
    assert "pledgewatch-articles-v1" in text
    assert "✗ Elasticsearch" in text
