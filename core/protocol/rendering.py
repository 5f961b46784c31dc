"""The HTML of stored messages: rendered once, and stored with the renderer's version."""

from dataclasses import replace

from core.model import StoredMessage
from core.protocol.markdown import RENDERER, html


def lacks_html(message: StoredMessage) -> bool:
    """Whether this release's renderer has not seen its text, which is markdown.

    A visitor's is not, nor is an event's, nor what is erased. What was seen may have got none.
    """
    if message.renderer == RENDERER or message.role == "user":
        return False
    return message.kind == "text" and message.state != "erased"


def rendered(message: StoredMessage) -> StoredMessage:
    """The message with its HTML."""
    if not lacks_html(message):
        return message
    return replace(message, html=html(message.text), renderer=RENDERER)
