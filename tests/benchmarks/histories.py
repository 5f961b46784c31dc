"""The scenarios of answers for which the assistant reads a long chat again."""

import asyncio
import time

import asyncpg

from tests.benchmarks.bench import Machine, Measure, Scenario
from tests.benchmarks.others.instant import ANSWER, LINES, QUESTION
from tests.benchmarks.streams import assisted

PROVIDER = "tests.benchmarks.others.instant"
TALKED = """
with c as (
    insert into chats (chat_id, last_seq, last_user_seq, answered_seq, listed_at)
    select $1 || '-' || n, $3::int, $3::int - 1, $3::int - 1, now()
    from generate_series(0, $2::int - 1) n
    returning chat_id)
insert into messages (chat_id, seq, role, text)
select chat_id, seq, case when seq % 2 = 1 then 'user' else 'assistant' end,
       case when seq % 2 = 1 then $4 else $5 end
from c, generate_series(1, $3::int) seq
"""


def asked_directly(askers: int) -> Measure:
    def measured(machine: Machine) -> float:
        with machine.other(PROVIDER) as port:
            words = ("tests.benchmarks.asking", port, askers, machine.seconds)
            return machine.measured(*words)["answers_per_second"]

    return measured


def through_us(visitors: int) -> Measure:
    def measured(machine: Machine) -> float:
        with machine.other(PROVIDER) as provider, assisted(machine, provider) as port:
            # Who asks first after a start waits for an import or two; that is another figure.
            answered(machine, port, 1, 0.1)
            return answered(machine, port, visitors, machine.seconds)["turns_per_second"]

    return measured


def answered(machine: Machine, port: int, visitors: int, seconds: float) -> dict[str, float]:
    name = f"h{time.time_ns()}"
    asyncio.run(_talked(machine.dsn, name, visitors))
    return machine.load("closed", visitors, 0, seconds, name, port=port)


async def _talked(dsn: str, name: str, chats: int) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(TALKED, name, chats, LINES, QUESTION, ANSWER)
    await connection.close()


HISTORIES = [
    Scenario(
        "B16", "answers/s, 60 lines, 1 visitor", asked_directly(1), through_us(1), "more", 0.3, 0.5
    ),
    Scenario(
        "B16 10", "the same, 10 visitors", asked_directly(10), through_us(10), "more", 0.3, 0.5
    ),
]
