"""Programs of Debian packages, unpacked into the cache where they are not installed."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from services.local.artifacts import CACHE


def debian_program(package: str, name: str) -> str:
    """The path of a program; skips the test where there is no apt (on CI, fails it)."""
    installed = shutil.which(name)
    if installed:
        return installed
    program = CACHE / "debian" / package / "usr" / "bin" / name
    if not program.exists():
        _unpack(package, program.parents[2])
    return str(program)


def with_its_files(program: str) -> list[str]:
    """A command that runs an unpacked program so that it finds its files under /usr/share.

    They are laid over the system's in a mount namespace of the program alone, which needs root or
    user namespaces.
    """
    share = Path(program).parents[1] / "share"
    if CACHE not in share.parents:
        return [program]  # installed
    overlay = (
        f'mount -t overlay overlay -o lowerdir="{share}":/usr/share /usr/share && exec "$0" "$@"'
    )
    return ["unshare", *([] if os.geteuid() == 0 else ["-r"]), "-m", "sh", "-c", overlay, program]


def unavailable(reason: str) -> None:
    """Skips the test; on CI a skip is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _unpack(package: str, folder: Path) -> None:
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        unavailable(f"needs the Debian package {package}, and there is no apt-get")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        download = ["apt-get", "--quiet", "download", package]
        if subprocess.run(download, cwd=temporary, capture_output=True, check=False).returncode:
            # The lists of a new machine are empty; only root can fetch them.
            subprocess.run(["apt-get", "--quiet", "update"], capture_output=True, check=False)
            result = subprocess.run(
                download, cwd=temporary, capture_output=True, text=True, check=False
            )
            if result.returncode:
                unavailable(f"apt-get cannot download {package}: {result.stderr.strip()}")
        archive = next(Path(temporary).glob("*.deb"))
        unpacked = Path(temporary) / "unpacked"
        subprocess.run(["dpkg", "-x", archive, unpacked], check=True)
        unpacked.rename(folder)
