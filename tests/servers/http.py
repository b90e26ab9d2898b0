"""Web servers that misbehave in one way each, on a port of their own."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@dataclass(frozen=True)
class Request:
    """A request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class WebServer:
    """A server that is listening, and what it was asked."""

    port: int
    scheme: str
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/"


@asynccontextmanager
async def serving(
    answer: Answer, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[WebServer]:
    """A server that reads each request and hands it to `answer`; the connection is closed afterwards."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                request = await _read(reader)
                server.requests.append(request)
                await answer(request, writer)
                await writer.drain()
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            tasks.discard(task)
            writer.close()

    listener = await asyncio.start_server(connected, host, 0, ssl=tls, backlog=1024, limit=1 << 20)
    server = WebServer(listener.sockets[0].getsockname()[1], "https" if tls else "http")
    try:
        yield server
    finally:
        listener.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body)


def says(*pieces: bytes) -> Answer:
    """Sends the pieces one by one, so that each arrives by itself, and closes."""

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            if len(pieces) > 1:
                await asyncio.sleep(0.003)

    return answer


def falls_silent(*pieces: bytes) -> Answer:
    """Sends the pieces and then nothing more, without closing."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        await says(*pieces)(request, writer)
        await asyncio.Event().wait()

    return answer


def drips(start: bytes, drop: bytes, every: float = 0.01) -> Answer:
    """Sends the start, and then drop after drop for ever."""

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(every)

    return answer


def resets(*pieces: bytes) -> Answer:
    """Sends the pieces and breaks the connection off."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        await says(*pieces)(request, writer)
        writer.transport.abort()

    return answer


def by_path(**answers: Answer) -> Answer:
    """Another answer for each first word of the path."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        word = request.path.lstrip("/").partition("/")[0].partition("?")[0] or "root"
        await answers[word](request, writer)

    return answer


def moved(to: str, status: int = 302) -> Answer:
    """Sends elsewhere."""
    return says(f"HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode())


def response(body: bytes, *headers: str, status: str = "200 OK", length: bool = True) -> bytes:
    """A response with these headers, and the length of its body unless that is left out."""
    lines = [f"HTTP/1.1 {status}", *headers, *([f"Content-Length: {len(body)}"] if length else [])]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n", headers: bytes = b"") -> bytes:
    """A response in these chunks."""
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + headers + b"\r\n" + framed + end
