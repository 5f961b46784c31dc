"""Browsers of other makers, by what they bring themselves: WebDriver BiDi and WebDriver.

Playwright drives its own builds of both, which no package has.
"""

import asyncio
import json
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from tests.lacking import lacking

FIREFOX = ("firefox-esr", "firefox")
MINI_BROWSER = "/usr/lib/*/webkit2gtk-4.1/MiniBrowser"
PATIENCE = 60
ENTER = "\ue007"
WAIT = """new Promise((done) => {
  const look = () => { if (%s) done(true); else setTimeout(look, 50); };
  look();
})"""


class Driver(Protocol):
    """One page of a browser."""

    async def goto(self, url: str) -> None: ...

    async def evaluate(self, expression: str) -> Any: ...

    async def keys(self, text: str) -> None: ...


async def until(driver: Driver, condition: str) -> None:
    """Wait in the page for a condition."""
    assert await asyncio.wait_for(driver.evaluate(WAIT % condition), PATIENCE)


def typed(text: str) -> list[dict[str, Any]]:
    """The actions of somebody who types."""
    keys = [{"type": kind, "value": sign} for sign in text for kind in ("keyDown", "keyUp")]
    return [{"type": "key", "id": "keyboard", "actions": keys}]


class Firefox:
    def __init__(self, bidi: ClientConnection) -> None:
        self._bidi = bidi
        self._count = 0
        self.context = ""

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        await self._bidi.send(json.dumps({"id": self._count, "method": method, "params": params}))
        while True:
            answer = json.loads(await asyncio.wait_for(self._bidi.recv(), PATIENCE))
            if answer.get("id") == self._count:
                assert answer["type"] == "success", answer
                return dict(answer["result"])

    async def goto(self, url: str) -> None:
        params = {"context": self.context, "url": url, "wait": "complete"}
        await self.call("browsingContext.navigate", **params)

    async def evaluate(self, expression: str) -> Any:
        text = f"Promise.resolve({expression}).then((value) => JSON.stringify(value ?? null))"
        target = {"context": self.context}
        params = {"expression": text, "target": target, "awaitPromise": True}
        answer = await self.call("script.evaluate", **params)
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    async def keys(self, text: str) -> None:
        await self.call("input.performActions", context=self.context, actions=typed(text))


class WebKit:
    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        self._session = ""

    async def call(self, path: str, **body: Any) -> Any:
        answer = await self._client.post(f"/session{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]

    async def begin(self, binary: str) -> None:
        options = {"binary": binary, "args": ["--automation"]}
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        self._session = "/" + (await self.call("", capabilities=wanted))["sessionId"]
        await self.call(f"{self._session}/timeouts", script=PATIENCE * 1000)

    async def end(self) -> None:
        await self._client.delete(f"/session{self._session}")

    async def goto(self, url: str) -> None:
        await self.call(f"{self._session}/url", url=url)

    async def evaluate(self, expression: str) -> Any:
        script = f"const [done] = arguments; Promise.resolve({expression}).then(done);"
        return await self.call(f"{self._session}/execute/async", script=script, args=[])

    async def keys(self, text: str) -> None:
        await self.call(f"{self._session}/actions", actions=typed(text))


def program(*names: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        lacking(f"{' or '.join(names)} is not installed")
    return found


async def said_at(errors: asyncio.StreamReader) -> str:
    """Where Firefox says that it listens."""
    async for line in errors:
        if found := re.search(rb"BiDi listening on (ws://\S+)", line):
            return found[1].decode()
    raise AssertionError("Firefox ended before it listened")


def mini_browser() -> str:
    found = next(Path("/").glob(MINI_BROWSER[1:]), None)
    if found is None:
        lacking("WebKitGTK's MiniBrowser is not installed")
    return str(found)


@asynccontextmanager
async def firefox(folder: Path) -> AsyncIterator[Firefox]:
    command = [program(*FIREFOX), "--headless", "--no-remote", "--profile", str(folder)]
    process = await asyncio.create_subprocess_exec(
        *command, "--remote-debugging-port=0", stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stderr is not None
        address = await asyncio.wait_for(said_at(process.stderr), PATIENCE)
        async with connect(f"{address}/session", max_size=None) as bidi:
            driver = Firefox(bidi)
            await driver.call("session.new", capabilities={})
            tree = await driver.call("browsingContext.getTree")
            driver.context = tree["contexts"][0]["context"]
            yield driver
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def webkit(folder: Path) -> AsyncIterator[WebKit]:
    binary = mini_browser()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    driver = program("WebKitWebDriver")
    command = [program("xvfb-run"), "-a", driver, f"--port={port}"]
    # Its own group: the driver, the display and the browser end together.
    process = await asyncio.create_subprocess_exec(*command, start_new_session=True)
    try:
        # It takes a moment until the driver listens.
        again = httpx2.AsyncHTTPTransport(retries=8)
        base = f"http://127.0.0.1:{port}"
        async with httpx2.AsyncClient(base_url=base, timeout=90, transport=again) as client:
            page = WebKit(client)
            await page.begin(binary)
            yield page
            await page.end()
    finally:
        os.killpg(process.pid, 15)
        await process.wait()
