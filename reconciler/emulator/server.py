"""The emulator on a port of this machine, in a thread for tests and in the foreground for people.

The socket is opened here and not by the server, so that the port is known - and index hosts can
name it - before the first request is read.
"""

import signal
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import uvicorn

from reconciler.emulator.connections import Connection
from reconciler.emulator.http import application
from reconciler.emulator.service import Emulator

_HOST = "127.0.0.1"
_ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - only what a person asked for is listened on
_BACKLOG = 128
_STOP_SECONDS = 10.0


class Server:
    """The emulator on a port, for the time of one `with` block; port 0 takes any free one.

    Entering raises OSError when the port is taken.
    """

    def __init__(
        self,
        emulator: Emulator,
        port: int = 0,
        host: str = _HOST,
        connection: type[Connection] = Connection,
    ) -> None:
        self._emulator = emulator
        self._port = port
        self._host = host
        self._server = uvicorn.Server(_configuration(emulator, connection))
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end; known once the block is entered."""
        named = socket.gethostname() if self._host == _ANY_ADDRESS else self._host
        return f"http://{named}:{self._port}"

    def __enter__(self) -> Self:
        """Open the port; connections are accepted from here on."""
        listening = _listen(self._host, self._port)
        self._port = listening.getsockname()[1]
        self._emulator.serve_at(self.url)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name="emulator", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the port and wait for the requests in progress, but not for long."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)


def serve_forever(
    emulator: Emulator, port: int, on_ready: Callable[[str], None], host: str = _HOST
) -> None:
    """Serve until Ctrl-C or SIGTERM; call from the main thread, which signals are given to.

    Args:
        emulator: what to serve.
        port: the port, or 0 for any free one; OSError is raised when it is taken.
        on_ready: called once with the base URL when connections are accepted.
        host: the IPv4 address or name to listen on.
    """
    stop = threading.Event()
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    for each in before:
        signal.signal(each, lambda *_: stop.set())
    try:
        with Server(emulator, port, host) as server:
            on_ready(server.url)
            stop.wait()
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _listen(host: str, port: int) -> socket.socket:
    # Only a socket that knows its protocol is given TCP_NODELAY by asyncio; without it every answer
    # waits 40 ms for the client's acknowledgement of its headers.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def _configuration(emulator: Emulator, connection: type[Connection]) -> uvicorn.Config:
    return uvicorn.Config(
        application(emulator),
        http=connection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        # The Date of an answer is the emulator's own, from a clock that can be advanced.
        date_header=False,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="critical",
        timeout_graceful_shutdown=1,
    )
