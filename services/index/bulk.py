"""Bulk requests: each item's answer is read, and what the world got wrong is tried again."""

import gc
import threading
import time
from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec
from elastic_transport import SerializationError, Serializer, TransportError
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from pledgewatch.outcome import Outcome, Reason, Reject, Retry
from services.common import elasticsearch
from services.common.logging import get
from services.common.metrics import Metrics
from services.common.running import pauses
from services.common.settings import ElasticsearchSettings, IndexSettings

Answer = Outcome | Reject
"""What became of a document: `INDEXED`, `DUPLICATE` (a newer one is there), or refused for good."""

_PARAMETERS = {
    "require_alias": "true",
    "filter_path": "items.*.status,items.*.error.type,items.*.error.reason",
}
_HEADERS = {"accept": "application/json", "content-type": "application/x-ndjson"}

_RETRY_AFTER_MAX = 300
"""Seconds; a longer Retry-After is not believed."""

_CONFLICT, _TOO_LARGE, _TOO_MANY = 409, 413, 429
_ABSENT_OR_FORBIDDEN = (401, 403, 404)
"""The cluster is not set up for us: a person has to act, the record is not at fault."""


class _Error(msgspec.Struct):
    type: str = ""
    reason: str | None = None

    def __str__(self) -> str:
        return f"{self.type}: {self.reason}"


class _Item(msgspec.Struct):
    status: int
    error: _Error | None = None


class _Action(msgspec.Struct):
    index: _Item


class _Reply(msgspec.Struct):
    """The body of a bulk answer; of any other, `error` says what is the matter."""

    items: list[_Action] = []
    error: Any = None


class _BulkSerializer(Serializer):
    """Sends bodies as they are, and reads answers several times as fast as the client's own."""

    mimetypes: ClassVar[tuple[str, ...]] = (
        "application/json",
        "application/vnd.elasticsearch+json",
        "application/vnd.elasticsearch+x-ndjson",
    )
    _decoder = msgspec.json.Decoder(_Reply)

    def loads(self, data: bytes) -> _Reply:
        try:
            return self._decoder.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SerializationError(f"the answer is no bulk answer: {error}") from error

    def dumps(self, data: bytes) -> bytes:
        return data


class GivenUp(Exception):
    """The service stops, or has lost the partitions: the unfinished documents are read again."""


class Bulk:
    """Sends documents until each has its answer. Safe to use from several threads.

    `problem` says what is retried at the moment, or is None.
    """

    def __init__(
        self, target: ElasticsearchSettings, settings: IndexSettings, metrics: Metrics
    ) -> None:
        serializer = _BulkSerializer()
        self._client: Elasticsearch = elasticsearch.client(
            target,
            request_timeout=settings.request_timeout_seconds,
            connections_per_node=settings.bulks_in_flight,
            serializers=dict.fromkeys(serializer.mimetypes, serializer),
        )
        self._pause_max = settings.retry_seconds_max
        self._duration = metrics.duration.labels(metrics.stage)
        self._retries = metrics.retries.labels(metrics.stage)
        self._problems: dict[int, str] = {}
        self._log = get()

    @property
    def problem(self) -> str | None:
        """The sentence for /readyz."""
        return next(iter(self._problems.copy().values()), None)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def send(self, bodies: Sequence[bytes], give_up: threading.Event) -> list[Answer]:
        """The answers to documents (action and document line each), in their order.

        Tries again for ever what fails through no fault of the documents.

        Raises:
            GivenUp: `give_up` was set before all was answered.
        """
        answers: list[Answer | None] = [None] * len(bodies)
        try:
            self._send(bodies, range(len(bodies)), answers, give_up)
        finally:
            self._problems.pop(threading.get_ident(), None)
        return [answer for answer in answers if answer is not None]

    def _send(
        self,
        bodies: Sequence[bytes],
        unfinished: Sequence[int],
        answers: list[Answer | None],
        give_up: threading.Event,
    ) -> None:
        for pause in pauses(self._pause_max):
            reply = self._request(b"".join([bodies[i] for i in unfinished]))
            if isinstance(reply, Reject):
                # The request as a whole is refused: find out which document is the cause.
                if len(unfinished) == 1:
                    answers[unfinished[0]] = reply
                    return
                middle = len(unfinished) // 2
                self._send(bodies, unfinished[:middle], answers, give_up)
                self._send(bodies, unfinished[middle:], answers, give_up)
                return
            retry = reply if isinstance(reply, Retry) else _read(reply, unfinished, answers)
            if retry is None:
                return
            unfinished = [i for i in unfinished if answers[i] is None]
            self._retries.inc()
            self._report(retry, len(unfinished))
            gc.collect()  # the client's exception and its frames hold the body in a cycle
            if give_up.wait(max(pause, min(retry.after or 0, _RETRY_AFTER_MAX))):
                raise GivenUp

    def _request(self, body: bytes) -> _Reply | Retry | Reject:
        """Send once; the answer, or what a failure of the request as a whole means."""
        start = time.perf_counter()
        try:
            response = self._client.perform_request(
                "POST", "/_bulk", params=_PARAMETERS, headers=_HEADERS, body=body
            )
        except ApiError as error:
            return _refusal(error)
        except UnsupportedProductError:
            return Retry("what answers at the Elasticsearch URL is not Elasticsearch")
        except TransportError as error:
            return Retry(f"Elasticsearch cannot be reached or broke off ({error})")
        finally:
            self._duration.observe(time.perf_counter() - start)
        reply = response.body
        return reply if isinstance(reply, _Reply) else Retry("the answer is no bulk answer")

    def _report(self, retry: Retry, documents: int) -> None:
        """Log a problem when it is new; it shows on /readyz as long as it lasts."""
        thread, problem = threading.get_ident(), str(retry)
        if self._problems.get(thread) != problem:
            self._log.warning(
                "bulk request will be tried again", reason=problem, documents=documents
            )
        self._problems[thread] = problem


def _read(reply: _Reply, unfinished: Sequence[int], answers: list[Answer | None]) -> Retry | None:
    """Note the answers of the unfinished documents; None when all are final."""
    if len(reply.items) != len(unfinished):
        return Retry(f"Elasticsearch answered {len(reply.items)} of {len(unfinished)} documents")
    retry = None
    for i, action in zip(unfinished, reply.items, strict=True):
        item = action.index
        status = item.status
        if status < 300:
            answers[i] = Outcome.INDEXED
        elif status == _CONFLICT:
            answers[i] = Outcome.DUPLICATE
        elif status == _TOO_MANY or status >= 500:
            retry = Retry(f"Elasticsearch answered {status} ({item.error})")
        elif status in _ABSENT_OR_FORBIDDEN:
            retry = Retry(_set_up(status, item.error))
        else:
            answers[i] = Reject(Reason.MAPPING, str(item.error))
    return retry


def _refusal(error: ApiError) -> Retry | Reject:
    """What a status other than 2xx for the whole request means."""
    status = error.meta.status
    cause = str(error.body.error if isinstance(error.body, _Reply) else error.body)[:300]
    if status == _TOO_LARGE:
        return Reject(Reason.TOO_LARGE, "Elasticsearch answered 413: the document is too large")
    if status in _ABSENT_OR_FORBIDDEN:
        return Retry(_set_up(status, cause))
    if 400 <= status < 500 and status not in (408, _TOO_MANY):
        return Reject(Reason.MAPPING, f"Elasticsearch answered {status} ({cause})")
    try:
        after = float(error.meta.headers.get("retry-after") or "")
    except ValueError:
        after = None
    return Retry(f"Elasticsearch answered {status} ({cause})", after=after)


def _set_up(status: int, cause: object) -> str:
    remedy = (
        "run `pledgewatch provision`"
        if status == 404
        else "check the user or API key in the settings and its privileges"
    )
    return f"Elasticsearch answered {status} ({cause}): {remedy}"
