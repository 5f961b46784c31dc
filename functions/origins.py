"""Which pages a browser lets in: our own, and for the widget the sites that are named."""

from collections.abc import Collection
from urllib.parse import urlsplit

OWN_ONLY = "Pages of other sites cannot act as a manager."
NOT_ALLOWED = "Pages of this origin are not let in. Add it to ALLOWED_ORIGINS."


def is_own(origin: str, host: str, public_url: str | None) -> bool:
    """Whether an `Origin` is that of our own pages: the host asked for, or `PUBLIC_URL`'s.

    https://www.rfc-editor.org/rfc/rfc6454#section-7
    """
    netloc = urlsplit(origin).netloc.lower()
    own = urlsplit(public_url or "").netloc.lower()
    return bool(netloc) and netloc in (host.lower(), own)


def is_let_in(
    origin: str | None, host: str, public_url: str | None, allowed: Collection[str]
) -> bool:
    """Whether a page may open a visitor's socket. Programs send no `Origin` and may."""
    return origin is None or origin in allowed or is_own(origin, host, public_url)
