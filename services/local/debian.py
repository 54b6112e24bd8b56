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
    said = _apt(folder, "download", *wanted)
    files = list(folder.glob("*.deb"))
    if len(files) < len(wanted):
        raise LocalServerError(f"apt-get could not download {package} and said: {said}")
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
    said = _apt(Path.cwd(), "install", "--simulate", "--no-install-recommends", package)
    lines = (line.split() for line in said.splitlines())
    found = [words[1] for words in lines if words[:1] == ["Inst"]]
    if package not in found:
        raise LocalServerError(f"apt-get cannot install {package} and says: {said}")
    return found


def _apt(folder: Path, *arguments: str) -> str:
    """What apt-get says; of a failure, the last line.

    The lists of a new machine are empty, and then nothing is found: they are fetched once.
    """
    for last in (False, True):
        done = subprocess.run(  # noqa: S603
            ["apt-get", "--quiet", *arguments],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return done.stdout
        if not last:
            update = ["apt-get", "--quiet", "update"]
            subprocess.run(update, capture_output=True, check=False)  # noqa: S603
    return (done.stderr.strip().splitlines() or ["nothing"])[-1]
