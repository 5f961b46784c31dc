"""In place of the second queue and its function: notices for places outside."""

import asyncio

from core.app import App
from core.delivery.jobs import Queue
from core.settings import Settings
from local import cli
from local.queues import MemoryQueue
from local.worker import JobHandler, Worker

AT_ONCE = 8
CONNECTIONS = 3
# Each takes the loop for a millisecond or two. The rest of it is for answers (I8).
PER_SECOND = 20.0


async def open_app(read: Settings, queue: Queue, outside: Queue) -> App:
    """What sends notices, with connections of its own: no answer waits for them."""
    own = {"public_url": cli.base(read), "database_connections": CONNECTIONS}
    app = await App.open(read.model_copy(update=own), queue=queue, deliver_queue=outside)
    app.deliveries_per_second = PER_SECOND
    return app


def worker(handle: JobHandler, outside: MemoryQueue) -> Worker:
    return Worker(handle, asyncio.Semaphore(AT_ONCE), outside)
