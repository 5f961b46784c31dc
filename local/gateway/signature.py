"""Checks Signature Version 4: the caller has the credentials, and the body is the signed one.

botocore's own signer signs the received request again, and the signatures are compared. So every
AWS SDK can call.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials as BotocoreCredentials

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


class Refused(Exception):
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


class _Recomputed(SigV4Auth):
    """Signs the same headers as the caller. botocore would choose them itself."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        headers = HTTPHeaders()
        for name in request.context["signed"]:
            headers[name] = request.headers[name]
        return headers


def check_caller(call: Call, credentials: Credentials, now: datetime) -> None:
    """Check everything that does not need the body. Raises Refused."""
    given = _authorization(call)
    token = call.headers.get("x-amz-security-token")
    if not _same(given["key"], credentials.access_key_id or given["key"]) or (
        credentials.session_token is not None and not _same(token or "", credentials.session_token)
    ):
        raise Refused(
            "UnrecognizedClientException", "The security token included in the request is invalid."
        )
    at = _signed_at(call)
    if abs(now - at) > LARGEST_SKEW:
        raise Refused("InvalidSignatureException", _too_far(at, now))
    scope = f"{at:%Y%m%d}/{credentials.region}/{SERVICE}/aws4_request"
    if given["scope"] != scope:
        raise Refused("InvalidSignatureException", f"Credential should be scoped to {scope}.")


def check_signature(call: Call, body: bytes, credentials: Credentials) -> None:
    """Check that the secret key has signed this request with this body. Raises Refused.

    The body's hash is always computed. So a wrong declared hash, UNSIGNED-PAYLOAD and a chunked
    signature are refused.
    """
    given = _authorization(call)
    signed = given["headers"].split(";")
    declared = call.headers.get("x-amz-content-sha256")
    complete = {"host", *(name for name in call.headers if name.startswith("x-amz-"))}
    if not complete <= set(signed) <= set(call.headers):
        raise _mismatch()
    if declared is not None and not _same(declared, sha256(body).hexdigest()):
        raise _mismatch()
    if not _same(_signature(call, signed, body, credentials), given["signature"]):
        raise _mismatch()


def _signature(call: Call, signed: list[str], body: bytes, credentials: Credentials) -> str:
    host = call.headers["host"]
    url = f"http://{host}{call.path}" + (f"?{call.query}" if call.query else "")
    request = AWSRequest(method=call.method, url=url, data=body, headers=dict(call.headers))
    request.context |= {"timestamp": call.headers["x-amz-date"], "signed": signed}
    signer = _Recomputed(
        BotocoreCredentials(credentials.access_key_id or "", credentials.secret_access_key),
        SERVICE,
        credentials.region,
    )
    to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    return str(signer.signature(to_sign, request))


def _authorization(call: Call) -> Mapping[str, Any]:
    header = call.headers.get("authorization")
    if header is None:
        raise Refused("MissingAuthenticationTokenException", "Missing Authentication Token")
    given = _AUTHORIZATION.fullmatch(header.strip())
    if given is None:
        raise Refused(
            "IncompleteSignatureException",
            "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature'.",
        )
    return given.groupdict()


def _signed_at(call: Call) -> datetime:
    try:
        at = datetime.strptime(call.headers.get("x-amz-date", ""), "%Y%m%dT%H%M%SZ")
    except ValueError:
        raise Refused(
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


def _mismatch() -> Refused:
    return Refused(
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method. "
        "Consult the service documentation for details.",
    )


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
