"""Fetches the local Kafka and Elasticsearch into `.cache/` by Maven, once."""

import fcntl
import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from services.local.errors import LocalServerError
from services.local.java import java_home
from services.local.maven import run_maven

PROJECT = Path(__file__).resolve().parents[2]
CACHE = PROJECT / ".cache"
POM = PROJECT / "deploy" / "local" / "pom.xml"

FETCHED = ("kafka", "elasticsearch")
"""The folders of the cache that the pom fills."""


def fetch(cache: Path = CACHE, *, progress: Callable[[str], None] = lambda line: None) -> None:
    """Has Kafka in `cache/kafka` and Elasticsearch in `cache/elasticsearch`, whole.

    Does nothing when they are there. Two processes may call it at once.
    `progress` gets the name of each file as its download begins.

    Raises:
        LocalServerError: Java or Maven is missing, or Maven failed.
    """
    java_home()
    if complete(cache):
        return
    if not POM.exists():
        raise LocalServerError(
            f"{POM} is missing: the local servers need a checkout of the project"
        )
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if complete(cache):
            return
        for name in (*FETCHED, "maven"):
            shutil.rmtree(cache / name, ignore_errors=True)
        package = ["--file", str(POM), f"-Dcache={cache}", "package"]
        run_maven(package, cache / "maven.log", progress=progress)
        _manifest(cache).write_text(json.dumps({"pom": _digest(POM), "files": _sizes(cache)}))


def complete(cache: Path = CACHE) -> bool:
    """Whether every file that was fetched for today's pom is still there in full size."""
    try:
        manifest = json.loads(_manifest(cache).read_text())
        return bool(manifest == {"pom": _digest(POM), "files": _sizes(cache)})
    except (OSError, ValueError):
        return False


def elasticsearch_home(cache: Path = CACHE) -> Path:
    """The folder of the unpacked Elasticsearch."""
    return next((cache / "elasticsearch").glob("elasticsearch-*"))


def _manifest(cache: Path) -> Path:
    return cache / "servers.json"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _sizes(cache: Path) -> dict[str, int]:
    return {
        str(path.relative_to(cache)): path.stat().st_size
        for name in FETCHED
        for path in sorted((cache / name).rglob("*"))
        if path.is_file()
    }


def fetch_with_progress() -> None:
    """`fetch`, with a progress line on standard error while there is something to fetch."""
    from rich.console import Console

    if complete():
        return
    console = Console(stderr=True)
    console.print("Fetching Kafka and Elasticsearch (190 MB, once) ...")
    with console.status("waiting for Maven") as status:
        fetch(progress=lambda name: status.update(f"fetching {name}"))


if __name__ == "__main__":
    try:
        fetch_with_progress()
    except LocalServerError as error:
        sys.exit(str(error))
