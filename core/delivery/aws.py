"""The queue's AWS client, made at first use: the SDK is slow to import and to set up."""

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_aiobotocore_sqs import SQSClient

MAX_CONNECTIONS = 50


class Clients:
    """The process's clients, one for each AWS service."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._stack = AsyncExitStack()
        self._sqs: SQSClient | None = None

    async def sqs(self) -> "SQSClient":
        """The client for the queue. `AWS_ENDPOINT_URL` points it at LocalStack."""
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
