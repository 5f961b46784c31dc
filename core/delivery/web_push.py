"""What a push service gets: an encrypted text (RFC 8291) and headers (RFC 8030).

Only the browser can read it. The service sees its length, and when it came.
"""

import secrets
from hashlib import sha256

from core.delivery.vapid import Vapid, b64
from core.model import PushSubscription

# A service takes no more: https://www.rfc-editor.org/rfc/rfc8291#section-4
MAX_BODY = 4096
# The salt, the size of a record, and our key of this one push.
HEAD = 16 + 4 + 1 + 65
# The sign at the end of the text, and the cipher's tag.
TAIL = 1 + 16
MAX_TEXT = MAX_BODY - HEAD - TAIL
# Whoever was offline for so long is not told of a wait that is over.
KEPT_SECONDS = 4 * 3600
# The first byte of a point that is written out in full.
POINT = 4


def fits(p256dh: bytes, auth: bytes) -> bool:
    """Whether these are a browser's keys."""
    from cryptography.hazmat.primitives.asymmetric import ec

    if len(p256dh) != 65 or p256dh[0] != POINT or len(auth) != 16:
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    except ValueError:
        return False
    return True


def headers(
    vapid: Vapid, subscription: PushSubscription, topic: str, urgent: bool
) -> dict[str, str]:
    """`topic`: of those that still wait at the service, the last one of a topic is delivered."""
    return {
        "Authorization": vapid.authorization(subscription.endpoint),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_SECONDS),
        "Topic": b64(sha256(topic.encode()).digest()[:24]),
        "Urgency": "high" if urgent else "normal",
    }


def encrypted(text: bytes, p256dh: bytes, auth: bytes) -> bytes:
    """At most `MAX_TEXT` bytes, for the browser with these keys."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    assert len(text) <= MAX_TEXT
    own = ec.generate_private_key(ec.SECP256R1())
    public = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    shared = own.exchange(ec.ECDH(), theirs)
    salt = secrets.token_bytes(16)
    secret = _derived(shared, auth, b"WebPush: info\0" + p256dh + public, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + MAX_BODY.to_bytes(4, "big") + bytes([len(public)]) + public
    # The sign says that this record is the last one.
    return head + AESGCM(key).encrypt(nonce, text + b"\x02", None)


def _derived(secret: bytes, salt: bytes, use: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), length, salt, use).derive(secret)
