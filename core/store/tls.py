"""The database's certificate: checked against the system's authorities, or against a given one."""

import re
import ssl
import textwrap
from pathlib import Path

from core.errors import Misconfigured

CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
NO_CERTIFICATE = "DATABASE_CA is neither a certificate (PEM) nor a file that holds one."
# https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error: a host's and an address's mismatch.
OTHER_NAME = (62, 64)


def context(
    ca: str | None, own: tuple[str, str | None] | None = None, *, checks_name: bool = True
) -> ssl.SSLContext:
    """Accepts what `ca` has signed: PEM or a file's path. None: what the system trusts.

    `own`: the files of a certificate that we show, and of its key. Raises `Misconfigured`.
    """
    try:
        made = ssl.create_default_context(cadata=_pem(ca) if ca else None)
    except (ValueError, ssl.SSLError):
        raise Misconfigured(NO_CERTIFICATE) from None
    # As psql does. Some hosters' authorities lack an extension that Python's strict check wants.
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    made.check_hostname = checks_name
    if own:
        try:
            made.load_cert_chain(*own)
        except OSError as error:
            raise Misconfigured(f"DATABASE_URL: sslcert and sslkey: {error}") from None
    return made


def _pem(ca: str) -> str:
    """Lines may have become spaces, or `\\n` in letters, on the way through a form or a file."""
    found = CERTIFICATE.findall(ca.replace("\\n", "\n")) or CERTIFICATE.findall(_file(ca))
    if not found:
        raise Misconfigured(NO_CERTIFICATE)
    bodies = ("\n".join(textwrap.wrap("".join(body.split()), 64)) for body in found)
    return "".join(
        f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n" for body in bodies
    )


def _file(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace")
    except (OSError, ValueError):
        return ""


def refusal(error: ssl.SSLCertVerificationError) -> str:
    """What is wrong with the server's certificate, in a sentence."""
    why = error.verify_message.rstrip(".")
    if error.verify_code in OTHER_NAME:
        return f"DATABASE_URL: the server's certificate is for another name: {why}."
    return (
        f"DATABASE_URL: the server's certificate is refused ({why}); if its authority is your"
        " host's own, set DATABASE_CA to that authority's certificate."
    )
