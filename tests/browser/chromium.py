"""Headless Chromium, driven through its DevTools protocol."""

import asyncio
import base64
import contextlib
import itertools
import json
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import aiohttp

from tests import debian

START_SECONDS = 60
ANSWER_SECONDS = 60

FLAGS = (
    "--headless=new",
    "--no-sandbox",  # the tests may be root's, and it opens our own pages alone
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)


class Tab:
    """One tab; `complaints` has what its console and its pages complained of."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.complaints: list[str] = []
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A method of the protocol."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        found = await asyncio.wait_for(answer, ANSWER_SECONDS)
        assert "error" not in found, f"{method}: {found['error']}"
        return found.get("result", {})  # type: ignore[no-any-return]

    async def open(self, url: str) -> None:
        """Go to an address, and wait until it is loaded."""
        await self._then_loaded(self.call("Page.navigate", url=url))

    async def click(self, selector: str) -> None:
        """Click on what leads to another page, and wait until that is loaded."""
        script = f"document.querySelector({json.dumps(selector)}).click()"
        await self._then_loaded(self.evaluate(script))

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression, or of its promise."""
        answer = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def press(self, key: str, code: int) -> None:
        """Press a key."""
        for kind in ("keyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code
            )

    async def size(self, width: int, height: int, *, phone: bool = False) -> None:
        """The size of the window, in CSS pixels."""
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )

    async def prefer(self, scheme: str) -> None:
        """`light` or `dark`."""
        await self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )

    async def picture(self, path: Path) -> None:
        """Keep what the window shows."""
        found = await self.call("Page.captureScreenshot", format="png")
        path.parent.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(path.write_bytes, base64.b64decode(found["data"]))

    async def wait_for(self, expression: str, seconds: float = 30) -> Any:
        """The first true value of an expression."""
        async with asyncio.timeout(seconds):
            while not (value := await self.evaluate(expression)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # a page tells nobody of it
        return value

    async def close(self) -> None:
        """Stop listening."""
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading

    async def _then_loaded(self, leaving: Awaitable[object]) -> None:
        self._loaded.clear()
        await leaving
        await asyncio.wait_for(self._loaded.wait(), ANSWER_SECONDS)

    async def _read(self) -> None:
        async for message in self._socket:
            found = json.loads(message.data)
            if "id" in found:
                self._answers.pop(found["id"]).set_result(found)
                continue
            match found["method"], found["params"]:
                case "Page.loadEventFired", _:
                    self._loaded.set()
                case "Runtime.exceptionThrown", {"exceptionDetails": details}:
                    self.complaints.append(str(details))
                case "Runtime.consoleAPICalled", {"type": "error" | "warning", "args": words}:
                    self.complaints.append(str(words))
                case "Log.entryAdded", {"entry": {"level": "error" | "warning"} as entry}:
                    self.complaints.append(f"{entry['text']} {entry.get('url', '')}")


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Tab]:
    """A browser with one tab.

    Raises:
        LocalServerError: there is no Chromium, and none can be fetched.
    """
    program = await asyncio.to_thread(debian.program, "chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            program,
            *FLAGS,
            f"--user-data-dir={profile}",
            "about:blank",
            env=dict(debian.environment("chromium")),
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        try:
            port = await _port(process, Path(profile))
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                    targets = await answer.json(content_type=None)
                target = next(one for one in targets if one["type"] == "page")
                async with session.ws_connect(
                    target["webSocketDebuggerUrl"], max_msg_size=0
                ) as socket:
                    tab = Tab(socket)
                    for domain in ("Page", "Runtime", "Log"):
                        await tab.call(f"{domain}.enable")
                    yield tab
                    await tab.close()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _port(process: Process, profile: Path) -> int:
    """The port that it listens on, once it does."""
    file = profile / "DevToolsActivePort"
    async with asyncio.timeout(START_SECONDS):
        while True:
            assert process.returncode is None, f"Chromium ended with {process.returncode}"
            written = file.read_text().split() if file.exists() else []
            if len(written) == 2:
                return int(written[0])
            await asyncio.sleep(0.05)
