"""The server we use, as we set it, for an application that is less than ours."""

import sys
from collections.abc import Awaitable, Callable

import uvicorn

from local.gateway.asgi import AsgiReceive, AsgiScope, AsgiSend


def serve(app: Callable[[AsgiScope, AsgiReceive, AsgiSend], Awaitable[None]]) -> None:
    """Serve on the port the command line names, until stopped."""
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="error",
    )
