"""The clients of AWS's services, made at first use: the SDK is slow to import and to set up."""

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types_aiobotocore_sqs import SQSClient

MAX_CONNECTIONS = 50


class Clients:
    """The process's clients, one for each AWS service."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._stack = AsyncExitStack()
        self._sqs: SQSClient | None = None
        self._scheduler: Any = None
        self._s3: Any = None

    async def sqs(self) -> "SQSClient":
        """The client for the queue. `AWS_ENDPOINT_URL` points it at LocalStack."""
        if self._sqs is None:
            self._sqs = await self._client("sqs")
        return self._sqs

    async def scheduler(self) -> Any:
        """The client for EventBridge Scheduler."""
        if self._scheduler is None:
            self._scheduler = await self._client("scheduler")
        return self._scheduler

    async def s3(self) -> Any:
        """The client for the bucket of the published document."""
        if self._s3 is None:
            self._s3 = await self._client("s3")
        return self._s3

    async def _client(self, service: str) -> Any:
        import aioboto3
        from aiobotocore.config import AioConfig

        config = AioConfig(
            connect_timeout=2,
            read_timeout=25,
            retries={"total_max_attempts": 2},
            max_pool_connections=MAX_CONNECTIONS,
        )
        session: Any = aioboto3.Session(region_name=self._region)
        return await self._stack.enter_async_context(session.client(service, config=config))

    async def close(self) -> None:
        await self._stack.aclose()
