"""One open WebSocket: its outbox, its time limits and its end."""

import asyncio
import time

from local.gateway.api import Quotas
from local.gateway.asgi import AsgiMessage, AsgiSend
from local.gateway.events import ConnectionInfo
from local.gateway.outbox import Outbox, OutboxClosed, OutboxFull

Ending = tuple[int, str]
"""A close code and the `disconnectReason` that goes with it."""

# As captured on AWS. The texts of 1003, 1006, 1009 and 1013 are our own.
DELETED: Ending = (1000, "Connection Closed Normally")
GOING_AWAY: Ending = (1001, "Going away")
NOT_TEXT: Ending = (1003, "Unsupported data")
NO_STATUS: Ending = (1005, "Client-side close frame status not set")
LOST: Ending = (1006, "Connection Closed Abnormally")
TOO_BIG: Ending = (1009, "Message too big")
# AWS answers 429 and keeps the connection. Here it would hold memory that nobody reads.
TOO_SLOW: Ending = (1013, "Client-side buffer full")


def ending(message: AsgiMessage) -> Ending:
    """How the peer ended the connection, from ASGI's `websocket.disconnect`.

    uvicorn reports a lost connection as 1005 as well, but without a reason.
    """
    code, reason = int(message.get("code") or 1005), message.get("reason")
    if code in (1005, 1006):
        return LOST if reason is None else NO_STATUS
    if code == TOO_BIG[0]:
        return TOO_BIG
    return code, reason or ""


class Connection:
    """A registered connection. Use it only in the event loop's thread."""

    __slots__ = (
        "_active",
        "_loop",
        "_opened",
        "_quotas",
        "_retiring",
        "_timer",
        "closing",
        "info",
        "outbox",
        "running",
        "slots",
        "tasks",
    )

    def __init__(self, info: ConnectionInfo, send: AsgiSend, quotas: Quotas) -> None:
        self.info = info
        self.outbox = Outbox(send, quotas.outbox_bytes)
        self.closing: Ending | None = None
        self.running = 0
        self.tasks: set[asyncio.Task[None]] | None = None
        self.slots: asyncio.Semaphore | None = None
        self._quotas = quotas
        self._loop = asyncio.get_running_loop()
        self._opened = self._active = self._loop.time()
        self._retiring = False
        self._timer: asyncio.TimerHandle | None = None
        self._watch()

    def touch(self) -> None:
        """Restart the idle time, for a message in either direction.

        Pings of the WebSocket protocol do not count. Sources disagree about AWS.
        """
        self._active = self._loop.time()

    @property
    def last_active_at(self) -> int:
        """Epoch ms of the last message in either direction."""
        return int((time.time() - (self._loop.time() - self._active)) * 1000)

    def put(self, data: bytes) -> int:
        """Send a frame. 200; 410 if it is closed; 429 if too much waits, and then it closes."""
        if self.closing:
            return 410
        try:
            self.outbox.put(data)
        except OutboxClosed:
            return 410
        except OutboxFull:
            self.outbox.discard()
            self.close(TOO_SLOW)
            return 429
        self._active = self._loop.time()
        return 200

    def close(self, how: Ending, linger: float | None = None) -> None:
        """Close when the queued frames are written, at the latest after `linger` seconds."""
        if self.closing is None:
            self.closing = how
            code, reason = how
            self.outbox.close(
                code, reason, self._quotas.linger_seconds if linger is None else linger
            )

    @property
    def leaving(self) -> bool:
        """Whether incoming frames are dropped. Their senders send them again."""
        return self._retiring or self.closing is not None

    def retire(self) -> None:
        """Close as soon as no handler runs for this connection."""
        if self.running:
            self._retiring = True
        else:
            self.close(GOING_AWAY)

    def begin(self) -> None:
        self.running += 1

    def finish(self) -> None:
        self.running -= 1
        if self._retiring and not self.running:
            self.close(GOING_AWAY)

    async def end(self) -> None:
        """Cancel the timer, and drop the frames that were not sent."""
        self.closing = self.closing or LOST
        if self._timer is not None:
            self._timer.cancel()
        await self.outbox.end()

    def _watch(self) -> None:
        """Keep one timer, and set it again only when it fires: then a message costs no timer."""
        quotas = self._quotas
        due = min(self._active + quotas.idle_seconds, self._opened + quotas.lifetime_seconds)
        if self._loop.time() >= due:
            self.close(GOING_AWAY)
        else:
            self._timer = self._loop.call_at(due, self._watch)
