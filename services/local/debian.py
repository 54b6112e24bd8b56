"""Programs of Debian packages, unpacked into `.cache/debian` without being installed."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from services.local.artifacts import CACHE
from services.local.errors import LocalServerError

PACKAGES = {
    "promtool": "prometheus",
    "amtool": "prometheus-alertmanager",
    "chromium": "chromium",
}
"""The programs that tests use, and the package that each comes in."""

PATHS = {"chromium": "usr/lib/chromium/chromium"}
"""Where a program is that is not in /usr/bin, or that is a script there which looks outside."""

WITH_LIBRARIES = {"chromium"}
"""Programs that need libraries which a server seldom has: their packages are unpacked too."""


def program(name: str, cache: Path = CACHE) -> Path:
    """The path of a program of `PACKAGES`; fetched by apt when this system does not have it.

    Raises:
        LocalServerError: it is not installed and cannot be fetched; says how to install it.
    """
    if installed := shutil.which(name):
        return Path(installed)
    package = PACKAGES[name]
    unpacked = cache / "debian" / package
    path = unpacked / PATHS.get(name, f"usr/bin/{name}")
    if not path.exists():
        _unpack(package, unpacked, with_libraries=name in WITH_LIBRARIES)
    return path


def environment(name: str, cache: Path = CACHE) -> Mapping[str, str]:
    """The variables under which an unpacked program finds its libraries."""
    unpacked = cache / "debian" / PACKAGES[name]
    folders = [str(folder) for folder in sorted(unpacked.glob("usr/lib/*-linux-gnu*"))]
    if not folders:
        return dict(os.environ)
    known = os.environ.get("LD_LIBRARY_PATH")
    pulse = [f"{folder}/pulseaudio" for folder in folders]
    paths = [*folders, *pulse, *([known] if known else [])]
    return os.environ | {"LD_LIBRARY_PATH": ":".join(paths)}


def _unpack(package: str, target: Path, *, with_libraries: bool) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise LocalServerError(
            f"this system has no apt to fetch {package} with: install it by hand, in PATH"
        )
    folder = target.with_suffix(".download")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    wanted = _missing(package) if with_libraries else [package]
    fetched = subprocess.run(  # noqa: S603
        ["apt-get", "download", *wanted],  # noqa: S607
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    files = list(folder.glob("*.deb"))
    if fetched.returncode != 0 or len(files) < len(wanted):
        said = (fetched.stderr.strip().splitlines() or ["nothing"])[-1]
        raise LocalServerError(
            f"apt-get could not download {package} and said: {said}; try `apt-get update` first"
        )
    unpacking = folder / "unpacked"
    for file in files:
        subprocess.run(  # noqa: S603
            ["dpkg", "-x", str(file), str(unpacking)],  # noqa: S607
            check=True,
            capture_output=True,
        )
    shutil.rmtree(target, ignore_errors=True)
    unpacking.rename(target)
    shutil.rmtree(folder)


def _missing(package: str) -> list[str]:
    """The package, and those that it needs and this system does not have."""
    simulated = subprocess.run(  # noqa: S603
        ["apt-get", "install", "--simulate", "--no-install-recommends", package],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (line.split() for line in simulated.stdout.splitlines())
    found = [words[1] for words in lines if words[:1] == ["Inst"]]
    if package not in found:
        said = (simulated.stderr.strip().splitlines() or ["nothing"])[-1]
        raise LocalServerError(
            f"apt-get cannot install {package} and says: {said}; try `apt-get update` first"
        )
    return found
