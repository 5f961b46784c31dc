"""One family of errors. Each has a stable `code` and a sentence that says what to do.

ChatError
├── Invalid        invalid        the input does not fit; the sentence says what to change
├── UnknownAction  unknown_action the frame's `action` is not one of the protocol's
├── NotFound       not_found      no such chat or broadcast
├── Conflict       conflict       it cannot be done in this state
├── TooLate        too_late       it could be done for some time, and that is over
├── NewerReply     newer_reply    a colleague has replied since; the sender decides again
├── ChatClosed     chat_closed    the chat is over, and its site begins a new one after closing
├── Unauthorized   unauthorized   the caller is not known: no token, a wrong one, or an old one
├── Forbidden      forbidden      the caller is known and may not do this
├── TooMany        too_many       over a limit; `retry_after` says how many seconds to wait
├── TryAgain       try_again      a part of the service is away; the caller may repeat the call
├── NotConnected   not_connected  the connection is not known (any more); connect again
└── Misconfigured  misconfigured  a setting is wrong; the sentence names the variable

Any other exception is a defect. It is logged with its context and shown as `internal`.
"""

import math

INTERNAL = "Something went wrong on our side. Please try again."


class ChatError(Exception):
    """Base of all errors whose message a person may read."""

    code = "internal"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(ChatError):
    code = "invalid"


class UnknownAction(ChatError):
    code = "unknown_action"


class NotFound(ChatError):
    code = "not_found"


class Conflict(ChatError):
    code = "conflict"


class TooLate(ChatError):
    code = "too_late"


class NewerReply(ChatError):
    code = "newer_reply"


class ChatClosed(ChatError):
    code = "chat_closed"


class Unauthorized(ChatError):
    code = "unauthorized"


class Forbidden(ChatError):
    code = "forbidden"


class TooMany(ChatError):
    """`retry_after` is in whole seconds, at least 1."""

    code = "too_many"

    def __init__(self, message: str, wait: float) -> None:
        self.retry_after = max(1, math.ceil(wait))
        super().__init__(message.format(seconds=_seconds(self.retry_after)))


class TryAgain(ChatError):
    code = "try_again"


class NotConnected(ChatError):
    code = "not_connected"


class Misconfigured(ChatError):
    code = "misconfigured"


def _seconds(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} second{'s' if seconds > 1 else ''}"
    if seconds < 7200:
        return f"{math.ceil(seconds / 60)} minutes"
    return f"{math.ceil(seconds / 3600)} hours"
