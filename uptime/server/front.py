"""The public status, answered before anything else: from a copy in this process that is at most a second old."""

import gzip
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from uptime.core import Core
from uptime.core.status_pages import Snapshot
from uptime.dialects.native import encode
from uptime.dialects.native.words import CODE_HEADER
from uptime.domain.errors import Unavailable
from uptime.server.heads import Question, has_tag, question, takes_gzip

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATHS = frozenset({"/api/status", "/compat/openuptimes/api/status"})

OPENINGS = tuple(f"GET {path} HTTP/1.1\r\n".encode() for path in sorted(PATHS))

AHEAD = 0.25
"""Age in seconds from which the copy is renewed while it still serves: nobody waits for that, and none is old."""

KNOWN_LIMIT = 256
"""Spellings of the question that are remembered."""

Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Copy:
    """A snapshot as it is sent."""

    snapshot: Snapshot
    body: bytes
    tag: str
    headers: Headers
    _packed: bytes = b""
    _second: int = 0
    _replies: dict[tuple[bool, bool, bool], bytes] = field(default_factory=dict)

    @property
    def packed(self) -> bytes:
        """The body in gzip."""
        if not self._packed:
            self._packed = gzip.compress(self.body, 5)
        return self._packed

    def answer(self, *, known: bool, packed: bool) -> tuple[str, Headers, bytes]:
        """Status line, headers and body for a reader who has this copy already, or takes gzip."""
        if known:
            return "304 Not Modified", self.headers, b""
        body = self.packed if packed else self.body
        coding = [("Content-Encoding", "gzip")] if packed else []
        length = [("Content-Length", str(len(body)))]
        return "200 OK", [("Content-Type", "application/json"), *coding, *length, *self.headers], body

    def reply(self, asked: Question) -> bytes:
        """The same as one piece of HTTP/1.1."""
        second = int(time.time())
        if second != self._second:
            # The date is part of what is kept.
            self._second, self._replies = second, {}
        kind, kept = (has_tag(asked.known, self.tag), asked.gzip, asked.close), self._replies
        if kind not in kept:
            status, headers, body = self.answer(known=kind[0], packed=kind[1])
            end = [("Date", formatdate(usegmt=True)), ("Connection", "close" if asked.close else "keep-alive")]
            head = "".join(f"{name}: {value}\r\n" for name, value in [*headers, *end])
            kept[kind] = f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body
        return kept[kind]


class StatusFront:
    """WSGI middleware, and what the gateway asks before it wakes a thread."""

    def __init__(self, app: "WSGIApplication", core: Core, headers: Headers) -> None:
        self._app = app
        self._core = core
        self._headers = headers
        self._copy: Copy | None = None
        self._renewing = False
        self._known: dict[bytes, Question | None] = {}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not _is_for_us(environ):
            return self._app(environ, start_response)
        try:
            copy = self.current()
        except Unavailable:
            return self._app(environ, start_response)
        known = has_tag(environ.get("HTTP_IF_NONE_MATCH", ""), copy.tag)
        packed = takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        status, headers, body = copy.answer(known=known, packed=packed)
        start_response(status, list(headers))
        return [body] if environ["REQUEST_METHOD"] == "GET" else []

    def reply(self, request: bytes, later: Callable[..., Any]) -> tuple[bytes, bool] | None:
        """The response to a whole request and whether the connection stays open; None where it takes a thread."""
        asked = self._asked(request)
        if asked is None:
            return None
        pages, copy = self._core.status_pages, self._copy
        if copy is None or pages.peek() is not copy.snapshot:
            return None
        if pages.age > AHEAD and not self._renewing:
            self._renewing = True
            later(self._renew)
        return copy.reply(asked), not asked.close

    def current(self) -> Copy:
        """What is sent now. Unavailable: the store is away and nothing is known."""
        snapshot, copy = self._core.status_pages.snapshot(datetime.now(UTC)), self._copy
        if copy is None or copy.snapshot is not snapshot:
            body, tag = encode.status_bytes(snapshot)
            headers = [*encode.status_headers(snapshot, tag).items(), ("Vary", "Accept-Encoding"), *self._headers]
            copy = self._copy = Copy(snapshot, body, tag, headers)
        return copy

    def _renew(self) -> None:
        try:
            self._core.status_pages.renew(datetime.now(UTC))
            self.current()
        except Unavailable:
            return
        finally:
            self._renewing = False

    def _asked(self, request: bytes) -> Question | None:
        """Whether this is our question. Clients say it in the same words each time, so most are known by heart."""
        if not request.startswith(OPENINGS):
            return None
        if request not in self._known:
            if len(self._known) >= KNOWN_LIMIT:
                self._known.clear()
            found = question(request)
            ours = found is not None and CODE_HEADER.lower() not in found.fields
            self._known[request] = found if ours else None
        return self._known[request]


def _is_for_us(environ: "WSGIEnvironment") -> bool:
    return (
        environ.get("PATH_INFO") in PATHS
        and environ.get("REQUEST_METHOD") in ("GET", "HEAD")
        and not environ.get("QUERY_STRING")
        and f"HTTP_{CODE_HEADER.upper().replace('-', '_')}" not in environ
    )
