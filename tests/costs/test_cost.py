"""No workload needs more messages, invocations or statements than `most.toml` says."""

import tomllib
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from core.store.database import Pool
from tests.costs import workloads
from tests.costs.__main__ import run_of
from tests.costs.bill import PRICES, bill
from tests.costs.limits import MOST, TEAMS, too_much
from tests.costs.meter import Used
from tests.costs.stack import memory
from tests.costs.workloads import Run
from tests.openai_server import OpenAIServer

MANAGERS = 10
WIDGET = "streamed answer of 10 s, the widget"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def echoing(dsn: str, pool: Pool, tmp_path: Path) -> AsyncIterator[Run]:
    async with run_of(dsn, tmp_path, MANAGERS) as run:
        yield run


async def test_no_workload_of_the_echo_needs_more_than_written_down(echoing: Run) -> None:
    found = {name: await workload(echoing) for name, workload in workloads.ECHO.items()}
    over = [line for name, used in found.items() for line in too_much(name, MANAGERS, used)]
    assert not over, {name: (used.frames, used.statements) for name, used in found.items()}
    assert all(used.messages and used.invocations.total() for used in found.values())


async def test_no_streamed_answer_needs_more_than_written_down(
    dsn: str, pool: Pool, tmp_path: Path, openai_server: OpenAIServer
) -> None:
    async with run_of(
        dsn,
        tmp_path,
        MANAGERS,
        OPENAI_KEY="key",
        OPENAI_BASE_URL=openai_server.base_url,
        QUIET_SECONDS="0",
    ) as run:
        used = await workloads.STREAMED[WIDGET](run, openai_server)
    assert used.frames["push to visitor delta"] > 10
    assert not too_much(WIDGET, MANAGERS, used), (used.frames, used.statements)


def test_the_table_has_a_line_for_each_workload_and_number_of_managers() -> None:
    most: Mapping[str, Mapping[str, list[int]]] = tomllib.loads(MOST.read_text())
    assert most.keys() == {*workloads.ECHO, *workloads.STREAMED}
    for name, rows in most.items():
        assert {what: len(numbers) for what, numbers in rows.items()} == {
            "messages": len(TEAMS), "invocations": len(TEAMS), "statements": len(TEAMS)
        }, name  # fmt: skip


def test_one_thing_more_than_written_down_is_named() -> None:
    none = Used()
    (name, *_) = workloads.ECHO
    most = tomllib.loads(MOST.read_text())[name]
    assert not too_much(name, 1, replace(none, messages=most["messages"][0]))
    more = replace(none, messages=most["messages"][0] + 1)
    assert too_much(name, 1, more) == [
        f"{name}, 1 managers: {more.messages} messages, at most {more.messages - 1}"
    ]
    assert too_much("a workload that nobody wrote down", 1, more)


def test_each_price_has_a_date_and_a_source() -> None:
    for name, price in tomllib.loads(PRICES.read_text()).items():
        assert price.keys() == {"usd", "unit", "date", "source"}, name
        assert date.fromisoformat(price["date"]).year >= 2026, name
        assert price["source"].startswith("https://"), name


def test_a_message_counts_for_each_32_kb_begun() -> None:
    used = Used()
    for size in (0, 1, 32 * 1024, 32 * 1024 + 1):
        used.frame("in", "message", size)
    assert (used.messages, used.empty) == (4, 1)


def test_a_bill_counts_the_memory_of_each_function() -> None:
    used = Used()
    used.invocation("responder", 10.0)
    sizes = memory()
    usd = bill(used, sizes).lambda_time
    assert usd == pytest.approx(10.0 * sizes["responder"] / 1024 * 1.33334e-5)
