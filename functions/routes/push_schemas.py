"""The bodies of the calls about browsers that are woken."""

import base64
import binascii
from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field

MAX_ENDPOINT = 2000
# A public key is 65 bytes and a secret 16: more is no browser's.
MAX_KEY = 120


def _endpoint(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("it must be the address that a browser's subscription has")
    return value


def _bytes(value: object) -> bytes:
    if not isinstance(value, str) or len(value) > MAX_KEY or not value.isascii():
        raise ValueError("it must be Base64, as a browser's subscription has it")
    plain = value.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("it must be Base64, as a browser's subscription has it") from None


PushEndpoint = Annotated[
    str,
    Field(max_length=MAX_ENDPOINT, pattern=r"^https?://[!-~]+$"),
    AfterValidator(_endpoint),
]
Key = Annotated[bytes, BeforeValidator(_bytes), Field(json_schema_extra={"type": "string"})]


class PushKeys(BaseModel):
    """The browser's keys, in Base64 as URLs hold it."""

    p256dh: Key
    auth: Key


class NewPushDevice(BaseModel):
    """What `PushSubscription.toJSON()` gives, and the language of what is shown."""

    endpoint: PushEndpoint
    keys: PushKeys
    language: Literal["en", "de"] = "en"


class PushDeviceAdded(BaseModel):
    id: UUID


class PushTest(BaseModel):
    """The delivery that was written."""

    id: UUID


class PushDeviceInfo(BaseModel):
    """`user_agent`: what the browser said when it was added. `current`: it is this sign-in's."""

    id: UUID
    user_agent: str | None = None
    created_at: AwareDatetime
    used_at: AwareDatetime | None = None
    current: bool


class PushDevices(BaseModel):
    """`key`: what another browser subscribes with (`applicationServerKey`)."""

    key: str
    devices: list[PushDeviceInfo]
