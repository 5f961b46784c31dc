"""uvicorn's WebSocket protocol with a bound on frames that no handler sees: pings, pongs, parts."""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from core.limits import Bucket, Rate

# Browsers send pongs only. A message of many parts is legal, and nobody needs one.
CONTROL_FRAMES = Rate(burst=200, refill=10)
# So much is parsed before it is looked at: a ping has six bytes.
PIECE_BYTES = 4096


class WebSocketProtocol(WebSocketsSansIOProtocol):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._control = Bucket(CONTROL_FRAMES)

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), PIECE_BYTES):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + PIECE_BYTES])

    def handle_ping(self) -> None:
        if self._is_allowed():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._is_allowed():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        if self._is_allowed():
            super().handle_cont(event)

    def _is_allowed(self) -> bool:
        if self.close_sent:
            return False
        if not self._control.draw():
            # A close of the peer may stand behind these frames, and be answered already.
            if self.conn.close_sent is None:
                self.conn.send_close(CloseCode.POLICY_VIOLATION)
            self.handle_parser_exception()
            return False
        return True
