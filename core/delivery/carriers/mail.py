"""Mail: what stands in it, and its headers. How it leaves is a post office's business.

https://www.rfc-editor.org/rfc/rfc5322, https://www.rfc-editor.org/rfc/rfc3834 (Auto-Submitted)
"""

import hashlib
from collections.abc import Sequence
from email.errors import HeaderParseError
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol

from core.delivery.carriers import words
from core.delivery.carriers.carrier import Notice, Refused
from core.protocol.text import line

MOST_SUBJECT = 150


class PostOffice(Protocol):
    """How mail leaves: by SMTP, by SES, or into a folder."""

    async def send(self, message: EmailMessage) -> None:
        """Send one mail to its one recipient. Raises `TryLater` or `Refused`."""

    async def close(self) -> None:
        """Close what it keeps open."""


class Mail:
    """`sender`: whom a mail is from, as `Shop <chat@shop.example>` or an address alone.

    `base`: where visitors stop their mail. `reply_to`: where people read what visitors answer.
    """

    def __init__(
        self, office: PostOffice, sender: str, base: str, reply_to: str | None = None
    ) -> None:
        self._office = office
        self._reply_to = reply_to
        self._sender = sender
        self._base = base
        self._domain = sender.rpartition("@")[2].rstrip(">") or "localhost"

    async def send(self, notice: Notice) -> None:
        """Raises `TryLater` or `Refused`."""
        await self._office.send(self.message(notice))

    async def close(self) -> None:
        await self._office.close()

    def message(self, notice: Notice) -> EmailMessage:
        """The whole mail. Raises `Refused` for an address that is none."""
        made = EmailMessage()
        headline = words.headline(notice)
        made["From"] = self._sender
        made["To"] = _recipient(notice.address["email"])
        # A visitor's name may have line breaks, of several kinds. A header has none.
        made["Subject"] = line(" ".join(headline.split()), MOST_SUBJECT)
        if self._reply_to and notice.what == "reply":
            made["Reply-To"] = self._reply_to
        made["Date"] = format_datetime(notice.at)
        # A repeat has the same id, so a mailbox may drop it.
        made["Message-ID"] = f"<{notice.id}@{self._domain}>"
        if notice.chat_id:
            thread = hashlib.sha256(notice.chat_id.encode()).hexdigest()[:24]
            made["References"] = f"<chat.{thread}@{self._domain}>"
        made["Auto-Submitted"] = "auto-generated"
        made["X-Auto-Response-Suppress"] = "All"
        paragraphs = [*_paragraphs(notice, headline)]
        if token := notice.address.get("stop"):
            stop = f"{self._base}/mail/stop/{token}"
            # One click, as https://www.rfc-editor.org/rfc/rfc8058 says.
            made["List-Unsubscribe"] = f"<{stop}>"
            made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
            paragraphs.append(f"-- \n{words.stop(notice)}: {stop}")
        made.set_content("\n\n".join(paragraphs) + "\n")
        return made


def _paragraphs(notice: Notice, headline: str) -> Sequence[str]:
    if notice.what == "reply":
        return _letter(notice)
    said = "\n".join(f"> {one}" for one in notice.said.splitlines())
    link = f"{words.open_link(notice)}: {notice.link}" if notice.link else ""
    return [text for text in (headline, words.why(notice), said, link) if text]


def _letter(notice: Notice) -> Sequence[str]:
    """What the person wrote, the way back, and what was said before."""
    thread = notice.facts["thread"]
    new = [one["text"] for one in thread if one["new"]]
    before = [one for one in thread if not one["new"]]
    quoted = "\n".join(
        f"> {line}"
        for one in before
        for line in f"{words.who_said(notice, one)}: {one['text']}".splitlines()
    )
    link = f"{words.go_on(notice)}: {notice.link}" if notice.link else ""
    return [text for text in (*new, link, quoted) if text]


def _recipient(email: str) -> MailAddress:
    try:
        return MailAddress(addr_spec=email)
    # Python's parser fails in all these ways, and some of them say the address.
    except (ValueError, IndexError, AttributeError, HeaderParseError):
        raise Refused("no_address") from None
