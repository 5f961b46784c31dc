"""What a page of messages needs before somebody reads it: HTML, where it has none yet."""

import asyncio
import math
from collections.abc import Sequence
from contextlib import suppress

from core.errors import TryAgain
from core.model import StoredMessage
from core.protocol.rendering import lacks_html, rendered
from core.store.chats import ChatStore

# One request renders so many texts, of at most 5 ms each. The other texts come without HTML.
MOST_RENDERED = 20


async def readable(
    chats: ChatStore, messages: Sequence[StoredMessage], room: float = math.inf
) -> Sequence[StoredMessage]:
    """The messages with HTML, up to the one that begins below `room` bytes.

    What is rendered here is stored.
    """
    page: list[StoredMessage] = []
    new: list[StoredMessage] = []
    for message in messages:
        if room <= 0:
            break
        if lacks_html(message) and len(new) < MOST_RENDERED:
            message = rendered(message)
            new.append(message)
            # Others get their turn.
            await asyncio.sleep(0)
        page.append(message)
        # A character is at least one byte.
        room -= len(message.text) + len(message.html or "")
    if new:
        # They are rendered again by the next reader.
        with suppress(TryAgain):
            await chats.keep_html(new)
    return page
