"""What a cold container does: import a function's handler and call it once.

python -m tests.benchmarks.first_call connect|message
"""

import importlib
import os
import sys

EVENT = {
    "requestContext": {
        "connectionId": "cold=",
        "messageId": "cold1=",
        "apiId": "abc",
        "stage": "ws",
        "identity": {"sourceIp": "192.0.2.1"},
    },
    "queryStringParameters": {"chat_id": "cold"},
    "headers": {},
    "body": '{"action": "ping"}',
}

if __name__ == "__main__":
    name = sys.argv[1]
    # A socket without a ticket is refused, by a function that is up.
    answer = importlib.import_module(f"functions.{name}").handler(EVENT, None)
    assert answer["statusCode"] in (200, 401), answer
    # Frozen there, not torn down.
    os._exit(0)
