"""The Elasticsearch client, and the names of indices and aliases."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pledgewatch.records import LIVE
from services.common.settings import ElasticsearchSettings

if TYPE_CHECKING:  # it takes a second, and most services need only names
    from elasticsearch import Elasticsearch


@dataclass(frozen=True)
class Indices:
    """Index and alias names under a prefix; `name` is one of `RECORD_INDICES`.

    `run`: whose generation of what is derived is written.
    """

    prefix: str
    run: str = LIVE

    def read(self, name: str) -> str:
        """The alias that dashboards and queries read."""
        return f"{self.prefix}{name}"

    def write(self, name: str) -> str:
        """The alias that the index service writes."""
        return f"{self.prefix}{name}{self._of_run(name)}-write"

    def versioned(self, name: str, version: int) -> str:
        """The index behind the aliases."""
        return f"{self.prefix}{name}-v{version}{self._of_run(name)}"

    def _of_run(self, name: str) -> str:
        return "" if self.run == LIVE or name not in DERIVED_INDICES else f"-{self.run}"


DERIVED_INDICES = ("mentions", "pledges", "pledge-events", "outcomes")
"""What is derived from articles: each run has its own."""

SHARED_INDICES = ("articles", "dead-letters", "runs", "audit", "metrics")

RECORD_INDICES = (*DERIVED_INDICES, *SHARED_INDICES)
"""What is indexed: a topic and an index of the same name each."""


def client(settings: ElasticsearchSettings, **overrides: Any) -> "Elasticsearch":
    """A client; it does not retry by itself, since each caller knows what a repeat means."""
    from elasticsearch import Elasticsearch

    options: dict[str, Any] = {"max_retries": 0, "retry_on_timeout": False, "request_timeout": 30}
    if settings.api_key is not None:
        options["api_key"] = settings.api_key.get_secret_value()
    elif settings.username is not None and settings.password is not None:
        options["basic_auth"] = (settings.username, settings.password.get_secret_value())
    if settings.ca_certs is not None and settings.url.startswith("https:"):
        options["ca_certs"] = str(settings.ca_certs)
    return Elasticsearch(settings.url, **(options | overrides))
