"""What the HTTP calls take and give, beside the protocol's own `Message` and `ChatSummary`."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from core.frames import ChatIdField, ChatSummary, ClientId, Message
from core.model import Owner, Status
from core.texts import Text, optional_line


class Problem(BaseModel):
    """RFC 9457, with a stable `code`."""

    title: str
    status: int
    code: str
    detail: str


class NewVisitor(BaseModel):
    name: Annotated[str, optional_line(200)] | None = None
    email: Annotated[str, optional_line(320)] | None = None
    locale: Annotated[str, optional_line(35)] | None = None


class NewChat(BaseModel):
    visitor: NewVisitor = NewVisitor()
    page_url: Annotated[str, optional_line(2000)] | None = None


class ChatOpened(BaseModel):
    """`ws_url` is where its socket opens, `token` what `POST /tickets` asks for."""

    chat_id: str
    token: str
    ws_url: str


class TicketWanted(BaseModel):
    """For a chat's socket; without a chat, for a manager's."""

    chat_id: ChatIdField | None = None


class Ticket(BaseModel):
    """Opens one socket, once: connect to `ws_url` as it is."""

    ticket: str
    ws_url: str
    expires_in: int


class History(BaseModel):
    chat_id: str
    messages: list[Message]
    has_more: bool


class ChatList(BaseModel):
    chats: list[ChatSummary]
    next_cursor: str | None = None


class Send(BaseModel):
    chat_id: ChatIdField
    text: Text
    client_id: ClientId | None = None


class Owning(BaseModel):
    owner: Owner


class SetStatus(BaseModel):
    status: Status


class Broadcast(BaseModel):
    text: Text
    audience: Literal["open", "online"] | Annotated[list[ChatIdField], Field(max_length=1000)] = (
        "open"
    )
    client_id: ClientId | None = None
    dry_run: bool = False

    @property
    def reach(self) -> tuple[str, list[str]]:
        """The audience's name, and the chats if they are named."""
        if isinstance(self.audience, list):
            return "named", self.audience
        return self.audience, []


class BroadcastAccepted(BaseModel):
    broadcast_id: UUID | None = None
    recipients: int


class BroadcastProgress(BaseModel):
    recipients: int
    stored: int
    delivered: int
    failed: int
    done: bool
