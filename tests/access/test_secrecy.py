"""What must not be learned: how much of a token is right, and any token or key from a log."""

import secrets
import statistics
import time
from collections.abc import Callable

import pytest

from core.auth.tickets import MANAGER_PREFIX, digest
from core.errors import Unauthorized
from core.model import ChatId
from core.store.access import AccessStore
from core.store.database import Pool
from tests.access.people import begin, call, signed
from tests.access.test_managers import browser, token_in
from tests.client import Client
from tests.openai_server import OpenAIServer
from tests.server import Serve
from tests.tickets import KEYS, SECRET_KEY, manager_token

ROUNDS = 400
# Medians of two ways to be wrong differ by less than this part of the shorter; a comparison that
# stops at the first wrong character is far quicker at the start than at the end of thousands.
NOISE = 0.25


def closeness(tries: dict[str, Callable[[], None]]) -> float:
    """By what part of the shortest the medians of interleaved tries differ."""
    took: dict[str, list[float]] = {name: [] for name in tries}
    for _ in range(ROUNDS):
        for name, attempt in tries.items():
            began = time.perf_counter()
            attempt()
            took[name].append(time.perf_counter() - began)
    medians = [statistics.median(times) for times in took.values()]
    return (max(medians) - min(medians)) / min(medians)


def changed(token: str, at: int) -> str:
    other = "A" if token[at] != "A" else "B"
    return token[:at] + other + token[at + 1 :]


def test_a_wrong_signature_takes_as_long_however_much_of_it_is_right() -> None:
    token = KEYS.user_token(ChatId("a"))
    start = token.rindex(".") + 1

    def attempt(at: int) -> Callable[[], None]:
        wrong = changed(token, at)

        def read() -> None:
            with pytest.raises(Unauthorized):
                KEYS.read_user(wrong)

        return read

    # The last character holds bits that decoding drops: the one before it counts.
    places = {"first": start, "middle": (start + len(token)) // 2, "last": len(token) - 2}
    assert closeness({name: attempt(at) for name, at in places.items()}) < NOISE


async def test_a_wrong_managers_token_is_looked_up_by_a_digest_that_shares_nothing(
    pool: Pool,
) -> None:
    token = await manager_token(pool)
    body = len(MANAGER_PREFIX)
    wrong = [changed(token, at) for at in (body, (body + len(token)) // 2, len(token) - 1)]
    store = AccessStore(pool)
    for one in wrong:
        with pytest.raises(Unauthorized):
            await store.manager(digest(one))
        # Any wrong token differs from the right one in the first bytes that an index compares.
        assert digest(one)[:4] != digest(token)[:4]
    held = await pool.fetch("select token_hash from api_tokens")
    assert [row["token_hash"] for row in held] == [digest(token)]


async def test_tokens_keys_and_texts_are_in_no_log(
    serve: Serve, pool: Pool, openai_server: OpenAIServer
) -> None:
    openai_key = f"sk-{secrets.token_hex(16)}"
    server = signed(
        serve,
        OPENAI_KEY=openai_key,
        OPENAI_BASE_URL=openai_server.base_url,
        QUIET_SECONDS="0",
        LOG_LEVEL="DEBUG",
        IDENTITY_KEY="identity " + secrets.token_hex(16),
    )
    user = begin(server)
    link = token_in(server.printed)
    signed_in = browser(server, link)
    admin = signed_in.post("/manager/tokens", json={"name": "a test"}).json()["token"]
    other_link = token_in(signed_in.post("/manager/links").json()["url"])
    cookie = signed_in.cookies["switchboard"]
    path, text = user.socket_path(), f"a secret text {secrets.token_hex(8)}"
    manager_path = (
        signed_in.post("/tickets", json={}).json()["ws_url"].removeprefix(server.socket_url(""))
    )
    async with Client(server, path) as client, Client(server, manager_path) as manager:
        said = await client.say(text)
        await client.reply_to(said["seq"])
        await client.say(f"!401 {text}")
        await client.send("message", text=text * 400)
        await client.next("error")
        await manager.send("watch", chat_id="a b")
        await manager.next("error")
        call(server, "POST", "/manager/send", admin, json={"chat_id": user.chat_id, "text": text})
        call(server, "POST", "/manager/send", admin, json={"chat_id": "nobody", "text": text})
        call(server, "GET", f"/history?chat_id={user.chat_id}&limit=x", user.token)
        # A defect in the middle of it all is logged with its context.
        # Pages of messages are read through a view.
        for of in ("table messages", "view readings"):
            await pool.execute(f"alter {of} rename column text to words")
        call(server, "GET", f"/history?chat_id={user.chat_id}", user.token)
        await client.socket.send('{"action": "message", "text": "' + text + '"}')
        await client.wait(
            lambda f: "Internal server error" in str(f) or f.get("code") == "internal"
        )
        await pool.execute("alter table messages rename column words to text")
    with pytest.raises(Exception, match="401"):
        async with Client(server, path):
            pass
    signed_in.close()
    server.stop()
    log = server.log
    assert user.chat_id in log and "request_failed" in log
    ticket, manager_ticket = path.split("ticket=")[1], manager_path.split("ticket=")[1]
    for name, secret in {
        "the secret key": SECRET_KEY,
        "the identity key": server.environment["IDENTITY_KEY"],
        "OpenAI's key": openai_key,
        "the user's token": user.token,
        "its signature": user.token.split(".")[2],
        "a manager's token": admin,
        "a manager's link": link,
        "another link": other_link,
        "a sign-in": cookie,
        "a user's ticket": ticket,
        "a manager's ticket": manager_ticket,
        "a text": text,
        "the database's address": server.environment["DATABASE_URL"],
    }.items():
        assert secret not in log, name
