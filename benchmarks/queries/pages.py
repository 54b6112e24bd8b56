"""How soon the console's pages are there, on the index of the searches, which has no articles."""

import random
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch as Client
from rich.progress import Progress

from benchmarks.queries.documents import World
from services.common.elasticsearch import Indices
from services.common.settings import (
    ConsoleSettings,
    ElasticsearchSettings,
    LogSettings,
    Settings,
)
from services.local.servers import free_port
from tests.processes import Service, environment

IDS = 200

Asked = Callable[[random.Random], str]
"""Makes the path and query string of a page of a kind."""


def measure(
    folder: Path,
    settings: ElasticsearchSettings,
    client: Client,
    world: World,
    runs: int,
    warm_up: int,
    progress: Progress,
) -> dict[str, list[float]]:
    """Milliseconds until the whole of a page is read, for each kind of page."""
    own = Settings(
        elasticsearch=settings,
        console=ConsoleSettings(http_port=free_port(), port=free_port()),
        log=LogSettings(format="json"),
    )
    service = Service("console", environment(own), folder, ())
    service.start()
    try:
        service.wait_ready()
        connection = HTTPConnection(own.console.host, own.console.port, timeout=60)
        return {
            name: _timed(name, connection, asked, runs, warm_up, progress)
            for name, asked in _pages(client, Indices(settings.index_prefix), world).items()
        }
    finally:
        service.kill()


def _pages(client: Client, indices: Indices, world: World) -> dict[str, Asked]:
    pledges = [one["id"] for one in _some(client, indices.read("pledges"), "pledge")]
    mentions = _some(client, indices.read("mentions"), "mention")

    def recipient(rng: random.Random) -> str:
        return str(world.recipients.choose(rng).code)

    def words(rng: random.Random) -> str:
        typed = rng.choice(mentions)["sentence"]["text"].strip(".").split()
        return "+".join(word for word in rng.sample(typed, 2) if word.isalnum()) or "troops"

    return {
        "board": lambda _: "/",
        "board of a recipient": lambda rng: f"/?recipient={recipient(rng)}",
        "a pledge": lambda rng: f"/pledges/{rng.choice(pledges)}",
        "changes": lambda _: "/changes",
        "obstacles": lambda _: "/obstacles",
        "search": lambda rng: f"/search?q={words(rng)}",
        "a mention": lambda rng: f"/mentions/{rng.choice(mentions)['id']}",
        "map": lambda _: "/map",
        "ladder": lambda _: "/ladder",
    }


def _some(client: Client, index: str, name: str) -> list[dict[str, Any]]:
    """Records, chosen by chance, the same each time."""
    query = {"function_score": {"random_score": {"seed": 7, "field": "_seq_no"}}}
    found = client.search(index=index, query=query, size=IDS)
    return [hit["_source"]["pledgewatch"][name] for hit in found["hits"]["hits"]]


def _timed(
    name: str,
    connection: HTTPConnection,
    asked: Asked,
    runs: int,
    warm_up: int,
    progress: Progress,
) -> list[float]:
    rng = random.Random(name)  # noqa: S311  # variety, not secrecy
    task = progress.add_task(name, total=runs + warm_up)
    times = []
    for _ in range(runs + warm_up):
        path = asked(rng)
        began = time.perf_counter()
        connection.request("GET", path, headers={"Accept": "text/html"})
        answer = connection.getresponse()
        body = answer.read()
        times.append(1000 * (time.perf_counter() - began))
        if answer.status != 200:
            raise SystemExit(f"{path} answers {answer.status}: {body[:300]!r}")
        progress.advance(task)
    return times[warm_up:]
