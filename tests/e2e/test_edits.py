"""Own words again: who wrote a message for the team edits or deletes it, and everybody sees it."""

import asyncio
from typing import Any

import pytest

from core.assistants.prompt import COLLEAGUE
from core.store.database import Pool
from tests.access.people import User, call, signed
from tests.access.test_site_matrix import agent, begun, socket
from tests.client import Client, Frame
from tests.openai_server import OpenAIServer
from tests.server import Serve, Server
from tests.sites import add_site
from tests.tickets import manager_token

pytestmark = pytest.mark.inbox

OLD, NEW = "tulip for 9 euros", "rose for 8 euros"
LATER = "update messages set created_at = created_at - interval '15 minutes 1 second'"
Shop = tuple[Server, User, dict[str, str]]


@pytest.fixture
async def shop(serve: Serve, pool: Pool, openai_server: OpenAIServer) -> Shop:
    """A chat of a shop that Anna answers, two agents of the shop, and one of a blog."""
    for name in ("shop", "blog"):
        await add_site(pool, name)
    server = signed(
        serve, OPENAI_KEY="key", OPENAI_BASE_URL=openai_server.base_url, QUIET_SECONDS="0"
    )
    tokens = {
        "anna": await agent(pool, "anna", "shop"),
        "carl": await agent(pool, "carl", "shop"),
        "ben": await agent(pool, "ben", "blog"),
        "boss": await manager_token(pool, "boss", "admin"),
    }
    user = begun(server, "shop")
    async with user.client() as client:
        await client.say("hello")
        await client.reply_to(1)
    return server, user, tokens


def send(shop: Shop, text: str, who: str = "anna") -> dict[str, Any]:
    server, user, tokens = shop
    body = {"chat_id": user.chat_id, "text": text}
    answer = call(server, "POST", "/manager/send", tokens[who], json=body)
    assert answer.is_success, answer.text
    return dict(answer.json())


def change(shop: Shop, seq: int, who: str = "anna", **body: Any) -> Any:
    """Edit a message; without a `text`, delete it."""
    server, user, tokens = shop
    path = f"/manager/chats/{user.chat_id}/messages/{seq}"
    if body:
        return call(server, "PATCH", path, tokens[who], json=body)
    return call(server, "DELETE", path, tokens[who])


def history(shop: Shop, who: str = "", **query: Any) -> dict[str, Any]:
    server, user, tokens = shop
    asked = "".join(f"&{name}={value}" for name, value in query.items())
    path = f"/history?chat_id={user.chat_id}{asked}"
    return dict(call(server, "GET", path, tokens.get(who, user.token)).json())


async def resumed(client: Client, after: int, changed: int) -> Frame:
    await client.send("resume", after=after, changed=changed)
    return await client.next("ready")


async def test_an_edit_and_a_deletion_reach_who_has_the_chat_open_at_once(shop: Shop) -> None:
    server, user, tokens = shop
    async with (
        user.client() as visitor,
        socket(server, tokens["carl"]) as carl,
        socket(server, tokens["ben"]) as ben,
    ):
        sent = send(shop, f"**{OLD}**")
        assert sent["rev"] == 1 and "change" not in sent
        edited = change(shop, sent["seq"], text=f"*{NEW}*").json()
        assert (edited["text"], edited["rev"], edited["change"]) == (f"*{NEW}*", 2, 1)
        assert edited["html"] == f"<p><em>{NEW}</em></p>"
        for one in (visitor, carl):
            heard = await one.next("message", seq=sent["seq"], rev=2)
            assert {**heard, "type": 0} == {**edited, "type": 0}
            summary = await one.next("chat", chat_id=user.chat_id)
            assert summary["last_message"]["text"] == f"*{NEW}*"
            assert summary["updated_at"] > sent["created_at"]
        gone = change(shop, sent["seq"]).json()
        assert (gone["text"], gone["state"], gone["rev"], gone["change"]) == ("", "erased", 3, 2)
        for one in (visitor, carl):
            heard = await one.next("message", seq=sent["seq"], rev=3)
            assert {**heard, "type": 0} == {**gone, "type": 0} and "html" not in heard
            summary = await one.next("chat", chat_id=user.chat_id)
            assert summary["last_message"]["state"] == "erased"
            assert summary["last_message"]["text"] == ""
        await ben.send("ping")
        await ben.next("pong")
        assert user.chat_id not in str(ben.frames)


async def test_an_edit_and_a_deletion_reach_who_was_away(shop: Shop) -> None:
    _, user, _ = shop
    first, second = send(shop, f"**{OLD}**"), send(shop, f"{OLD} two")
    async with user.client() as visitor:
        ready = await resumed(visitor, 0, 0)
        assert OLD in str(ready) and ready["change"] == 0
        last = ready["messages"][-1]["seq"]
    # The socket is closed.
    assert change(shop, first["seq"], text="never seen").is_success
    assert change(shop, first["seq"], text=NEW).is_success
    assert change(shop, second["seq"]).is_success
    third = send(shop, "and more")
    async with user.client() as visitor:
        missed = await resumed(visitor, last, 0)
        # What changed comes first, in the order of the changes; then what is new.
        got = [(one["seq"], one["text"], one["state"], one["rev"]) for one in missed["messages"]]
        assert got == [
            (first["seq"], NEW, "final", 3),
            (second["seq"], "", "erased", 2),
            (third["seq"], "and more", "final", 1),
        ]
        assert missed["change"] == 3 and not missed["has_more"]
        assert (await resumed(visitor, third["seq"], 3))["messages"] == []
        some = await resumed(visitor, last, 2)
        assert [one["seq"] for one in some["messages"]] == [second["seq"], third["seq"]]
        # A client that does not know of changes gets what it always got.
        await visitor.send("resume", after=last)
        old = await visitor.next("ready")
        assert [one["seq"] for one in old["messages"]] == [third["seq"]]
        whole = await resumed(visitor, 0, 0)
        assert [one["seq"] for one in whole["messages"]] == [1, 2, *range(3, third["seq"] + 1)]
        assert OLD not in str(visitor.frames)
    page = history(shop, "carl", after=last, changed=0)
    assert [one["seq"] for one in page["messages"]] == [
        first["seq"], second["seq"], third["seq"]
    ]  # fmt: skip
    assert page["change"] == 3 and history(shop, before=99)["change"] == 3


async def test_more_changes_than_a_frame_holds_come_in_several(shop: Shop) -> None:
    _, user, _ = shop
    long = "x" * 7_000
    seqs = [send(shop, f"message {n}")["seq"] for n in range(12)]
    for seq in seqs:
        assert change(shop, seq, text=f"{long} {seq}").is_success
    new = send(shop, "new")
    async with user.client() as visitor:
        got: list[int] = []
        known, last, frames = 0, seqs[-1], 0
        while True:
            ready = await resumed(visitor, last, known)
            frames += 1
            got += [one["seq"] for one in ready["messages"]]
            known = ready["change"]
            last = max(last, *(one["seq"] for one in ready["messages"]))
            if not ready["has_more"]:
                break
        assert got == [*seqs, new["seq"]] and known == 12 and frames > 2


async def test_nothing_that_is_gone_stays_in_history_search_summary_and_input(
    shop: Shop, openai_server: OpenAIServer, pool: Pool
) -> None:
    server, user, tokens = shop
    edited, erased = send(shop, f"edited {OLD}")["seq"], send(shop, f"erased {OLD}")["seq"]
    found = call(server, "GET", "/manager/chats?q=tulip", tokens["anna"]).json()
    assert len(found["chats"]) == 1
    assert change(shop, edited, text=NEW).is_success and change(shop, erased).is_success
    async with user.client() as visitor:
        call(
            server, "POST", f"/manager/chats/{user.chat_id}/owner", tokens["anna"],
            json={"owner": "assistant"},
        )  # fmt: skip
        asked = await visitor.say("how much?")
        await visitor.reply_to(asked["seq"])
        whole = await visitor.resume()
    input = str(openai_server.requests[-1].body)
    assert NEW in input and "how much?" in input
    # No empty line stands for what was deleted.
    lines = [one["content"] for one in openai_server.requests[-1].body["input"]]
    assert [lines[0], *lines[2:]] == ["hello", f"{COLLEAGUE} {NEW}", "how much?"]
    where = {
        "input": input,
        "ready": str(whole),
        "history": str(history(shop)) + str(history(shop, "anna")),
        "list": call(server, "GET", "/manager/chats", tokens["anna"]).text,
        "events": str(await pool.fetch("select data::text from events")),
        "tables": str(await pool.fetch("select to_jsonb(m) from messages m"))
        + str(await pool.fetch("select to_jsonb(c) from chats c")),
        "log": server.log,
    }
    assert not [name for name, text in where.items() if "tulip" in text]
    for word, hits in (("tulip", 0), ("rose", 1)):
        found = call(server, "GET", f"/manager/chats?q={word}", tokens["anna"]).json()
        assert len(found["chats"]) == len(found["hits"] if hits else ()) == hits, word
    names = await pool.fetch(
        "select name, seq, actor_id, data->>'rev' as rev from events where name like 'message.e%'"
        " order by id"
    )
    assert [tuple(row) for row in names] == [
        ("message.edited", edited, "anna", "2"),
        ("message.erased", erased, "anna", "2"),
    ]


async def test_only_ones_own_words_of_the_last_15_minutes_change(shop: Shop, pool: Pool) -> None:
    server, user, tokens = shop
    seq = send(shop, OLD)["seq"]
    refused = {
        "the visitor's": (1, "anna", 403, "forbidden"),
        "the assistant's": (2, "anna", 403, "forbidden"),
        "an event": (seq + 1, "anna", 403, "forbidden"),
        "a colleague's": (seq, "carl", 403, "forbidden"),
        "an admin's": (seq, "boss", 403, "forbidden"),
        "another site's": (seq, "ben", 404, "not_found"),
        "no message": (99, "anna", 404, "not_found"),
    }
    call(
        server, "POST", f"/manager/chats/{user.chat_id}/status", tokens["anna"],
        json={"status": "closed"},
    )  # fmt: skip
    for what, (place, who, status, code) in refused.items():
        for body in ({"text": NEW}, {}):
            answer = change(shop, place, who, **body)
            assert (answer.status_code, answer.json()["code"]) == (status, code), what
    path = f"/manager/chats/{user.chat_id}/messages/{seq}"
    assert call(server, "PATCH", path, user.token, json={"text": NEW}).status_code == 403
    for text in ("", " \n", "x" * 8_001):
        assert change(shop, seq, text=text).status_code == 422
    assert history(shop)["messages"][seq - 1]["text"] == OLD
    # Also in a closed chat, which stays closed.
    assert change(shop, seq, text=NEW).is_success
    summary = call(server, "GET", f"/manager/chats?chat_id={user.chat_id}", tokens["anna"]).json()
    assert summary["chats"][0]["status"] == "closed"
    await pool.execute(LATER)
    for body in ({"text": OLD}, {}):
        answer = change(shop, seq, **body)
        assert (answer.status_code, answer.json()["code"]) == (409, "too_late")
        assert "15 minutes" in answer.json()["detail"]
    # What is so already is no change: the answer to a call may have been lost.
    assert change(shop, seq, text=NEW).json()["rev"] == 2


async def test_a_broadcast_is_not_changed_in_one_chat(shop: Shop) -> None:
    server, user, tokens = shop
    body = {"text": OLD, "audience": [user.chat_id]}
    async with user.client() as visitor:
        assert call(server, "POST", "/manager/broadcast", tokens["boss"], json=body).is_success
        last = await visitor.wait(lambda f: "broadcast_id" in f)
    for text in ({"text": NEW}, {}):
        answer = change(shop, last["seq"], "boss", **text)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


async def test_races_of_changes_end_in_one_of_them(shop: Shop) -> None:
    _, user, _ = shop
    for n in range(4):
        seq = send(shop, f"{OLD} {n}")["seq"]
        answers = await asyncio.gather(
            asyncio.to_thread(change, shop, seq, text="a", rev=1),
            asyncio.to_thread(change, shop, seq, text="b", rev=1),
        )
        assert sorted(one.status_code for one in answers) == [200, 409]
        (won,) = (one.json() for one in answers if one.is_success)
        (lost,) = (one.json() for one in answers if not one.is_success)
        assert (won["rev"], lost["code"]) == (2, "conflict")
        answers = await asyncio.gather(
            asyncio.to_thread(change, shop, seq, text="c"),
            asyncio.to_thread(change, shop, seq),
        )
        # An edit before the deletion is deleted as well; one after it is refused.
        assert answers[1].is_success and answers[0].status_code in (200, 409)
        (now,) = (one for one in history(shop)["messages"] if one["seq"] == seq)
        assert (now["state"], now["text"]) == ("erased", "")
        again = change(shop, seq).json()
        assert (again["rev"], again["change"]) == (now["rev"], now["change"])
    async with user.client() as visitor:
        ready = await resumed(visitor, seq, 0)
        changes = [one["change"] for one in ready["messages"]]
        assert changes == sorted(set(changes)) and changes[-1] == ready["change"]
