"""How people come in: by what they show, or in open mode by nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import jwt
from websockets.asyncio.client import ClientConnection, connect

from core.auth.tokens import ALGORITHM, ISSUER, LIFE
from tests.tickets import KEYS

ANSWER_SECONDS = 2.5
# A clock that jumps back may not make a token one of the future.
OLD = timedelta(hours=1)


def visitors_token(chat: str) -> str:
    """A token that opens this chat, whatever the clocks of the nodes say."""
    then = datetime.now(UTC) - OLD
    claims = {"iss": ISSUER, "sub": chat, "iat": then, "exp": then + LIFE}
    return jwt.encode(claims, KEYS._users, ALGORITHM)


@dataclass(frozen=True, slots=True)
class Door:
    """`node` gives the host:port of any node. `tokens`: what each chat's visitors and each manager
    show, by the name of the chat or the manager. None: it is open mode."""

    node: Callable[[], str]
    tokens: Mapping[str, str] = field(default_factory=dict)

    def client(self, name: str = "") -> httpx2.AsyncClient:
        """Calls over HTTP of a manager, or of the visitor of a chat."""
        shown = self.tokens.get(name)
        headers = {"authorization": f"Bearer {shown}"} if shown else {}
        return httpx2.AsyncClient(timeout=ANSWER_SECONDS, verify=False, headers=headers)

    async def socket(self, http: httpx2.AsyncClient, path: str, **options: Any) -> ClientConnection:
        """A socket, at this path in open mode. Raises OSError, TimeoutError, httpx2.HTTPError and
        WebSocketException."""
        node = self.node()
        address = f"ws://{node}{path}"
        if self.tokens:
            answer = await http.post(f"http://{node}/tickets", json={})
            answer.raise_for_status()
            address = answer.json()["ws_url"]
        return await connect(address, ping_interval=None, close_timeout=0.1, **options)
