"""Signed calls of a gateway's `/@connections`, over connections that stay open.

botocore signs and aiohttp sends. The SDK's own client does the same at a quarter of the speed.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from typing import TYPE_CHECKING
from urllib.parse import quote

from core.model import Target

if TYPE_CHECKING:
    import aiohttp
    from aiobotocore.credentials import AioCredentials
    from botocore.credentials import ReadOnlyCredentials

MAX_CONNECTIONS = 50
CALL_SECONDS = 1.0
# Shorter than any load balancer keeps an idle connection.
KEEP_ALIVE_SECONDS = 12

FORBIDDEN = 403
GONE = 410
TIMED_OUT = 504


class Callbacks:
    """One HTTP client for every gateway, made at first use and open until `close`."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._http: aiohttp.ClientSession | None = None
        self._credentials: AioCredentials | None = None
        self._given: ReadOnlyCredentials | None = None

    def sign_with(self, access_key_id: str, secret: str) -> None:
        """Sign with these credentials, and not with those that AWS's libraries find."""
        from botocore.credentials import ReadOnlyCredentials

        self._given = ReadOnlyCredentials(access_key_id, secret, None)

    async def call(self, method: str, target: Target, data: bytes = b"") -> tuple[int, str]:
        """The status, and the reason of a failure for the log. Never raises.

        A node where nobody listens gives 410: it has died, and its sockets with it.
        """
        # A process that pushes only to its own sockets does not import aiohttp.
        import aiohttp

        try:
            return await self._call(method, target, data)
        except aiohttp.ClientSSLError as error:
            return TIMED_OUT, type(error).__name__
        except aiohttp.ClientConnectorError as error:
            return GONE, type(error).__name__
        except Exception as error:
            return TIMED_OUT, type(error).__name__

    async def _call(self, method: str, target: Target, data: bytes) -> tuple[int, str]:
        from yarl import URL

        from core.delivery.signer import signed

        name = quote(target.connection_id, safe="")
        # Already encoded: the signed URL and the sent one must be the same.
        url = URL(f"{target.callback_url}/@connections/{name}", encoded=True)
        credentials = await self._frozen()
        headers = signed(credentials, self._region, method, str(url), url.authority, data)
        async with self._session().request(method, url, data=data, headers=headers) as answer:
            await answer.read()
            return answer.status, answer.headers.get("x-amzn-errortype", str(answer.status))

    async def _frozen(self) -> "ReadOnlyCredentials":
        if self._given is not None:
            return self._given
        if self._credentials is None:
            from aiobotocore.session import get_session
            from botocore.exceptions import NoCredentialsError

            self._credentials = await get_session().get_credentials()
            if self._credentials is None:
                raise NoCredentialsError
        return await self._credentials.get_frozen_credentials()

    def _session(self) -> "aiohttp.ClientSession":
        if self._http is None:
            import aiohttp

            connector = aiohttp.TCPConnector(
                limit=MAX_CONNECTIONS, keepalive_timeout=KEEP_ALIVE_SECONDS
            )
            timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
            self._http = aiohttp.ClientSession(connector=connector, timeout=timeout)
        return self._http

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
