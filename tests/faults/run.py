"""One run of the checker: people talk, faults happen, all settles, and the judge looks."""

import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from core.store import database
from core.store.migrate import migrate
from tests.faults.check import judge, table
from tests.faults.clock import Clock
from tests.faults.faults import Inject, faults, torment
from tests.faults.postgres import Postgres
from tests.faults.stored import Row
from tests.faults.violation import Violation
from tests.faults.world import MANAGERS, World, world
from tests.openai_server import answer_to
from tests.pgbouncer import pgbouncer

SETTLE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, what to show, and where the history of a run that failed lies."""

    violations: list[Violation]
    table: str
    missing: tuple[str, ...]
    file: Path | None


async def run(
    seconds: float,
    seed: int,
    folder: Path,
    *,
    chats: int = 12,
    echo: bool = False,
    pooler: bool = False,
) -> Verdict:
    """Run all faults that can be had here against the real thing. `pooler`: behind PgBouncer."""
    async with AsyncExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        clock = Clock(data)
        postgres = await stack.enter_async_context(Postgres(data, clock.environment))
        await migrated(postgres.dsn)
        environment = dict(clock.environment)
        if pooler:
            environment["DATABASE_URL"] = stack.enter_context(pgbouncer(postgres.dsn))
        made = await stack.enter_async_context(
            world(
                postgres.dsn,
                data,
                seed,
                chats=chats,
                environment=environment,
                postgres=postgres,
                echo=echo,
            )
        )
        chosen = faults(clock, postgres=True, provider=not echo)
        missing = () if clock.works else ("clock jumps: Debian's faketime is not here",)
        return await judged(made, chosen, seconds, seed, folder, missing=missing)


async def judged(
    made: World,
    chosen: Mapping[str, Inject],
    seconds: float,
    seed: int,
    folder: Path,
    *,
    settle: float = SETTLE_SECONDS,
    missing: tuple[str, ...] = (),
) -> Verdict:
    """Let people in, torment them, and say what broke."""
    made.people.begin(len(made.chats), MANAGERS, seed)
    await torment(made, chosen, seconds)
    stored = await made.people.settle(settle)
    found = judge(made.history, stored, said_back if made.echo else right_answer, not made.echo)
    shown = table(made.history, stored, found)
    file = None
    if found:
        file = folder / f"faults-{seed}.txt"
        made.history.save(file, "\n".join(["VIOLATIONS", *map(str, found), "", shown]))
    return Verdict(found, shown, missing, file)


def right_answer(question: Row) -> str:
    """What the provider says to it when it says anything."""
    return answer_to(question.text)


def said_back(question: Row) -> str:
    """What the echo says to it."""
    return question.text


async def migrated(dsn: str) -> None:
    """Make the tables."""
    pool = await database.open_pool(dsn, 1)
    await migrate(pool)
    await database.close_pool(pool)
