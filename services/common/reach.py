"""Servers that do not answer, or refuse: one sentence that names the setting to look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kafka.errors import (
    InvalidReplicationFactorError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from services.common.errors import UserError
from services.common.settings import ElasticsearchSettings, KafkaSettings, variable

if TYPE_CHECKING:  # it takes a second, and most services do without it
    from elasticsearch import ApiError

CONNECT_MS = 5_000
"""How long commands that a person waits for try to reach Kafka."""


class UnreachableError(UserError):
    """A server does not answer (yet)."""


@contextmanager
def asking_kafka(settings: KafkaSettings) -> Iterator[None]:
    """Around calls of Kafka clients made with `bootstrap_timeout_ms=CONNECT_MS`.

    Raises:
        UnreachableError: no broker answers.
        UserError: the broker refuses.
    """
    servers = settings.bootstrap_servers
    try:
        yield
    except (KafkaTimeoutError, KafkaConnectionError) as error:
        raise UnreachableError(
            f"Kafka does not answer at {servers}: start it, or set "
            f"{variable('kafka', 'bootstrap_servers')}"
        ) from error
    except InvalidReplicationFactorError as error:
        raise UserError(
            f"Kafka has too few brokers for {settings.replication_factor} replicas: lower "
            f"{variable('kafka', 'replication_factor')}"
        ) from error
    except (UnknownTopicOrPartitionError, TopicAuthorizationFailedError) as error:
        raise UserError(
            f"Kafka at {servers} does not show a topic under {settings.topic_prefix!r} "
            f"({error}): run `pledgewatch provision`, or set {variable('kafka', 'topic_prefix')}"
        ) from error
    except KafkaError as error:
        raise UserError(f"Kafka at {servers} refused: {error}") from error


@contextmanager
def asking_elasticsearch(settings: ElasticsearchSettings) -> Iterator[None]:
    """Around calls of the Elasticsearch client.

    Raises:
        UnreachableError: no answer, or it is not ready.
        UserError: it refuses.
    """
    from elasticsearch import ApiError, TransportError

    try:
        yield
    except TransportError as error:
        raise UnreachableError(
            f"Elasticsearch does not answer at {settings.url}: start it, or set "
            f"{variable('elasticsearch', 'url')}"
        ) from error
    except ApiError as error:
        where, reason = f"Elasticsearch at {settings.url}", why(error)
        if error.status_code in (401, 403):
            raise UserError(
                f"{where} refuses the login ({reason}): set {variable('elasticsearch', 'api_key')},"
                f" or {variable('elasticsearch', 'username')} and "
                f"{variable('elasticsearch', 'password')}"
            ) from error
        if error.status_code in (429, 502, 503, 504):
            raise UnreachableError(f"{where} is not ready: {reason}") from error
        raise UserError(f"{where} refused: {reason}") from error


def why(error: "ApiError") -> str:
    """The innermost reason that Elasticsearch gives."""
    body = error.body
    cause = body.get("error") if isinstance(body, dict) else None
    while isinstance(cause, dict) and isinstance(cause.get("caused_by"), dict):
        cause = cause["caused_by"]
    reason = cause.get("reason") if isinstance(cause, dict) else None
    return str(reason or error.message)
