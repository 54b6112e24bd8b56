"""Finds a Java that is new enough for the local servers."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from services.local.errors import LocalServerError

JAVA_VERSION_MIN = 21
"""Elasticsearch 9 asks for it; Kafka 4 would run on 17."""


def java_home() -> Path:
    """The home folder of the first Java that is new enough.

    Looks at JAVA_HOME, at `java` on PATH, then where systems install Java.

    Raises:
        LocalServerError: none is new enough; names what was found.
    """
    found = {home: _version(home) for home in _candidates()}
    for home, version in found.items():
        if version >= JAVA_VERSION_MIN:
            return home
    seen = ", ".join(f"{v} in {home}" for home, v in found.items() if v) or "no Java"
    raise LocalServerError(
        f"Java {JAVA_VERSION_MIN} or newer is needed and {seen} was found: install one "
        "(Debian: `apt-get install openjdk-21-jre-headless`) or set JAVA_HOME to its folder"
    )


def _candidates() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home)
    if java := shutil.which("java"):
        yield Path(java).resolve().parent.parent
    yield from sorted(Path("/usr/lib/jvm").glob("*"), reverse=True)
    yield from sorted(Path("/Library/Java/JavaVirtualMachines").glob("*/Contents/Home"))


def _version(home: Path) -> int:
    """The major version by the `release` file that each Java has; 0 where there is none."""
    try:
        release = (home / "release").read_text(encoding="utf-8")
    except OSError:
        return 0
    match = re.search(r'^JAVA_VERSION="(\d+)', release, re.MULTILINE)
    return int(match[1]) if match and (home / "bin" / "java").exists() else 0
