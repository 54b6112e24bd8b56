"""`python -m benchmarks`: every benchmark, one after another, each with its defaults."""

import subprocess
import sys

BENCHMARKS = ("extract", "ledger", "queries", "transport", "pipeline", "replay")


def main() -> None:
    """Run all; the exit status is that of the first that fails."""
    for name in BENCHMARKS:
        module = f"benchmarks.{name}"
        print(f"\n== python -m {module}\n", flush=True)
        subprocess.run([sys.executable, "-m", module], check=True)


if __name__ == "__main__":
    main()
