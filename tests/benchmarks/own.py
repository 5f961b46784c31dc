"""The same bounds with our own statements: what Postgres alone takes for what a turn keeps."""

import asyncio

import asyncpg

from tests.benchmarks.bench import Machine

CHATS = """
insert into chats (chat_id, listed_at)
select 'own-' || n, now() from generate_series(0, 99) n on conflict do nothing;
insert into connections (connection_id, callback_url, chat_id, expires_at)
select 'own-' || n, 'http://127.0.0.1:8000/ws', 'own-' || n, now() + interval '1 hour'
from generate_series(0, 99) n on conflict do nothing;
"""
# Or a server would begin to answer thousands of messages while another scenario is measured.
ANSWERED_BY_NOBODY = "update chats set answered_seq = last_user_seq where chat_id like 'own-%'"
SAID = """
\\set n random(1, 1000000000000)
call store_turns(
    json_build_array(json_build_object(
        'connection_id', 'own-' || :client_id, 'text', 'message of a visitor who asks something',
        'client_id', 'n' || :n)),
    '[]', 0, 0::double precision, 0, 'pgbench', null, null) \\gset
"""
ANSWERED = """
call store_turns(
    '[]',
    json_build_array(json_build_object(
        'chat_id', 'own-' || :client_id,
        'epoch', :results::json->0->'claim'->'epoch', 'try', :results::json->0->'claim'->'try',
        'reply_to', :results::json->0->'seq',
        'text', 'message of a visitor who asks something', 'state', 'final')),
    0, 0::double precision, 0, null, null, null);
"""


def statements(machine: Machine, clients: int, turns: str = SAID + ANSWERED) -> tuple[float, float]:
    """As `Machine.inserts`, for whole turns or only for what is said."""
    asyncio.run(_execute(machine.dsn, CHATS))
    try:
        return machine.pgbench(turns, clients)
    finally:
        asyncio.run(_execute(machine.dsn, ANSWERED_BY_NOBODY))


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(statement)
    await connection.close()
