"""A chat as a file, a page of messages at a time: no chat is too long for the memory."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Literal

from pydantic_core import to_json

from core.chat.inbox import Inbox
from core.model import Chat, ChatId, Sight, StoredMessage
from core.protocol import transcript as written
from core.protocol import wire
from core.protocol.frames import encode
from core.protocol.transcript import TranscriptReader
from core.store.chats import ChatStore

Format = Literal["text", "html", "json"]

PAGE = 200
# Who asks gets at most so much at once: a function on AWS answers no more than 6 MB.
MOST_BYTES = 4_000_000


class Transcripts:
    def __init__(self, chats: ChatStore, inbox: Inbox) -> None:
        self._chats = chats
        self._inbox = inbox

    async def of(
        self, chat_id: ChatId, format: Format, after: int, reader: TranscriptReader, sites: Sight
    ) -> AsyncIterator[str]:
        """The file, in pieces. Notes and events of the team are not in it. Raises `NotFound`."""
        chat = await self._chats.chat(chat_id, sites)
        return self._pieces(chat, format, after, reader, sites)

    async def _pieces(
        self, chat: Chat, format: Format, after: int, reader: TranscriptReader, sites: Sight
    ) -> AsyncIterator[str]:
        now = datetime.now(UTC)
        one, end = _writer(chat, format, reader)
        yield _begun(chat, format, now, reader)
        size, more, first = 0, True, True
        while more and size < MOST_BYTES:
            page = await self._inbox.history(chat.chat_id, after, None, PAGE, sites)
            pieces = [one(message) for message in page.messages]
            after = page.messages[-1].seq if page.messages else after
            more = page.has_more
            text = ("," if format == "json" else "").join(pieces)
            if text:
                yield f",{text}" if format == "json" and not first else text
                first = False
            size += len(text.encode())
        yield end(after if more else None)


def _writer(
    chat: Chat, format: Format, reader: TranscriptReader
) -> tuple[Callable[[StoredMessage], str], Callable[[int | None], str]]:
    """What writes one message, and what ends the file: with the `seq` after which more follows."""
    if format == "json":
        return _message, lambda seq: f'],"next":{to_json(seq).decode()}}}\n'
    if format == "html":
        return (
            lambda message: written.message_html(message, chat, reader),
            lambda seq: written.ended_html(seq, reader),
        )
    return (
        lambda message: written.message_text(message, chat, reader),
        lambda seq: written.ended_text(seq, reader),
    )


def _begun(chat: Chat, format: Format, now: datetime, reader: TranscriptReader) -> str:
    if format == "json":
        head = {
            "chat_id": chat.chat_id,
            "visitor": {"name": chat.visitor.name, "email": chat.visitor.email},
            "as_of": now,
            "created_at": chat.created_at,
        }
        return f'{to_json(head).decode()[:-1]},"messages":['
    begun = written.begun_html if format == "html" else written.begun_text
    return begun(chat, now, reader)


def _message(message: StoredMessage) -> str:
    return encode(wire.message_model(message)).decode()
