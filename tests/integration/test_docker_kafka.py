"""The broker of docker-compose.yml: its start script and configuration, run by the real Kafka."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer
from kafka.admin import NewTopic
from kafka.errors import KafkaError
from pydantic import SecretStr

from services.common import kafka
from services.common.settings import KafkaSettings
from services.local.artifacts import CACHE, PROJECT, fetch
from services.local.java import java_home
from services.local.servers import free_port
from tests import processes

pytestmark = pytest.mark.integration

DOCKER = PROJECT / "deploy" / "docker" / "kafka"
PASSWORD = "correct-horse"


class ComposedKafka:
    """start.sh under a KAFKA_HOME whose two commands run the real Kafka's classes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        fetch()
        (folder / "password").write_text(f"{PASSWORD}\n")
        self._write_config()
        self._write_command("kafka-storage.sh", "kafka.tools.StorageTool")
        self._write_command("kafka-server-start.sh", "kafka.Kafka")

    def _write_config(self) -> None:
        """The committed file, with only addresses and the data folder changed."""
        text = (DOCKER / "server.properties").read_text()
        broker, controller = free_port(), free_port()
        for old, new in (
            ("CLIENT://:9092", f"CLIENT://127.0.0.1:{self.port}"),
            ("CLIENT://kafka:9092", f"CLIENT://127.0.0.1:{self.port}"),
            ("127.0.0.1:9094", f"127.0.0.1:{broker}"),
            ("127.0.0.1:9093", f"127.0.0.1:{controller}"),
            ("/var/lib/kafka/data", str(self.folder / "data")),
        ):
            assert old in text
            text = text.replace(old, new)
        (self.folder / "server.properties").write_text(text)

    def _write_command(self, name: str, main: str) -> None:
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f'#!/bin/sh\nexec "{java_home()}/bin/java" -Xmx384m '
            f'-Dlog4j2.configurationFile="{DOCKER / "log4j2.yaml"}" '
            f'-cp "{CACHE / "kafka"}/*" {main} "$@"\n'
        )
        path.chmod(0o755)

    def start(self) -> subprocess.Popen[bytes]:
        """Runs start.sh; what it says goes to `log`."""
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                ["bash", str(DOCKER / "start.sh")],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=os.environ
                | {
                    "KAFKA_HOME": str(self.folder),
                    "KAFKA_CONFIG": str(self.folder / "server.properties"),
                    "KAFKA_PASSWORD_FILE": str(self.folder / "password"),
                },
            )

    def settings(self, password: str = PASSWORD) -> KafkaSettings:
        """What docker-compose.yml gives the services."""
        return KafkaSettings(
            bootstrap_servers=f"127.0.0.1:{self.port}",
            security_protocol="SASL_PLAINTEXT",
            sasl_mechanism="SCRAM-SHA-512",
            sasl_username="pledgewatch",
            sasl_password=SecretStr(password),
        )

    def wait_ready(self, process: subprocess.Popen[bytes]) -> None:
        """As the health check of docker-compose.yml has it: the port is open."""
        deadline = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        pytest.fail((self.folder / "log").read_text()[-2000:])


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends it as Docker does: SIGTERM to the first process, SIGKILL after the grace period."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(45)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposedKafka]:
    server = ComposedKafka(tmp_path_factory.mktemp("composed-kafka"))
    process = server.start()
    try:
        server.wait_ready(process)
        yield server
    finally:
        stop(process)


def test_a_client_with_the_generated_password_produces_and_consumes(
    composed: ComposedKafka,
) -> None:
    settings = composed.settings()
    admin = kafka.admin(settings)
    admin.create_topics([NewTopic("greetings", 1, 1)])
    admin.close()
    producer = kafka.producer(settings, "test")
    producer.send("greetings", b"hello").get(30)
    producer.close()
    consumer = kafka.consumer(settings, "test", None, consumer_timeout_ms=30_000)
    consumer.subscribe(["greetings"])
    assert next(consumer).value == b"hello"
    consumer.close()


def test_an_eight_mebibyte_record_fits(composed: ComposedKafka) -> None:
    settings = composed.settings()
    admin = kafka.admin(settings)
    admin.create_topics([NewTopic("large", 1, 1)])
    admin.close()
    producer = kafka.producer(settings, "test", compression_type=None)
    producer.send("large", os.urandom(kafka.RECORD_BYTES_MAX - 1024)).get(30)
    producer.close()


def test_a_wrong_password_is_refused(composed: ComposedKafka) -> None:
    with pytest.raises(KafkaError):
        KafkaAdminClient(**kafka.connection(composed.settings("wrong")), bootstrap_timeout_ms=3_000)


def test_a_client_without_password_is_refused(composed: ComposedKafka) -> None:
    with pytest.raises(KafkaError):
        KafkaConsumer(
            bootstrap_servers=f"127.0.0.1:{composed.port}",
            bootstrap_timeout_ms=3_000,
        ).topics()


def test_the_password_stays_out_of_the_log(composed: ComposedKafka) -> None:
    assert PASSWORD not in (composed.folder / "log").read_text()


def test_without_a_password_it_says_what_to_run(tmp_path: Path) -> None:
    result = subprocess.run(
        ["bash", str(DOCKER / "start.sh")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ
        | {
            "KAFKA_CONFIG": str(DOCKER / "server.properties"),
            "KAFKA_PASSWORD_FILE": str(tmp_path / "absent"),
        },
    )
    assert result.returncode == 1
    assert re.fullmatch(r"kafka: .*absent .*make-secrets\.sh first\n", result.stderr)


def _holds(admin: KafkaAdminClient, topic: str) -> bool:
    return topic in admin.list_topics()


def test_it_comes_back_after_a_stop_with_what_it_held(tmp_path: Path) -> None:
    server = ComposedKafka(tmp_path)
    for start in range(2):
        process = server.start()
        try:
            server.wait_ready(process)
            admin = kafka.admin(server.settings())
            if start == 0:
                admin.create_topics([NewTopic("kept", 1, 1)])
            # the broker answers before it has read all of its own log
            held = partial(_holds, admin, "kept")
            processes.wait_for(held, message="the topic")
            admin.close()
        finally:
            stop(process)
        assert process.returncode in (0, 143)
