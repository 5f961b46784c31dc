"""The bodies of the calls about receivers and deliveries."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from core import urls
from core.protocol.text import MAX_URL
from core.store.deliveries import ReceiverKind
from functions.routes.site_schemas import Name

# What a receiver may hear of at once. Names are those of events.
EventName = Literal[
    "chat.waiting",
    "chat.taken_over",
    "chat.handed_back",
    "chat.closed",
    "chat.reopened",
]


def _hook(value: str) -> str:
    """A hook's address: like any URL, but what selects the hook may stand in the query."""
    address, _, query = value.strip().partition("?")
    if "#" in query or any(not 32 < ord(one) < 127 for one in query):
        raise ValueError("it must look like https://hooks.example/…")
    return urls.http_url(address) + (f"?{query}" if query else "")


ReceiverEmail = Annotated[str, Field(pattern=r"^[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,190}$")]


class NewReceiverBody(BaseModel):
    """Mail needs `email`, any other kind `url`."""

    model_config = ConfigDict(extra="forbid")

    kind: ReceiverKind
    name: Name
    url: Annotated[str, Field(max_length=MAX_URL), AfterValidator(_hook)] | None = None
    email: ReceiverEmail | None = None
    language: Literal["en", "de"] = "en"
    events: Annotated[list[EventName], Field(max_length=10)] = []

    @model_validator(mode="after")
    def _fits(self) -> Self:
        needed, other = ("email", "url") if self.kind == "mail" else ("url", "email")
        if getattr(self, needed) is None or getattr(self, other) is not None:
            raise ValueError(f"a receiver of this kind has `{needed}`, and no `{other}`")
        return self


class ReceiverEntry(BaseModel):
    """A hook's address is never shown again. `gone`: it said that it is not there any more."""

    id: UUID
    kind: ReceiverKind
    name: str
    email: str | None = None
    language: str
    events: list[str]
    gone: bool
    created_at: AwareDatetime
    # Of a new webhook, once: what its calls are signed with.
    secret: str | None = None


class ReceiverList(BaseModel):
    receivers: list[ReceiverEntry]


class DeliveryLine(BaseModel):
    """`state`: `done`, `dead`, or `due` while it is on its way. `error` is a code."""

    id: UUID
    kind: str
    what: str
    receiver: str | None = None
    chat_id: str | None = None
    state: Literal["due", "done", "dead"]
    attempts: int
    error: str | None = None
    due_at: AwareDatetime
    created_at: AwareDatetime
    ended_at: AwareDatetime | None = None


class DeliveryLog(BaseModel):
    deliveries: list[DeliveryLine]
    next_cursor: str | None = None


class NewDelivery(BaseModel):
    id: UUID
