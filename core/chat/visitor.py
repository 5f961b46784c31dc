"""What a visitor does: enter, write, come back, leave."""

import asyncio
import secrets
from typing import assert_never

from core import model
from core.auth.tickets import digest
from core.chat import sentences
from core.chat.availability import Availabilities
from core.chat.publish import Publisher
from core.chat.reading import readable
from core.delivery.jobs import AnswerChat, Queue
from core.errors import Forbidden, TooMany
from core.limits import UNLIMITED, Buckets
from core.model import FIRST_SITE, ChatId, ConnectionId, SiteId, Target
from core.protocol import frames, parse, wire
from core.protocol.frames import MAX_FRAME_BYTES, encode
from core.store.changes import Change
from core.store.refusals import MANY_READS, allowed
from core.store.socket_store import SocketStore

PAGE = 100


class Visitors:
    def __init__(
        self, store: SocketStore, publisher: Publisher, queue: Queue, reads: Buckets = UNLIMITED
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._queue = queue
        self._reads = reads
        self._availabilities = Availabilities(store.hours)

    async def begin(
        self,
        visitor: model.Visitor,
        address: str | None = None,
        site_id: SiteId = FIRST_SITE,
        known: model.KnownContact | None = None,
    ) -> ChatId:
        """Make a chat with a `chat_id` that nobody can guess. Raises `TooMany`."""
        chat_id = ChatId(secrets.token_urlsafe(16))
        await self._store.chats.begin(chat_id, visitor, address, site_id=site_id, known=known)
        return chat_id

    async def welcome(
        self,
        chat_id: ChatId,
        visitor: model.Visitor,
        address: str | None = None,
        site_id: SiteId = FIRST_SITE,
        known: model.KnownContact | None = None,
    ) -> None:
        """Make the one chat of a person whom the host site signed in, if it is new."""
        await self._store.chats.begin(
            chat_id, visitor, address, limited=False, site_id=site_id, known=known
        )

    async def enter(
        self,
        target: Target,
        chat_id: ChatId,
        address: str | None = None,
        site_id: SiteId | None = None,
    ) -> None:
        """Register a visitor's socket before it opens, in open mode.

        Raises `TooMany`, and `Unauthorized` for a chat of another site than this one.
        """
        change = await self._store.connections.enter(
            target, chat_id, address=address, site_id=site_id
        )
        await self._publisher.publish(change)

    async def enter_with(
        self,
        target: Target,
        chat_id: ChatId | None,
        ticket: str,
        address: str | None,
        site_id: SiteId | None = None,
    ) -> None:
        """Register a visitor's socket before it opens, by its ticket.

        Raises `TooMany`, and `Unauthorized` also for a chat of another site than this one.
        """
        change = await self._store.connections.enter(
            target, chat_id, digest(ticket), address, site_id
        )
        await self._publisher.publish(change)

    async def leave(self, connection: ConnectionId) -> None:
        """A visitor's or a manager's socket has closed."""
        await self._publisher.publish(await self._store.connections.leave(connection))

    async def receive(self, target: Target, raw: str, name: str) -> bytes | None:
        """Handle a visitor's frame; return the frame for its sender.

        `name` is unique to this frame and replaces a missing `client_id`. Raises `Invalid`,
        `UnknownAction`, `NotConnected`, `TooMany`, `TryAgain`, `ChatClosed`, and `Forbidden` for a
        contact that the team has blocked.
        """
        connection = target.connection_id
        try:
            return await self._received(connection, raw, name)
        except Forbidden:
            locale = await self._store.connections.locale(connection)
            raise Forbidden(sentences.blocked(locale)) from None

    async def _received(self, connection: ConnectionId, raw: str, name: str) -> bytes | None:
        match parse.user_action(raw):
            case frames.SendMessage() as action:
                client_id = action.client_id or name
                return await self._message(connection, action.text, client_id, action.reopens)
            case frames.Resume(after=after, changed=changed):
                return await self._resume(connection, after, changed)
            case frames.Typing() | frames.Seen() as action:
                await self._signal(connection, action)
            case frames.AskForPerson() | frames.NeedNoPerson() as action:
                return await self._want_person(connection, action)
            case frames.Stop() | frames.SayEmail() | frames.OnPage() as action:
                await self._publisher.publish(await self._change(connection, action))
            case frames.Ping():
                return encode(frames.Pong())
            case unreachable:
                assert_never(unreachable)
        return None

    async def _change(
        self, connection: ConnectionId, action: frames.Stop | frames.SayEmail | frames.OnPage
    ) -> Change:
        chats = self._store.chats
        match action:
            case frames.Stop():
                return await chats.stop(connection)
            case frames.SayEmail(email=email):
                return await chats.claim_email(connection, email)
            case frames.OnPage(url=url):
                return await chats.on_page(connection, url)
            case unreachable:
                assert_never(unreachable)

    async def _want_person(
        self, connection: ConnectionId, action: frames.AskForPerson | frames.NeedNoPerson
    ) -> bytes | None:
        """Ask for a person, or need none any more. The sender is told whether the team is there."""
        wanted = isinstance(action, frames.AskForPerson)
        reason = action.reason if isinstance(action, frames.AskForPerson) else None
        pending, team, change = await self._store.chats.want_person(connection, wanted, reason)
        if pending and not wanted and change.chat:
            await self._queue.enqueue(AnswerChat(change.chat.chat_id))
        await self._publisher.publish(change)
        told = await self._availabilities.of(team)
        return encode(frames.AvailabilityFrame(**dict(told))) if told else None

    async def _message(
        self, connection: ConnectionId, text: str, client_id: str, reopens: bool
    ) -> bytes:
        received = await self._store.turns.receive(connection, text, client_id, reopens=reopens)
        frame = wire.message_frame(received.message)
        # Acknowledge the message only when the queue has its job. Then it is surely answered.
        job = AnswerChat(received.message.chat_id)
        enqueuing = self._queue.offer(job) if received.pending else None
        publishing = self._publisher.publish_to_others(received.change, frame, connection)
        await (asyncio.gather(enqueuing, publishing) if enqueuing else publishing)
        return frame

    async def _resume(self, connection: ConnectionId, after: int, changed: int | None) -> bytes:
        resumed = await self._store.resumes.resume(connection, after, PAGE, changed)
        allowed(self._reads.wait(resumed.chat.chat_id), MANY_READS)
        if resumed.pending:
            await self._queue.enqueue(AnswerChat(resumed.chat.chat_id))
        found, has_more = resumed.page.messages, resumed.page.has_more
        missed = (*resumed.changed.messages, *found)
        readables = await readable(self._store.chats, missed, MAX_FRAME_BYTES)
        has_more = has_more or resumed.changed.has_more or len(readables) < len(missed)
        older, messages = resumed.changed.cut(readables)
        told = await self._availabilities.of(resumed.team)
        return wire.ready_frame(
            *(resumed.chat, messages, has_more, resumed.draft, told),
            *(older.change, older.messages),
        )

    async def _signal(self, connection: ConnectionId, action: frames.Typing | frames.Seen) -> None:
        match action:
            case frames.Typing():
                await self._typing(connection)
            case frames.Seen(seq=seq):
                await self._seen(connection, seq)
            case unreachable:
                assert_never(unreachable)

    async def _typing(self, connection: ConnectionId) -> None:
        try:
            chat_id, watchers = await self._store.chats.typing(connection)
        except TooMany:
            # Nobody has to read that a typing sign was one too many.
            return
        await self._publisher.send(wire.typing_frame(chat_id, "user"), watchers)

    async def _seen(self, connection: ConnectionId, seq: int) -> None:
        chat_id, seq, change = await self._store.chats.seen(connection, seq)
        recipients = (*change.users, *change.managers)
        others = [one for one in recipients if one.connection_id != connection]
        await self._publisher.send(wire.seen_frame(chat_id, "user", seq), others)
