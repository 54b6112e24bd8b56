"""The index service against a bulk server that fails by a script: nothing lost, nothing twice."""

import json
import socket
import struct
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pledgewatch.outcome import Reason
from pledgewatch.records import encode
from services.common.settings import (
    ElasticsearchSettings,
    IndexSettings,
    KafkaSettings,
    MetricsSettings,
    Settings,
)
from services.local.servers import Kafka
from services.provision.provision import provision
from tests.integration.indexing import (
    committed,
    dead_letters,
    encoded,
    publish,
    running,
    some_mentions,
)

pytestmark = pytest.mark.integration

COUNT = 100
WaitFor = Callable[..., object]
Action = tuple[str, str, int]
"""Index, id, version."""
Behaviour = Callable[["Answering", Sequence[Action]], None]
"""Answers one bulk request."""


class Answering(BaseHTTPRequestHandler):
    """One request to the scripted server."""

    protocol_version = "HTTP/1.1"
    server: "Scripted"

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        """The version."""
        self.reply(200, {"nodes": {"n": {"version": "9.5.2"}}})

    def do_POST(self) -> None:
        """A bulk request."""
        body = self.rfile.read(int(self.headers["content-length"]))
        lines = body.split(b"\n")[:-1]
        actions = [json.loads(line)["index"] for line in lines[::2]]
        for document in lines[1::2]:
            json.loads(document)
        self.server.behaviour()(self, [(a["_index"], a["_id"], a["version"]) for a in actions])

    def reply(self, status: int, body: object, **headers: str) -> None:
        """Answer with JSON."""
        data = json.dumps(body).encode()
        self.start(status, len(data), **headers)
        self.wfile.write(data)

    def start(self, status: int, length: int, **headers: str) -> None:
        """Send the head of an answer."""
        self.send_response(status)
        self.send_header("x-elastic-product", "Elasticsearch")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def reset(self) -> None:
        """Break the connection off."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


class Scripted(ThreadingHTTPServer):
    """Keeps documents as Elasticsearch does with `external_gte`; answers by a script, then well."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.documents: dict[str, int] = {}
        self.requests = 0
        self.script: list[Behaviour] = []
        self._lock = threading.Lock()

    def behaviour(self) -> Behaviour:
        """How the next bulk request is answered."""
        with self._lock:
            self.requests += 1
            return self.script.pop(0) if self.script else well

    def index(self, action: Action) -> dict[str, Any]:
        """Take a document; its item in the answer."""
        _, id, version = action
        with self._lock:
            if version < self.documents.get(id, 0):
                return {"index": {"status": 409, "error": {"type": "version_conflict"}}}
            known = id in self.documents
            self.documents[id] = version
        return {"index": {"status": 200 if known else 201}}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the script."""


def well(request: Answering, actions: Sequence[Action]) -> None:
    request.reply(200, {"items": [request.server.index(action) for action in actions]})


def status(number: int, **headers: str) -> Behaviour:
    def answer(request: Answering, actions: Sequence[Action]) -> None:
        request.reply(number, {"error": {"type": "scripted"}, "status": number}, **headers)

    return answer


def some_items(number: int) -> Behaviour:
    """Every second document fails with this status."""

    def answer(request: Answering, actions: Sequence[Action]) -> None:
        items = [
            {"index": {"status": number, "error": {"type": "scripted", "reason": "half"}}}
            if place % 2
            else request.server.index(action)
            for place, action in enumerate(actions)
        ]
        request.reply(200, {"items": items})

    return answer


def mixed(request: Answering, actions: Sequence[Action]) -> None:
    """The first half is indexed, then 429, 503, 500 in turn."""
    items = [
        request.server.index(action)
        if place < len(actions) // 2
        else {"index": {"status": (429, 503, 500)[place % 3], "error": {"type": "scripted"}}}
        for place, action in enumerate(actions)
    ]
    request.reply(200, {"items": items})


def broken_off(request: Answering, actions: Sequence[Action]) -> None:
    """All is indexed, half of the answer arrives, then the connection is reset."""
    data = json.dumps({"items": [request.server.index(action) for action in actions]}).encode()
    request.start(200, len(data))
    request.wfile.write(data[: len(data) // 2])
    request.reset()


def cut_short(request: Answering, actions: Sequence[Action]) -> None:
    """All is indexed, and the answer is JSON without its end."""
    data = json.dumps({"items": [request.server.index(action) for action in actions]}).encode()
    data = data[: len(data) // 2]
    request.start(200, len(data))
    request.wfile.write(data)


def too_few(request: Answering, actions: Sequence[Action]) -> None:
    """All is indexed, and the answer leaves the last out."""
    request.reply(200, {"items": [request.server.index(action) for action in actions][:-1]})


def never(request: Answering, actions: Sequence[Action]) -> None:
    """All is indexed, and no answer comes before the client's deadline."""
    for action in actions:
        request.server.index(action)
    threading.Event().wait(2.5)
    request.reset()


def refusing(number: int, ids: set[str]) -> Behaviour:
    """A whole request with one of these is refused."""

    def answer(request: Answering, actions: Sequence[Action]) -> None:
        behaviour = status(number) if ids & {id for _, id, _ in actions} else well
        behaviour(request, actions)

    return answer


def item_refused(ids: set[str]) -> Behaviour:
    """These documents do not fit the mapping."""

    def answer(request: Answering, actions: Sequence[Action]) -> None:
        error = {"type": "strict_dynamic_mapping_exception", "reason": "not allowed"}
        items = [
            {"index": {"status": 400, "error": error}}
            if action[1] in ids
            else request.server.index(action)
            for action in actions
        ]
        request.reply(200, {"items": items})

    return answer


@pytest.fixture
def server() -> Iterator[Scripted]:
    """The scripted server."""
    with Scripted() as scripted:
        thread = threading.Thread(target=scripted.serve_forever, daemon=True)
        thread.start()
        yield scripted
        scripted.shutdown()


@pytest.fixture
def scripted_settings(kafka: Kafka, server: Scripted) -> Settings:
    """Topics of the test's own, and the scripted server in place of Elasticsearch."""
    kafka.start()
    unique = uuid.uuid4().hex[:8]
    settings = Settings(
        kafka=KafkaSettings(
            bootstrap_servers=kafka.address, topic_prefix=f"bulk-{unique}.", partitions=2
        ),
        elasticsearch=ElasticsearchSettings(url=f"http://127.0.0.1:{server.server_port}"),
        index=IndexSettings(http_port=0, request_timeout_seconds=1, retry_seconds_max=0.5),
        metrics=MetricsSettings(seconds=0),  # else they would be counted among what is indexed
    )
    provision(settings, elasticsearch=False)
    return settings


@pytest.mark.parametrize(
    "script",
    [
        [status(500)],
        [status(500)] * 5,
        [status(429)],
        [status(429, retry_after="1")],
        [status(503), status(502), status(504)],
        [status(401), status(403)],
        [some_items(429), some_items(429)],
        [some_items(503)],
        [some_items(404)],
        [mixed, mixed, mixed],
        [broken_off],
        [cut_short],
        [too_few],
        [never],
        [status(500), broken_off, some_items(429), cut_short, mixed, status(429)],
    ],
    ids=lambda script: "+".join(getattr(step, "__qualname__", "").split(".")[0] for step in script),
)
def test_whatever_fails_on_the_way_each_record_is_indexed_and_committed(
    script: list[Behaviour], server: Scripted, scripted_settings: Settings, wait_for: WaitFor
) -> None:
    server.script = list(script)
    records = some_mentions(COUNT)
    publish(scripted_settings.kafka, encoded(records))
    with running(scripted_settings):
        wait_for(lambda: committed(scripted_settings.kafka) == COUNT)
    assert server.documents.keys() == {record.id for record in records}
    assert not server.script
    assert dead_letters(scripted_settings.kafka) == []


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (item_refused, Reason.MAPPING),
        (lambda ids: refusing(413, ids), Reason.TOO_LARGE),
        (lambda ids: refusing(400, ids), Reason.MAPPING),
    ],
    ids=["item-400", "413", "400"],
)
def test_a_document_that_is_refused_for_good_is_dead_lettered_and_the_rest_is_indexed(
    behaviour: Callable[[set[str]], Behaviour],
    reason: Reason,
    server: Scripted,
    scripted_settings: Settings,
    wait_for: WaitFor,
) -> None:
    records = some_mentions(COUNT)
    bad = records[7], records[55]
    server.script = [behaviour({record.id for record in bad})] * 60
    publish(scripted_settings.kafka, encoded(records))
    with running(scripted_settings):
        wait_for(lambda: committed(scripted_settings.kafka) == COUNT)
        wait_for(lambda: committed(scripted_settings.kafka, "dead-letters") == len(bad))
    letters = dead_letters(scripted_settings.kafka)
    assert server.documents.keys() == {record.id for record in records if record not in bad} | {
        letter.id for letter in letters
    }
    assert {letter.value for letter in letters} == {encode(record) for record in bad}
    assert {letter.reason for letter in letters} == {reason}
    assert {letter.origin.topic for letter in letters if letter.origin} == {
        f"{scripted_settings.kafka.topic_prefix}mentions"
    }


def test_a_dead_letter_that_is_refused_does_not_make_another(
    server: Scripted, scripted_settings: Settings, wait_for: WaitFor
) -> None:
    def refuse_all(request: Answering, actions: Sequence[Action]) -> None:
        item_refused({id for _, id, _ in actions})(request, actions)

    server.script = [refuse_all] * 60
    publish(scripted_settings.kafka, encoded(some_mentions(3)))
    with running(scripted_settings):
        wait_for(lambda: committed(scripted_settings.kafka, "dead-letters") == 3)
    assert len(dead_letters(scripted_settings.kafka)) == 3
    assert not server.documents


def test_a_missing_alias_is_said_and_nothing_is_dead_lettered(
    server: Scripted, scripted_settings: Settings, wait_for: WaitFor
) -> None:
    server.script = [status(404)] * 10_000
    publish(scripted_settings.kafka, encoded(some_mentions(COUNT)))
    with running(scripted_settings) as indexer:
        wait_for(lambda: "pledgewatch provision" in (indexer.not_ready() or ""))
        assert committed(scripted_settings.kafka) == 0
        server.script = []
        wait_for(lambda: committed(scripted_settings.kafka) == COUNT)
        assert indexer.not_ready() is None
    assert dead_letters(scripted_settings.kafka) == []


def test_stopping_while_a_request_hangs_commits_nothing_of_it(
    server: Scripted, scripted_settings: Settings, wait_for: WaitFor
) -> None:
    server.script = [status(503)] * 10_000
    publish(scripted_settings.kafka, encoded(some_mentions(COUNT)))
    with running(scripted_settings):
        wait_for(lambda: server.requests > 2)
    assert committed(scripted_settings.kafka) == 0
    server.script = []
    with running(scripted_settings):
        wait_for(lambda: committed(scripted_settings.kafka) == COUNT)
    assert len(server.documents) == COUNT
