"""The checker finds nothing in the product, and every bug that is planted in it."""

import asyncio
import tempfile
from pathlib import Path

import pytest

from tests.faults import faults
from tests.faults.planted import BUGS, OF_THE_TEAM, plant
from tests.faults.postgres import Postgres
from tests.faults.run import Verdict, judged, migrated, run
from tests.faults.world import World, world

SECONDS, PLANTED_SECONDS = 10.0, 6.0


async def kill_late(world: World) -> None:
    """When there is something to lose."""
    await asyncio.sleep(2)
    await faults.kill_postgres(world)


# Those of the team spoil nothing for each other, and are found in one run.
RUNS = [(name,) for name in BUGS if name not in OF_THE_TEAM] + [tuple(OF_THE_TEAM)]
# What brings each bug to light; the others need only people.
NEEDED = {
    "acknowledged before the commit": {"Postgres killed": kill_late},
    "no unique key": {"answers lost": faults.answers_lost},
    "resume off by one": {"connections dropped": faults.drop_clients},
    "fan-out stops at a failed push": {"connections gone (410)": faults.connections_gone},
}

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("echo", [False, True])
async def test_i1_to_i6_i8_i9_and_i11_hold_under_faults(tmp_path: Path, echo: bool) -> None:
    verdict = await run(SECONDS, 1, tmp_path, echo=echo)
    assert not verdict.violations, report(verdict)


@pytest.mark.parametrize("names", RUNS, ids=" and ".join)
async def test_the_checker_finds(names: tuple[str, ...], tmp_path: Path) -> None:
    missing = set(names)
    # On a busy machine too little may happen in one go.
    for seed in range(1, 6):
        verdict = await with_bugs(names, tmp_path, seed)
        missing -= {name for name in missing if BUGS[name].is_among(verdict.violations)}
        if not missing:
            break
    assert not missing, f"{missing} were not found\n{report(verdict)}"
    assert verdict.file is not None
    assert "VIOLATIONS" in verdict.file.read_text()


async def with_bugs(names: tuple[str, ...], tmp_path: Path, seed: int) -> Verdict:
    with tempfile.TemporaryDirectory() as data:
        folder = Path(data)
        async with Postgres(folder, {}) as postgres:
            await migrated(postgres.dsn)
            for name in names:
                await plant(postgres.dsn, BUGS[name])
            program = ("-m", "tests.faults.planted", names[0])
            async with world(
                postgres.dsn, folder, seed, chats=8, program=program, postgres=postgres
            ) as made:
                chosen = NEEDED.get(names[0], {"calm": faults.nothing})
                return await judged(made, chosen, PLANTED_SECONDS, seed, tmp_path, settle=6)


def report(verdict: Verdict) -> str:
    lines = [verdict.table, *map(str, verdict.violations[:20])]
    if verdict.file:
        lines += ["", verdict.file.read_text()[:20_000]]
    return "\n".join(lines)
