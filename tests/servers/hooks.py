"""A web server on loopback that keeps what is sent to it and answers as it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Hit:
    """One request as it came in."""

    method: str
    path: str
    headers: Message
    body: bytes


@dataclass
class Hooks:
    """A server that is listening, what it was sent, and its answer to the next requests."""

    port: int = 0
    hits: list[Hit] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def listening() -> Iterator[Hooks]:
    """Hooks on a port of their own."""
    hooks = Hooks()

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            hooks.hits.append(Hit(self.command, self.path, self.headers, body))
            self.send_response(hooks.status)
            for name, value in hooks.headers.items():
                self.send_header(name, value)
            self.end_headers()

        do_POST = do_PUT = do_GET = _take

        def log_message(self, *words: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hooks.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield hooks
        server.shutdown()
        thread.join(5)
