"""A plain webhook: JSON with ids, signed over its raw body and the time of the attempt.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
import json
import secrets
import time

from core.delivery.carriers.carrier import Notice
from core.delivery.outgoing import Outgoing

PREFIX = "whsec_"


def new_secret() -> str:
    """A new secret. It is shown once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature` of one attempt."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


class Webhook:
    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    async def send(self, notice: Notice) -> None:
        """Raises `TryLater`, `Gone` or `Refused`."""
        body = json.dumps(_body(notice), separators=(",", ":")).encode()
        now, name = int(time.time()), str(notice.id)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(notice.address["secret"], name, now, body),
            "Idempotency-Key": name,
        }
        await self._outgoing.post(notice.address["url"], body, headers)

    async def close(self) -> None:
        """Nothing: whoever made the client closes it."""


def _body(notice: Notice) -> dict[str, object]:
    """Ids and codes: what was said is read with the API."""
    data = {"site": notice.site_id, "chat_id": notice.chat_id, **notice.facts}
    return {"type": notice.what, "timestamp": notice.at.isoformat(), "data": data}
