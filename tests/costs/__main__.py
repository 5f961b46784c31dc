"""`make cost`: run the workloads against the AWS stack, count what they use, and price it."""

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from core.store import database
from core.store.migrate import migrate
from local.postgres import embedded
from tests.costs import workloads
from tests.costs.limits import TEAMS, too_much
from tests.costs.meter import Used
from tests.costs.report import details, table
from tests.costs.stack import CostStack
from tests.costs.workloads import Run
from tests.openai_server import OpenAIServer


@asynccontextmanager
async def run_of(dsn: str, folder: Path, managers: int, **environment: str) -> AsyncIterator[Run]:
    """A stack that has started every function once."""
    pool = await database.open_pool(dsn, 4)
    try:
        async with CostStack(dsn, folder, **environment).running() as stack:
            run = Run(stack, pool, managers)
            await workloads.warm_up(run)
            yield run
    finally:
        await database.close_pool(pool)


async def measure(dsn: str, folder: Path, teams: tuple[int, ...]) -> dict[str, dict[int, Used]]:
    """What each workload uses, by its name and the number of managers."""
    found: dict[str, dict[int, Used]] = {}
    for managers in teams:
        for name, used in (await measure_team(dsn, folder, managers)).items():
            found.setdefault(name, {})[managers] = used
    return found


async def measure_team(dsn: str, folder: Path, managers: int) -> dict[str, Used]:
    """What each workload uses with so many managers."""
    found = {}
    async with run_of(dsn, _made(folder / f"echo-{managers}"), managers) as run:
        for name, workload in workloads.ECHO.items():
            found[name] = await workload(run)
    with OpenAIServer() as openai:
        asking = {"OPENAI_KEY": "key", "OPENAI_BASE_URL": openai.base_url, "QUIET_SECONDS": "0"}
        where = _made(folder / f"openai-{managers}")
        async with run_of(dsn, where, managers, **asking) as run:
            for name, streamed in workloads.STREAMED.items():
                found[name] = await streamed(run, openai)
    return found


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


async def main(teams: tuple[int, ...]) -> list[str]:
    """What is above its limit."""
    with tempfile.TemporaryDirectory() as folder:
        async with embedded(Path(folder) / "postgres") as dsn:
            pool = await database.open_pool(dsn, 1)
            await migrate(pool)
            await database.close_pool(pool)
            found = await measure(dsn, Path(folder), teams)
    print(table(found))
    print(details(found))
    return [
        line
        for name, row in found.items()
        for managers, used in row.items()
        for line in too_much(name, managers, used)
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make cost", description=__doc__)
    parser.add_argument("--managers", default=",".join(map(str, TEAMS)), help="as 1,10,50")
    teams = tuple(map(int, parser.parse_args().managers.split(",")))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    if over := asyncio.run(main(teams)):
        sys.exit("\n".join(over))
