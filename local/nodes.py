"""This process among others on the same database: it pushes to their sockets, and they to its.

Calls between nodes are signed with one key. The database keeps it, so whoever reads the database
has it, and nobody else. `NODES_SECRET` replaces it.
"""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

import structlog

from core.app import App
from core.settings import Settings
from local.gateway.signature import Credentials

log = structlog.get_logger()

ACCESS_KEY_ID = "switchboard"
TAKEN = (
    "Another process uses this CALLBACK_URL, so each takes the other's pushes. Please set it to the"
    " address at which other nodes reach this one."
)


async def key(app: App) -> Credentials:
    """What calls between nodes are signed with."""
    secret = app.settings.nodes_secret or await app.store.nodes.key()
    app.callbacks.sign_with(ACCESS_KEY_ID, secret)
    return Credentials(None, secret, None, app.settings.aws_region)


@dataclass(slots=True)
class ThisNode:
    """Where other nodes reach this process."""

    app: App
    url: str
    stages: tuple[str, ...]
    process_id: UUID = field(default_factory=uuid4)
    _warned: bool = False

    async def start(self) -> None:
        """The sockets of an older process at this address are closed, so its rows end."""
        urls = [f"{self.url}/{stage}" for stage in self.stages]
        await self.app.store.nodes.start(self.url, urls, self.process_id)

    async def look(self) -> None:
        """Say once, loudly, when another process is at this address."""
        if await self.app.store.nodes.is_alone(self.url, self.process_id) or self._warned:
            return
        self._warned = True
        log.error("node_address_taken", callback_url=self.url, hint=TAKEN)


def own_url(read: Settings) -> str:
    return read.callback_url or f"http://127.0.0.1:{read.port}"
