"""Processes that send what is due; some of them die."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.server import ROOT
from tests.tickets import SECRET_KEY

WORKERS = 8
WORKER = """
import asyncio
from core import log
from core.app import App
from core.settings import read
from local.deliveries import worker
from local.queues import MemoryQueue
from core.delivery.jobs import Deliver
from functions import deliver

async def main():
    settings = read()
    log.configure("ERROR")
    outside = MemoryQueue()
    app = await App.open(settings, queue=outside, deliver_queue=outside)
    async def handle(event, context):
        return await deliver.handle(app, event, context)
    worker(handle, outside).start()
    while True:
        if await app.store.deliveries.is_due():
            await outside.enqueue(Deliver())
        await asyncio.sleep(0.2)

asyncio.run(main())
"""
# A lease that ends while the test still runs, and pauses that fit.
QUICK = "core.chat.deliverer.LEASE_SECONDS = 4.0; core.chat.deliverer.PAUSES = (0.3,) * 9"


class Workers:
    """Processes that send what is due; some of them die."""

    def __init__(self, dsn: str) -> None:
        self._environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": dsn,
            "DATABASE_CONNECTIONS": "2",
            "SECRET_KEY": SECRET_KEY,
            "OUTBOUND_ALLOW": "127.0.0.1",
        }
        self.running: list[asyncio.subprocess.Process] = []
        self.killed = 0

    async def start(self) -> None:
        text = f"import core.chat.deliverer; {QUICK}\n{WORKER}"
        self.running.append(
            await asyncio.create_subprocess_exec(
                # They stand for other machines: they may not take the processor from the server.
                *("nice", "-n", "19", sys.executable, "-c", text),
                cwd=ROOT,
                env=self._environment,
            )
        )

    async def kill(self) -> None:
        """Kill the oldest without a warning, and start another one."""
        dying = self.running.pop(0)
        dying.send_signal(signal.SIGKILL)
        await dying.wait()
        self.killed += 1
        await self.start()

    async def stop(self) -> None:
        for one in self.running:
            one.kill()
        await asyncio.gather(*(one.wait() for one in self.running))


@asynccontextmanager
async def workers(dsn: str) -> AsyncIterator[Workers]:
    made = Workers(dsn)
    try:
        for _ in range(WORKERS):
            await made.start()
        yield made
    finally:
        await made.stop()
