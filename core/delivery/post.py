"""How mail leaves: by SMTP, by AWS's SES, or, without a setting, into a folder.

https://aiosmtplib.readthedocs.io, https://docs.aws.amazon.com/ses/latest/APIReference-V2
"""

import asyncio
import ipaddress
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from core.delivery.carriers.carrier import Refused, TryLater
from core.delivery.carriers.mail import PostOffice

SECONDS = 20.0
SUBMISSION, OVER_TLS = 587, 465
# What is wrong with the message or its recipient stays so.
FINAL = range(500, 600)
# A wrong password or a closed account: somebody corrects that, and then it works.
OURS = (530, 534, 535, 538)


def office(mail_url: str | None, folder: Path) -> PostOffice:
    """The way that `MAIL_URL` names."""
    if mail_url is None:
        return Folder(folder)
    if mail_url.startswith("ses://"):
        return Ses(urlsplit(mail_url).netloc)
    return Smtp(mail_url)


class Smtp:
    """`smtp://user:password@host:587`, with STARTTLS where the server has it, or `smtps://`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        tls = parts.scheme == "smtps"
        user = unquote(parts.username) if parts.username else None
        self._options: dict[str, Any] = {
            "hostname": parts.hostname,
            "port": parts.port or (OVER_TLS if tls else SUBMISSION),
            "username": user,
            "password": unquote(parts.password) if parts.password else None,
            "use_tls": tls,
            # A password goes over TLS only, unless it stays on this machine.
            "start_tls": False if tls else True if user and not _is_here(parts.hostname) else None,
            "timeout": SECONDS,
        }

    async def send(self, message: EmailMessage) -> None:
        # Only what sends mail imports it.
        import aiosmtplib

        try:
            await aiosmtplib.send(message, **self._options)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _failure(error.recipients[0].code) from None
        except aiosmtplib.SMTPResponseException as error:
            raise _failure(error.code) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            raise TryLater("unreachable") from None

    async def close(self) -> None:
        """Nothing: each mail has a connection of its own."""


class Ses:
    """`ses://eu-central-1`: AWS signs with the function's own role."""

    def __init__(self, region: str) -> None:
        self._region = region

    async def send(self, message: EmailMessage) -> None:
        import aioboto3
        from botocore.exceptions import BotoCoreError, ClientError

        session: Any = aioboto3.Session(region_name=self._region)
        raw = message.as_bytes(policy=policy.SMTP)
        try:
            async with session.client("sesv2") as client:
                await client.send_email(Content={"Raw": {"Data": raw}})
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in ("MessageRejected", "BadRequestException"):
                raise Refused(f"ses_{code}") from None
            raise TryLater(f"ses_{code}") from None
        except (BotoCoreError, OSError):
            raise TryLater("unreachable") from None

    async def close(self) -> None:
        """Nothing, for the same reason."""


class Folder:
    """Mail stays on this machine, one file each, to be looked at."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, message: EmailMessage) -> None:
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        await asyncio.to_thread(self._write, f"{name}.eml", message.as_bytes())

    def _write(self, name: str, content: bytes) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / name).write_bytes(content)
        except OSError:
            # On Lambda there is no such place.
            raise Refused("no_mail") from None

    async def close(self) -> None:
        """Nothing is open."""


def _failure(code: int) -> TryLater | Refused:
    if code in FINAL and code not in OURS:
        return Refused(f"smtp_{code}")
    return TryLater(f"smtp_{code}")


def _is_here(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
