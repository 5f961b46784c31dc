"""The worst text that is rendered takes 5 ms, and others get their turn between two texts."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import process_time
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from core.chat.reading import MOST_RENDERED, readable
from core.model import ChatId, StoredMessage
from core.protocol.markdown import MAX_CHARACTERS, RENDERER, html
from core.protocol.rendering import rendered
from core.store.chats import ChatStore
from tests.unit.test_markdown import PARTS, UNITS

MORE = [
    "|a|b|\n|-|-|\n|1|2|\n\n",
    "[a]: b\n\n",
    "請**a**",
    "+49 151 1234567 ",
    "a@b.example ",
    "* * *\n",
]
PIECES = st.sampled_from([*UNITS, *PARTS, *MORE])
LENGTHS = [MAX_CHARACTERS * share // 100 for share in (100, 75, 56, 42, 32)]


def taken(work: Callable[[], object], rounds: int) -> float:
    """Seconds of the processor, where nothing else disturbed it."""
    times = []
    for _ in range(rounds):
        began = process_time()
        work()
        times.append(process_time() - began)
    return min(times)


def five_milliseconds() -> None:
    """So long it takes where nothing else runs."""
    count = 0
    for number in range(150_000):
        count += number


def is_quick(text: str) -> bool:
    """More is allowed: a busy machine slows one thing more than another."""
    for rounds in (1, 3, 10, 30):
        if taken(lambda: html(text), rounds) < 3 * taken(five_milliseconds, rounds):
            return True
    return False


@given(st.lists(PIECES, min_size=1, max_size=4), st.booleans())
@settings(deadline=None)
def test_i12_whatever_is_rendered_is_rendered_quickly(pieces: list[str], mixed: bool) -> None:
    for length in LENGTHS:
        if mixed:
            text = "".join(pieces) * length
        else:
            text = "".join(piece * (length // len(pieces) // len(piece) + 1) for piece in pieces)
        assert is_quick(text[:length])


def message(seq: int, text: str) -> StoredMessage:
    return StoredMessage(
        ChatId("a"), seq, "", "assistant", "text", text, "final", 1, datetime.now(UTC)
    )


class Kept:
    def __init__(self) -> None:
        self.messages: list[StoredMessage] = []

    async def keep_html(self, messages: Sequence[StoredMessage]) -> None:
        self.messages += messages


async def test_i12_others_get_their_turn_between_two_texts() -> None:
    kept, turns = Kept(), 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    page = [message(seq, f"**{seq}**") for seq in range(1, 31)]
    read = await readable(cast(ChatStore, kept), page)
    other.cancel()
    assert turns >= MOST_RENDERED == len(kept.messages)
    assert [one.renderer for one in read] == [RENDERER] * MOST_RENDERED + [None] * 10


async def test_i12_what_a_frame_has_no_room_for_is_not_rendered() -> None:
    kept = Kept()
    page = [message(seq, f"**{seq}**" * 100) for seq in range(1, 31)]
    size = len(page[0].text) + len(rendered(page[0]).html or "")
    read = await readable(cast(ChatStore, kept), page, 3 * size)
    assert [one.seq for one in kept.messages] == [one.seq for one in read] == [1, 2, 3]
