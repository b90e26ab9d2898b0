"""The gunicorn worker of the web: it answers the public status by itself, and gives a thread to whole requests only.

A client that does not finish its request, or asks for nothing, costs a file descriptor and no thread.
"""

import errno
import socket
import struct
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any, Protocol

from gunicorn.http import get_parser
from gunicorn.workers.gthread import TConn, ThreadWorker

from uptime.server.heads import HEAD_LIMIT, TOO_LARGE, wanted

HEAD_SECONDS = 15.0
"""What a client has for the head of a request, and for each pause within a body that comes in chunks."""

BODY_SECONDS = 60.0
"""What a client has beyond that for a body of a known length."""

CLOSING_SECONDS = 2.0
"""What a client has to close its side, or to send what it had begun when we stop."""

BUFFER_LIMIT = 64 * 1_048_576
"""Bytes of unfinished requests that all connections together may hold."""

REFUSAL = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

ACCEPTS = 64
"""Connections accepted before the others are looked after again."""

EXPIRE_EVERY = 1.0


class Front(Protocol):
    """What can answer some requests at once, without waiting for anything."""

    def reply(self, request: bytes, later: Callable[..., Any]) -> tuple[bytes, bool] | None:
        """A whole response and whether the connection stays open, or None. `later` runs a call on a thread."""


@dataclass(slots=True, eq=False)
class Waiting:
    """A connection that no thread looks after."""

    conn: TConn
    deadline: float
    received: bytearray = field(default_factory=bytearray)
    whole: int | None = None
    unsent: bytes = b""
    writing: bool = False
    closing: bool = False


class Gateway(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gthread whose connections wait in the poller until a whole request is there.

    Under `gunicorn -k uptime.server.gateway.Gateway wsgi:app` and under our own `web` command alike.
    """

    def init_process(self) -> None:
        self._waiting: dict[TConn, Waiting] = {}
        self._held = 0
        self._expire_at = 0.0
        super().init_process()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self._front: Front | None = getattr(self.wsgi, "extensions", {}).get("front")

    def accept(self, listener: socket.socket) -> None:
        if self.cfg.is_ssl:
            super().accept(listener)
            return
        for _ in range(ACCEPTS):
            try:
                client, address = listener.accept()
            except OSError as error:
                self._not_accepted(error)
                return
            self.nr_conns += 1
            # A peer that stops reading or sending holds its thread no longer than this.
            pause = struct.pack("ll", int(HEAD_SECONDS), 0)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, pause)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, pause)
            self._await(TConn(self.cfg, client, address, listener.getsockname()), HEAD_SECONDS)
            if self.nr_conns >= self.worker_connections:
                return

    def _not_accepted(self, error: OSError) -> None:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            self.log.warning("No connection is accepted while all file descriptors are in use.")
            time.sleep(0.05)
        elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED):
            raise error

    def _await(self, conn: TConn, seconds: float) -> Waiting:
        """Watch a connection for its next request."""
        waiting = Waiting(conn, time.monotonic() + seconds)
        self._waiting[conn] = waiting
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_readable, waiting))
        return waiting

    def _on_readable(self, waiting: Waiting, client: socket.socket) -> None:
        try:
            data = client.recv(HEAD_LIMIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(waiting)
        elif waiting.received or not self._answered(waiting, data):
            self._collect(waiting, data)

    def _answered(self, waiting: Waiting, request: bytes) -> bool:
        """Whether the front had an answer, which is on its way then."""
        reply = self._front.reply(request, self.tpool.submit) if self._front and self.alive else None
        if reply is None:
            return False
        waiting.unsent, stays = reply
        waiting.closing = not stays
        waiting.deadline = time.monotonic() + self.cfg.keepalive
        self._send(waiting)
        return True

    def _send(self, waiting: Waiting) -> None:
        """Send what is unsent; what the client does not take at once follows when it can."""
        try:
            sent = waiting.conn.sock.send(waiting.unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(waiting)
            return
        waiting.unsent = waiting.unsent[sent:]
        if waiting.unsent:
            self._watch(waiting, writing=True)
        elif waiting.closing:
            self._linger(waiting.conn)
        elif waiting.writing:
            self._watch(waiting, writing=False)

    def _watch(self, waiting: Waiting, *, writing: bool) -> None:
        if waiting.writing != writing:
            waiting.writing = writing
            waiting.deadline = time.monotonic() + (HEAD_SECONDS if writing else self.cfg.keepalive)
            ready = partial(self._on_writable if writing else self._on_readable, waiting)
            self.poller.modify(waiting.conn.sock, EVENT_WRITE if writing else EVENT_READ, ready)

    def _on_writable(self, waiting: Waiting, client: socket.socket) -> None:
        self._send(waiting)

    def _collect(self, waiting: Waiting, data: bytes) -> None:
        """Keep what came, and hand the connection to a thread once its request is whole."""
        if not waiting.received:
            waiting.deadline = time.monotonic() + HEAD_SECONDS
        before = len(waiting.received)
        waiting.received += data
        self._held += len(data)
        if waiting.whole is None:
            waiting.whole = wanted(waiting.received, before)
            waiting.deadline += BODY_SECONDS if waiting.whole else 0.0
        if waiting.whole == TOO_LARGE:
            waiting.unsent, waiting.closing = REFUSAL, True
            self._send(waiting)
        elif waiting.whole is not None and len(waiting.received) >= waiting.whole:
            self._hand_over(waiting)
        elif self._held > BUFFER_LIMIT:
            self._drop(waiting)

    def _hand_over(self, waiting: Waiting) -> None:
        conn = waiting.conn
        self._forget(waiting)
        if conn.parser is None:
            conn.parser = get_parser(self.cfg, conn.sock, conn.client)
            conn.initialized = True
        conn.parser.unreader.unread(bytes(waiting.received))
        self.enqueue_req(conn)

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """After a thread is done with a request: wait for the next one, or close."""
        if self.cfg.is_ssl:
            super().finish_request(conn, fs)
        elif conn.sock.fileno() < 0:
            self.nr_conns -= 1
        elif fs.cancelled() or fs.exception() is not None or not fs.result():
            self._linger(conn)
        else:
            conn.sock.setblocking(False)
            waiting = self._await(conn, self.cfg.keepalive if self.alive else CLOSING_SECONDS)
            if ahead := conn.parser.unreader.take_buffered():
                self._collect(waiting, ahead)

    def _linger(self, conn: TConn) -> None:
        """Close once the client has read all: closing at once may throw away what it has not read yet."""
        if conn in self._waiting:
            self._forget(self._waiting[conn])
        waiting = Waiting(conn, time.monotonic() + CLOSING_SECONDS)
        self._waiting[conn] = waiting
        conn.sock.setblocking(False)
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_lingering, waiting))
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(waiting)

    def _on_lingering(self, waiting: Waiting, client: socket.socket) -> None:
        try:
            left = client.recv(HEAD_LIMIT)
        except BlockingIOError:
            return
        except OSError:
            left = b""
        if not left:
            self._drop(waiting)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        try:
            return super().handle_request(req, conn)
        except BlockingIOError as error:
            # SO_SNDTIMEO ran out: to the log that is a client that went away, not a fault.
            raise ConnectionResetError(errno.ECONNRESET, "the client stopped reading") from error

    def murder_pending(self) -> None:
        """Close the connections whose time is up."""
        super().murder_pending()
        now = time.monotonic()
        if now < self._expire_at:
            return
        self._expire_at = now + (EXPIRE_EVERY if self.alive else 0.0)
        for waiting in [waiting for waiting in self._waiting.values() if waiting.deadline <= now]:
            self._drop(waiting)

    def _cap_keepalive(self, deadline: float) -> None:
        """When stopping: connections without a request close now, the others by the deadline."""
        super()._cap_keepalive(deadline)
        self._expire_at = 0.0
        for waiting in self._waiting.values():
            waiting.deadline = min(waiting.deadline, deadline if waiting.received or waiting.unsent else 0.0)

    def _forget(self, waiting: Waiting) -> None:
        self.poller.unregister(waiting.conn.sock)
        del self._waiting[waiting.conn]
        self._held -= len(waiting.received)

    def _drop(self, waiting: Waiting) -> None:
        self._forget(waiting)
        self.nr_conns -= 1
        waiting.conn.close()
