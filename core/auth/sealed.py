"""Secrets that somebody types in the browser: encrypted under a key derived from `SECRET_KEY`.

https://cryptography.io/en/latest/hazmat/primitives/aead/
"""

import hmac
import secrets
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# Says how the rest is to be read.
VERSION = b"\x01"
NONCE = 12


def seal(secret_key: str, text: str, owner: str) -> bytes:
    """Encrypt a secret of `owner`. For another owner it cannot be opened."""
    nonce = secrets.token_bytes(NONCE)
    return VERSION + nonce + _cipher(secret_key).encrypt(nonce, text.encode(), owner.encode())


def unseal(secret_key: str, sealed: bytes, owner: str) -> str | None:
    """Decrypt a secret. None if it was encrypted under another key, or for another owner."""
    if sealed[:1] != VERSION:
        return None
    nonce, content = sealed[1 : 1 + NONCE], sealed[1 + NONCE :]
    try:
        return _cipher(secret_key).decrypt(nonce, content, owner.encode()).decode()
    except (InvalidTag, ValueError):
        return None


def _cipher(secret_key: str) -> AESGCM:
    return AESGCM(hmac.new(secret_key.encode(), b"secrets of sites", sha256).digest())
