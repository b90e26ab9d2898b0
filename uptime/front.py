"""The public status, answered before anything else: from a copy in this process that is at most a second old."""

import gzip
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from uptime.core import Core
from uptime.dialects.native import encode
from uptime.dialects.native.words import CODE_HEADER
from uptime.domain.errors import Unavailable
from uptime.heads import Question, has_tag, question, takes_gzip

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATHS = frozenset({"/api/status", "/compat/openuptimes/api/status"})

OPENINGS = tuple(f"GET {path} HTTP/1.1\r\n".encode() for path in sorted(PATHS))

FRESH = 0.5
"""Seconds for which a copy is served; the core's own copy behind it is younger than that again."""
AHEAD = 0.2
"""Age in seconds from which a new copy is fetched while the old one still serves."""

KNOWN_LIMIT = 256
"""Spellings of the question that are remembered."""

Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Copy:
    """The public status as it is sent."""

    body: bytes
    tag: str
    headers: Headers
    taken: float
    """In the time of the monotonic clock."""
    _packed: bytes = b""
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
        kind = has_tag(asked.known, self.tag), asked.gzip, asked.close
        made = self._replies
        if kind not in made:
            status, headers, body = self.answer(known=kind[0], packed=kind[1])
            end = [("Date", formatdate(usegmt=True)), ("Connection", "close" if asked.close else "keep-alive")]
            head = "".join(f"{name}: {value}\r\n" for name, value in [*headers, *end])
            made[kind] = f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body
        return made[kind]

    def renew(self, taken: float) -> None:
        """Serve on: the status is still the same."""
        self.taken = taken
        self._replies = {}


class StatusFront:
    """WSGI middleware, and what the gateway asks before it wakes a thread."""

    def __init__(self, app: "WSGIApplication", core: Core, headers: Headers) -> None:
        self._app = app
        self._core = core
        self._headers = headers
        self._copy: Copy | None = None
        self._fetching = threading.Lock()
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
        copy = self._copy
        if asked is None or copy is None:
            return None
        age = time.monotonic() - copy.taken
        if age > FRESH:
            return None
        if age > AHEAD and not self._fetching.locked():
            later(self._fetch_ahead)
        return copy.reply(asked), not asked.close

    def current(self) -> Copy:
        """The copy, fetched anew where it has grown old. Unavailable: there never was one."""
        copy = self._copy
        if copy is None or time.monotonic() - copy.taken > FRESH:
            with self._fetching:
                copy = self._copy
                if copy is None or time.monotonic() - copy.taken > FRESH:
                    copy = self._copy = self._fetched(copy)
        return copy

    def _fetch_ahead(self) -> None:
        if self._fetching.acquire(blocking=False):
            try:
                self._copy = self._fetched(self._copy)
            except Unavailable:
                return
            finally:
                self._fetching.release()

    def _fetched(self, before: Copy | None) -> Copy:
        began = time.monotonic()
        snapshot = self._core.status_pages.snapshot(datetime.now(UTC))
        body, tag = encode.status_bytes(snapshot)
        headers = [*encode.status_headers(snapshot, tag).items(), ("Vary", "Accept-Encoding"), *self._headers]
        if before is not None and (before.tag, before.headers) == (tag, headers):
            before.renew(began)
            return before
        return Copy(body, tag, headers, began)

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
