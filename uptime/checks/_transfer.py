"""One reusable easy handle: what is asked through it, and what its callbacks make of the answer."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache

import pycurl

from uptime import __version__
from uptime.checks._body import BodyReader, Kept, Memory
from uptime.checks._decode import Undecodable, decoder_for
from uptime.checks._epoll import Driver
from uptime.checks._http_head import BODILESS, SWITCHING_PROTOCOLS, Head, Malformed
from uptime.checks._http_message import HttpRequest
from uptime.checks._text import charset_of

STOP = 0
"""What a callback answers to end its transfer; libcurl calls that error 23."""

HAPPY_EYEBALLS_MS_OPTION, HAPPY_EYEBALLS_MS = 271, 100
CA_CACHE_TIMEOUT_OPTION, CA_CACHE_FOREVER = 321, -1

CURVES = "X25519:P-256:P-384:P-521"
"""Without the post-quantum groups, whose large greeting some servers stumble over; they cost a tenth of a check."""

STANDARD_HEADERS = {
    "User-Agent": f"Upspeak/{__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "Cache-Control": "no-cache",
}

OURS_ALONE = frozenset({"content-length", "transfer-encoding", "expect"})
"""Headers that follow from how a request is sent, whatever anybody asks for."""


@lru_cache(maxsize=4_096)
def header_lines(headers: tuple[tuple[str, str], ...], with_body: bool) -> list[str]:
    """The header lines of a request as libcurl takes them: ours where the request has none of that name."""
    given = {name.lower() for name, _ in headers}
    lines = [f"{name}: {value}" for name, value in STANDARD_HEADERS.items() if name.lower() not in given]
    lines += [f"{name}: {value}" if value else f"{name};" for name, value in headers if name.lower() not in OURS_ALONE]
    if with_body:
        lines.append("Expect:")
        if "content-type" not in given:
            lines.append("Content-Type:")
    return lines


class Transfer:
    """A handle with its callbacks. Between two transfers it keeps its options, and only what differs is set."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ca_file: str, body_limit: int, memory: Memory) -> None:
        self._loop = loop
        self._body_limit = body_limit
        self._memory = memory
        self._lines: list[str] | None = None
        self._plain_get, self._verifying = True, True
        self._looking, self._mapped, self._aimed = False, False, False
        self._literal = False
        self._request: HttpRequest | None = None
        self._future: asyncio.Future[None] | None = None
        self.handle = pycurl.Curl()
        self._set_up(ca_file)
        self._forget()

    def _set_up(self, ca_file: str) -> None:
        for option, value in (
            (pycurl.NOSIGNAL, 1),
            (pycurl.PROXY, ""),
            (pycurl.NOPROXY, "*"),
            (pycurl.NETRC, pycurl.NETRC_IGNORED),
            (pycurl.FOLLOWLOCATION, 0),
            (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
            (pycurl.HTTP09_ALLOWED, 0),
            (pycurl.HTTP_CONTENT_DECODING, 0),
            (pycurl.PATH_AS_IS, 1),
            (pycurl.FRESH_CONNECT, 1),
            (pycurl.FORBID_REUSE, 1),
            (pycurl.SSL_SESSIONID_CACHE, 0),
            (pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2),
            (pycurl.SSL_EC_CURVES, CURVES),
            (pycurl.SSL_VERIFYPEER, 1),
            (pycurl.SSL_VERIFYHOST, 2),
            (pycurl.CAINFO, ca_file),
            (CA_CACHE_TIMEOUT_OPTION, CA_CACHE_FOREVER),
            (HAPPY_EYEBALLS_MS_OPTION, HAPPY_EYEBALLS_MS),
            (pycurl.HEADERFUNCTION, self._on_header),
            (pycurl.WRITEFUNCTION, self._on_body),
            (pycurl.RESOLVER_START_FUNCTION, self._on_look_up),
        ):
            self.handle.setopt(option, value)

    def _forget(self) -> None:
        self.head = Head()
        self.body: BodyReader | None = None
        self.announced: int | None = None
        self.stopped = False
        self.fault: str | None = None
        self.code, self.words = 0, ""
        self._over = False

    async def run(
        self, driver: Driver, request: HttpRequest, addresses: Sequence[str], timeout_ms: int, *, looking: bool
    ) -> None:
        """Ask and wait for the end, which `code`, `stopped` and `fault` then tell. `looking`: at the certificate."""
        self._forget()
        self._prepare(request, addresses, timeout_ms, looking)
        self._future = self._loop.create_future()
        driver.add(self.handle)
        try:
            await self._future
        finally:
            self._literal = False
            if not self._over:
                driver.remove(self.handle)

    def ended(self, code: int, words: str) -> None:
        """Told by the driver when libcurl is through."""
        self._over = True
        self.code, self.words = code, words
        self._wake()

    def flooded(self) -> None:
        """Told when far more came over the wire than a body of this size needs."""
        self.fault = "far more bytes came than its body holds"
        self._wake()

    def _wake(self) -> None:
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    def _prepare(self, request: HttpRequest, addresses: Sequence[str], timeout_ms: int, looking: bool) -> None:
        handle, place = self.handle, request.place
        self._request = request
        handle.setopt(pycurl.URL, place.url)
        handle.setopt(pycurl.TIMEOUT_MS, timeout_ms)
        self._aim(place.path)
        self._map(place.host, place.port, addresses)
        lines = header_lines(request.headers, bool(request.body))
        if lines is not self._lines:
            handle.setopt(pycurl.HTTPHEADER, lines)
            self._lines = lines
        plain = request.method == "GET" and not request.body
        if not (plain and self._plain_get):
            self._set_method(request.method, request.body)
            self._plain_get = plain
        if request.verify_tls is not self._verifying:
            handle.setopt(pycurl.SSL_VERIFYPEER, int(request.verify_tls))
            handle.setopt(pycurl.SSL_VERIFYHOST, 2 * request.verify_tls)
            self._verifying = request.verify_tls
        if looking is not self._looking:
            handle.setopt(pycurl.OPT_CERTINFO, int(looking))
            self._looking = looking

    def _aim(self, path: str) -> None:
        """Send an encoded path as it was written: libcurl would spell its digits anew. The option cannot be unset."""
        if self._aimed or "%" in path:
            self.handle.setopt(pycurl.REQUEST_TARGET, path)
            self._aimed = True

    def _map(self, host: str, port: int, addresses: Sequence[str]) -> None:
        """Tell libcurl the vetted addresses of a name: it must never look one up itself."""
        self._literal = host == addresses[0]
        if self._literal:
            if self._mapped:
                self.handle.setopt(pycurl.RESOLVE, [])
                self._mapped = False
            return
        listed = ",".join(f"[{address}]" if ":" in address else address for address in addresses)
        # The sign lets the entry grow old: without it every host ever seen would stay in the multi.
        self.handle.setopt(pycurl.RESOLVE, [f"-{host}:{port}", f"+{host}:{port}:{listed}"])
        self._mapped = True

    def _set_method(self, method: str, body: bytes) -> None:
        handle = self.handle
        handle.setopt(pycurl.HTTPGET, 1)
        handle.unsetopt(pycurl.CUSTOMREQUEST)
        if method == "HEAD":
            handle.setopt(pycurl.NOBODY, 1)
            return
        if body or method in ("POST", "PUT", "PATCH"):
            handle.setopt(pycurl.POSTFIELDS, body)
        if method != "GET" or body:
            handle.setopt(pycurl.CUSTOMREQUEST, method)

    def _on_look_up(self) -> int:
        return 0 if self._literal else 1

    def _on_header(self, line: bytes) -> int | None:
        try:
            return self._on_head() if self.head.take(line) else None
        except Malformed as error:
            return self._refuse(str(error))

    def _on_head(self) -> int | None:
        """The head is complete: stop where nothing more matters, else make ready for the body."""
        request, head = self._request, self.head
        assert request is not None  # noqa: S101 - narrows the type
        if request.method == "HEAD" or head.status in BODILESS or head.status == SWITCHING_PROTOCOLS:
            return self._stop()
        if request.body_for is not None and head.status not in request.body_for:
            return self._stop()
        self.announced = head.announced()
        if self.announced == 0:
            return self._stop()
        coding = head.value("content-encoding")
        try:
            decoder = decoder_for(coding) if coding else None
        except Undecodable:
            return self._refuse("its body cannot be decoded")
        kept = Kept(self._memory) if request.keep_body else None
        charset = charset_of(head.value("content-type"))
        self.body = BodyReader(self._body_limit, decoder, charset, request.keyword, kept)
        return None

    def _on_body(self, data: bytes) -> int | None:
        body = self.body
        if body is None:
            return self._refuse("a body came where there is none")
        try:
            if body.feed(data):
                return self._stop()
            if body.coded == self.announced:
                body.finish()
                return self._stop()
        except Undecodable:
            return self._refuse("its body cannot be decoded")
        return None

    def _stop(self) -> int:
        self.stopped = True
        return STOP

    def _refuse(self, why: str) -> int:
        self.fault = why
        return STOP

    def close(self) -> None:
        self.handle.close()
