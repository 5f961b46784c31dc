"""Checks Signature Version 4: the caller has the credentials, and the body is the signed one.

The received request is signed again as botocore's signer would, and the signatures are compared.
So every AWS SDK can call. What stays the same from call to call is computed once: a push needs one
check, and botocore's own signer takes three times as long.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from botocore.utils import normalize_url_path

LARGEST_SKEW = timedelta(minutes=1)
SERVICE = "execute-api"

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^/,\s]+)/(?P<scope>[^,\s]+),\s*"
    r"SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class Credentials:
    """The only credentials that may call. The id is None where the secret alone decides."""

    access_key_id: str | None
    secret_access_key: str
    session_token: str | None
    region: str


class SignatureRefused(Exception):
    """The call is refused, with AWS's own message. `code` is the `x-amzn-ErrorType`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Call:
    """A request. `path` and `query` are not decoded, header names are lower-case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


def check_caller(call: Call, credentials: Credentials, now: datetime) -> None:
    """Check everything that does not need the body. Raises SignatureRefused."""
    given = _authorization(call.headers.get("authorization"))
    token = call.headers.get("x-amz-security-token")
    if not _same(given["key"], credentials.access_key_id or given["key"]) or (
        credentials.session_token is not None and not _same(token or "", credentials.session_token)
    ):
        raise SignatureRefused(
            "UnrecognizedClientException", "The security token included in the request is invalid."
        )
    at = _signed_at(call.headers.get("x-amz-date", ""))
    if abs(now - at) > LARGEST_SKEW:
        raise SignatureRefused("InvalidSignatureException", _too_far(at, now))
    scope = f"{at:%Y%m%d}/{credentials.region}/{SERVICE}/aws4_request"
    if given["scope"] != scope:
        raise SignatureRefused(
            "InvalidSignatureException", f"Credential should be scoped to {scope}."
        )


def check_signature(call: Call, body: bytes, credentials: Credentials) -> None:
    """Check that the secret key has signed this request with this body. Raises SignatureRefused.

    The body's hash is always computed. So a wrong declared hash, UNSIGNED-PAYLOAD and a chunked
    signature are refused.
    """
    given = _authorization(call.headers.get("authorization"))
    signed = given["headers"].split(";")
    declared = call.headers.get("x-amz-content-sha256")
    complete = {"host", *(name for name in call.headers if name.startswith("x-amz-"))}
    if not complete <= set(signed) <= set(call.headers):
        raise _mismatch()
    body_hash = sha256(body).hexdigest()
    if declared is not None and not _same(declared, body_hash):
        raise _mismatch()
    if not _same(_signature(call, signed, body_hash, credentials), given["signature"]):
        raise _mismatch()


def _signature(call: Call, signed: list[str], body_hash: str, credentials: Credentials) -> str:
    """The signature of a request whose body has this hash, over these of its headers."""
    names = sorted(set(signed))
    canonical = "\n".join(
        (
            call.method,
            _canonical_path(call.path),
            _canonical_query(call.query),
            *(f"{name}:{' '.join(call.headers[name].split())}" for name in names),
            "",
            ";".join(names),
            call.headers.get("x-amz-content-sha256", body_hash),
        )
    )
    at = call.headers["x-amz-date"]
    scope = f"{at[:8]}/{credentials.region}/{SERVICE}/aws4_request"
    hashed = sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{hashed}"
    key = _signing_key(credentials.secret_access_key, at[:8], credentials.region)
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


@lru_cache(maxsize=8)
def _signing_key(secret: str, day: str, region: str) -> bytes:
    """The key of a day and a region."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


@lru_cache(maxsize=4096)
def _canonical_path(path: str) -> str:
    """A path as it is signed: its percent signs are quoted once more."""
    return quote(normalize_url_path(path), safe="/~")


def _canonical_query(query: str) -> str:
    """The parameters of a query in their order."""
    if not query:
        return ""
    pairs = sorted(pair.partition("=")[::2] for pair in query.split("&"))
    return "&".join(f"{name}={value}" for name, value in pairs)


def _authorization(header: str | None) -> Mapping[str, Any]:
    if header is None:
        raise SignatureRefused(
            "MissingAuthenticationTokenException", "Missing Authentication Token"
        )
    given = _AUTHORIZATION.fullmatch(header.strip())
    if given is None:
        raise SignatureRefused(
            "IncompleteSignatureException",
            "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature'.",
        )
    return given.groupdict()


@lru_cache(maxsize=64)
def _signed_at(date: str) -> datetime:
    try:
        at = datetime.strptime(date, "%Y%m%dT%H%M%SZ")
    except ValueError:
        raise SignatureRefused(
            "IncompleteSignatureException", "Date must be in ISO-8601 'basic format'."
        ) from None
    return at.replace(tzinfo=UTC)


def _too_far(at: datetime, now: datetime) -> str:
    stamp = "%Y%m%dT%H%M%SZ"
    if at < now:
        return f"Signature expired: {at:{stamp}} is now earlier than {now - LARGEST_SKEW:{stamp}}"
    return (
        f"Signature not yet current: {at:{stamp}} is still later than {now + LARGEST_SKEW:{stamp}}"
    )


def _mismatch() -> SignatureRefused:
    return SignatureRefused(
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method. "
        "Consult the service documentation for details.",
    )


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
