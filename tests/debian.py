"""Programs of Debian packages, unpacked into `.cache/debian` without being installed."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import pytest

from services.local.artifacts import CACHE
from services.local.errors import LocalServerError

PACKAGES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
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
        unpacked.parent.mkdir(parents=True, exist_ok=True)
        with unpacked.with_suffix(".lock").open("w") as lock:  # tests run side by side
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                _unpack(package, unpacked, with_libraries=name in WITH_LIBRARIES)
    return path


def required(name: str) -> str:
    """The path of a program; where it cannot be had the test is skipped, and on CI fails."""
    try:
        return str(program(name))
    except LocalServerError as error:
        unavailable(str(error))


def unavailable(reason: str) -> NoReturn:
    """Skip the test; on CI a skip is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


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
        subprocess.run(
            ["dpkg", "-x", str(file), str(unpacking)],
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
        done = subprocess.run(
            ["apt-get", "--quiet", *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return done.stdout
        if not last:
            update = ["apt-get", "--quiet", "update"]
            subprocess.run(update, capture_output=True, check=False)
    return (done.stderr.strip().splitlines() or ["nothing"])[-1]
