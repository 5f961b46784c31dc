"""Signed tokens (RFC 7519): our user tokens, and the identities that a host site signs.

A user token opens one chat and nothing else. Our keys are derived from `SECRET_KEY`, one for each
use. The host site's key is `IDENTITY_KEY`.
"""

import base64
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import jwt

from core.auth.sealed import seal, unseal
from core.auth.subject import MAX_SUBJECT, is_subject
from core.errors import Unauthorized
from core.model import FIRST_SITE, ChatId, SiteId
from core.protocol import attributes
from core.protocol.text import MAX_EMAIL, MAX_NAME, line

ISSUER = "switchboard"
ALGORITHM = "HS256"
LIFE = timedelta(days=30)
# A token older than this is replaced, so that a visitor who comes back keeps the chat.
RENEW_AFTER = timedelta(days=1)
# A host site signs one for each page view. A long-lived one would be like a password.
IDENTITY_LIFE = timedelta(hours=24)
LEEWAY = timedelta(seconds=30)

WRONG = "This token is not valid. Begin a chat with POST /chats to get one."
ENDED = "This token has ended. Begin a chat with POST /chats to get another."
WRONG_IDENTITY = "The identity is not signed with this site's identity key."
ENDED_IDENTITY = "The identity has ended. The site must sign a new one for each page view."
NOBODY = (
    f"The identity must name somebody (`sub`), in at most {MAX_SUBJECT} characters"
    " without control characters."
)
LONG_IDENTITY = "The identity must end (`exp`) within 24 hours."


@dataclass(frozen=True, slots=True)
class UserToken:
    """The claims of a user's token."""

    chat_id: ChatId
    site_id: SiteId
    issued_at: datetime
    until: datetime

    @property
    def is_old(self) -> bool:
        return datetime.now(UTC) - self.issued_at > RENEW_AFTER


@dataclass(frozen=True, slots=True)
class Identity:
    """A person of the host site, who is its `subject`.

    `chat_id` is their chat, the same on every device.
    """

    chat_id: ChatId
    subject: str
    name: str | None
    email: str | None
    attributes: dict[str, str]


class Keys:
    def __init__(self, secret_key: str, identity_key: str | None = None) -> None:
        self._secret = secret_key.encode()
        self._identity_key = identity_key
        self._users = self._derived("user tokens")

    def user_token(self, chat_id: ChatId, site_id: SiteId = FIRST_SITE) -> str:
        """A token that opens this chat and nothing else."""
        now = datetime.now(UTC)
        claims = {"iss": ISSUER, "sub": chat_id, "iat": now, "exp": now + LIFE}
        if site_id != FIRST_SITE:
            claims["site"] = site_id
        return jwt.encode(claims, self._users, ALGORITHM)

    def read_user(self, token: str) -> UserToken:
        """Raises `Unauthorized`."""
        try:
            claims = jwt.decode(
                token,
                self._users,
                [ALGORITHM],
                issuer=ISSUER,
                options={"require": ["sub", "iat", "exp"]},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthorized(ENDED) from None
        except (jwt.InvalidTokenError, ValueError):
            raise Unauthorized(WRONG) from None
        return UserToken(
            ChatId(claims["sub"]),
            SiteId(str(claims.get("site", FIRST_SITE))),
            _time(claims["iat"]),
            _time(claims["exp"]),
        )

    def seal(self, secret: str, owner: str) -> bytes:
        """The stored form of a secret, such as a site's own identity key."""
        return seal(self._secret.decode(), secret, owner)

    def read_identity(
        self, token: str, site_id: SiteId = FIRST_SITE, sealed: bytes | None = None
    ) -> Identity:
        """The person whom the host site signed in. Raises `Unauthorized`.

        `sealed`: the site's own key, if it has one.
        """
        key = self._identity_key
        if sealed is not None:
            key = unseal(self._secret.decode(), sealed, site_id)
        if key is None:
            raise Unauthorized(WRONG_IDENTITY)
        try:
            claims = jwt.decode(
                token,
                key,
                [ALGORITHM],
                leeway=LEEWAY,
                options={"require": ["sub", "exp"], "verify_aud": False},
            )
            ends = _time(claims["exp"])
        except jwt.ExpiredSignatureError:
            raise Unauthorized(ENDED_IDENTITY) from None
        except (jwt.InvalidTokenError, ValueError, OverflowError, OSError):
            raise Unauthorized(WRONG_IDENTITY) from None
        if not is_subject(claims["sub"]):
            raise Unauthorized(NOBODY)
        if ends > datetime.now(UTC) + IDENTITY_LIFE + LEEWAY:
            raise Unauthorized(LONG_IDENTITY)
        return Identity(
            self._chat_of(claims["sub"], site_id),
            claims["sub"],
            _line(claims, "name", MAX_NAME),
            _line(claims, "email", MAX_EMAIL),
            attributes.cleaned(claims.get("attributes")),
        )

    def _chat_of(self, person: str, site_id: SiteId) -> ChatId:
        """The `chat_id` of a person on a site. Nobody can guess it from the person's id."""
        use = "chats of people" if site_id == FIRST_SITE else f"chats of people of {site_id}"
        name = hmac.digest(self._derived(use), person.encode(), "sha256")
        return ChatId("p-" + base64.urlsafe_b64encode(name[:18]).decode())

    def _derived(self, use: str) -> bytes:
        return hmac.new(self._secret, use.encode(), sha256).digest()


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _line(claims: dict[str, Any], name: str, most: int) -> str | None:
    """A cleaned claim. A signed claim is authentic, but it may be malformed or too long."""
    value = claims.get(name)
    return (line(value, most) or None) if isinstance(value, str) else None
