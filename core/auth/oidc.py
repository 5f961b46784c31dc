"""A team's own login: ID tokens of an OpenID Connect issuer.

https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
"""

import asyncio
import json
import math
from typing import TYPE_CHECKING, Protocol

import structlog

from core.errors import TryAgain, Unauthorized
from core.model import Manager, ManagerId, Rank
from core.protocol.text import MAX_NAME, line

if TYPE_CHECKING:
    from jwt import PyJWK, PyJWKClient

log = structlog.get_logger()

ALGORITHMS = ["RS256", "ES256", "PS256", "EdDSA"]
FETCH_SECONDS = 5.0
# Some issuers refuse whoever says no more than "Python".
HEADERS = {"user-agent": "switchboard", "accept": "application/json"}
# Keys are asked for again when an unknown one is used, but not for every forged token.
REFRESH_SECONDS = 60.0
# The claim that makes an admin: `"switchboard_role": "admin"`.
ROLE = "switchboard_role"

WRONG = "This login is not valid here. Please sign in again."
AWAY = "The login's keys could not be fetched. Please try again in a moment."


class Login(Protocol):
    async def read(self, token: str) -> tuple[Manager, Rank]:
        """Whom a token vouches for. Raises `Unauthorized` and `TryAgain`."""
        ...


class OidcLogin:
    """`issuer` is where `/.well-known/openid-configuration` is; `audience` is our client id."""

    def __init__(self, issuer: str, audience: str) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys: PyJWKClient | None = None
        self._lock = asyncio.Lock()

    async def read(self, token: str) -> tuple[Manager, Rank]:
        import jwt

        try:
            header = jwt.get_unverified_header(token)
            # One thread at a time: forged tokens must not take all that there are.
            async with self._lock:
                key = await asyncio.to_thread(self._key, header.get("kid"))
            claims = jwt.decode(
                token,
                key,
                ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                leeway=30,
                options={"require": ["sub", "exp", "iat"]},
            )
        except (jwt.InvalidTokenError, ValueError) as error:
            log.info("login_refused", reason=type(error).__name__)
            raise Unauthorized(WRONG) from None
        name = line(str(claims.get("name") or claims.get("email") or claims["sub"]), MAX_NAME)
        rank: Rank = "admin" if claims.get(ROLE) == "admin" else "agent"
        return Manager(ManagerId(f"oidc:{claims['sub']}"[:200]), name), rank

    def _key(self, name: str | None) -> "PyJWK":
        """The key of that name, waiting for the issuer where it has to be asked."""
        from http.client import HTTPException

        import jwt

        away = (OSError, HTTPException, LookupError, TypeError, ValueError, jwt.PyJWTError)
        try:
            self._keys = self._keys or self._discovered()
            if name is None:
                return _without_name(self._keys)
            return self._keys.get_signing_key(name)
        except away as error:
            asked = isinstance(error, jwt.PyJWKClientConnectionError) or self._keys is None
            if isinstance(error, jwt.PyJWKClientError) and not asked:
                raise Unauthorized(WRONG) from None
            log.warning("login_keys_unavailable", reason=type(error).__name__)
            raise TryAgain(AWAY) from None

    def _discovered(self) -> "PyJWKClient":
        """The issuer's keys, fetched for the first time."""
        from urllib.request import Request, urlopen

        import jwt

        where = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        with urlopen(Request(where, headers=HEADERS), timeout=FETCH_SECONDS) as answer:
            keys_at = str(json.load(answer)["jwks_uri"])
        keys = jwt.PyJWKClient(
            keys_at,
            headers=HEADERS,
            timeout=FETCH_SECONDS,
            # A known key stays good: an issuer that is away keeps nobody out who has one.
            lifespan=math.inf,
            cooldown_duration=REFRESH_SECONDS,
        )
        keys.get_jwk_set()
        return keys


def _without_name(keys: "PyJWKClient") -> "PyJWK":
    """An issuer with a single key need not name it, nor do its tokens."""
    import jwt

    for key in keys.get_jwk_set():
        if key.key_id is None:
            return key
    raise jwt.PyJWKClientError("every key has a name")
