"""What grows is never read whole: no statement scans a table that has no bound.

Postgres counts the scans itself (`pg_stat_all_tables.seq_scan`), so what procedures do inside is
counted too. https://www.postgresql.org/docs/current/monitoring-stats.html
"""

import inspect
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

import pytest

from core.model import ChatId, Claim, ConnectionId, Filter, Manager, Target, Visitor
from core.store import database
from core.store.access import AccessStore
from core.store.chats import Store
from core.store.inbox import DeskStore
from core.store.steps import Asked, Entering, LastWord, Leaving, Resuming, Sent, Terms
from core.store.sweep import SweepStore

GROWS = (
    "chats",
    "messages",
    "connections",
    "tickets",
    "broadcast_recipients",
    "audit",
    "watches",
    "addresses",
)
CHATS, MESSAGES_A_CHAT, SOCKETS = 20_000, 5, 4_000
ANNA = Manager("anna", "Anna")
C = ChatId("chat-77")
USER, BOSS = ConnectionId("c-77"), ConnectionId("boss")
NOBODY = UUID(int=0)
# Once at the start of a node; everyone who is there is asked.
WHOLE = {
    "forget_node": {"connections"},
    "count_audience": {"chats"},
    "begin_broadcast": {"chats"},
}
FILL = f"""
insert into chats (chat_id, last_seq, last_user_seq, answered_seq, owner, manager_id, status,
                   waiting_since, waiting_for, listed_at, updated_at, created_at, visitor)
select 'chat-' || n, {MESSAGES_A_CHAT}, {MESSAGES_A_CHAT} - 1, {MESSAGES_A_CHAT} - 1,
       case when n % 50 = 0 then 'manager' else 'assistant' end,
       case when n % 50 = 0 then 'anna' end,
       case when n % 3 = 0 then 'closed' else 'open' end,
       case when n % 100 = 0 then now() - make_interval(secs => n) end,
       case when n % 100 = 0 then 'reply' end,
       now() - make_interval(mins => n), now() - make_interval(mins => n),
       now() - make_interval(mins => n), jsonb_build_object('name', 'Person ' || n)
from generate_series(1, {CHATS}) n;
insert into messages (chat_id, seq, role, text, client_id, created_at)
select 'chat-' || n, s, case when s % 2 = 0 then 'user' else 'assistant' end,
       'word' || n || ' and some more of it', 'm-' || s, now() - make_interval(mins => n)
from generate_series(1, {CHATS}) n, generate_series(1, {MESSAGES_A_CHAT}) s;
insert into connections (connection_id, callback_url, chat_id, expires_at, address)
select 'c-' || n, 'http://node/ws', 'chat-' || n, now() + interval '1 hour', '10.0.0.' || n % 250
from generate_series(1, {SOCKETS}) n;
insert into connections (connection_id, callback_url, expires_at, manager_id)
values ('boss', 'http://node/manager', now() + interval '1 hour', 'anna');
insert into tickets (ticket_hash, chat_id, expires_at, until)
select decode(md5(n::text), 'hex'), 'chat-' || n, now() + interval '1 hour', now()
from generate_series(1, {SOCKETS}) n;
insert into broadcasts (broadcast_id, text, recipients, pages)
select md5(n::text)::uuid, 'all', 100, 1 from generate_series(1, 50) n;
insert into broadcast_recipients (broadcast_id, page, chat_id, outcome)
select md5((n % 50)::text)::uuid, 0, 'chat-' || n, 'stored' from generate_series(1, {CHATS}) n;
insert into watches (connection_id, chat_id)
select 'c-' || n, 'chat-' || n from generate_series(1, {SOCKETS}) n;
insert into audit (manager_id, manager_name, action, chat_id)
select 'anna', 'Anna', 'took_over', 'chat-' || n from generate_series(1, {CHATS}) n;
insert into addresses (address, allowance, allowed_at)
select '10.0.' || n / 250 || '.' || n % 250, 1, now() from generate_series(1, {SOCKETS}) n;
"""
MD5_OF_1 = UUID("c4ca4238-a0b9-2382-0dcc-509a6f75849b")
HELD = Claim(C, 1, 1, 6)
D = ChatId("chat-8")
OTHER = Claim(D, 1, 1, 6)
HASH = b"0123456789abcdef"

Step = Callable[[Any], Awaitable[Any]]

STORE: dict[str, Step] = {
    "ping": lambda s: s.ping(),
    "enter_user": lambda s: s.enter_user(Target(ConnectionId("new"), "u"), C, None, "10.0.0.9"),
    "make_chat": lambda s: s.make_chat(ChatId("fresh"), Visitor(name="N"), "10.0.0.9"),
    "receive": lambda s: s.receive(USER, "hello", "new-1"),
    "take_turns": lambda s: s.take_turns(
        [Sent(USER, "hello", f"new-{n}") for n in (2, 3)],
        [LastWord(HELD, "an answer"), LastWord(OTHER, "b")],
    ),
    "enter_all": lambda s: s.enter_all([Entering(Target(ConnectionId("n2"), "u"), C, None, "a")]),
    "resume_all": lambda s: s.resume_all([Resuming(USER, 2), Resuming(ConnectionId("c-8"), 0)], 9),
    "leave_all": lambda s: s.leave_all([Leaving(ConnectionId(f"c-{n}")) for n in (98, 97)]),
    "claim_all": lambda s: s.claim_all([Asked(C), Asked(D)], Terms(True, 0, 50)),
    "claim": lambda s: s.claim(C, bursts=True, quiet=0, history=50, held=None),
    "resume_user": lambda s: s.resume_user(USER, 2, 100),
    "save": lambda s: s.save(HELD, 0, "piece", bursts=True),
    "finish": lambda s: s.finish(HELD, "an answer"),
    "charge": lambda s: s.charge(C, 5),
    "release": lambda s: s.release(HELD),
    "seen_by_user": lambda s: s.seen_by_user(USER, 3),
    "typing_user": lambda s: s.typing_user(USER),
    "stop_by_user": lambda s: s.stop_by_user(USER),
    "ask_for_person": lambda s: s.ask_for_person(USER, "why"),
    "spent_today": lambda s: s.spent_today(),
    "history": lambda s: s.history(C, 0, 4, 50),
    "chat": lambda s: s.chat(C),
    "leave": lambda s: s.leave(ConnectionId("c-99")),
    "enter_manager": lambda s: s.enter_manager(Target(ConnectionId("boss2"), "u"), ANNA),
    "take_over": lambda s: s.take_over(C, ANNA, "I am here", "m-new"),
    "hand_back": lambda s: s.hand_back(C, ANNA),
    "set_status": lambda s: s.set_status(C, "closed", ANNA),
    "stop_answer": lambda s: s.stop_answer(C, ANNA),
    "seen_by_manager": lambda s: s.seen_by_manager(BOSS, C, 3),
    "typing_manager": lambda s: s.typing_manager(BOSS, C),
    "watch": lambda s: s.watch(BOSS, C),
    "unwatch": lambda s: s.unwatch(BOSS, C),
    "changed_since": lambda s: s.changed_since(BOSS, now() - timedelta(minutes=5), 100),
    "chats": lambda s: s.chats("all", (), None, 50, "anna"),
    "named_chats": lambda s: s.named_chats(["chat-1", "chat-2"]),
    "count_audience": lambda s: s.count_audience("open", []),
    "unknown_chats": lambda s: s.unknown_chats(["chat-1", "none"]),
    "begin_broadcast": lambda s: s.begin_broadcast("hi", "b-1", ANNA, "chats", ["chat-1"]),
    "broadcast": lambda s: s.broadcast(MD5_OF_1),
    "broadcast_page": lambda s: s.broadcast_page(MD5_OF_1, 0),
    "mark_delivered": lambda s: s.mark_delivered(MD5_OF_1, 0, [ChatId("chat-1")]),
}
SWEEP: dict[str, Step] = {
    "owed": lambda s: s.owed(100),
    "expired": lambda s: s.expired(100),
    "drop_stale": lambda s: s.drop_stale(100),
    "close_idle": lambda s: s.close_idle(24 * 30, 10),
    "drop_unused": lambda s: s.drop_unused(100),
    "forget_node": lambda s: s.forget_node("http://another"),
}
ACCESS: dict[str, Step] = {
    "add_manager": lambda a: a.add_manager(ANNA, "admin", HASH),
    "manager": lambda a: a.manager(HASH),
    "sign_in": lambda a: a.sign_in(HASH, b"session"),
    "admit": lambda a: a.admit(Manager("oidc", "O"), "agent", b"other"),
    "sign_out": lambda a: a.sign_out(b"session"),
    "add_first_manager": lambda a: a.add_first_manager(ANNA, HASH),
    "replace_token": lambda a: a.replace_token("anna", b"new"),
    "managers": lambda a: a.managers(),
    "add_ticket": lambda a: a.add_ticket(b"ticket", C, None, now(), "10.0.0.9"),
    "audit": lambda a: a.audit(C, None, 50),
    "remove_manager": lambda a: a.remove_manager("oidc"),
}
LISTS = [
    (filter_, words)
    for filter_ in get_args(Filter)
    for words in ((), ("word77",), ("person", "77"), ("more", "some"))
]


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def grown(session: database.Pool) -> database.Pool:
    await session.execute(FILL)
    await session.execute("vacuum analyze")
    return session


async def scans(pool: database.Pool) -> dict[str, int]:
    await pool.execute("select pg_stat_force_next_flush()")
    found = await pool.fetch(
        "select relname, seq_scan from pg_stat_user_tables where relname = any ($1)", list(GROWS)
    )
    return {row["relname"]: row["seq_scan"] for row in found}


async def scanned(pool: database.Pool, step: Awaitable[Any]) -> set[str]:
    """The tables that grow and were read whole by this step."""
    before = await scans(pool)
    await step
    after = await scans(pool)
    return {name for name, times in after.items() if times > before[name]}


def statements(store: type) -> set[str]:
    """Every public method that speaks to the database."""
    found = inspect.getmembers(store, inspect.iscoroutinefunction)
    return {name for name, _ in found if not name.startswith("_")}


async def test_no_statement_reads_a_table_that_grows_whole(grown: database.Pool) -> None:
    if not await grown.fetchval("select current_setting('server_version_num')::int >= 150000"):
        pytest.skip("pg_stat_force_next_flush came with Postgres 15")
    assert set(STORE) == statements(Store) | statements(DeskStore)
    assert set(ACCESS) == statements(AccessStore)
    assert set(SWEEP) == statements(SweepStore)
    whole: dict[str, set[str]] = {}
    rooms = (
        (DeskStore(grown), STORE),
        (AccessStore(grown), ACCESS),
        (SweepStore(grown), SWEEP),
    )
    for given, steps in rooms:
        for name, step in steps.items():
            tables = await scanned(grown, step(given))
            if tables - WHOLE.get(name, set()):
                whole[name] = tables
    store = DeskStore(grown)
    for filter_, words in LISTS:
        for cursor in (None, (await store.chats(filter_, (), None, 2, "anna"))[1]):
            tables = await scanned(grown, store.chats(filter_, words, cursor, 50, "anna"))
            if tables:
                whole[f"chats {filter_} {words} {bool(cursor)}"] = tables
    assert not whole
