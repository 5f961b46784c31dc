"""Web addresses of the settings, checked and in one spelling.

A browser sends an origin in `Origin`: https://www.rfc-editor.org/rfc/rfc6454#section-6.1
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import SplitResult, urlsplit

PORTS = {"http": 80, "https": 443}
# The ends of a provider's addresses, and the value of OPENAI_API that calls them.
CALLS = {"/responses": "responses", "/chat/completions": "chat"}
VERSION = re.compile(r"[A-Za-z0-9.-]{1,40}")


def http_url(value: str) -> str:
    """Without a slash at its end. Raises `ValueError` with a sentence."""
    return _checked(value, ("http", "https")).geturl().rstrip("/")


def callback_url(value: str) -> str:
    """A URL that may name several APIs with `{api_id}` and `{stage}`. Raises `ValueError`."""
    http_url(value.replace("{api_id}", "api").replace("{stage}", "stage"))
    return value.strip().rstrip("/")


def provider_url(value: str, api: str) -> str:
    """A provider's base URL, also from the whole address of a call, or from Azure's with a date.

    Raises `ValueError` with a sentence.
    """
    address, _, query = value.strip().partition("?")
    url = http_url(address)
    for path, meant in CALLS.items():
        if url.endswith(path):
            if api != meant:
                raise ValueError(f"it ends with {path}, which needs OPENAI_API={meant}")
            url = url.removesuffix(path)
    if "/deployments/" in url and api != "chat":
        raise ValueError("an address with /deployments/ needs OPENAI_API=chat")
    if not query:
        return url
    name, _, version = query.partition("=")
    if name != "api-version" or not VERSION.fullmatch(version):
        raise ValueError("after the ? it may say api-version=… and nothing else")
    return f"{url}?{query}"


def mail_url(value: str) -> str:
    """How mail leaves: `smtp://`, `smtps://`, or `ses://region`. Raises `ValueError`."""
    try:
        parts = urlsplit(value.strip())
        usable = parts.scheme in ("smtp", "smtps", "ses") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.path.strip("/") or parts.query or parts.fragment:
        # Without the value: it may hold a password.
        raise ValueError("it must look like smtp://user:password@host:587 or ses://eu-central-1")
    return parts.geturl().rstrip("/")


def ws_url(value: str) -> str:
    """Raises `ValueError` with a sentence."""
    return _checked(value, ("ws", "wss")).geturl()


def origins(values: Iterable[str]) -> Iterator[str]:
    """The origins of pages at these addresses. Raises `ValueError` with a sentence."""
    for number, value in enumerate(filter(str.strip, values), 1):
        try:
            yield origin(value)
        except ValueError as error:
            raise ValueError(f"number {number}: {error}") from None


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
    # Some browsers write a space in a name as %20.
    if not usable or "*" in value or set("% ") & set(parts.netloc):
        # Without the value: whatever is wrong with it, it may hold a password.
        raise ValueError(f"it must look like {example}")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"it must be an address alone, like {example}")
    return parts
