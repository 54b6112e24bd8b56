"""What is imported, as the bytes of the file that Kibana takes."""

from pathlib import Path

from services.common.settings import ElasticsearchSettings, KibanaSettings
from services.kibana.dashboards import DASHBOARDS, SESSIONS
from services.kibana.saved_objects import ndjson, saved_objects

FILE = Path(__file__).parents[2] / "deploy" / "kibana" / "pledgewatch.ndjson"
"""What is built for the default settings, to be imported by hand."""


def build(prefix: str, console: str) -> bytes:
    """The file for the aliases under a prefix, with links to a console.

    Args:
        prefix: of the read aliases, `pledgewatch-` by default.
        console: base URL of the console's pages.
    """
    return ndjson(saved_objects(DASHBOARDS, SESSIONS, prefix=prefix, console=console))


def default() -> bytes:
    """The file for the default settings."""
    return build(ElasticsearchSettings().index_prefix, KibanaSettings().console_url)
