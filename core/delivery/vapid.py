"""The installation's key towards push services (VAPID): a browser takes pushes of this one only.

https://www.rfc-editor.org/rfc/rfc8292
"""

import base64
import hmac
import time
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

# Of the curve P-256: a private key is a number from 1 to ORDER - 1.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# A service takes at most 24 hours, and its clock may be wrong.
SIGNED_FOR = 12 * 3600


def b64(data: bytes) -> str:
    """Base64 as URLs hold it, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Vapid:
    """A key pair that is derived from `secret`: every process has the same, and none is stored.

    `contact`: where the operator of a push service reaches whoever runs this installation.
    """

    def __init__(self, secret: str, contact: str) -> None:
        self._secret = secret.encode()
        self._contact = contact

    @cached_property
    def public(self) -> bytes:
        """What a browser subscribes with: a point of 65 bytes."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        public = self._private.public_key()
        return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @cached_property
    def id(self) -> bytes:
        """Says which key a subscription was made for."""
        return sha256(self.public).digest()[:8]

    def authorization(self, endpoint: str) -> str:
        """The header that lets a push to this endpoint in."""
        import jwt

        where = urlsplit(endpoint)
        claims = {
            "aud": f"{where.scheme}://{where.netloc}",
            "exp": int(time.time()) + SIGNED_FOR,
            "sub": self._contact,
        }
        return f"vapid t={jwt.encode(claims, self._private, 'ES256')}, k={b64(self.public)}"

    @cached_property
    def _private(self) -> "EllipticCurvePrivateKey":
        from cryptography.hazmat.primitives.asymmetric import ec

        # 512 bits for a number of 256: each key is as likely as any other.
        drawn = hmac.digest(self._secret, b"web push", "sha512")
        number = int.from_bytes(drawn, "big") % (ORDER - 1) + 1
        return ec.derive_private_key(number, ec.SECP256R1())
