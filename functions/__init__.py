"""The Lambda functions: AWS events in, AWS responses out.

They know the shapes of Lambda and API Gateway, and no SQL, no SDK and no prompt. Each module has
`handle(app, event, context)`, which `local/` awaits, and `handler(event, context)` for Lambda.
"""

import gc

# A start makes many objects, and all of them stay. To look for garbage among them as often as
# Python does takes a tenth of a cold start. A server sets its own number once it is up.
gc.set_threshold(200_000)
