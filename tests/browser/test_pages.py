"""Every page in a real browser: silent consoles, light and dark, phones, keyboards, axe-core."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.local.errors import LocalServerError
from tests import sample_board as sample_boards
from tests.browser.chromium import Tab, chromium
from tests.debian import unavailable
from tests.integration.test_console import every_page, rows

pytestmark = [pytest.mark.integration, pytest.mark.browser]

PHONE = (360, 740)
DESK = (1280, 900)
TAB = 9
ARTEFACTS = os.environ.get("PLEDGEWATCH_ARTEFACTS")
SERIOUS = ("serious", "critical")
AXE = files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")


@pytest_asyncio.fixture
async def tab() -> AsyncIterator[Tab]:
    """A browser's tab; what its console complains of fails the test."""
    try:
        async with chromium() as opened:
            yield opened
            assert opened.complaints == []
    except LocalServerError as error:
        unavailable(str(error))


def pictures(tmp_path: Path) -> Path:
    """Where screenshots are kept: outside of the repository."""
    return Path(ARTEFACTS) if ARTEFACTS else tmp_path


def named(path: str) -> str:
    """A page as part of a file name."""
    kept = re.sub(r"[0-9a-f]{32}", "id", path)
    return re.sub(r"[^a-z]+", "-", kept.casefold()).strip("-") or "board"


async def axe(tab: Tab) -> list[Any]:
    """What axe-core holds against the page, by WCAG 2.1 AA."""
    await tab.evaluate(f"{AXE};0")
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
    found = await tab.evaluate(
        f"axe.run(document, {json.dumps(options)}).then(found => JSON.stringify(found.violations))"
    )
    return [
        (one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in json.loads(found)
        if one["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pages_are_silent_and_accessible(
    console: str, tab: Tab, tmp_path: Path, scheme: str
) -> None:
    await tab.prefer(scheme)
    await tab.size(*DESK)
    for path in await asyncio.to_thread(every_page, console):
        await tab.open(f"{console}{path}")
        assert await tab.evaluate("document.querySelectorAll('h1').length") == 1, path
        assert await axe(tab) == [], path
        await tab.picture(pictures(tmp_path) / f"{named(path)}-{scheme}.png")
        paper = await tab.evaluate("getComputedStyle(document.body).backgroundColor")
        red = int(re.findall(r"\d+", paper)[0])
        assert (red > 200) is (scheme == "light")
        assert tab.complaints == [], path


async def test_axe_sees_what_is_not_accessible(console: str, tab: Tab) -> None:
    await tab.open(f"{console}/login")
    await tab.evaluate(
        "document.querySelector('main').append("
        "Object.assign(document.createElement('img'), {src: '/static/icon.svg'}))"
    )
    assert [one[0] for one in await axe(tab)] == ["image-alt"]


async def test_pages_fit_on_a_phone(console: str, tab: Tab, tmp_path: Path) -> None:
    await tab.size(*PHONE, phone=True)
    for path in await asyncio.to_thread(every_page, console):
        await tab.open(f"{console}{path}")
        await tab.picture(pictures(tmp_path) / f"{named(path)}-phone.png")
        wide = await tab.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE[0], path


async def test_all_can_be_reached_with_the_keyboard_and_seen(console: str, tab: Tab) -> None:
    await tab.size(*DESK)
    await tab.open(f"{console}/?recipient=UKR")
    await tab.press("Tab", TAB)
    assert await tab.evaluate("document.activeElement.className") == "skip"
    assert await tab.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    wanted = await tab.evaluate(
        "[...document.querySelectorAll('a[href], button, input, select, summary')]"
        ".filter(one => one.checkVisibility()).length"
    )
    reached = set()
    for _ in range(wanted + 20):
        place = await tab.evaluate(
            "[...document.querySelectorAll('*')].indexOf(document.activeElement)"
        )
        reached.add(place)
        style = await tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        if await tab.evaluate("document.activeElement !== document.body"):
            assert style != "none", await tab.evaluate("document.activeElement.outerHTML")
        await tab.press("Tab", TAB)
    focusable = await tab.evaluate(
        "(() => { const all = [...document.querySelectorAll('*')];"
        " return [...document.querySelectorAll('a[href], button, input, select, summary')]"
        ".filter(one => one.checkVisibility()).map(one => all.indexOf(one)); })()"
    )
    assert set(focusable) <= reached


async def test_choosing_in_a_list_shows_the_board_at_once(console: str, tab: Tab) -> None:
    await tab.open(f"{console}/?sort=recipient&recipient=UKR")
    await tab._then_loaded(
        tab.evaluate(
            "(() => { const list = document.querySelector('select[name=level]');"
            " list.value = 'deployed';"
            " list.dispatchEvent(new Event('change', {bubbles: true})); })()"
        )
    )
    assert "level=deployed" in await tab.evaluate("location.search")
    found = await asyncio.to_thread(rows, console, "recipient=UKR&level=deployed")
    assert await tab.evaluate("document.querySelectorAll('tbody tr').length") == len(found)


async def test_the_list_of_changes_listens(console: str, tab: Tab) -> None:
    await tab.open(f"{console}/changes")
    await tab.wait_for("document.documentElement.dataset.live === 'on'")
    assert await tab.evaluate("document.querySelector('.live').hidden") is True


async def test_an_analyst_signs_in_and_comes_back_to_the_evidence(console: str, tab: Tab) -> None:
    id = (await asyncio.to_thread(rows, console))[0].mention
    await tab.open(f"{console}/mentions/{id}")
    await tab.click("section.correct a.button")
    for field, value in (("name", "Ada"), ("token", sample_boards.TOKEN)):
        await tab.evaluate(
            f"document.querySelector('input[name={field}]').value = {json.dumps(value)}"
        )
    await tab.click("form.narrow button")
    assert await tab.evaluate("location.pathname") == f"/mentions/{id}"
    assert await tab.evaluate("document.querySelectorAll('.correct form').length") == 2
    assert await tab.evaluate("document.cookie") == ""  # no script can read it
    assert await axe(tab) == []
    await tab.click("footer form button")
    assert await tab.evaluate("document.querySelectorAll('footer form').length") == 0


async def test_a_page_loads_nothing_from_elsewhere(console: str, tab: Tab) -> None:
    for path in await asyncio.to_thread(every_page, console):
        await tab.open(f"{console}{path}")
        names = await tab.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
        assert all(one.startswith(f"{console}/static/") for one in names if "/stream" not in one)
