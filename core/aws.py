"""The AWS clients, made when first needed: the SDK is slow to import and slow to set up."""

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_aiobotocore_apigatewaymanagementapi import ApiGatewayManagementApiClient
    from types_aiobotocore_sqs import SQSClient

MAX_CONNECTIONS = 50


class Clients:
    """One client a service and endpoint, kept for the life of the process."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._stack = AsyncExitStack()
        self._gateways: dict[str, ApiGatewayManagementApiClient] = {}
        self._sqs: SQSClient | None = None

    async def gateway(self, endpoint_url: str) -> "ApiGatewayManagementApiClient":
        """The client for `/@connections` below a callback URL."""
        if endpoint_url not in self._gateways:
            import aioboto3
            from aiobotocore.config import AioConfig

            # The caller has its own deadlines and its own second try.
            config = AioConfig(
                connect_timeout=1,
                read_timeout=1,
                retries={"total_max_attempts": 1},
                max_pool_connections=MAX_CONNECTIONS,
            )
            client = aioboto3.Session(region_name=self._region).client(
                "apigatewaymanagementapi", endpoint_url=endpoint_url, config=config
            )
            self._gateways[endpoint_url] = await self._stack.enter_async_context(client)
        return self._gateways[endpoint_url]

    async def sqs(self) -> "SQSClient":
        """The client for the queue; `AWS_ENDPOINT_URL` points it at LocalStack."""
        if self._sqs is None:
            import aioboto3
            from aiobotocore.config import AioConfig

            config = AioConfig(
                connect_timeout=2,
                read_timeout=25,
                retries={"total_max_attempts": 2},
                max_pool_connections=MAX_CONNECTIONS,
            )
            client = aioboto3.Session(region_name=self._region).client("sqs", config=config)
            self._sqs = await self._stack.enter_async_context(client)
        return self._sqs

    async def close(self) -> None:
        await self._stack.aclose()
