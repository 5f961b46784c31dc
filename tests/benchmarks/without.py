"""Our server, or the gateway alone, without some of its uses of the server's internals.

python -m tests.benchmarks.without WRITES,HANDSHAKE local
python -m tests.benchmarks.without WRITES broadcaster PORT
"""

import sys
from typing import Any

from local import __main__ as whole
from local.gateway import server
from local.gateway.asgi import AsgiSend
from tests.benchmarks import broadcaster
from tests.benchmarks.serving import serve


def leave_out(uses: set[server.Use]) -> None:
    """Have the gateway do as if the server lacked what these need."""
    protocol_of = server._protocol_of

    def lacking(send: AsgiSend, use: server.Use) -> Any:
        return None if use in uses else protocol_of(send, use)

    server._protocol_of = lacking


if __name__ == "__main__":
    names, program, *given = sys.argv[1:]
    leave_out({getattr(server, name) for name in names.split(",") if name})
    sys.argv = [program, *given]
    if program == "local":
        whole.main()
    else:
        serve(broadcaster.app)
