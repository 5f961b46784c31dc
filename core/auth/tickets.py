"""Random tokens, and their digests. Only the digest of a token is stored.

256 random bits need no slow hash, because no dictionary helps to guess them. A token is looked up
by its digest. So the time of a lookup says nothing about how close a wrong token is.
"""

import secrets
from hashlib import sha256

# A reader sees that it is no user's token, and scanners for leaked keys find it.
MANAGER_PREFIX = "sbm_"


def new_token(prefix: str = "") -> str:
    """A random token of 43 characters behind `prefix`."""
    return prefix + secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """The stored form of a token."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
