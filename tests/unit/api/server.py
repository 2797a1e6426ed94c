"""A raw TCP server on 127.0.0.1 that answers with given bytes, and keeps what it was sent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Speak = Callable[[asyncio.StreamWriter], Awaitable[None]]
_SECONDS = 5.0


@dataclass
class Server:
    """What arrived, by connection."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def http(body: bytes = b"{}", status: str = "200 OK", *headers: str) -> bytes:
    """Build a whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def says(data: bytes, *, close: bool = False) -> Speak:
    """Send bytes; then keep the connection, or end it."""

    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if close:
            writer.close()

    return speak


def drips(data: bytes, every_seconds: float) -> Speak:
    """Send a byte at a time."""

    async def speak(writer: asyncio.StreamWriter) -> None:
        for byte in data:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(every_seconds)

    return speak


@asynccontextmanager
async def serving(speak: Speak) -> AsyncIterator[Server]:
    """Serve until the block ends, whatever the clients do."""
    told = Server()
    tasks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                told.requests.append(head + await reader.readexactly(_length(head)))
                await speak(writer)
        except (EOFError, ConnectionError):
            pass
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(asyncio.wait_for(talk(reader, writer), _SECONDS))
        tasks.add(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    told.port = server.sockets[0].getsockname()[1]
    try:
        yield told
    finally:
        server.close()
        await server.wait_closed()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
