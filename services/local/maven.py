"""Runs Maven, which fetches what comes as Java packages."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from services.local.errors import LocalServerError


def run_maven(
    arguments: Sequence[str], log: Path, *, progress: Callable[[str], None] = lambda line: None
) -> None:
    """Run Maven, its output in `log`; `progress` gets the name of each file that it downloads.

    Raises:
        LocalServerError: Maven is missing or failed; says what it said.
    """
    maven = shutil.which("mvn")
    if maven is None:
        raise LocalServerError(
            "Maven is missing: install it (Debian: `apt-get install maven`) and try again"
        )
    with (
        log.open("w", encoding="utf-8") as written,
        subprocess.Popen(  # noqa: S603
            [maven, "--batch-mode", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None  # noqa: S101
        for line in process.stdout:
            written.write(line)
            if "Downloading from" in line:
                progress(line.strip().rpartition("/")[2])
    if process.returncode != 0:
        errors = [line for line in log.read_text(encoding="utf-8").splitlines() if "ERROR" in line]
        said = errors[0].partition("ERROR]")[2].strip() if errors else "nothing"
        raise LocalServerError(
            f"Maven could not fetch what is needed and said: {said} (its log is {log}). "
            "Check the network and the free disk space, then try again"
        )
