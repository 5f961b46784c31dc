"""Fixtures: a running gateway made to order, and AWS's own client for its callback URL."""

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import aioboto3
import pytest
import uvloop
from aiobotocore.config import AioConfig

from tests.gateway.harness import KEYS, Calls, Running, Serve, serving

if TYPE_CHECKING:
    from types_aiobotocore_apigatewaymanagementapi import ApiGatewayManagementApiClient


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "aws(row, source, chosen): a row of the conformance table: the fact, where it comes "
        "from, and, where it is uncertain, which way was chosen",
    )


def pytest_asyncio_loop_factories() -> dict[str, Any]:
    """uvloop, as in production."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
async def serve(calls: Calls) -> AsyncIterator[Serve]:
    """Start a gateway: `await serve(routes, quotas=…, ordered=…)`. Ended with the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(*args: Any, **options: Any) -> Running:
            return await stack.enter_async_context(serving(calls, *args, **options))

        yield start


@pytest.fixture
async def gateway(serve: Serve) -> Running:
    """A gateway with a two-way echo and AWS's own limits."""
    return await serve()


@contextlib.asynccontextmanager
async def _management(url: str) -> AsyncIterator["ApiGatewayManagementApiClient"]:
    session = aioboto3.Session(
        aws_access_key_id=KEYS.access_key_id,
        aws_secret_access_key=KEYS.secret_access_key,
        region_name=KEYS.region,
    )
    once = AioConfig(retries={"total_max_attempts": 1})
    async with session.client("apigatewaymanagementapi", endpoint_url=url, config=once) as client:
        yield client


@pytest.fixture
async def management(gateway: Running) -> AsyncIterator["ApiGatewayManagementApiClient"]:
    """AWS's own client, signed with the keys that `gateway` takes."""
    async with _management(gateway.callback_url) as client:
        yield client
