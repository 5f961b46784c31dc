"""The origins of pages that may call: our own, and for the widget those in `ALLOWED_ORIGINS`."""

from collections.abc import Collection
from urllib.parse import urlsplit

OWN_ONLY = "Pages of other sites cannot act as a manager."
NOT_ALLOWED = "Pages of this origin are not allowed. Add it to ALLOWED_ORIGINS."


def is_own(origin: str, host: str, public_url: str | None, scheme: str) -> bool:
    """Whether this is the origin of our own pages: of the request's host, or of `PUBLIC_URL`.

    A page that came without TLS is not ours where we are reached with it: anybody on the way could
    have written it. The other way round, a proxy that ends TLS may not have said so.

    https://www.rfc-editor.org/rfc/rfc6454#section-7
    """
    theirs, public = _parts(origin), _parts(public_url or "")
    if theirs is None:
        return False
    if theirs == public:
        return True
    ours = host.lower()
    over_tls = scheme in ("https", "wss") or public == ("https", ours)
    return theirs in ((("https", ours),) if over_tls else (("https", ours), ("http", ours)))


def is_allowed(
    origin: str | None, host: str, public_url: str | None, scheme: str, allowed: Collection[str]
) -> bool:
    """Whether a page may open a visitor's socket. A program may: it sends no `Origin`."""
    return origin is None or origin in allowed or is_own(origin, host, public_url, scheme)


def _parts(origin: str) -> tuple[str, str] | None:
    """The scheme and the host with its port. None if this is no origin, such as `null`."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return (parts.scheme, parts.netloc.lower()) if parts.netloc else None
