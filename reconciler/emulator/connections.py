"""One connection of a client: HTTP as uvicorn speaks it, with an end to patience.

uvicorn waits for ever for the head of a request. Here a client that has begun to connect or to
speak, and does not get to the end of a head in time, gets a 408 and is hung up on.

ASGI has no word for hanging up without an answer or in the middle of one, so each request finds
the transport of its connection in its state.
"""

import asyncio
from typing import ClassVar, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from reconciler.emulator.errors import Code, Plane, error_body
from reconciler.emulator.wire import to_json

TRANSPORT: Final = "emulator_transport"
PATIENCE: Final = "emulator_patience_seconds"
_TIMED_OUT = 408


def late_body() -> bytes:
    """Return the body of a 408."""
    message = "The request did not arrive in time."
    return to_json(error_body(Plane.CONTROL, _TIMED_OUT, Code.DEADLINE_EXCEEDED, message))


class Connection(H11Protocol):
    """uvicorn's HTTP protocol, which lets requests hang up and gives slow ones up."""

    patience_seconds: ClassVar[float] = 15.0
    """For a head, and between two parts of a body."""

    _timer: asyncio.TimerHandle | None = None

    # override: uvicorn narrows asyncio's parameter, and so must we
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Put transport and patience where requests find them; called once a connection."""
        super().connection_made(transport)
        self.app_state = {
            **self.app_state,
            TRANSPORT: transport,
            PATIENCE: self.patience_seconds,
        }
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take in what has arrived; the time of a head begins with its first byte."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._timer is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget about the time; asyncio calls this once a connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._timer = self.loop.call_later(self.patience_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            return
        body = late_body()
        head = f"HTTP/1.1 408 Request Timeout\r\ncontent-length: {len(body)}\r\n"
        kind = "content-type: application/json\r\nconnection: close\r\n\r\n"
        self.transport.write((head + kind).encode("ascii") + body)
        self.transport.close()
