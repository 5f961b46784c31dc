"""The guarded client for addresses that somebody has typed: it never reaches a private address.

The check stands where the socket is made. So it sees the address that is really used, whatever the
URL's form and whatever DNS answered: https://owasp.org/www-community/attacks/Server_Side_Request_Forgery
"""

import ipaddress
import socket
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from core.delivery.carriers.carrier import Gone, Refused, TryLater

if TYPE_CHECKING:
    import aiohttp

CALL_SECONDS = 10.0
MAX_CONNECTIONS = 50
GONE = 410
# The receiver is busy, and may say for how long.
BUSY = (429, 502, 503, 504)

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What `is_global` does not know in every release of Python.
# https://www.iana.org/assignments/iana-ipv4-special-registry
SPECIAL: tuple[Network, ...] = tuple(
    map(
        ipaddress.ip_network,
        (
            *("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15"),
            *("64:ff9b:1::/48", "100::/64", "2001::/23", "3fff::/20", "5f00::/16", "fec0::/10"),
        ),
    )
)
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class _NotPublic(OSError):
    """The address is not one of the public internet."""


def networks(named: Sequence[str]) -> tuple[Network, ...]:
    """Raises `ValueError` with a sentence."""
    try:
        return tuple(ipaddress.ip_network(one, strict=False) for one in named)
    except ValueError:
        raise ValueError("it must name addresses or networks, such as 10.0.0.0/8") from None


def is_public(address: IpAddress) -> bool:
    """Whether an address belongs to the public internet, also one that stands inside another."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    known = any(address.version == one.version and address in one for one in SPECIAL)
    return address.is_global and not address.is_multicast and not known


class Outgoing:
    """One HTTP client, made at first use. `allowed`: networks that it may reach all the same."""

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self._allowed = networks(allowed)
        self._http: aiohttp.ClientSession | None = None

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, final: Sequence[int] = ()
    ) -> None:
        """Send a body; any 2xx is success. Raises `TryLater`, `Gone` or `Refused`.

        `final`: the statuses with which this kind of receiver says that it is gone.
        """
        status, wait = await self._answer(url, body, headers)
        if status == GONE or status in final:
            raise Gone(f"http_{status}")
        if 300 <= status < 400:
            raise Refused("redirected")
        if not 200 <= status < 300:
            raise TryLater(f"http_{status}", wait)

    async def _answer(
        self, url: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, float | None]:
        """The status, and for how many seconds it asks to wait."""
        import aiohttp

        try:
            return await self._post(url, body, headers)
        except TimeoutError:
            raise TryLater("timeout") from None
        except aiohttp.InvalidURL:
            raise Refused("no_address") from None
        except (aiohttp.ClientError, OSError) as error:
            reason = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
            if isinstance(reason, _NotPublic):
                raise Refused("not_public") from None
            raise TryLater("unreachable") from None

    async def _post(
        self, url: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, float | None]:
        from yarl import URL

        address = URL(url)
        if address.user is not None or address.password is not None:
            raise Refused("no_address")
        if address.scheme != "https" and not (address.scheme == "http" and self._allowed):
            raise Refused("not_https")
        async with self._session().post(
            address, data=body, headers=dict(headers), allow_redirects=False
        ) as answer:
            # What it says is not read: only its status counts.
            wait = _seconds(answer.headers.get("Retry-After"))
            return answer.status, wait if answer.status in BUSY else None

    def _session(self) -> "aiohttp.ClientSession":
        if self._http is None:
            import aiohttp

            connector = aiohttp.TCPConnector(
                limit=MAX_CONNECTIONS, force_close=True, socket_factory=self._socket
            )
            self._http = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=CALL_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._http

    def _socket(self, found: Any) -> socket.socket:
        family, kind, protocol, _, where = found
        address = ipaddress.ip_address(str(where[0]).partition("%")[0])
        allowed = any(address.version == one.version and address in one for one in self._allowed)
        if not (allowed or is_public(address)):
            raise _NotPublic(f"{address} is not public")
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()


def _seconds(header: str | None, now: datetime | None = None) -> float | None:
    """`Retry-After` in seconds, which may be a date. Nonsense counts as nothing.

    https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    if not header:
        return None
    if header.isascii() and header.isdecimal():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    # A date without a zone is none of HTTP's.
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds()) if at.tzinfo else None
