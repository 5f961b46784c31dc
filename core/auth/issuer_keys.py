"""The public keys of an OpenID Connect issuer, and when they are fetched."""

import asyncio
import json
import math
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from core.errors import TryAgain, Unauthorized

if TYPE_CHECKING:
    from jwt import PyJWK, PyJWKClient

log = structlog.get_logger()

FETCH_SECONDS = 5.0
# Some issuers refuse whoever says no more than "Python".
HEADERS = {"user-agent": "switchboard", "accept": "application/json"}
# The issuer is asked this seldom, whether it answers or not. Forged tokens cost it nothing more.
REFRESH_SECONDS = 60.0

WRONG = "This login is not valid here. Please sign in again."
AWAY = "The login's keys could not be fetched. Please try again in a minute."


class IssuerKeys:
    """`issuer` is where `/.well-known/openid-configuration` is."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._client: PyJWKClient | None = None
        # A known key stays good: an issuer that is away keeps nobody out who has one.
        self._keys: Sequence[PyJWK] = ()
        self._asked_at = -math.inf
        self._is_away = False
        self._lock = asyncio.Lock()

    async def key(self, name: object) -> "PyJWK":
        """The key of that name (`kid`). Raises `Unauthorized` and `TryAgain`.

        An issuer with a single key need not name it, nor do its tokens.
        """
        found = self._known(name)
        if found is not None:
            return found
        # One thread at a time: forged tokens must not take all that there are.
        async with self._lock:
            if time.monotonic() - self._asked_at >= REFRESH_SECONDS:
                self._asked_at = time.monotonic()
                await asyncio.to_thread(self._fetch)
            found = self._known(name)
        if found is not None:
            return found
        if self._is_away:
            raise TryAgain(AWAY)
        raise Unauthorized(WRONG)

    def _known(self, name: object) -> "PyJWK | None":
        for key in self._keys:
            if key.key_id == name and key.public_key_use in ("sig", None):
                return key
        return None

    def _fetch(self) -> None:
        from http.client import HTTPException

        import jwt

        away = (OSError, HTTPException, LookupError, TypeError, ValueError, jwt.PyJWTError)
        try:
            self._client = self._client or self._discovered()
            self._keys = self._client.get_jwk_set(refresh=True).keys
            self._is_away = False
        except (*away, RecursionError) as error:
            self._is_away = True
            log.warning("login_keys_unavailable", reason=type(error).__name__)

    def _discovered(self) -> "PyJWKClient":
        from urllib.request import Request, urlopen

        import jwt

        where = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        with urlopen(Request(where, headers=HEADERS), timeout=FETCH_SECONDS) as answer:
            keys_at = str(json.load(answer)["jwks_uri"])
        return jwt.PyJWKClient(keys_at, headers=HEADERS, timeout=FETCH_SECONDS, cache_jwk_set=False)
