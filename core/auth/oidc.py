"""A team's own login: ID tokens of an OpenID Connect issuer.

https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
"""

import asyncio
import time
from typing import Any, Protocol

import structlog

from core.errors import TryAgain, Unauthorized
from core.model import Manager, Rank
from core.protocol.text import MAX_NAME, line

log = structlog.get_logger()

ALGORITHMS = ["RS256", "ES256", "PS256", "EdDSA"]
FETCH_SECONDS = 5.0
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
        self._keys: dict[str, Any] = {}
        self._fetched = -REFRESH_SECONDS
        self._lock = asyncio.Lock()

    async def read(self, token: str) -> tuple[Manager, Rank]:
        import jwt

        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(header.get("kid", ""))
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
        return Manager(f"oidc:{claims['sub']}"[:200], name), rank

    async def _key(self, name: str) -> Any:
        async with self._lock:
            if name not in self._keys and time.monotonic() - self._fetched > REFRESH_SECONDS:
                self._keys = await self._fetch()
                self._fetched = time.monotonic()
        if name not in self._keys:
            raise Unauthorized(WRONG)
        return self._keys[name]

    async def _fetch(self) -> dict[str, Any]:
        import aiohttp
        import jwt

        where = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
            async with aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as client:
                async with client.get(where) as answer:
                    keys_at = (await answer.json())["jwks_uri"]
                async with client.get(keys_at) as answer:
                    keys = jwt.PyJWKSet.from_dict(await answer.json(content_type=None))
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, jwt.PyJWTError) as error:
            log.warning("login_keys_away", reason=type(error).__name__)
            raise TryAgain(AWAY) from None
        return {key.key_id or "": key for key in keys.keys}
