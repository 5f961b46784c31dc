"""I13: a manager who looks at another tab is shown each way in which a chat begins to wait."""

import asyncio
import json
import secrets
import time

import pytest

from core.store.database import Pool
from tests.access.people import begin
from tests.browser.conftest import ONE_LOOP, Person
from tests.browser.test_noticed import until
from tests.e2e.test_noticed import SECONDS
from tests.openai_server import OpenAIServer
from tests.server import Serve
from tests.spending import paid
from tests.tickets import SECRET_KEY, api_token, manager_link
from tests.waiting import WAYS

pytestmark = [ONE_LOOP, pytest.mark.noticed, pytest.mark.timeout(600)]

# Nobody looks at the tab. What it would show is written down instead.
HIDDEN = """
Object.defineProperty(document, "hidden", { get: () => true });
Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
window.shown = [];
window.Notification = class {
  static permission = "granted";
  constructor(title, { body, tag }) { window.shown.push({ title, body, tag }); }
  close() {}
};
// A page whose service worker runs shows them by it.
ServiceWorkerRegistration.prototype.showNotification = async (title, { body, tag }) => {
  window.shown.push({ title, body, tag });
};
"""
WHY = {
    "asked": "asked for a person",
    "asked by assistant": "asked for a person",
    "failed": "the assistant failed",
    "reply": "waits for your reply",
    "new": "nobody has answered yet",
    "budget": "the assistant's budget is spent",
}


async def test_i13_a_hidden_tab_shows_each_way_of_waiting(
    serve: Serve, person: Person, pool: Pool, openai_server: OpenAIServer
) -> None:
    limits = {"TOKENS_PER_DAY": "60000", "ADDRESS_SHARE": "0", "RETRY_SECONDS": "0"}
    server = paid(serve, openai_server, SECRET_KEY=SECRET_KEY, **limits)
    name = f"anna-{secrets.token_hex(4)}"
    link = await manager_link(pool, name, "admin")
    token = await api_token(pool, name)
    page = await person("about:blank")
    await page.add_init_script(HIDDEN)
    frames: asyncio.Queue[str] = asyncio.Queue()
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda frame: frames.put_nowait(str(frame))),
    )
    await page.goto(f"{server.url}/manager#token={link}")
    # Who waits before that is no news.
    while json.loads(await asyncio.wait_for(frames.get(), 60))["type"] != "ready":
        pass
    took = {}
    for way, (begins, _) in WAYS.items():
        user = begin(server)
        mine = f"shown.filter((one) => one.tag === '{user.chat_id}')"
        async with user.client() as ada:
            began = time.monotonic()
            await begins(server, token, openai_server, user, ada)
            await until(page, f"{mine}.length > 0")
            took[way] = time.monotonic() - began
            [notice] = await page.evaluate(mine)
            assert notice["body"] == WHY[way] and "is waiting" in notice["title"]
    assert max(took.values()) < SECONDS * max(1.0, server.start_seconds / 3), took
    print({way: f"{seconds:.1f} s" for way, seconds in took.items()})
