"""Web addresses of the settings, checked and in one spelling.

A browser sends an origin in `Origin`: https://www.rfc-editor.org/rfc/rfc6454#section-6.1
"""

from urllib.parse import SplitResult, urlsplit

PORTS = {"http": 80, "https": 443}


def http_url(value: str) -> str:
    """Without a slash at its end. Raises `ValueError` with a sentence."""
    return _checked(value, ("http", "https")).geturl().rstrip("/")


def ws_url(value: str) -> str:
    """Raises `ValueError` with a sentence."""
    return _checked(value, ("ws", "wss")).geturl()


def origin(value: str) -> str:
    """The origin of a page at this address. Raises `ValueError` with a sentence."""
    parts = _checked(value, ("http", "https"))
    host = (parts.hostname or "").encode("idna").decode("ascii")
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    return f"{parts.scheme}://{host}" + (
        f":{port}" if port not in (None, PORTS[parts.scheme]) else ""
    )


def _checked(value: str, schemes: tuple[str, ...]) -> SplitResult:
    example = f"{schemes[-1]}://chat.example"
    try:
        parts = urlsplit(value.strip())
        usable = parts.scheme in schemes and parts.hostname and parts.port != 0
        (parts.hostname or "").encode("idna")
    except ValueError:
        usable = False
    if not usable or "*" in value:
        raise ValueError(f"'{value.strip()}' must look like {example}")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"must be an address alone, like {example}")
    return parts
