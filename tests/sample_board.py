"""The sample outlets, read by the whole pipeline once: what the console shows in tests."""

import contextlib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from elastic_transport import TransportError
from elasticsearch import ApiError

from services.common import elasticsearch
from services.common.elasticsearch import Indices
from services.common.settings import (
    ConsoleSettings,
    ElasticsearchSettings,
    IngestSettings,
    KafkaSettings,
    LogSettings,
    MetricsSettings,
    Settings,
)
from services.demo.lag import Lag
from services.demo.samples import load
from services.demo.site import Site
from services.local.servers import HOST, Elasticsearch, Kafka, free_port
from services.provision.provision import provision
from tests.processes import Service, environment, wait_for

TOKEN = "a token for the tests"


def settings_for(kafka: Kafka, elasticsearch: Elasticsearch) -> Settings:
    """Settings with topics and indices of their own, which are provisioned; the console's too."""
    unique = uuid.uuid4().hex[:8]
    settings = Settings(
        kafka=KafkaSettings(
            bootstrap_servers=kafka.address, topic_prefix=f"test-{unique}.", partitions=2
        ),
        elasticsearch=ElasticsearchSettings(
            url=elasticsearch.address, index_prefix=f"test-{unique}-"
        ),
        ingest=IngestSettings.model_validate(
            {"allowed_networks": ["127.0.0.0/8"], "host_delay_seconds": 0}
        ),
        console=ConsoleSettings.model_validate(
            {"port": free_port(), "token": TOKEN, "stream_seconds": 0.2}
        ),
        metrics=MetricsSettings(seconds=0),  # tests index samples of their own
        log=LogSettings(format="json"),
    )
    provision(settings)
    return settings


@contextlib.contextmanager
def running(settings: Settings, folder: Path, *names: str) -> Iterator[dict[str, Service]]:
    """Services as processes, ready; killed in the end."""
    folder.mkdir(parents=True, exist_ok=True)
    arguments = {"ledger": ("--serve",)}
    started = {
        name: Service(name, own_port(settings, name), folder, arguments.get(name, ()))
        for name in names
    }
    try:
        for service in started.values():
            service.start()
        for service in started.values():
            service.wait_ready()
        yield started
    finally:
        for service in started.values():
            service.kill()


def own_port(settings: Settings, name: str) -> dict[str, str]:
    """The variables of a service whose port of health is any free one."""
    variables = environment(settings)
    variables[f"PLEDGEWATCH_{name.upper()}__HTTP_PORT"] = "0"
    return variables


def read_samples(settings: Settings, folder: Path) -> None:
    """Let the pipeline read the sample articles, until all of it is searchable."""
    samples = load(newest=datetime.now(UTC))
    folder.mkdir(parents=True, exist_ok=True)
    with Site(samples) as site:
        feeds = folder / "feeds.yaml"
        feeds.write_text(site.feeds_yaml(), encoding="utf-8")
        variables = own_port(settings, "ingest") | {"PLEDGEWATCH_INGEST__FEEDS": str(feeds)}
        ingest = Service("ingest", variables, folder, ("--once",))
        ingest.start()
        assert ingest.wait(120) == 0, ingest.log[-3000:]
    with running(settings, folder, "classify", "ledger", "index"):
        wait_for(lambda: _counted(settings, "outcomes") == len(samples), 180, "all outcomes")
        lag = Lag(settings.kafka)
        wait_for(lambda: lag.records() == 0, 60, "ledger and index to be done")
        lag.close()
    with contextlib.closing(elasticsearch.client(settings.elasticsearch)) as client:
        client.indices.refresh(index=f"{settings.elasticsearch.index_prefix}*")


def _counted(settings: Settings, name: str) -> int:
    indices = Indices(settings.elasticsearch.index_prefix)
    with contextlib.closing(elasticsearch.client(settings.elasticsearch)) as client:
        try:
            return int(client.count(index=indices.read(name))["count"])
        except (ApiError, TransportError):
            return 0


def address(settings: Settings) -> str:
    """The base URL of the console."""
    return f"http://{HOST}:{settings.console.port}"
