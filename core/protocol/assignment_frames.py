"""The frame for who has become responsible for a chat."""

from typing import Literal

from pydantic import BaseModel


class ManagerAssigned(BaseModel):
    """Somebody else, or a balanced team, has made this manager responsible for a chat.

    `name`: the visitor's, if one is known.
    """

    type: Literal["assigned"] = "assigned"
    chat_id: str
    name: str | None = None
