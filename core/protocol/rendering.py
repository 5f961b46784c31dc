"""The HTML of stored messages: rendered once, and stored with the renderer's version."""

from dataclasses import replace

from core.model import StoredMessage
from core.protocol.markdown import RENDERER, html


def has_html(message: StoredMessage) -> bool:
    """Whether its text is markdown: a visitor's is not, nor is an event's, nor what is erased."""
    return message.role != "user" and message.kind == "text" and message.state != "erased"


def is_rendered(message: StoredMessage) -> bool:
    """Whether this release's renderer made its HTML, or has found that it gets none."""
    return message.renderer == RENDERER


def rendered(message: StoredMessage) -> StoredMessage:
    """The message with its HTML."""
    if is_rendered(message) or not has_html(message):
        return message
    return replace(message, html=html(message.text), renderer=RENDERER)
