"""How often a running answer is flushed, where each flush costs and where it does not."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from core.assistants.assistant import StreamEnded, StreamEvent, TextPiece
from core.assistants.throttle import EVEN, SLOWING, FlushPace, Throttle


class Clock(asyncio.SelectorEventLoop):
    """A loop whose time passes when nothing is left to do."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        # Nobody waits: what is due later comes now.
        select = self._selector.select  # type: ignore[attr-defined]

        def skip(timeout: float | None) -> Any:
            self._now += timeout or 0.0
            return select(0)

        self._selector.select = skip  # type: ignore[attr-defined]

    def time(self) -> float:
        return self._now


async def _tokens(seconds: float) -> AsyncGenerator[StreamEvent, None]:
    for _ in range(round(seconds / 0.025)):
        await asyncio.sleep(0.025)
        yield TextPiece("word ")
    yield StreamEnded(None)


async def _flushed(pace: FlushPace, seconds: float) -> tuple[list[float], str]:
    """When something was flushed since the first time, and all that was."""
    loop = asyncio.get_running_loop()
    times, text = [], ""
    async with Throttle(_tokens(seconds), pace) as throttle:
        async for piece in throttle:
            times.append(loop.time())
            text += piece
    return [round(time - times[0], 2) for time in times], text


def flushed(pace: FlushPace, seconds: float) -> tuple[list[float], str]:
    with asyncio.Runner(loop_factory=Clock) as runner:
        return runner.run(_flushed(pace, seconds))


@pytest.mark.parametrize("pace", [EVEN, SLOWING])
def test_the_first_words_come_as_quickly_at_either_pace(pace: FlushPace) -> None:
    times, _ = flushed(pace, 1.9)
    assert times == pytest.approx([0.25 * n for n in range(len(times))], abs=0.06)
    assert len(times) >= 7


def test_after_two_seconds_a_piece_comes_every_second() -> None:
    times, text = flushed(SLOWING, 10)
    later = [time for time in times if time > 2.1]
    assert later == pytest.approx([3, 4, 5, 6, 7, 8, 9, 10], abs=0.2)
    assert text == "word " * 400


def test_where_a_push_costs_nothing_it_stays_four_a_second() -> None:
    times, text = flushed(EVEN, 10)
    assert 39 <= len(times) <= 41 and text == "word " * 400


async def _silent() -> AsyncGenerator[StreamEvent, None]:
    yield TextPiece("word ")
    await asyncio.sleep(1000)


@pytest.mark.parametrize(
    ("stream", "busy"),
    [(_silent(), 0.0), (_tokens(1000), 0.0), (_tokens(1000), 0.7)],
    ids=["it falls silent", "it goes on", "it goes on, and each flush takes long"],
)
def test_a_stream_that_does_not_end_in_time_is_left(
    stream: AsyncGenerator[StreamEvent, None], busy: float
) -> None:
    async def read() -> float:
        async with Throttle(stream, EVEN, 10.0) as throttle:
            with pytest.raises(TimeoutError):
                async for _ in throttle:
                    await asyncio.sleep(busy)
            assert throttle.text.startswith("word ")
            return asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=Clock) as runner:
        assert runner.run(read()) == pytest.approx(10.0, abs=0.8)


def test_what_a_stream_said_in_time_is_flushed_after_its_time() -> None:
    async def read() -> str:
        text = ""
        async with Throttle(_tokens(9.9), EVEN, 10.0) as throttle:
            async for piece in throttle:
                text += piece
                await asyncio.sleep(3.0)
        return text

    with asyncio.Runner(loop_factory=Clock) as runner:
        assert runner.run(read()) == "word " * round(9.9 / 0.025)
