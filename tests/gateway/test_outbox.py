"""The outbox alone, against a `send` that can be made to wait, fail or lag."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.gateway.outbox import Outbox, OutboxClosed, OutboxFull


class Wire:
    """An ASGI `send` that writes what it is given, and waits while it is shut."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.open = asyncio.Event()
        self.open.set()
        self.error: Exception | None = None

    async def __call__(self, message: Any) -> None:
        await self.open.wait()
        if self.error is not None:
            raise self.error
        self.sent.append(message.get("text", message.get("code")))


async def until_idle(outbox: Outbox) -> None:
    while outbox.waiting:  # noqa: ASYNC110
        await asyncio.sleep(0)


async def test_an_open_wire_is_written_through_without_a_task() -> None:
    wire = Wire()
    outbox = Outbox(wire, 10)
    tasks = asyncio.all_tasks()
    for text in ("a", "b"):
        outbox.put(text.encode())
    assert wire.sent == ["a", "b"]
    assert asyncio.all_tasks() == tasks


async def test_a_shut_wire_is_waited_for_in_order() -> None:
    wire = Wire()
    outbox = Outbox(wire, 10)
    wire.open.clear()
    for text in ("a", "b", "c"):
        outbox.put(text.encode())
    assert (wire.sent, outbox.waiting) == ([], 3)
    wire.open.set()
    await until_idle(outbox)
    outbox.put(b"d")
    assert wire.sent == ["a", "b", "c", "d"]


async def test_one_byte_too_many_is_full() -> None:
    wire = Wire()
    outbox = Outbox(wire, 10)
    wire.open.clear()
    outbox.put(b"a" * 5)
    outbox.put(b"b" * 5)
    with pytest.raises(OutboxFull):
        outbox.put(b"c")
    await outbox.end()


async def test_a_close_follows_what_is_queued_and_nothing_follows_it() -> None:
    wire = Wire()
    outbox = Outbox(wire, 10)
    wire.open.clear()
    outbox.put(b"a")
    outbox.close(1001, "Going away", 1)
    outbox.close(1000, "again", 1)
    with pytest.raises(OutboxClosed):
        outbox.put(b"late")
    wire.open.set()
    await until_idle(outbox)
    await asyncio.sleep(0)
    assert wire.sent == ["a", 1001]


@pytest.mark.parametrize("error", [OSError(), RuntimeError()])
async def test_a_wire_that_fails_closes_the_outbox(error: Exception) -> None:
    wire = Wire()
    wire.error = error
    outbox = Outbox(wire, 10)
    with pytest.raises(OutboxClosed):
        outbox.put(b"a")
    with pytest.raises(OutboxClosed):
        outbox.put(b"b")


async def test_a_wire_that_fails_later_forgets_what_was_queued() -> None:
    wire = Wire()
    outbox = Outbox(wire, 10)
    wire.open.clear()
    outbox.put(b"a")
    outbox.put(b"b")
    wire.error = OSError()
    wire.open.set()
    await until_idle(outbox)
    with pytest.raises(OutboxClosed):
        outbox.put(b"c")
    assert wire.sent == []


async def test_end_leaves_no_task_behind() -> None:
    wire = Wire()
    outbox = Outbox(wire, 10)
    tasks = asyncio.all_tasks()
    wire.open.clear()
    outbox.put(b"a")
    assert len(asyncio.all_tasks()) == len(tasks) + 1
    await outbox.end()
    assert asyncio.all_tasks() == tasks
    assert outbox.waiting == 0


@given(st.lists(st.sampled_from(["put", "shut", "open", "turn"]), max_size=60))
def test_any_interleaving_keeps_the_order(steps: list[str]) -> None:
    async def play() -> None:
        wire = Wire()
        outbox = Outbox(wire, 1000)
        put = 0
        for step in steps:
            match step:
                case "put":
                    outbox.put(str(put).encode())
                    put += 1
                case "shut":
                    wire.open.clear()
                case "open":
                    wire.open.set()
                case _:
                    await asyncio.sleep(0)
        wire.open.set()
        await until_idle(outbox)
        assert wire.sent == [str(number) for number in range(put)]
        await outbox.end()

    asyncio.run(play())
