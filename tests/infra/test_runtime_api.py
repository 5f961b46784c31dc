"""The test's own Lambda: a stop ends all that a function has started."""

import asyncio
from pathlib import Path

import pytest

from tests.infra.runtime_api import Function, FunctionError

TURNS = [1, 3, 30]


@pytest.mark.parametrize("turns", TURNS, ids=lambda turns: f"{turns} turns of the loop")
async def test_a_stop_during_a_cold_start_leaves_no_task(tmp_path: Path, turns: int) -> None:
    before = asyncio.all_tasks()
    function = Function("disconnect", {}, tmp_path / "log")
    invoking = asyncio.create_task(function.invoke({}))
    for _ in range(turns):
        await asyncio.sleep(0)
    assert function.containers
    await function.stop()
    with pytest.raises(FunctionError, match="dead"):
        await invoking
    await function.stop()
    assert asyncio.all_tasks() == before


async def test_a_stop_closes_the_process_connection(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    function = Function("disconnect", {}, tmp_path / "log")
    await function._cold()
    [container] = function.containers
    assert asyncio.all_tasks() > before
    await function.stop()
    assert asyncio.all_tasks() == before
    assert container.process is not None
    assert container.process.returncode is not None


async def test_nothing_starts_after_a_stop(tmp_path: Path) -> None:
    function = Function("disconnect", {}, tmp_path / "log")
    await function.stop()
    with pytest.raises(FunctionError, match="dead"):
        await function.invoke({})
    assert not function.containers
