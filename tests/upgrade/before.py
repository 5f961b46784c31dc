"""The release of 2026-11-25, as a database knows it: what it has made, and what it calls."""

import json
from pathlib import Path
from typing import Any

from core.store.database import Pool

FILES = sorted((Path(__file__).parent / "release_0").glob("00*.sql"))
LAST = "0014_claims.sql"

# A thousand chats: some that wait, some that are closed, some that a manager has taken over, with
# what stood in the text of an event then.
FILL = """
insert into managers (manager_id, name, role) values ('anna', 'Anna', 'agent');
insert into chats (chat_id, last_seq, last_user_seq, answered_seq, owner, manager_id, manager_name,
                   status, waiting_since, waiting_for, listed_at, visitor)
select 'chat-' || n, 6, 4, case when n % 9 = 0 then 1 else 4 end,
       case when n % 7 = 0 then 'manager' else 'assistant' end,
       case when n % 7 = 0 then 'anna' end, case when n % 7 = 0 then 'Anna' end,
       case when n % 5 = 0 then 'closed' else 'open' end,
       case when n % 7 = 0 then now() end, case when n % 7 = 0 then 'reply' end,
       now() - make_interval(mins => n), jsonb_build_object('name', 'Person ' || n)
from generate_series(1, 1000) n;
insert into messages (chat_id, seq, role, kind, text, client_id, reply_to, author_id, author_name)
select 'chat-' || n, m.seq, m.role, m.kind,
       m.text || case m.kind when 'text' then n::text else '' end,
       m.client_id, m.reply_to, m.author, m.name
from generate_series(1, 1000) n, (values
    (1, 'user', 'text', 'parcel', 'c-1', null, null, null),
    (2, 'assistant', 'text', 'answered', null, 1, null, null),
    (3, 'user', 'event', 'human: a refund', null, null, null, null),
    (4, 'user', 'text', 'again', 'c-2', null, null, null),
    (5, 'manager', 'event', 'taken_over', null, null, 'anna', 'Anna'),
    (6, 'manager', 'event', 'handed_back', null, null, 'anna', 'Anna')
) m (seq, role, kind, text, client_id, reply_to, author, name);
insert into broadcasts (text, client_id, author_id, author_name)
values ('hello all', 'b-1', 'anna', 'Anna');
"""


async def make(pool: Pool) -> None:
    """Bring an empty database to where that release left it, and fill it."""
    await pool.execute(
        "create table schema_migrations ("
        " name text primary key, applied_at timestamptz not null default now())"
    )
    for file in FILES:
        if file.name <= LAST:
            await pool.execute(file.read_text(encoding="utf-8"))
            await pool.execute("insert into schema_migrations (name) values ($1)", file.name)
    await pool.execute(FILL)


class PreviousStore:
    """Its store's calls, letter by letter, and what it read of their results."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def _row(self, statement: str, *args: object) -> Any:
        return await self._pool.fetchrow(statement, *args)

    async def enter(self, connection: str, chat: str) -> list[Any]:
        row = await self._row(
            "call enter_many($1, $2, $3, $4, $5, $6, $7, $8, null, null)",
            [connection], ["http://old/ws"], [None], [chat], [None], 7500, 20, 100,
        )  # fmt: skip
        return list(json.loads(row["entered"])[0])

    async def leave(self, connection: str) -> list[Any]:
        row = await self._row("call leave_many($1, $2, null, null)", [connection], ["0"])
        return list(json.loads(row["gone"])[0])

    async def resume(self, connection: str, after: int) -> list[Any]:
        row = await self._row(
            "select resume_many($1, $2, $3, $4, $5) as resumed",
            [connection],
            [str(after)],
            101,
            0,
            0.0,
        )
        return list(json.loads(row["resumed"])[0])

    async def receive(
        self, connection: str, text: str, name: str, burst: int = 30, claim: bool = False
    ) -> tuple[str, list[Any]]:
        row = await self.turns(
            [connection], [text], [name], burst, 1.0, claim, *[[] for _ in range(9)]
        )
        for kind in ("said", "unsaid"):
            if row[kind]:
                return kind, list(json.loads(row[kind])[0])
        return "unknown", []

    async def finish(
        self, chat: str, epoch: int, try_: int, reply_to: int, text: str, then: str = ""
    ) -> tuple[str, list[Any]]:
        usage = '{"model": "m", "input_tokens": 3, "output_tokens": 4}'
        row = await self.turns(
            [], [], [], 0, 0.0, False, [chat], [str(epoch)], [str(try_)], [str(reply_to)], [text],
            ["failed" if then == "failed" else "final"], [usage], [then], ["why"],
        )  # fmt: skip
        for kind in ("answered", "before"):
            if row[kind]:
                return kind, list(json.loads(row[kind])[0])
        return "fenced", []

    async def turns(self, *args: object) -> Any:
        return await self._row(
            "call take_turns($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
            " null, null, null, null, null)",
            *args,
        )

    async def claim(self, chat: str, held: int | None = None) -> tuple[str, list[Any]]:
        row = await self._row(
            "select * from claim_many($1, $2, $3, $4, $5, $6, $7)",
            [chat], [str(held) if held else None], True, 0.0, 60, 0, 0,
        )  # fmt: skip
        kind = "taken" if row["taken"] else "others"
        return kind, list(json.loads(row[kind])[0])

    async def save(self, chat: str, epoch: int, try_: int, offset: int, piece: str) -> str:
        row = await self._row(
            "call save_draft($1, $2, $3, $4, $5, $6, null, null, null)",
            chat, epoch, try_, offset, piece, True,
        )  # fmt: skip
        return str(row["outcome"])

    async def take_over(self, chat: str, text: str | None, name: str | None) -> dict[str, Any]:
        return dict(
            await self._row(
                "call take_over($1, $2, $3, $4, $5, null, null, null, null, null)",
                chat, "anna", "Anna", text, name,
            )
        )  # fmt: skip

    async def hand_back(self, chat: str) -> dict[str, Any]:
        return dict(
            await self._row(
                "call hand_back($1, $2, $3, null, null, null, null, null, null)",
                chat,
                "anna",
                "Anna",
            )
        )

    async def others(self, connection: str, chat: str) -> None:
        """Each of the other calls, once."""
        nulls = ", ".join(["null"] * 6)
        chats: tuple[tuple[Any, ...], ...] = (
            ("select to_jsonb(s) as chat from summaries s where chat_id = any ($1)", [chat]),
            ("select summary($1) as chat", chat),
            ("select users_of($1), watchers_of($1)", chat),
            ("select begin_chat($1, $2, $3, $4, $5)", "new", "{}", "10.0.0.1", 20, 1.0),
            ("select charge_tokens($1, $2)", chat, 5),
            ("select c.*, watchers_of(chat_id) from chat_of($1, $2, $3) c", connection, 0, 0.0),
            (f"call seen_by_user($1, $2, $3, $4, {nulls})", connection, 1, 0, 0.0),
            (f"call stop_by_user($1, $2, $3, {nulls})", connection, 0, 0.0),
            (f"call ask_for_person($1, $2, $3, $4, {nulls})", connection, "why", 0, 0.0),
        )
        five = nulls.removesuffix(", null")
        manager = ("boss", "http://old/manager", None, "anna", "Anna", 7500)
        inbox: tuple[tuple[Any, ...], ...] = (
            ("call open_manager($1, $2, $3, $4, $5, $6, null)", *manager),
            (f"call set_status($1, $2, $3, $4, {five})", chat, "closed", "anna", "Anna"),
            (f"call stop_by_manager($1, $2, $3, {five})", chat, "anna", "Anna"),
            (f"call seen_by_manager($1, $2, $3, {five})", "boss", chat, 1),
            (
                "select * from begin_broadcast($1, $2, $3, $4, $5, $6, $7)",
                *("hi", "b-2", "anna", "Anna", "named", [chat], 100),
            ),
            ("select count(*) as n from broadcast_audience($1, $2)", "open", []),
            ("select are_common($1) as common", ["parcel"]),
            ("select chat_id from chats_with_words(beginnings($1)::text)", ["parcel"]),
            ("select has_words($1, beginnings($2))", chat, ["parcel"]),
            (
                "select id, at, manager_id, manager_name, action, chat_id, detail from audit"
                " where ($1::text is null or chat_id = $1) and id < $2 order by id desc limit $3",
                *(None, 2**63 - 1, 100),
            ),
        )
        access: tuple[tuple[Any, ...], ...] = (
            ("select * from manager_by($1)", b"token"),
            ("select * from sign_in($1, $2, $3)", b"token", b"session", 60),
            ("select * from admit($1, $2, $3, $4, $5)", "oidc:1", "O", "agent", b"session", 60),
            ("select sign_out($1) as sockets", b"session"),
            (
                "select add_ticket($1, $2, $3, $4, $5, $6, $7, $8) as outcome",
                *(b"ticket", chat, None, 60, None, None, 20, 100),
            ),
            ("select remove_manager($1) as sockets", "oidc:1"),
            ("select drop_sockets_of($1) as sockets", "oidc:1"),
        )
        for statement, *args in (*chats, *inbox, *access):
            await self._pool.fetch(statement, *args)
