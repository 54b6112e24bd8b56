"""What is committed is what was handled, whatever Faust acknowledges; security settings arrive."""

import asyncio
import ssl
from pathlib import Path
from typing import cast
from unittest.mock import Mock

import faust
from faust.types import TP
from pydantic import SecretStr

from services.classify.shell import Consumer, Progress, application, credentials
from services.common.kafka import Topics
from services.common.settings import KafkaSettings

TOPICS = Topics("pledgewatch.")
FIRST = TP("pledgewatch.articles", 0)


def _committable(
    folder: Path, *, acked: list[int], handled: int | None, committed: int | None = None
) -> dict[TP, int]:
    """What would be committed of a partition with these offsets."""

    async def ask() -> dict[TP, int]:
        app = application(KafkaSettings(), TOPICS, Progress(), Mock(), folder)
        consumer = cast(Consumer, app.consumer)
        consumer._thread.thread_loop.close()  # of a thread that is not started here
        consumer._acked[FIRST] += acked
        consumer._committed_offset[FIRST] = committed
        if handled is not None:
            app.progress.handled[FIRST] = handled
        return dict(consumer._filter_committable_offsets([FIRST]))

    return asyncio.run(ask())


def test_a_record_that_was_only_acknowledged_is_not_committed(tmp_path: Path) -> None:
    # As in a fresh group when a rebalance skips a record: Faust's own rule commits past 0 to 41.
    assert _committable(tmp_path, acked=[42], handled=None) == {}


def test_what_was_handled_is_committed_once(tmp_path: Path) -> None:
    assert _committable(tmp_path, acked=[0, 1, 5], handled=2) == {FIRST: 2}
    assert _committable(tmp_path, acked=[0, 1, 5], handled=2, committed=2) == {}


def test_faust_is_told_to_keep_to_itself(tmp_path: Path) -> None:
    async def ask() -> None:
        app = application(KafkaSettings(), TOPICS, Progress(), Mock(), tmp_path)
        assert app.conf.web_enabled is False
        assert app.conf.topic_allow_declare is False
        assert app.conf.topic_disable_leader is True
        assert app.conf.id == "pledgewatch.classify"
        assert [agent.concurrency for agent in app.agents.values()] == [1]

    asyncio.run(ask())


def test_plain_connections_have_no_credentials() -> None:
    assert credentials(KafkaSettings()) is None


def test_sasl_over_tls() -> None:
    found = credentials(
        KafkaSettings(
            security_protocol="SASL_SSL",
            sasl_username="classify",
            sasl_password=SecretStr("secret"),
        )
    )
    assert isinstance(found, faust.SASLCredentials)
    assert found.protocol.value == "SASL_SSL"
    assert (found.mechanism.value, found.username) == ("SCRAM-SHA-512", "classify")
    assert found.ssl_context is not None
    assert found.ssl_context.verify_mode is ssl.CERT_REQUIRED
    assert "secret" not in repr(found)


def test_tls_alone() -> None:
    found = credentials(KafkaSettings(security_protocol="SSL"))
    assert isinstance(found, faust.SSLCredentials)
    assert found.context.check_hostname
