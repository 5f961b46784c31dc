"""Connections: a row is made before the socket opens, and deleted when it closes. And watches."""

from collections.abc import Sequence
from datetime import datetime

from core.errors import ChatError, NotConnected, NotFound
from core.limits import NO_LIMITS, Limits
from core.model import (
    Chat,
    ChatId,
    ConnectionId,
    Draft,
    Feed,
    Manager,
    Row,
    SiteId,
    Target,
    Viewing,
)
from core.store.batching import Batching, NoBatching, Results
from core.store.changes import Change
from core.store.database import Pool, Statements, as_json, read_json
from core.store.refusals import RECONNECT, UNKNOWN_CHAT, sockets_allowed
from core.value import value

# API Gateway ends every connection after two hours. A row lives five minutes longer.
CONNECTION_SECONDS = 2 * 3600 + 300


@value
class Entering:
    """A visitor's socket that is about to open.

    `ticket` (a digest) names its chat. In open mode `chat_id` does, and a new chat is made. Its
    chat must be one of the site `site_id`.
    """

    target: Target
    chat_id: ChatId | None
    ticket: bytes | None = None
    address: str | None = None
    site_id: SiteId | None = None


@value
class Leaving:
    """A connection whose row is deleted if it is at least `age` seconds old."""

    connection: ConnectionId
    age: int = 0


class ConnectionStore(Statements):
    def __init__(
        self, pool: Pool, limits: Limits = NO_LIMITS, batching: Batching | None = None
    ) -> None:
        super().__init__(pool)
        self._limits = limits
        batching = batching or NoBatching()
        self._enter = batching.step(self.enter_all, lambda one: one.target)
        self._leave = batching.step(self.leave_all, lambda one: one.connection)

    async def enter(
        self,
        target: Target,
        chat_id: ChatId | None,
        ticket: bytes | None = None,
        address: str | None = None,
        site_id: SiteId | None = None,
    ) -> Change:
        """Register a visitor's socket. Raises `TooMany`, and `Unauthorized` for a bad ticket."""
        return await self._enter(Entering(target, chat_id, ticket, address, site_id))

    async def enter_all(self, entering: Sequence[Entering]) -> Results[Change]:
        row = await self._row(
            "call enter_visitors($1, $2, $3, $4, null, null)",
            as_json(
                {
                    "connection_id": one.target.connection_id,
                    "callback_url": one.target.callback_url,
                    "ticket": one.ticket.hex() if one.ticket else None,
                    "chat_id": one.chat_id,
                    "address": one.address,
                    "site_id": one.site_id,
                }
                for one in entering
            ),
            CONNECTION_SECONDS,
            self._limits.sockets_per_chat,
            self._limits.sockets_per_address,
        )
        managers = Target.parse_all(row["managers"])
        results: Results[Change] = []
        for one in sorted(read_json(row["results"]), key=lambda one: int(one["place"])):
            try:
                sockets_allowed(one["outcome"])
            except ChatError as refused:
                results.append(refused)
            else:
                results.append(_change(one, managers))
        return results

    async def leave(self, connection: ConnectionId, age: int = 0) -> Change:
        """Delete a connection that is at least `age` seconds old."""
        return await self._leave(Leaving(connection, age))

    async def leave_all(self, leaving: Sequence[Leaving]) -> Results[Change]:
        row = await self._row(
            "call leave_connections($1, null, null)",
            as_json({"connection_id": one.connection, "age": one.age} for one in leaving),
        )
        managers = Target.parse_all(row["managers"])
        return [
            _change(one, managers)
            for one in sorted(read_json(row["results"]), key=lambda one: int(one["place"]))
        ]

    async def enter_manager(
        self,
        target: Target,
        manager: Manager | None,
        ticket: bytes | None = None,
        feed: Feed | None = None,
    ) -> None:
        """Register a manager's socket. Raises `Unauthorized`.

        `ticket` (a digest) names the manager. In open mode it is `manager`.
        """
        row = await self._row(
            "call open_manager($1, $2, $3, $4, $5, $6, null, $7)",
            target.connection_id,
            target.callback_url,
            ticket,
            manager.id if manager else None,
            manager.name if manager else None,
            CONNECTION_SECONDS,
            feed,
        )
        sockets_allowed(row["outcome"])

    async def locale(self, connection: ConnectionId) -> str | None:
        """The language of the connection's visitor, if it is known."""
        row = await self._row(
            "select c.visitor->>'locale' as locale from connections n join chats c using (chat_id)"
            " where n.connection_id = $1",
            connection,
        )
        return row["locale"] if row else None

    async def watch(
        self, connection: ConnectionId, chat_id: ChatId, *, looks: bool = True
    ) -> tuple[Draft | Chat, Viewing | None]:
        """Send this chat's deltas to the connection from now on. Returns the draft so far, or else
        the summary; and who looks at the chat, if that is different by it.

        `looks`: its manager is at the page. Raises `NotConnected` or `NotFound`.
        """
        row = await self._row(
            "call watch_chat($1, $2, $3, null, null, null, null)", connection, chat_id, looks
        )
        if row["outcome"] == "unconnected":
            raise NotConnected(RECONNECT)
        if row["outcome"] == "unknown":
            raise NotFound(UNKNOWN_CHAT)
        draft = Draft.from_row(chat_id, read_json(row["draft"] or "null"))
        viewing = Viewing.from_row(read_json(row["viewing"] or "null"))
        return draft or Chat.of_row(read_json(row["chat"])), viewing

    async def unwatch(self, connection: ConnectionId, chat_id: ChatId) -> Viewing | None:
        """Send no more deltas of this chat. Returns who looks at it, if that is different by it."""
        row = await self._row("call unwatch_chat($1, $2, null)", connection, chat_id)
        return Viewing.from_row(read_json(row["viewing"] or "null"))

    async def peek(
        self, connection: ConnectionId, chat_ids: Sequence[ChatId]
    ) -> tuple[datetime, Sequence[Viewing]]:
        """These rows are on the connection's screen from now on. Returns the time, and those of
        them that somebody looks at. Raises `NotConnected`.
        """
        row = await self._row("call peek_at($1, $2, null, null)", connection, list(chat_ids))
        if row["at"] is None:
            raise NotConnected(RECONNECT)
        return row["at"], Viewing.parse_all(read_json(row["chats"]))


def _change(row: Row, managers: tuple[Target, ...]) -> Change:
    """`managers` see every site; the row has those who see the chat's beside them."""
    others = Target.parse_all(row["managers"])
    return Change(
        chat=Chat.from_row(row["chat"]),
        managers=(*managers, *others),
        viewing=Viewing.parse_all(row.get("viewing")),
    )
