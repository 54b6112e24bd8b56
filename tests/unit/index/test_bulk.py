"""What is sent again, what is split, and what each answer means."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from elastic_transport import ApiResponseMeta, ConnectionTimeout, HttpHeaders, NodeConfig
from elasticsearch import ApiError

from pledgewatch.outcome import Outcome, Reason, Reject, Stage
from services.common import elasticsearch
from services.common.metrics import Metrics
from services.common.settings import ElasticsearchSettings, IndexSettings
from services.index import bulk
from services.index.bulk import Bulk, GivenUp

BODIES = [f'{{"index":{{"_id":"{n}"}}}}\n{{"n":{n}}}\n'.encode() for n in range(4)]

Script = Callable[[list[str]], Any]
"""Ids of a request → its answer, or the exception to raise."""


def reply(*statuses: int) -> dict[str, Any]:
    items = [
        {"index": {"status": status} | ({"error": {"type": "e"}} if status >= 300 else {})}
        for status in statuses
    ]
    return {"items": items}


def refusal(status: int, **headers: str) -> ApiError:
    meta = ApiResponseMeta(
        status=status,
        http_version="1.1",
        headers=HttpHeaders(headers),
        duration=0,
        node=NodeConfig("http", "localhost", 9200),
    )
    return ApiError("refused", meta, {"error": "x"})


class Cluster:
    """Answers requests by a script, and remembers the ids of each."""

    def __init__(self, *script: Script | Any) -> None:
        self.requests: list[list[str]] = []
        self._script = script

    def __call__(self, *_: object, body: bytes, **__: object) -> Any:
        lines = body.splitlines()
        ids = [json.loads(line)["index"]["_id"] for line in lines[::2]]
        step = self._script[min(len(self.requests), len(self._script) - 1)]
        self.requests.append(ids)
        answer = step(ids) if callable(step) else step
        if isinstance(answer, Exception):
            raise answer
        body_type = bulk._BulkSerializer()
        return type("Response", (), {"body": body_type.loads(json.dumps(answer).encode())})


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, without making them."""
    made: list[float] = []

    def wait(self: threading.Event, timeout: float | None = None) -> bool:
        made.append(timeout or 0)
        return self.is_set()

    monkeypatch.setattr(threading.Event, "wait", wait)
    return made


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> Callable[[Cluster], Bulk]:
    """A `Bulk` whose cluster is scripted."""

    def made(cluster: Cluster) -> Bulk:
        client = type("Client", (), {"perform_request": staticmethod(cluster)})
        monkeypatch.setattr(elasticsearch, "client", lambda *_, **__: client)
        return Bulk(ElasticsearchSettings(), IndexSettings(), Metrics(Stage.INDEX))

    return made


def test_each_item_gets_its_own_answer(make: Callable[[Cluster], Bulk]) -> None:
    cluster = Cluster(reply(201, 200, 409, 400))
    answers = make(cluster).send(BODIES, threading.Event())
    assert answers[:3] == [Outcome.INDEXED, Outcome.INDEXED, Outcome.DUPLICATE]
    assert isinstance(answers[3], Reject)
    assert answers[3].reason is Reason.MAPPING
    assert len(cluster.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_only_items_that_may_succeed_later_are_sent_again(
    make: Callable[[Cluster], Bulk], status: int
) -> None:
    cluster = Cluster(reply(201, status, 400, status), reply(201, status), reply(201))
    answers = make(cluster).send(BODIES, threading.Event())
    assert [answer for answer in answers if answer is Outcome.INDEXED] == [Outcome.INDEXED] * 3
    assert cluster.requests == [["0", "1", "2", "3"], ["1", "3"], ["3"]]


@pytest.mark.parametrize(
    "failure",
    [
        refusal(429),
        refusal(500),
        refusal(503),
        refusal(401),
        refusal(404),
        ConnectionTimeout("slow"),
        reply(201),
        {},
    ],
)
def test_a_request_that_failed_is_sent_again_whole(
    make: Callable[[Cluster], Bulk], failure: object
) -> None:
    cluster = Cluster(failure, failure, reply(201, 201, 201, 201))
    sender = make(cluster)
    assert sender.send(BODIES, threading.Event()) == [Outcome.INDEXED] * 4
    assert cluster.requests == [["0", "1", "2", "3"]] * 3
    assert sender.problem is None


def test_retry_after_is_respected_and_pauses_are_bounded(
    make: Callable[[Cluster], Bulk], waits: list[float]
) -> None:
    patient = refusal(429, **{"Retry-After": "45"})
    make(Cluster(patient, *[refusal(503)] * 20, reply(201))).send(BODIES[:1], threading.Event())
    assert waits[0] == 45
    assert max(waits[1:]) <= IndexSettings().retry_seconds_max


@pytest.mark.parametrize(("status", "reason"), [(413, Reason.TOO_LARGE), (400, Reason.MAPPING)])
def test_a_request_that_is_refused_is_split_until_the_culprit_stands_alone(
    make: Callable[[Cluster], Bulk], status: int, reason: Reason
) -> None:
    def judge(ids: list[str]) -> object:
        return refusal(status) if "2" in ids else reply(*[201] * len(ids))

    cluster = Cluster(judge)
    answers = make(cluster).send(BODIES, threading.Event())
    assert [getattr(answer, "reason", answer) for answer in answers] == [
        Outcome.INDEXED,
        Outcome.INDEXED,
        reason,
        Outcome.INDEXED,
    ]


def test_giving_up_ends_the_retries(make: Callable[[Cluster], Bulk]) -> None:
    give_up = threading.Event()
    give_up.set()
    with pytest.raises(GivenUp):
        make(Cluster(refusal(503))).send(BODIES, give_up)


@pytest.mark.parametrize(
    ("failure", "remedy"),
    [
        (reply(404), "pledgewatch provision"),
        (refusal(404), "pledgewatch provision"),
        (reply(403), "privileges"),
        (refusal(401), "API key"),
    ],
)
def test_what_a_person_must_put_right_is_said(
    make: Callable[[Cluster], Bulk], failure: object, remedy: str
) -> None:
    said: list[str | None] = []

    def answer(ids: list[str]) -> object:
        said.append(sender.problem)
        return reply(201)

    sender = make(Cluster(failure, answer))
    sender.send(BODIES[:1], threading.Event())
    assert remedy in str(said[0])
