"""Programs of Debian packages, unpacked into `.cache/debian` without being installed."""

import shutil
import subprocess
from pathlib import Path

from services.local.artifacts import CACHE
from services.local.errors import LocalServerError

PACKAGES = {"promtool": "prometheus", "amtool": "prometheus-alertmanager"}
"""The programs that tests use, and the package that each comes in."""


def program(name: str, cache: Path = CACHE) -> Path:
    """The path of `promtool` or `amtool`; fetched by apt when this system does not have it.

    Raises:
        LocalServerError: it is not installed and cannot be fetched; says how to install it.
    """
    if installed := shutil.which(name):
        return Path(installed)
    package = PACKAGES[name]
    unpacked = cache / "debian" / package
    if not (unpacked / "usr" / "bin" / name).exists():
        _unpack(package, unpacked)
    return unpacked / "usr" / "bin" / name


def _unpack(package: str, target: Path) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise LocalServerError(
            f"this system has no apt to fetch {package} with: install it by hand, in PATH"
        )
    folder = target.with_suffix(".download")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    fetched = subprocess.run(  # noqa: S603
        ["apt-get", "download", package],  # noqa: S607
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    files = list(folder.glob("*.deb"))
    if fetched.returncode != 0 or not files:
        said = (fetched.stderr.strip().splitlines() or ["nothing"])[-1]
        raise LocalServerError(
            f"apt-get could not download {package} and said: {said}; try `apt-get update` first"
        )
    unpacking = folder / "unpacked"
    subprocess.run(  # noqa: S603
        ["dpkg", "-x", str(files[0]), str(unpacking)],  # noqa: S607
        check=True,
        capture_output=True,
    )
    shutil.rmtree(target, ignore_errors=True)
    unpacking.rename(target)
    shutil.rmtree(folder)
