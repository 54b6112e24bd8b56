"""The child process in which documents from strangers are parsed; run by `services.ingest.parsing`.

Frames on standard input and output: length (4 bytes, big-endian), then MessagePack. It ends when
its input does. It gets no secrets: its environment is bare.
"""

import os
import resource
import signal
import sys
from typing import BinaryIO

import msgspec

from pledgewatch.outcome import Reason, Reject
from pledgewatch.text.feeds import Feed, parse_feed
from pledgewatch.text.pages import Page, parse_page
from pledgewatch.text.robots import RobotsAnswer, ask_robots

LENGTH_BYTES = 4
MEMORY_BYTES_MAX = 2 * 1024**3


class FeedRequest(msgspec.Struct, frozen=True, tag=True):
    """Arguments of `parse_feed`."""

    body: bytes
    content_type: str
    url: str
    entries_max: int


class PageRequest(msgspec.Struct, frozen=True, tag=True):
    """Arguments of `parse_page`."""

    body: bytes
    charset: str | None
    url: str


class RobotsRequest(msgspec.Struct, frozen=True, tag=True):
    """Arguments of `ask_robots`."""

    body: bytes
    url: str
    user_agent: str


class Failure(msgspec.Struct, frozen=True):
    """Why a document was rejected."""

    reason: Reason
    message: str


class Answer(msgspec.Struct, frozen=True):
    """Either a failure, or the result in MessagePack."""

    failure: Failure | None = None
    result: bytes = b""


Request = FeedRequest | PageRequest | RobotsRequest


def handle(request: Request) -> Feed | Page | RobotsAnswer:
    """The parsed document.

    Raises:
        Reject: as the parsers do.
    """
    match request:
        case FeedRequest(body, content_type, url, entries_max):
            return parse_feed(body, content_type, url, entries_max)
        case PageRequest(body, charset, url):
            return parse_page(body, charset, url)
        case RobotsRequest(body, url, user_agent):
            return ask_robots(body, url, user_agent)


def answer(request: Request) -> Answer:
    """The result or the failure; a parser's own error is a failure of the document."""
    try:
        return Answer(result=msgspec.msgpack.encode(handle(request)))
    except Reject as reject:
        return Answer(failure=Failure(reject.reason, reject.message))
    except Exception as error:  # whatever a parser stumbles over, it is the document
        return Answer(failure=Failure(Reason.PARSE_ERROR, f"{type(error).__name__}: {error}"[:300]))


def main() -> None:
    """Answer requests until the input ends.

    The argument is the deadline in seconds: past it, the process ends itself, parent or no parent.
    """
    seconds = int(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    frames = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is not a frame
    decoder = msgspec.msgpack.Decoder(Request)
    _write(frames, msgspec.msgpack.encode(Answer()))  # ready: the imports are done
    while frame := _read(sys.stdin.buffer):
        signal.alarm(seconds)
        result = answer(decoder.decode(frame))
        signal.alarm(0)
        _write(frames, msgspec.msgpack.encode(result))


def _read(stream: BinaryIO) -> bytes:
    length = stream.read(LENGTH_BYTES)
    return stream.read(int.from_bytes(length, "big")) if len(length) == LENGTH_BYTES else b""


def _write(stream: BinaryIO, frame: bytes) -> None:
    stream.write(len(frame).to_bytes(LENGTH_BYTES, "big") + frame)
    stream.flush()


if __name__ == "__main__":
    main()
