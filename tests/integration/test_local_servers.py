"""The local servers start, keep their data over stop and crash, and say what is wrong."""

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic
from kafka.errors import KafkaError

from services.local.artifacts import PROJECT
from services.local.errors import LocalServerError
from services.local.servers import HOST, Elasticsearch, Kafka, LocalServer
from tests.processes import wait_for

pytestmark = pytest.mark.integration

RECORD = b"x" * (8 << 20)


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[Kafka]:
    with Kafka(tmp_path / "kafka") as server:
        yield server


def test_kafka_keeps_records_of_8_mib_over_a_crash_and_a_stop(own_kafka: Kafka) -> None:
    port, pid = own_kafka.port, own_kafka.pid
    with KafkaAdminClient(bootstrap_servers=own_kafka.address) as admin:
        admin.create_topics([NewTopic("big", num_partitions=1, replication_factor=1)])
    producer = KafkaProducer(
        bootstrap_servers=own_kafka.address, max_request_size=len(RECORD) + 1024
    )
    producer.send("big", RECORD).get(timeout=30)
    producer.close()

    own_kafka.kill()
    own_kafka.start()
    own_kafka.stop()
    own_kafka.start()

    assert own_kafka.port == port
    assert own_kafka.pid != pid
    consumer = KafkaConsumer(
        "big",
        bootstrap_servers=own_kafka.address,
        auto_offset_reset="earliest",
        consumer_timeout_ms=30_000,
    )
    assert next(consumer).value == RECORD
    consumer.close()


def test_kafka_creates_no_topic_by_itself(kafka: Kafka) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka.address, max_block_ms=2_000)
    with pytest.raises(KafkaError):
        producer.send("nobody-made-this", b"x").get(timeout=10)
    producer.close()


def test_a_paused_elasticsearch_answers_again_after_resume(elasticsearch: Elasticsearch) -> None:
    elasticsearch.pause()
    try:
        with pytest.raises(TimeoutError):
            _request(elasticsearch, "GET", "/_cluster/health", timeout=1)
    finally:
        elasticsearch.resume()
    wait_for(lambda: _request(elasticsearch, "GET", "/_cluster/health")["status"])


def test_elasticsearch_keeps_documents_over_a_crash(elasticsearch: Elasticsearch) -> None:
    port = elasticsearch.port
    _request(elasticsearch, "PUT", "/local-test/_doc/1", {"name": "kept"})
    elasticsearch.kill()
    assert not elasticsearch.running
    elasticsearch.start()
    assert elasticsearch.port == port
    document = _request(elasticsearch, "GET", "/local-test/_doc/1")
    assert document["_source"] == {"name": "kept"}
    _request(elasticsearch, "DELETE", "/local-test")


@pytest.mark.parametrize(
    ("server", "option"), [(Kafka, "--kafka-port"), (Elasticsearch, "--elasticsearch-port")]
)
def test_a_taken_port_is_named_with_the_option_that_changes_it(
    server: type[LocalServer], option: str, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalServerError, match=rf"port {port} of .* {option}"):
            server(tmp_path, port=port).start()


def test_a_folder_is_for_one_server_at_a_time(own_kafka: Kafka) -> None:
    with pytest.raises(LocalServerError, match=r"running in .* already"):
        Kafka(own_kafka.folder).start()


def test_a_server_that_cannot_start_shows_its_last_words(tmp_path: Path) -> None:
    server = Kafka(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").write_text("version=1\nnode.id=77\ncluster.id=other\n")
    with pytest.raises(LocalServerError, match=r"Kafka ended while starting.* log is ") as caught:
        server.start()
    assert "77" in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_no_server_outlives_the_process_that_started_it(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from services.local.servers import Kafka\n"
        "kafka = Kafka(Path(sys.argv[1])); kafka.start()\n"
        "print(kafka.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    wait_for(lambda: not _alive(pid), 10, "the end of Kafka")


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _request(
    server: Elasticsearch, method: str, path: str, body: object = None, timeout: float = 30
) -> dict[str, Any]:
    connection = http.client.HTTPConnection(HOST, server.port, timeout=timeout)
    try:
        connection.request(
            method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"}
        )
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
        return answer
    finally:
        connection.close()
