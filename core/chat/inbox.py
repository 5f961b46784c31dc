"""The managers' side of the story: see every chat, send, take over, hand back, broadcast."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never
from uuid import UUID

from core.auth.tickets import digest
from core.chat.publish import Fanout
from core.delivery.jobs import BroadcastPage, Queue, Ring
from core.errors import NotFound
from core.model import (
    Broadcast,
    Chat,
    ChatId,
    ConnectionId,
    Filter,
    Manager,
    Message,
    Owner,
    Page,
    Status,
    Target,
)
from core.protocol import frames, wire
from core.protocol.frames import encode
from core.protocol.text import words
from core.protocol.wire import OVERLAP
from core.store.inbox import DeskStore

PAGE = 100


class Desk:
    def __init__(self, store: DeskStore, fanout: Fanout, queue: Queue) -> None:
        self._store = store
        self._fanout = fanout
        self._queue = queue

    async def enter(self, target: Target, manager: Manager) -> None:
        """A manager's socket is about to open, where nobody has to sign in."""
        await self._store.enter_manager(target, manager)

    async def enter_with(self, target: Target, ticket: str) -> None:
        """The socket that `ticket` opens is about to open. Raises `Unauthorized`."""
        await self._store.enter_manager(target, None, digest(ticket))

    async def receive(self, target: Target, raw: str) -> bytes | None:
        """Do what a manager's frame says; return the frame for its sender.

        Raises `Invalid`, `UnknownAction`, `NotFound`, `NotConnected` and `TryAgain`.
        """
        connection = target.connection_id
        match frames.manager_action(raw):
            case frames.Watch(action=action, chat_id=chat_id):
                return await self._watch(connection, ChatId(chat_id), action == "watch")
            case frames.ManagerTyping(chat_id=chat_id):
                await self._typing(connection, ChatId(chat_id))
            case frames.ManagerSeen(chat_id=chat_id, seq=seq):
                await self._seen(connection, ChatId(chat_id), seq)
            case frames.ManagerResume(since=since):
                return await self._resume(connection, since)
            case frames.Ping():
                return encode(frames.Pong())
            case unreachable:
                assert_never(unreachable)
        return None

    async def _watch(self, connection: ConnectionId, chat_id: ChatId, on: bool) -> bytes | None:
        if not on:
            await self._store.unwatch(connection, chat_id)
            return None
        draft = await self._store.watch(connection, chat_id)
        return wire.draft_frame(draft) if draft else None

    async def _typing(self, connection: ConnectionId, chat_id: ChatId) -> None:
        users, watchers = await self._store.typing_manager(connection, chat_id)
        others = [target for target in (*users, *watchers) if target.connection_id != connection]
        await self._fanout.send(wire.typing_frame(chat_id, "manager"), others)

    async def _seen(self, connection: ConnectionId, chat_id: ChatId, seq: int) -> None:
        seq, told = await self._store.seen_by_manager(connection, chat_id, seq)
        await self._fanout.tell(told)
        await self._fanout.send(wire.seen_frame(chat_id, "manager", seq), told.users)

    async def _resume(self, connection: ConnectionId, since: datetime | None) -> bytes:
        start = since - OVERLAP if since else None
        chats, now, has_more = await self._store.changed_since(connection, start, PAGE)
        return wire.manager_ready_frame(chats, now, has_more)

    async def chats(
        self, filter: Filter, search: str, cursor: str | None, limit: int, manager: Manager
    ) -> tuple[Sequence[Chat], str | None]:
        """One page of the list, and the cursor of the next. Raises `Invalid`."""
        looked_for = words(search)[:10]
        if search.strip() and not looked_for:
            return [], None
        return await self._store.chats(filter, looked_for, cursor, limit, manager.id)

    async def named_chats(self, chat_ids: Sequence[str]) -> Sequence[Chat]:
        """Those of the named chats that exist."""
        return await self._store.named_chats(chat_ids)

    async def history(self, chat_id: ChatId, after: int, before: int | None, limit: int) -> Page:
        """A page of a chat's messages. Raises `NotFound`."""
        return await self._store.history(chat_id, after, before, limit)

    async def send(
        self, chat_id: ChatId, text: str, client_id: str | None, manager: Manager
    ) -> Message:
        """A manager's message: it takes the chat over. Raises `NotFound`."""
        _, told = await self._store.take_over(chat_id, manager, text, client_id)
        await self._fanout.tell(told)
        return told.messages[-1]

    async def set_owner(self, chat_id: ChatId, owner: Owner, manager: Manager) -> Chat:
        """Take over, or hand back to the assistant. Raises `NotFound`."""
        if owner == "manager":
            _, told = await self._store.take_over(chat_id, manager, None, None)
        else:
            owed, told = await self._store.hand_back(chat_id, manager)
            if owed:
                await self._queue.put(Ring(chat_id))
        await self._fanout.tell(told)
        return _chat(told.chat)

    async def stop(self, chat_id: ChatId, manager: Manager) -> Chat:
        """End the running answer without taking the chat over. Raises `NotFound`."""
        told = await self._store.stop_answer(chat_id, manager)
        await self._fanout.tell(told)
        return _chat(told.chat)

    async def set_status(self, chat_id: ChatId, status: Status, manager: Manager) -> Chat:
        """Close or reopen. Raises `NotFound`."""
        told = await self._store.set_status(chat_id, status, manager)
        await self._fanout.tell(told)
        return _chat(told.chat)

    async def broadcast(
        self,
        text: str,
        audience: str,
        chat_ids: Sequence[str],
        client_id: str | None,
        manager: Manager,
    ) -> Broadcast:
        """Begin a message to many chats; pages of it are delivered as jobs. Raises `NotFound`."""
        await self._all_known(chat_ids)
        broadcast = await self._store.begin_broadcast(text, client_id, manager, audience, chat_ids)
        await self._queue.put(
            *(BroadcastPage(broadcast.broadcast_id, page) for page in range(broadcast.pages))
        )
        return broadcast

    async def count_audience(self, audience: str, chat_ids: Sequence[str]) -> int:
        """How many chats a broadcast would reach. Raises `NotFound`."""
        await self._all_known(chat_ids)
        return await self._store.count_audience(audience, chat_ids)

    async def progress(self, broadcast_id: UUID) -> Broadcast:
        """How far a broadcast is. Raises `NotFound`."""
        return await self._store.broadcast(broadcast_id)

    async def deliver_page(self, broadcast_id: UUID, page: int) -> None:
        """Store and push one page of a broadcast; doing it again changes nothing."""
        reached: list[ChatId] = []
        for told in await self._store.broadcast_page(broadcast_id, page):
            delivery = await self._fanout.tell(told)
            if set(delivery.taken) & set(told.users):
                reached.append(told.messages[0].chat_id)
        await self._store.mark_delivered(broadcast_id, page, reached)

    async def _all_known(self, chat_ids: Sequence[str]) -> None:
        unknown = await self._store.unknown_chats(chat_ids) if chat_ids else ()
        if unknown:
            raise NotFound(f"There is no such chat: {', '.join(unknown)}.")


def _chat(chat: Chat | None) -> Chat:
    # The statements above give the summary of every chat that they know.
    assert chat is not None
    return chat
