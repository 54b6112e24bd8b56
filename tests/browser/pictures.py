"""Makes the pictures of the console in the README: `python -m tests.browser.pictures`.

The pipeline reads the sample articles as in the demo; a real browser shows the pages.
"""

import asyncio
import tempfile
from pathlib import Path

import msgspec

from pledgewatch.records import Pledge
from services.local.artifacts import PROJECT
from services.local.servers import Elasticsearch, Kafka, start_all
from tests import sample_board
from tests.browser.chromium import chromium
from tests.integration.test_console import as_json

FOLDER = PROJECT / "docs" / "pictures"
SIZE = (1200, 860)
BYTES_MAX = 300_000
RECIPIENT = "UKR"


def main() -> None:
    """Write both pictures."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        kafka, elasticsearch = Kafka(folder / "kafka"), Elasticsearch(folder / "elasticsearch")
        start_all(kafka, elasticsearch)
        try:
            settings = sample_board.settings_for(kafka, elasticsearch)
            sample_board.read_samples(settings, folder / "samples")
            with sample_board.running(settings, folder, "console"):
                asyncio.run(take(sample_board.address(settings)))
        finally:
            elasticsearch.stop()
            kafka.stop()


async def take(base: str) -> None:
    """The pictures of a console.

    Raises:
        ValueError: one is larger than a README should carry.
    """
    found = await asyncio.to_thread(as_json, base, "/?sort=sources")
    rows = msgspec.convert(found["board"]["rows"], list[Pledge])
    told = {}
    for row in rows[:20]:
        page = await asyncio.to_thread(as_json, base, f"/pledges/{row.id}")
        told[row.id] = len(page["pledge"]["history"]), len(page["claims"])
    richest = max(told, key=lambda id: told[id])
    async with chromium() as tab:
        await tab.size(*SIZE)
        await tab.prefer("light")
        for name, path in (
            ("console-board", f"/?recipient={RECIPIENT}&sort=firmest"),
            ("console-pledge", f"/pledges/{richest}"),
        ):
            await tab.open(f"{base}{path}")
            await tab.evaluate("document.querySelector('details.filters')?.removeAttribute('open')")
            picture = FOLDER / f"{name}.png"
            await tab.picture(picture)
            if picture.stat().st_size > BYTES_MAX:
                raise ValueError(f"{picture} is larger than {BYTES_MAX:,} bytes")


if __name__ == "__main__":
    main()
