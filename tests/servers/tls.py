"""Servers that fail before the first encrypted byte."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from tests.servers.certificates import authority, good

PROTOCOL_VERSION = b"\x15\x03\x01\x00\x02\x02\x46"
"""The alert of a server that speaks nothing newer than TLS 1.1."""

HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"


@asynccontextmanager
async def listening(*replies: bytes, close: bool = True) -> AsyncIterator[int]:
    """A port that answers whatever comes first with these bytes, and then closes or says nothing more."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await reader.read(4_096)
            for reply in replies:
                writer.write(reply)
            await writer.drain()
            if not close:
                await asyncio.Event().wait()
        except (asyncio.CancelledError, ConnectionError):
            writer.transport.abort()
        finally:
            tasks.discard(task)
            writer.close()

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)


@contextmanager
def asking_for_a_certificate(version: ssl.TLSVersion) -> Iterator[int]:
    """A server that lets in only who shows a certificate, and says so to the others."""
    context = good().context(verify_mode=ssl.CERT_REQUIRED, minimum_version=version, maximum_version=version)
    context.load_verify_locations(cadata=authority().pem)

    def serve() -> None:
        connection, _ = listener.accept()
        with contextlib.suppress(OSError), context.wrap_socket(connection, True, False) as secured:
            try:
                secured.do_handshake()
                secured.recv(4_096)
            except ssl.SSLError:
                # Closing with bytes unread would reset the connection, and the alert might be lost with it.
                secured.shutdown(socket.SHUT_WR)
                while socket.socket.recv(secured, 4_096):
                    pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)
