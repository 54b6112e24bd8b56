"""Real servers for the session, settings of its own for each test, services as processes."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Protocol, TypeVar

import pytest
import pytest_socket
from elasticsearch import ApiError, TransportError
from kafka.errors import KafkaError
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from services.common import elasticsearch as common_elasticsearch
from services.common import kafka as common_kafka
from services.common import settings as common_settings
from services.common.settings import (
    ClassifySettings,
    ConsoleSettings,
    ElasticsearchSettings,
    IndexSettings,
    IngestSettings,
    KafkaSettings,
    LedgerSettings,
    LogSettings,
    MetricsSettings,
    NotifySettings,
    ReconcileSettings,
    Settings,
)
from services.local.servers import Elasticsearch, Kafka
from services.provision.provision import provision
from tests import processes
from tests import sample_board as sample_boards
from tests.processes import Service, environment

UNIT = Path(__file__).parent / "unit"
IN_MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 << 30  # noqa: S108
NO_ELASTICSEARCH = "http://127.0.0.1:1"
TOGETHER = {
    "tests/browser/test_pages.py": "sample board",
    "tests/integration/test_console.py": "sample board",
    "tests/integration/test_kibana_panels.py": "sample board",
    "tests/integration/test_docker_kafka.py": "composed Kafka",
    "tests/unit/extract/test_quality.py": "evaluation",
}
"""Modules whose tests one process takes, by what it makes for them."""

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


class RunService(Protocol):
    """The type of the fixture `run_service`."""

    def __call__(
        self, name: str, env: Mapping[str, str] | None = None, *arguments: str
    ) -> Service: ...


@pytest.fixture(autouse=True)
def _only_own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting comes from the shell or from a pipeline that runs beside the tests."""
    for name in list(os.environ):
        if name.startswith("PLEDGEWATCH_"):
            monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    common_settings.load.cache_clear()


@pytest.fixture(autouse=True)
def _no_sockets_in_unit_tests(request: pytest.FixtureRequest) -> Iterator[None]:
    if UNIT not in request.path.parents:
        yield
        return
    pytest_socket.disable_socket(allow_unix_socket=True)  # asyncio wakes itself through one
    yield
    pytest_socket.enable_socket()


@pytest.fixture(scope="session")
def servers_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where servers keep their data: in memory where there is room, as it lives for minutes."""
    if _fits_in_memory():
        with tempfile.TemporaryDirectory(prefix="pledgewatch-", dir=IN_MEMORY) as folder:
            yield Path(folder)
    else:
        yield tmp_path_factory.mktemp("servers")


def _fits_in_memory() -> bool:
    # Java loads libraries from its temporary folder, which is among the data
    return (
        IN_MEMORY.is_dir()
        and shutil.disk_usage(IN_MEMORY).free > ROOM_BYTES
        and not os.statvfs(IN_MEMORY).f_flag & os.ST_NOEXEC
    )


@pytest.fixture(scope="session")
def kafka(servers_folder: Path) -> Iterator[Kafka]:
    """A real Kafka, started when the first test asks; leave it running and not paused."""
    with Kafka(servers_folder / "kafka", brief=True) as server:
        yield server


@pytest.fixture(scope="session")
def elasticsearch(servers_folder: Path) -> Iterator[Elasticsearch]:
    """A real Elasticsearch, started when the first test asks; leave it running and not paused."""
    with Elasticsearch(servers_folder / "elasticsearch", brief=True) as server:
        yield server


@pytest.fixture
def settings(request: pytest.FixtureRequest, kafka: Kafka) -> Iterator[Settings]:
    """Settings with topics and indices of the test's own, which are provisioned.

    Topics alone for tests marked `without_elasticsearch`.
    """
    has_indices = request.node.get_closest_marker("without_elasticsearch") is None
    elasticsearch = request.getfixturevalue("elasticsearch") if has_indices else None
    with own_settings(kafka, elasticsearch) as settings:
        yield settings


@contextmanager
def own_settings(kafka: Kafka, elasticsearch: Elasticsearch | None = None) -> Iterator[Settings]:
    """Settings with topics, and indices where there is an Elasticsearch, that nobody else uses.

    They are removed in the end: all that hundreds of tests leave behind would slow both servers.
    """
    unique = uuid.uuid4().hex[:8]
    kafka.start()
    if elasticsearch is not None:
        elasticsearch.start()
    settings = Settings(
        kafka=KafkaSettings(
            bootstrap_servers=kafka.address, topic_prefix=f"test-{unique}.", partitions=2
        ),
        elasticsearch=ElasticsearchSettings(
            url=elasticsearch.address if elasticsearch else NO_ELASTICSEARCH,
            index_prefix=f"test-{unique}-",
        ),
        ingest=IngestSettings.model_validate(
            {
                "http_port": 0,
                "push_port": 0,
                "allowed_networks": ["127.0.0.0/8"],
                "host_delay_seconds": 0,
            }
        ),
        classify=ClassifySettings(http_port=0),
        ledger=LedgerSettings(http_port=0),
        notify=NotifySettings(http_port=0),
        index=IndexSettings(http_port=0),
        reconcile=ReconcileSettings(http_port=0),
        metrics=MetricsSettings(seconds=0),  # else they would be counted among what is indexed
        console=ConsoleSettings(http_port=0, port=0),
        log=LogSettings(format="json"),
    )
    provision(settings, elasticsearch=elasticsearch is not None)
    yield settings
    with suppress(KafkaError):  # the test may have ended its servers
        _remove_topics(settings.kafka)
    if elasticsearch is not None:
        with suppress(ApiError, TransportError):
            _remove_indices(settings.elasticsearch)


def _remove_topics(settings: KafkaSettings) -> None:
    admin = common_kafka.admin(settings, bootstrap_timeout_ms=5000, request_timeout_ms=5000)
    with closing(admin):
        topics = [name for name in admin.list_topics() if name.startswith(settings.topic_prefix)]
        admin.delete_topics(topics, timeout_ms=5000)


def _remove_indices(settings: ElasticsearchSettings) -> None:
    with common_elasticsearch.client(settings, request_timeout=10) as client:
        ours = f"{settings.index_prefix}*"
        indices = list(client.indices.get(index=ours, expand_wildcards="all"))
        if indices:
            client.indices.delete(index=indices)
        client.indices.delete_index_template(name=ours)
        client.cluster.delete_component_template(name=ours)


@pytest.fixture(scope="session")
def sample_board(
    kafka: Kafka, elasticsearch: Elasticsearch, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Settings under which the pipeline has read all sample articles.

    For tests that change none of what the console shows.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("PLEDGEWATCH_"):
                patch.delenv(name)
        patch.setitem(Settings.model_config, "env_file", None)
        settings = sample_boards.settings_for(kafka, elasticsearch)
        sample_boards.read_samples(settings, tmp_path_factory.mktemp("samples"))
    return settings


@pytest.fixture(scope="session")
def console(sample_board: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a console that shows `sample_board`."""
    with sample_boards.running(sample_board, tmp_path_factory.mktemp("console"), "console"):
        yield sample_boards.address(sample_board)


@pytest.fixture
def run_service(settings: Settings, tmp_path: Path) -> Iterator[RunService]:
    """Start `pledgewatch NAME` with the test's settings; `env` has variables that win over them.

    It is killed after the test. `wait_ready` waits until it can work.
    """
    started: list[Service] = []

    def run(name: str, env: Mapping[str, str] | None = None, *arguments: str) -> Service:
        service = Service(name, environment(settings) | dict(env or {}), tmp_path, arguments)
        started.append(service)
        service.start()
        return service

    yield run
    for service in started:
        service.kill()


@pytest.fixture
def wait_for() -> Callable[..., object]:
    """`tests.processes.wait_for`."""
    return processes.wait_for


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where processes share the tests, those that take minutes begin, so that all end together."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """Shares tests among processes, one by one but for those that need what takes a minute to make.

    pytest-xdist's own groups are named by ids that pytest 9.2 does not let it change.
    """

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return TOGETHER.get(module, nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """Named by pytest-xdist."""
    return Together(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """On CI a skipped test is a failed test."""
    return _no_skips((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """On CI a skipped module is a failure."""
    return _no_skips((yield))


def _no_skips(report: Report) -> Report:
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and on CI every test must run: {report.longrepr}"
    return report
