"""A team's own login: ID tokens of an OpenID Connect issuer.

https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol

import structlog

from core.auth.issuer_keys import WRONG, IssuerKeys
from core.auth.subject import is_subject
from core.errors import Forbidden, Unauthorized
from core.model import Manager, ManagerId, Vouched
from core.protocol.text import MAX_NAME, line

log = structlog.get_logger()

ALGORITHMS = ["RS256", "ES256", "PS256", "EdDSA"]
LEEWAY = timedelta(seconds=30)
# A token that was issued earlier is refused, however late it ends.
MAX_AGE = timedelta(hours=24)
MALFORMED = (ValueError, OverflowError, OSError)
# The claim that makes an admin: `"switchboard_role": "admin"`.
ROLE = "switchboard_role"

NOT_OURS = "This login is not one of this team's. Please ask whoever runs this installation."


@dataclass(frozen=True, slots=True)
class Allowed:
    """Whom the issuer may send: people by `sub`, members of groups, and domains of e-mail."""

    subs: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    groups_claim: str = "groups"

    def __contains__(self, claims: Mapping[str, Any]) -> bool:
        return (
            claims["sub"] in self.subs
            or _verified_domain(claims) in self.domains
            or not self.groups.isdisjoint(_texts(claims.get(self.groups_claim)))
        )


class Login(Protocol):
    async def read(self, token: str) -> Vouched:
        """Whom a token vouches for. Raises `Unauthorized`, `Forbidden` and `TryAgain`."""
        ...


class OidcLogin:
    """`audience` is our client id. Only whom `allowed` contains comes in."""

    def __init__(self, issuer: str, audience: str, allowed: Allowed) -> None:
        self._issuer = issuer
        self._audience = audience
        self._allowed = allowed
        self._keys = IssuerKeys(issuer)

    async def read(self, token: str) -> Vouched:
        claims = await self._claims(token)
        if claims not in self._allowed:
            log.info("login_refused", reason="not_allowed")
            raise Forbidden(NOT_OURS)
        named = (claims.get("name"), claims.get("email"), claims["sub"])
        name = next(filter(None, (line(one, MAX_NAME) for one in named if isinstance(one, str))))
        return Vouched(
            Manager(ManagerId(f"oidc:{claims['sub']}"), name),
            "admin" if claims.get(ROLE) == "admin" else "agent",
            # The signature is left out: it can be written in several ways.
            sha256(token.rpartition(".")[0].encode()).digest(),
            datetime.fromtimestamp(claims["iat"], UTC) + MAX_AGE + LEEWAY,
        )

    async def _claims(self, token: str) -> dict[str, Any]:
        """The claims of an ID token that was made for us. Raises `Unauthorized` and `TryAgain`."""
        import jwt

        try:
            header = jwt.get_unverified_header(token)
            claims = jwt.decode(
                token,
                await self._keys.key(header.get("kid")),
                ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY,
                options={"require": ["sub", "exp", "iat"]},
            )
            claims["iat"] = int(claims["iat"])
            wrong = _wrong(header, claims, self._audience)
        # A number may be larger than Python counts.
        except (jwt.InvalidTokenError, *MALFORMED) as error:
            wrong = type(error).__name__
        if wrong:
            log.info("login_refused", reason=wrong)
            raise Unauthorized(WRONG)
        return claims


def _wrong(header: Mapping[str, Any], claims: Mapping[str, Any], audience: str) -> str | None:
    """The name of what is wrong with a token that the issuer signed, or None."""
    if not is_subject(claims["sub"]):
        return "sub"
    # An access token is for a service that takes it, and not for signing in.
    if str(header.get("typ", "JWT")).upper() != "JWT" or claims.get("typ", "ID") != "ID":
        return "typ"
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else audience) != audience:
        return "azp"
    if datetime.fromtimestamp(claims["iat"], UTC) < datetime.now(UTC) - MAX_AGE:
        return "iat"
    return None


def _verified_domain(claims: Mapping[str, Any]) -> str | None:
    """The domain of the e-mail address, if the issuer says that it is the person's own."""
    email, verified = claims.get("email"), claims.get("email_verified")
    if not isinstance(email, str) or not email.isascii() or verified not in (True, "true"):
        return None
    return email.rpartition("@")[2].lower()


def _texts(value: object) -> list[str]:
    """A claim of one text or several."""
    several = value if isinstance(value, list) else [value]
    return [one for one in several if isinstance(one, str)]
