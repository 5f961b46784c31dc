"""Random tokens that open a door, and their digest, which is all that is kept of one.

256 random bits need no slow hash: there is nothing to guess with a dictionary. They are looked up
by their digest, so how long that takes tells nothing about how much of a wrong one is right.
"""

import secrets
from hashlib import sha256

# Told apart from a user's token at a glance, and found by scanners that look for leaked keys.
MANAGER_PREFIX = "sbm_"


def new_token(prefix: str = "") -> str:
    """A random token of 43 characters behind `prefix`."""
    return prefix + secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is stored of a token."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
