"""The audit log: what nobody can leave out of it, and what nobody can take out again."""

from typing import Any

import asyncpg
import pytest

from core.chat.access import Access
from core.chat.api_tokens import ApiTokens
from core.chat.sessions import Sessions
from core.model import ChatId, Manager, ManagerId
from core.store.database import Pool
from core.store.store import Store
from tests.access.people import begin, call, signed
from tests.server import PoolOf, Serve, Server
from tests.tickets import manager_token


def entries(server: Server, boss: str) -> list[dict[str, Any]]:
    log: list[dict[str, Any]] = call(server, "GET", "/manager/audit", boss).json()["entries"]
    return log


async def test_no_client_id_hides_a_message_from_the_log(shared: Serve, pool_of: PoolOf) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    anna, boss = await manager_token(pool), await manager_token(pool, rank="admin")
    chat = begin(server).chat_id
    for name in ("broadcast:x", "broadcast:", "audit", ""):
        body = {"chat_id": chat, "text": "hi"} | ({"client_id": name} if name else {})
        assert call(server, "POST", "/manager/send", anna, json=body).status_code == 201
    sent = [one for one in entries(server, boss) if one.get("chat_id") == chat]
    assert [one["action"] for one in sent] == ["sent"] * 4


async def test_no_client_id_keeps_a_broadcast_out_of_a_chat(pool: Pool) -> None:
    store, anna = Store(pool), Manager(ManagerId("anna"), "Anna")
    await pool.execute("insert into chats (chat_id, listed_at) values ('a', now())")
    chat = ChatId("a")
    made = await store.broadcasts.begin("to all", None, anna, "chats", ["a"])
    await store.inbox.take_over(chat, anna, "instead", f"broadcast:{made.broadcast_id}")
    for _ in range(2):
        await store.broadcasts.store_page(made.broadcast_id, 0)
    texts = await pool.fetch("select text from messages where kind = 'text' order by seq")
    assert [row["text"] for row in texts] == ["instead", "to all"]


async def test_no_client_id_leaves_a_chat_its_old_place_in_the_list(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    boss = await manager_token(await pool_of(server), rank="admin")
    user = begin(server)
    async with user.client() as visitor:
        said = await visitor.say("hello", client_id="broadcast:x")
        reply = await visitor.reply_to(said["seq"])
        path = f"/manager/chats?chat_id={user.chat_id}"
        [summary] = call(server, "GET", path, boss).json()["chats"]
        assert summary["active_at"] == reply["created_at"] and "broadcast_id" not in said
        body = {"chat_id": user.chat_id, "text": "I am here", "client_id": "broadcast:y"}
        sent = call(server, "POST", "/manager/send", boss, json=body).json()
        [summary] = call(server, "GET", path, boss).json()["chats"]
        assert summary["active_at"] == sent["created_at"] and "broadcast_id" not in sent
        every = {"text": "to all", "audience": [user.chat_id]}
        made = call(server, "POST", "/manager/broadcast", boss, json=every).json()
        heard = await visitor.next("message", text="to all")
        assert heard["broadcast_id"] == made["broadcast_id"]
        [summary] = call(server, "GET", path, boss).json()["chats"]
        assert summary["active_at"] == sent["created_at"]


async def test_failed_sign_ins_are_one_line_a_minute_with_a_count(
    shared: Serve, pool_of: PoolOf
) -> None:
    server = signed(shared)
    pool = await pool_of(server)
    boss = await manager_token(pool, rank="admin")
    for _ in range(3):
        assert server.post("/manager/session", {"token": "sbm_wrong"}).status_code == 401
        assert call(server, "GET", "/manager/me", "sbm_wrong").status_code == 401
    refused = [one for one in entries(server, boss) if one["action"] == "refused"]
    # The minute may end between two of them.
    assert sum(one["count"] for one in refused) == 6 and len(refused) <= 2
    assert all("manager" not in one for one in refused)
    await pool.execute("select record_refusal('192.0.2.7') from generate_series(1, 40)")
    others = [one for one in entries(server, boss) if one.get("detail") == "192.0.2.7"]
    assert [one["count"] for one in others] == [40]


async def test_what_happens_to_managers_is_in_the_log(pool: Pool) -> None:
    store = Store(pool)
    access = Access(store.access, None)  # type: ignore[arg-type]
    first = await access.first_manager()
    assert first is not None
    anna = (await access.add_manager("Anna", "agent")).manager.id
    link = await access.new_link(anna)
    session, _ = await access.sign_in(link, None)
    await access.another_device(await access.manager(session))
    tokens = ApiTokens(store.api_tokens, None)  # type: ignore[arg-type]
    _, made = await tokens.make(await access.manager(session), "reports")
    await tokens.revoke(made.id)
    sessions = Sessions(store.sessions, None)  # type: ignore[arg-type]
    await sessions.rename(await access.manager(session), "Anna B.")
    await sessions.end_others(await access.manager(session), session)
    await access.remove_manager(anna)
    log = reversed(await store.events.audit(None, None, 50))
    assert [(one.action, one.manager and one.manager.id, one.detail) for one in log] == [
        ("added", None, "admin"),
        ("added", None, anna),
        ("relinked", None, anna),
        ("signed_in", anna, "link"),
        ("linked", anna, None),
        ("token_added", anna, anna),
        ("token_revoked", None, anna),
        ("renamed", anna, None),
        ("sessions_ended", anna, None),
        ("removed", None, anna),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "delete from events",
        "truncate events",
        "update events set actor_id = 'boss'",
        "update events set at = now() where name = 'manager.refused'",
        "update events set data = data - 'address' where name = 'manager.refused'",
        "update events set data = data || '{\"count\": 1}' where name = 'manager.refused'",
        "update events set data = data - 'count' where name = 'manager.refused'",
        "update events set name = 'manager.refused' where name <> 'manager.refused'",
    ],
)
async def test_events_are_only_added(pool: Pool, statement: str) -> None:
    await pool.execute("select record_event('manager.added')")
    await pool.execute("select record_refusal('192.0.2.7')")
    await pool.execute("select record_refusal('192.0.2.7')")
    before = await pool.fetch("select * from events order by id")
    assert [row["name"] for row in before] == ["manager.added", "manager.refused"]
    with pytest.raises(asyncpg.RaiseError, match="events are only added"):
        await pool.execute(statement)
    assert await pool.fetch("select * from events order by id") == before
