"""Incoming hooks of chat tools: Slack, Discord, and Teams by its Workflows.

What a visitor wrote is escaped as each tool wants it, so that it notifies nobody and hides no link.

https://docs.slack.dev/messaging/formatting-message-text
https://discord.com/developers/docs/resources/message#allowed-mentions-object
https://learn.microsoft.com/en-us/power-automate/teams/overview
"""

import json
import re
from abc import ABC, abstractmethod
from typing import Any

from core.delivery.carriers import words
from core.delivery.carriers.carrier import Notice
from core.delivery.outgoing import Outgoing

JSON = {"Content-Type": "application/json"}
NOT_FOUND = 404
MARKUP = re.compile(r"([\\*_~`|>\[\]()<@#:])")
DISCORD_MOST = 1900
# Discord shows no preview of what the links lead to.
NO_PREVIEWS = 4


class _Hook(ABC):
    """A hook takes a JSON body at its own, secret address."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    async def send(self, notice: Notice) -> None:
        """Raises `TryLater`, `Gone` or `Refused`."""
        body = json.dumps(self.body(notice)).encode()
        headers = {**JSON, "Idempotency-Key": str(notice.id)}
        await self._outgoing.post(notice.address["url"], body, headers, final=(NOT_FOUND,))

    async def close(self) -> None:
        """Nothing: whoever made the client closes it."""
        return

    @abstractmethod
    def body(self, notice: Notice) -> dict[str, Any]:
        """What the tool takes."""


class Slack(_Hook):
    def body(self, notice: Notice) -> dict[str, Any]:
        lines = [f"*{_slack(words.headline(notice))}*", _slack(words.why(notice))]
        if notice.said:
            lines.append("\n".join(f"> {_slack(line)}" for line in notice.said.splitlines()))
        if notice.link:
            lines.append(f"<{notice.link}|{words.open_link(notice)}>")
        return {
            "text": "\n".join(filter(None, lines)),
            "unfurl_links": False,
            "unfurl_media": False,
        }


class Discord(_Hook):
    def body(self, notice: Notice) -> dict[str, Any]:
        lines = [f"**{_discord(words.headline(notice))}**", _discord(words.why(notice))]
        if notice.said:
            lines.append("\n".join(f"> {_discord(line)}" for line in notice.said.splitlines()))
        text = "\n".join(filter(None, lines))[:DISCORD_MOST]
        if notice.link:
            text += f"\n<{notice.link}>"
        return {"content": text, "allowed_mentions": {"parse": []}, "flags": NO_PREVIEWS}


class Teams(_Hook):
    def body(self, notice: Notice) -> dict[str, Any]:
        blocks = [_teams(words.headline(notice), bold=True)]
        blocks += [_teams(text) for text in (words.why(notice), notice.said) if text]
        card: dict[str, Any] = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": blocks,
        }
        if notice.link:
            title = words.open_link(notice)
            card["actions"] = [{"type": "Action.OpenUrl", "title": title, "url": notice.link}]
        kind = "application/vnd.microsoft.card.adaptive"
        return {"type": "message", "attachments": [{"contentType": kind, "content": card}]}


def _slack(text: str) -> str:
    # Mentions and links are made with angle brackets only.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _discord(text: str) -> str:
    return MARKUP.sub(r"\\\1", text)


def _teams(text: str, *, bold: bool = False) -> dict[str, Any]:
    # A text run has no markup at all.
    weight = {"weight": "Bolder"} if bold else {}
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **weight}]}
