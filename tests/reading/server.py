"""A server that answers word for word what it was given, and keeps what it was asked."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Page = tuple[int, bytes]


def page(payload: object, status: int = 200) -> Page:
    return status, payload if isinstance(payload, bytes) else json.dumps(payload).encode()


NOT_FOUND = page({"error": {"code": "NOT_FOUND", "message": "no such thing"}, "status": 404}, 404)


@dataclass
class Stub:
    """Answers by path and query; a sequence is given one after the other, its last for ever."""

    pages: dict[str, Page | Sequence[Page]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str) -> Page:
        known = self.pages.get(path, self.pages.get(path.partition("?")[0], NOT_FOUND))
        if isinstance(known, tuple) and isinstance(known[0], int):
            return known  # type: ignore[return-value]
        turn = sum(1 for one in self.asked if one == path) - 1
        return known[min(turn, len(known) - 1)]  # type: ignore[return-value]


@contextmanager
def serving(stub: Stub) -> Iterator[Stub]:
    """Serve on a free port of 127.0.0.1 until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            stub.asked.append(self.path)
            stub.headers.append({key.lower(): value for key, value in self.headers.items()})
            status, body = stub.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
