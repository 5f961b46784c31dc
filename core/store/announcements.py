"""What a statement says to its own process beside its result: that it has set a timer.

`announce_timer` sends an INFO, which reaches the client whatever its session's settings are, and
through any pooler. So every step may set timers, and none of them returns a due time.
"""

from collections.abc import Callable
from typing import Any

import asyncpg

TIMER = "TIMER"

# Called after the commit, with the seconds until the earliest timer that was set is due.
Listener = Callable[[float], None]


class Announcements:
    """Passes on what the connections of one pool hear. Nobody listens at first."""

    def __init__(self) -> None:
        self.listener: Listener | None = None

    def timer_set(self, seconds: float) -> None:
        if self.listener is not None:
            self.listener(seconds)

    def connection_class(self) -> type[Any]:
        """The pool's kind of connection.

        asyncpg's own listeners are called in any order with the commit, and must be taken away
        before a connection goes back to its pool.
        """
        timer_set = self.timer_set

        class Connection(asyncpg.Connection):
            __slots__ = ("_timer_in",)

            def _process_log_message(self, fields: dict[str, str], last_query: str) -> None:
                if fields.get("C") == TIMER:
                    seconds = float(fields["M"])
                    self._timer_in = min(seconds, getattr(self, "_timer_in", seconds))
                    return
                super()._process_log_message(fields, last_query)  # type: ignore[misc]

            def _on_release(self, stacklevel: int = 1) -> None:
                super()._on_release(stacklevel)  # type: ignore[misc]
                if hasattr(self, "_timer_in"):
                    seconds = self._timer_in
                    del self._timer_in
                    timer_set(seconds)

        return Connection
