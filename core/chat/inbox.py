"""What managers do: see every chat, send, take over, hand back, close."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from core.auth.tickets import digest
from core.chat.publish import Publisher
from core.chat.reading import readable
from core.delivery.jobs import AnswerChat, Queue
from core.delivery.push import Post
from core.limits import UNLIMITED, Buckets, Rate
from core.model import (
    Chat,
    ChatId,
    ConnectionId,
    Feed,
    Manager,
    Owner,
    Sight,
    Status,
    StoredMessage,
    Target,
)
from core.protocol import frames, parse, wire
from core.protocol.frames import encode
from core.protocol.wire import OVERLAP
from core.store.changes import Page
from core.store.refusals import MANY_READS, allowed
from core.store.socket_store import SocketStore

PAGE = 100
# Of a manager's writing, for each socket.
SIGNS = Rate(burst=3, refill=0.5)


class Inbox:
    def __init__(
        self, store: SocketStore, publisher: Publisher, queue: Queue, reads: Buckets = UNLIMITED
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._queue = queue
        self._reads = reads
        self._signs = Buckets(SIGNS)

    async def enter(self, target: Target, manager: Manager, feed: Feed | None = None) -> None:
        """Register a manager's socket before it opens, in open mode."""
        await self._store.connections.enter_manager(target, manager, feed=feed)

    async def enter_with(self, target: Target, ticket: str, feed: Feed | None = None) -> None:
        """Register a manager's socket before it opens, by its ticket. Raises `Unauthorized`."""
        await self._store.connections.enter_manager(target, None, digest(ticket), feed)

    async def receive(self, target: Target, raw: str) -> bytes | None:
        """Handle a manager's frame; return the frame for its sender.

        Raises `Invalid`, `UnknownAction`, `NotFound`, `NotConnected`, `TooMany` and `TryAgain`.
        """
        connection = target.connection_id
        match parse.manager_action(raw):
            case frames.Watch(chat_id=chat_id, looks=looks):
                return await self._watch(target, ChatId(chat_id), looks=looks)
            case frames.Unwatch(chat_id=chat_id):
                await self._unwatch(connection, ChatId(chat_id))
            case frames.Peek(chat_ids=chat_ids):
                return await self._peek(connection, [ChatId(one) for one in chat_ids])
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

    async def _watch(self, target: Target, chat_id: ChatId, *, looks: bool) -> bytes | None:
        connection = target.connection_id
        allowed(self._reads.wait(connection), MANY_READS)
        found, viewing = await self._store.connections.watch(connection, chat_id, looks=looks)
        # Either says what the messages do not that were read before.
        if isinstance(found, Chat):
            answer = wire.chat_frame(found, for_user=False)
        else:
            answer = wire.draft_frame(found)
        if viewing is None or not (viewing.sockets or len(viewing.managers) > 1):
            return answer
        # It is pushed beside the others': a colleague's node that hangs may not hold it up.
        told = wire.viewing_frame(viewing)
        await self._publisher.send_all(
            Post([target], told), Post([target], answer, must=True), Post(viewing.sockets, told)
        )
        return None

    async def _unwatch(self, connection: ConnectionId, chat_id: ChatId) -> None:
        allowed(self._reads.wait(connection), MANY_READS)
        viewing = await self._store.connections.unwatch(connection, chat_id)
        if viewing is not None and viewing.sockets:
            await self._publisher.send(wire.viewing_frame(viewing), viewing.sockets)

    async def _peek(self, connection: ConnectionId, chat_ids: Sequence[ChatId]) -> bytes:
        allowed(self._reads.wait(connection), MANY_READS)
        at, looked_at = await self._store.connections.peek(connection, chat_ids)
        return wire.peeked_frame(looked_at, at)

    async def _typing(self, connection: ConnectionId, chat_id: ChatId) -> None:
        # Many keys are few signs: each is good for some seconds.
        if not self._signs.draw(connection):
            return
        writing = await self._store.inbox.typing(connection, chat_id)
        others = [one for one in writing.managers if one.connection_id != connection]
        # Who of the team writes is for the team.
        await asyncio.gather(
            self._publisher.send(wire.typing_frame(chat_id, "manager"), writing.users),
            self._publisher.send(wire.typing_frame(chat_id, "manager", writing.manager), others),
        )

    async def _seen(self, connection: ConnectionId, chat_id: ChatId, seq: int) -> None:
        seq, change, own = await self._store.inbox.seen(connection, chat_id, seq)
        await self._publisher.publish(change)
        await self._publisher.send(wire.seen_frame(chat_id, "manager", seq), change.users)
        if own:
            others = [one for one in own.sockets if one.connection_id != connection]
            await self._publisher.send(wire.read_frame(chat_id, own.seq), others)

    async def unread(self, chat_id: ChatId, manager: Manager) -> int:
        """Mark the visitor's newest message as unread, on all of a manager's devices.

        Returns the read mark. Raises `NotFound`.
        """
        own = await self._store.inbox.unread(chat_id, manager.id)
        await self._publisher.send(wire.read_frame(chat_id, own.seq, unread=True), own.sockets)
        return own.seq

    async def _resume(self, connection: ConnectionId, since: datetime | None) -> bytes:
        allowed(self._reads.wait(connection), MANY_READS)
        start = since - OVERLAP if since else None
        missed = await self._store.inbox.changed_since(connection, start, PAGE)
        return wire.manager_ready_frame(
            missed.chats,
            missed.now,
            missed.has_more,
            missed.budget,
            missed.rank,
            missed.sites,
            missed.read,
        )

    async def named_chats(
        self, chat_ids: Sequence[str], manager: Manager, sites: Sight = None
    ) -> Sequence[Chat]:
        """The named chats that exist, of these sites."""
        return await self._store.inbox.named_chats(chat_ids, manager.id, sites)

    async def history(
        self,
        chat_id: ChatId,
        after: int,
        before: int | None,
        limit: int,
        sites: Sight = None,
        changed: int | None = None,
    ) -> Page:
        """A page of a chat's messages, with HTML. Raises `NotFound`.

        `changed`: first come those up to `after` that changed since.
        """
        store = self._store
        if changed is None:
            page = await store.chats.history(chat_id, after, before, limit, sites)
        else:
            # First what changed: what changes meanwhile is asked for once more.
            first = await store.edits.changed(chat_id, changed, after, limit, sites)
            page = Page(first.messages, first.has_more, first.change)
            if not first.has_more:
                rest = await store.chats.history(chat_id, after, before, limit, sites)
                page = Page((*first.messages, *rest.messages), rest.has_more, first.change)
        messages = tuple(await readable(store.chats, page.messages))
        return replace(page, messages=messages)

    async def send(
        self,
        chat_id: ChatId,
        text: str,
        client_id: str | None,
        manager: Manager,
        after_seq: int | None = None,
    ) -> StoredMessage:
        """Store a manager's message, which takes the chat from the assistant.

        Raises `NotFound`, and `NewerReply` if a colleague has replied after `after_seq`.
        """
        _, change = await self._store.inbox.take_over(chat_id, manager, text, client_id, after_seq)
        await self._publisher.publish(change)
        return change.messages[-1]

    async def set_owner(self, chat_id: ChatId, owner: Owner, manager: Manager) -> Chat:
        """Take over, or hand back to the assistant. Raises `NotFound`."""
        if owner == "manager":
            _, change = await self._store.inbox.take_over(chat_id, manager, None, None)
        else:
            pending, change = await self._store.inbox.hand_back(chat_id, manager)
            if pending:
                await self._queue.enqueue(AnswerChat(chat_id))
        await self._publisher.publish(change)
        return _chat(change.chat)

    async def stop(self, chat_id: ChatId, manager: Manager) -> Chat:
        """Stop the running answer without taking the chat over. Raises `NotFound`."""
        change = await self._store.inbox.stop(chat_id, manager)
        await self._publisher.publish(change)
        return _chat(change.chat)

    async def set_status(self, chat_id: ChatId, status: Status, manager: Manager) -> Chat:
        """Close or reopen. Raises `NotFound`."""
        change = await self._store.inbox.set_status(chat_id, status, manager)
        await self._publisher.publish(change)
        return _chat(change.chat)


def _chat(chat: Chat | None) -> Chat:
    # The store gives the summary of every chat that exists.
    assert chat is not None
    return chat
