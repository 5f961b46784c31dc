"""`uvicorn main:app`, as the README shows it: its own log, and the link of the first manager."""

import re
import subprocess
import sys
from collections.abc import Iterator

import httpx2
import pytest
from websockets.asyncio.client import connect

from tests.server import ROOT
from tests.tickets import SECRET_KEY


class Plain:
    """The server; `before` is what it printed until it served."""

    def __init__(self, dsn: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "main:app", "--host", "127.0.0.1", "--port", "0"],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "DATABASE_URL": dsn, "SECRET_KEY": SECRET_KEY},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.before = self.url = ""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.before += line
            if found := re.search(r"running on (http://\S+)", line):
                self.url = found[1]
                return
        raise AssertionError(self.before)

    def stop(self) -> str:
        """Stop it; return what it printed since it served."""
        self._process.terminate()
        return self._process.communicate(timeout=60)[0]

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


@pytest.fixture
def plain(dsn: str) -> Iterator[Plain]:
    server = Plain(dsn)
    yield server
    server.kill()


async def test_no_ticket_is_in_the_log_and_the_first_link_is_printed(plain: Plain) -> None:
    found = re.search(r"http://\S+/manager#token=(sbm_\S+)", plain.before)
    assert found, plain.before
    async with httpx2.AsyncClient(base_url=plain.url, timeout=60, verify=False) as client:
        signed_in = await client.post("/manager/session", json={"token": found[1]})
        assert signed_in.json()["id"] == "admin"
        made = (await client.post("/chats", json={})).json()
        headers = {"authorization": f"Bearer {made['token']}"}
        wanted = (await client.post("/tickets", json={}, headers=headers)).json()
        async with connect(wanted["ws_url"]):
            pass
        await client.get("/history", params={"chat_id": made["chat_id"], "secret": "in a query"})
    log = plain.stop()
    # It is uvicorn's log, and it is on.
    assert '"WebSocket /ws' in log and '"GET /history' in log, log
    assert wanted["ticket"] not in log and made["chat_id"] not in log and "in+a+query" not in log
