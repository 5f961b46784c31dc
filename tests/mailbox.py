"""A real SMTP server on loopback that keeps what came, and refuses whom it is told to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.client import PATIENCE


@dataclass
class Mailbox:
    """`url` is what MAIL_URL is set to. `refuses`: a status for an address."""

    url: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    refuses: dict[str, list[str]] = field(default_factory=dict)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, _: Any
    ) -> str:
        if answers := self.refuses.get(address):
            return answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        read = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(read, EmailMessage)
        async with self._news:
            self.mails.append(read)
            self._news.notify_all()
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if address in str(mail["To"])]

    async def got(self, address: str, count: int = 1) -> list[EmailMessage]:
        """The mails to somebody, when there are so many."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: len(self.to(address)) >= count)
        return self.to(address)


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _checked(user: bytes, password: bytes) -> Callable[..., AuthResult]:
    def authenticate(
        server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (user, password)
        # Without `handled=False` it answers nothing to a wrong one.
        return AuthResult(success=right, handled=False)

    return authenticate


@asynccontextmanager
async def mailbox(user: str = "", password: str = "") -> AsyncIterator[Mailbox]:
    made = Mailbox()
    options: dict[str, Any] = {}
    if user:
        options = {
            "auth_required": True,
            "auth_require_tls": False,
            "authenticator": _checked(user.encode(), password.encode()),
        }
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(made, hostname="mail.test", **options), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    made.url = f"smtp://{user}:{password}@127.0.0.1:{port}" if user else f"smtp://127.0.0.1:{port}"
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()
