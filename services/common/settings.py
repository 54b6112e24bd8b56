"""Every setting of every service, read from the environment, from secret files, or from `.run/env`.

`PLEDGEWATCH_KAFKA__BOOTSTRAP_SERVERS` sets `kafka.bootstrap_servers`. A secret can be given as a
file named after its variable in lower case (`pledgewatch_kafka__sasl_password`) in the folder that
PLEDGEWATCH_SECRETS_DIR names. `.run/env` is written by `pledgewatch up`, so that other commands
find the local servers; the environment wins over it.
"""

import json
import os
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as SourceError

from pledgewatch.records import RUN_ID
from services.common.errors import UserError

Port = Annotated[int, Field(ge=0, le=65535)]
"""0 lets the system choose a free one."""


def _days(value: int) -> int:
    if value == 0:
        raise ValueError("0 days would keep nothing: give 1 or more, or -1 for ever")
    return value


Days = Annotated[int, Field(ge=-1), AfterValidator(_days)]
"""-1 is for ever."""

HTTP_PORT = "port of /metrics, /healthz, /readyz; 0 is any free one"

TOKEN_CHARACTERS_MIN = 10
"""Of a secret that people type, and others could try to guess."""

LOCAL_ENV_FILE = Path(".run/env")


class Group(BaseModel):
    """Base of the setting groups: frozen, and a misspelt name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _is_file(path: Path | None) -> Path | None:
    if path is not None and not path.is_file():
        raise ValueError(f"there is no file {path}")
    return path


def _json_list(value: object) -> object:
    """Decoded here, so that an error names the variable."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise ValueError('must be a JSON list, such as ["10.0.0.0/8"]') from error


class KafkaSettings(Group):
    """How to reach Kafka, and the topics' shape."""

    bootstrap_servers: str = Field(
        "127.0.0.1:9092",
        pattern=r"^\s*[^\s,]+:\d+\s*(,\s*[^\s,]+:\d+\s*)*$",
        description="`host:port`, comma-separated",
    )
    topic_prefix: str = Field("pledgewatch.", description="put before every topic and group name")
    partitions: int = Field(12, ge=1, description="partitions of each topic when it is created")
    replication_factor: int = Field(1, ge=1, description="3 in production")
    articles_retention_days: int = Field(
        365, ge=-1, description="how long articles can be replayed; -1 is for ever"
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="SASL_SSL wherever the network is not private"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="used with the SASL protocols"
    )
    sasl_username: str | None = Field(None, description="user name for SASL")
    sasl_password: SecretStr | None = Field(None, description="password for SASL")
    ssl_cafile: Path | None = Field(
        None, description="CA certificates (PEM); default: the system's"
    )
    ssl_certfile: Path | None = Field(None, description="client certificate (PEM)")
    ssl_keyfile: Path | None = Field(None, description="client key (PEM)")

    _files = field_validator("ssl_cafile", "ssl_certfile", "ssl_keyfile")(_is_file)


class ElasticsearchSettings(Group):
    """How to reach Elasticsearch, and the indices' shape."""

    url: str = Field(
        "http://127.0.0.1:9200",
        pattern=r"^https?://[^\s/]+:\d+(/\S*)?$",
        description="base URL with its port; https outside of loopback",
    )
    index_prefix: str = Field("pledgewatch-", description="put before every index and alias name")
    shards: int = Field(1, ge=1, description="primary shards of each index when it is created")
    replicas: int = Field(0, ge=0, description="1 or more in production")
    username: str | None = Field(None, description="user name, if no API key is given")
    password: SecretStr | None = Field(None, description="password, if no API key is given")
    api_key: SecretStr | None = Field(None, description="API key (encoded form)")
    ca_certs: Path | None = Field(
        None, description="CA certificates (PEM) for https; default: the system's"
    )

    _files = field_validator("ca_certs")(_is_file)


class ServiceSettings(Group):
    """What each service has: the port of its metrics and health pages."""

    http_host: str = Field("127.0.0.1", description="address of /metrics, /healthz, /readyz")
    http_port: Port = Field(0, description=HTTP_PORT)


class IngestSettings(ServiceSettings):
    """Feeds, fetching and HTTP push."""

    http_port: Port = Field(9101, description=HTTP_PORT)
    feeds: Path = Field(Path("feeds.yaml"), description="list of feeds and sitemaps to poll")
    user_agent: str = Field(
        "pledgewatch/0.1 (news monitoring)", description="how the fetcher names itself to sites"
    )
    allowed_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (),
        description="private networks that may be fetched from, as JSON list; tests use loopback",
    )
    poll_minutes_min: float = Field(2, gt=0, description="shortest poll interval of a feed")
    poll_minutes_max: float = Field(60, gt=0, description="longest poll interval of a feed")
    host_delay_seconds: float = Field(2, ge=0, description="pause between requests to one host")
    fetch_timeout_seconds: float = Field(20, gt=0, description="deadline of one HTTP request")
    parse_timeout_seconds: float = Field(10, gt=0, description="deadline of parsing one document")
    feed_bytes_max: int = Field(4_000_000, gt=0, description="largest feed, decoded")
    feed_entries_max: int = Field(500, gt=0, description="entries read of one feed")
    page_bytes_max: int = Field(2_000_000, gt=0, description="largest page, decoded")
    text_characters_max: int = Field(200_000, gt=0, description="article text beyond this is cut")
    story_window_days: float = Field(
        3,
        gt=0,
        description="how long near-duplicates are looked for, and known articles remembered",
    )
    push_enabled: bool = Field(False, description="accept articles at POST /articles")
    push_host: str = Field("127.0.0.1", description="address of POST /articles")
    push_port: Port = Field(8081, description="port of POST /articles")
    push_token: SecretStr | None = Field(
        None, description="bearer token that POST /articles asks for"
    )
    push_bytes_max: int = Field(1_000_000, gt=0, description="largest request body")

    _networks = field_validator("allowed_networks", mode="before")(_json_list)


class ClassifySettings(ServiceSettings):
    """The stream processor."""

    http_port: Port = Field(9102, description=HTTP_PORT)
    stall_seconds: float = Field(
        60,
        gt=0,
        description="exit when a partition with records waiting has not moved for this long",
    )


class LedgerSettings(ServiceSettings):
    """Mentions to pledges and their events."""

    http_port: Port = Field(9105, description=HTTP_PORT)


class NotifySettings(ServiceSettings):
    """Events to Alertmanager and webhooks."""

    http_port: Port = Field(9106, description=HTTP_PORT)
    rules: Path | None = Field(
        None,
        description="who is told of what (YAML); default: Alertmanager, if its URL is given, of "
        "new, firmer and retracted pledges",
    )
    alertmanager_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/]+(:\d+)?(/\S*)?$",
        description="base URL of the Alertmanager that is told where there is no rules file",
    )
    kibana_url: str | None = Field(None, description="base URL of Kibana, for links in alerts")
    console_url: str | None = Field(
        None, description="base URL of the console, for links in alerts"
    )
    allowed_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (),
        description="private networks in which receivers may be that are given by name, as JSON "
        "list; addresses that a URL names itself may be reached",
    )
    request_timeout_seconds: float = Field(15, gt=0, description="deadline of one delivery")
    give_up_days: float = Field(3, gt=0, description="how long a delivery is tried")
    digest_over: int = Field(
        20, ge=1, description="of more events than these that wait, a webhook gets one digest"
    )
    alert_hours: float = Field(24, gt=0, description="how long an alert stands in Alertmanager")

    _networks = field_validator("allowed_networks", mode="before")(_json_list)


class IndexSettings(ServiceSettings):
    """Kafka to Elasticsearch."""

    http_port: Port = Field(9103, description=HTTP_PORT)
    bulk_documents_max: int = Field(2_000, gt=0, description="documents in one bulk request")
    bulk_bytes_max: int = Field(4_000_000, gt=0, description="bytes in one bulk request")
    bulk_linger_seconds: float = Field(0.3, ge=0, description="wait for more before a small bulk")
    bulks_in_flight: int = Field(2, ge=1, le=8, description="bulk requests under way at once")
    request_timeout_seconds: float = Field(30, gt=0, description="deadline of one bulk request")
    retry_seconds_max: float = Field(30, gt=0, description="longest pause between two tries")


class ReconcileSettings(ServiceSettings):
    """The check that every article has an outcome."""

    http_port: Port = Field(9104, description=HTTP_PORT)
    grace_seconds: float = Field(
        300, gt=0, description="an article without an outcome for this long is published again"
    )


class ReplaySettings(Group):
    """Replays, and which run a process works for."""

    run: str | None = Field(
        None,
        pattern=RUN_ID,
        description="the run that a service works for; default: the live one, whichever it is; "
        "`pledgewatch replay` sets it for the services that it starts",
    )
    live_lag_max: int = Field(
        500, ge=0, description="articles that may wait for the live classify before replays rest"
    )
    logs: Path = Field(
        Path(".run/replays"), description="folder for the logs of replays that run by themselves"
    )


class MetricsSettings(Group):
    """Samples of each service's own metrics, for where Prometheus is not looked at (Kibana)."""

    seconds: float = Field(
        30, ge=0, description="how often each service puts one on its topic; 0 is never"
    )


class RetentionSettings(Group):
    """How many days documents stay in Elasticsearch after what they tell of was first seen; -1 is
    for ever. `pledgewatch provision --prune` deletes what is older."""

    articles_days: Days = Field(365, description="as long as they can be replayed from Kafka")
    mentions_days: Days = Field(-1, description="the evidence behind pledges")
    pledge_events_days: Days = Field(-1, description="the history of pledges")
    outcomes_days: Days = Field(365, description="what became of each article")
    dead_letters_days: Days = Field(365, description="as long as they can be retried from Kafka")
    metrics_days: Days = Field(30, description="samples of each service's metrics")


class KibanaSettings(Group):
    """How `pledgewatch kibana import` reaches Kibana, and where what it imports leads to."""

    url: str = Field(
        "http://127.0.0.1:5601",
        pattern=r"^https?://[^\s/]+(:\d+)?(/\S*)?$",
        description="base URL, with the base path if Kibana has one",
    )
    space: str | None = Field(
        None, pattern=r"^[a-z0-9_-]+$", description="id of the space; default: the default space"
    )
    username: str | None = Field(None, description="user name, if no API key is given")
    password: SecretStr | None = Field(None, description="password, if no API key is given")
    api_key: SecretStr | None = Field(None, description="API key (encoded form)")
    ca_certs: Path | None = Field(
        None, description="CA certificates (PEM) for https; default: the system's"
    )
    request_timeout_seconds: float = Field(60, gt=0, description="deadline of one request")
    console_url: str = Field(
        "http://127.0.0.1:8600",
        pattern=r"^https?://[^\s/]+(:\d+)?(/\S*)?$",
        description="base URL of the console, as the people's browsers reach it",
    )

    _files = field_validator("ca_certs")(_is_file)


class ConsoleSettings(ServiceSettings):
    """The web pages for people: board, changes, evidence, corrections."""

    http_port: Port = Field(9109, description=HTTP_PORT)
    host: str = Field(
        "127.0.0.1", description="address of the pages; reading them asks for no password"
    )
    port: Port = Field(8600, description="port of the pages; 0 is any free one")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        ("127.0.0.1", "localhost", "::1"),
        description="names under which browsers may ask for the pages, as JSON list, without port; "
        "any other is refused",
    )
    certfile: Path | None = Field(None, description="certificate chain (PEM): pages over https")
    keyfile: Path | None = Field(None, description="private key (PEM) of the certificate")
    token: SecretStr | None = Field(
        None, description="with which people sign in to correct mentions; without it nobody can"
    )
    query_timeout_seconds: float = Field(
        10, gt=0, description="how long a page waits for Elasticsearch"
    )
    stream_seconds: float = Field(2, gt=0, description="how often new changes are looked for")

    _files = field_validator("certfile", "keyfile")(_is_file)
    _hosts = field_validator("allowed_hosts", mode="before")(_json_list)

    @field_validator("token")
    @classmethod
    def _is_long(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and len(token.get_secret_value()) < TOKEN_CHARACTERS_MIN:
            raise ValueError(f"must have {TOKEN_CHARACTERS_MIN} characters or more")
        return token


class LogSettings(Group):
    """Logs go to standard error."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="least level shown"
    )
    format: Literal["auto", "json", "console"] = Field(
        "auto", description="json has ECS fields; auto is console on a terminal, else json"
    )


class Settings(BaseSettings):
    """All settings; frozen. See `load` for one that explains what is wrong."""

    model_config = SettingsConfigDict(
        env_prefix="PLEDGEWATCH_",
        env_nested_delimiter="__",
        env_file=LOCAL_ENV_FILE,
        secrets_nested_delimiter="__",
        secrets_dir_missing="ok",
        frozen=True,
        extra="forbid",
    )

    kafka: KafkaSettings = KafkaSettings()
    elasticsearch: ElasticsearchSettings = ElasticsearchSettings()
    ingest: IngestSettings = IngestSettings()
    classify: ClassifySettings = ClassifySettings()
    ledger: LedgerSettings = LedgerSettings()
    notify: NotifySettings = NotifySettings()
    index: IndexSettings = IndexSettings()
    reconcile: ReconcileSettings = ReconcileSettings()
    replay: ReplaySettings = ReplaySettings()
    metrics: MetricsSettings = MetricsSettings()
    retention: RetentionSettings = RetentionSettings()
    kibana: KibanaSettings = KibanaSettings()
    console: ConsoleSettings = ConsoleSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then secret files, then `.run/env`."""
        directory = os.environ.get("PLEDGEWATCH_SECRETS_DIR")
        secrets = NestedSecretsSettingsSource(file_secret_settings, secrets_dir=directory)
        return init_settings, env_settings, secrets, dotenv_settings


class SettingsError(UserError):
    """A setting is wrong; the message names its variable and what is the matter."""


@lru_cache(maxsize=1)
def load() -> Settings:
    """The settings of this process, read once.

    Raises:
        SettingsError: a value does not fit; names the environment variable.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = [
            f"{variable(*(str(part) for part in problem['loc']))}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        ]
        raise SettingsError("; ".join(problems)) from error
    except SourceError as error:  # a folder of secrets that is none, or a whole group
        raise SettingsError(
            f"settings cannot be read (PLEDGEWATCH_SECRETS_DIR?): {error}"
        ) from error


def variable(*path: str) -> str:
    """The environment variable of a setting.

    >>> variable("kafka", "topic_prefix")
    'PLEDGEWATCH_KAFKA__TOPIC_PREFIX'
    """
    return "PLEDGEWATCH_" + "__".join(path).upper()
