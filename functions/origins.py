"""The origins of pages that may call: our own, and for the widget those in `ALLOWED_ORIGINS`."""

from collections.abc import Collection
from urllib.parse import urlsplit

OWN_ONLY = "Pages of other sites cannot act as a manager."
NOT_ALLOWED = "Pages of this origin are not allowed. Add it to ALLOWED_ORIGINS."


def is_own(origin: str, host: str, public_url: str | None) -> bool:
    """Whether this is the origin of our own pages: the request's host, or that of `PUBLIC_URL`.

    https://www.rfc-editor.org/rfc/rfc6454#section-7
    """
    netloc = urlsplit(origin).netloc.lower()
    own = urlsplit(public_url or "").netloc.lower()
    return bool(netloc) and netloc in (host.lower(), own)


def is_allowed(
    origin: str | None, host: str, public_url: str | None, allowed: Collection[str]
) -> bool:
    """Whether a page may open a visitor's socket. A program may: it sends no `Origin`."""
    return origin is None or origin in allowed or is_own(origin, host, public_url)
