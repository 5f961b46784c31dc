"""What answers cost, as a test sees it from outside."""

import asyncio
from typing import Any

from core.assistants import profile, prompt
from core.store.database import Pool
from tests.client import PATIENCE
from tests.openai_server import OpenAIServer
from tests.server import Serve, Server

COST = prompt.cost(profile.find(None, None))
# What the default assistant reserves for a short question.
RESERVED = COST.instructions + COST.history + COST.output


def paid(serve: Serve, openai: OpenAIServer, **environment: str) -> Server:
    """A server whose assistant costs something."""
    settings = {"QUIET_SECONDS": "0", "ANSWER_SECONDS": "60", **environment}
    return serve(OPENAI_KEY="key", OPENAI_BASE_URL=openai.base_url, **settings)


def budget(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = server.get("/manager/budget").json()
    return found


async def settled(server: Server) -> int:
    """What the day has cost, once nothing is reserved any more."""
    async with asyncio.timeout(PATIENCE):
        while True:
            now = await asyncio.to_thread(budget, server)
            if not now.get("tokens_reserved"):
                return int(now["tokens_today"])
            await asyncio.sleep(0.05)


async def asked(openai: OpenAIServer, times: int) -> None:
    """Wait until the provider was asked so often."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if len(openai.requests) >= times:
                return
            await asyncio.sleep(0.01)


async def nothing_is_reserved(pool: Pool) -> bool:
    """Whether the rows of chats, days and addresses all say so."""
    return bool(
        await pool.fetchval(
            "select not exists (select from chats where reserved is not null)"
            " and not exists (select from spending where reserved <> 0)"
            " and not exists (select from address_spending where reserved <> 0)"
        )
    )
