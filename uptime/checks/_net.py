"""What a check is given: names, connections and requests, all within its one deadline and the address policy."""

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from time import monotonic
from typing import Any, TypeVar

import dns.resolver

from uptime.addresses import Policy
from uptime.checks._curl import CurlEngine
from uptime.checks._curl_faults import CONNECT_ERRORS
from uptime.checks._endpoint import shown
from uptime.checks._http_message import HttpAnswer, HttpRequest
from uptime.checks._kind import CheckFailed
from uptime.checks._place import host_of
from uptime.checks._queries import Queries
from uptime.checks._race import STAGGER_S, connected, race
from uptime.checks._resolver import Resolver
from uptime.checks._stopwatch import Step, Stopwatch
from uptime.checks._threads import Threads
from uptime.checks._tls import TlsContexts, TlsOptions, shown_by, why_failed
from uptime.domain.result import Certificate, Phases, Reason

FAMILIES = {"any": None, "4": "4", "6": "6"}

OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""Errors that say something about this machine and nothing about the target."""

HANDSHAKE_LIMIT_S = 120.0
"""Beyond every deadline, so that asyncio's own limit never speaks first."""

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Services:
    """What all checks of a loop share."""

    policy: Policy
    resolver: Resolver
    engine: CurlEngine
    contexts: TlsContexts
    threads: Threads
    queries: Queries = field(default_factory=Queries)

    async def close(self) -> None:
        self.threads.close()
        self.contexts.close()
        await self.queries.close()
        await self.engine.close()
        await self.resolver.close()


class Net:
    """The network as one check sees it. `deadline` in monotonic seconds; at it the check is broken off.

    What a check comes across goes into its result: `phases`, `address`, `certificate`, `facts`.
    """

    __slots__ = ("_services", "address", "advice", "certificate", "deadline", "facts", "phases", "silence")

    def __init__(self, services: Services, began: float, deadline: float) -> None:
        self._services = services
        self.deadline = deadline
        self.phases = Stopwatch(began)
        self.address: str | None = None
        self.certificate: Certificate | None = None
        self.facts: dict[str, str] = {}
        self.silence = ""
        """What to say should the deadline pass, before "within 10 s."; else it depends on the step under way."""
        self.advice = ""
        """A sentence to say after that."""

    def remaining(self) -> float:
        """The seconds left; not below 0."""
        return max(0.0, self.deadline - monotonic())

    async def resolve(self, host: str, port: int, family: str | None = None) -> list[str]:
        """The addresses of a host that may be connected to. `family` is any (or None), 4 or 6.

        CheckFailed: there are none, or one of them is denied.
        """
        self.phases.enter(Step.NAME)
        addresses = await self._services.resolver.addresses(host, FAMILIES[family or "any"], self.deadline)
        for address in addresses:
            if refusal := self._services.policy.refusal(address, port):
                raise CheckFailed(Reason.BLOCKED, refusal)
        self.phases.enter(Step.WAIT)
        self.address = addresses[0]
        return addresses

    async def http(self, request: HttpRequest) -> HttpAnswer:
        """The answer to one request. CheckFailed: it was none."""
        place = request.place
        addresses = await self.resolve(place.host, place.port, request.family)
        self.phases.enter(Step.ENGINE)
        answer = await self._services.engine.fetch(request, addresses, self.deadline)
        self.phases.measured(answer.phases)
        self.address = answer.address or self.address
        self.certificate = answer.certificate or self.certificate
        if answer.failure is not None:
            raise answer.failure
        return answer

    async def query(self, name: str, record_type: str, server: str | None = None) -> dns.resolver.Answer:
        """Records of any type, asked of a server (address and port) or of the usual ones. CheckFailed: no answer."""
        self.phases.enter(Step.WAIT)
        return await self._services.resolver.query(name, record_type, server, self.deadline)

    async def query_document(self, language: str, query: str, text: str) -> dict[str, Any]:
        """What a JSONata or JSONPath query finds in a text. Its time counts for the deadline, not for the latency."""
        self.silence = "The query on the answer did not end"
        self.phases.enter(Step.ENGINE)
        try:
            async with asyncio.timeout(self.remaining()):
                return await self._services.queries.ask(language, query, text)
        finally:
            self.phases.measured(Phases())

    def stagger(self, ways: int) -> float:
        """How long each of several ways is tried alone, in seconds, so that the last gets its chance in time."""
        return min(STAGGER_S, self.remaining() / (2 * ways))

    @property
    def tls(self) -> TlsContexts:
        """Whom to trust, for libraries that make their own handshakes."""
        return self._services.contexts

    async def aside(self, work: Callable[[], Done]) -> Done:
        """What work that blocks comes to, done by a thread. CheckFailed: none was free within half of the time left."""
        return await self._services.threads.run(work, self.remaining() / 2)

    async def load(self, modules: Iterable[str]) -> None:
        """Import modules without holding up anybody else's check. ImportError; TimeoutError: not in half the time."""
        async with asyncio.timeout(self.remaining() / 2), self._services.threads.loading:
            await self.aside(lambda: [import_module(name) for name in modules])
        self.phases.forget()

    @asynccontextmanager
    async def dial(self, host: str, port: int, family: str | None = None) -> AsyncIterator[socket.socket]:
        """A connected socket, for a library that blocks on it. When the block ends, so does whoever waits on it.

        CheckFailed: there is none.
        """
        name = _name(host)
        found = await self._connected(await self.resolve(name, port, family), port, shown(name, port))
        # TLS takes the socket over; another descriptor of the same connection still reaches it.
        waker = found.dup()
        self.phases.enter(Step.WAIT)
        try:
            yield found
        finally:
            with suppress(OSError):
                waker.shutdown(socket.SHUT_RDWR)
            waker.close()
            found.close()

    @asynccontextmanager
    async def connect(
        self, host: str, port: int, tls: TlsOptions | None = None, family: str | None = None
    ) -> AsyncIterator[Stream]:
        """A connection to the first address of the host that accepts one; it is gone when the block ends.

        CheckFailed: there is none, the handshake failed, or the other side broke the connection within the block.
        """
        name = _name(host)
        place = shown(name, port)
        context = self._services.contexts.get(tls) if tls else None
        server_name = _server_name(tls, name) if tls else name
        found = await self._connected(await self.resolve(name, port, family), port, place)
        if context is None:
            reader, writer = await asyncio.open_connection(sock=found)
        else:
            reader, writer = await self._secured(found, context, server_name, place)
        self.phases.enter(Step.WAIT)
        try:
            yield reader, writer
        except (ConnectionError, EOFError, ssl.SSLError) as error:
            raise CheckFailed(Reason.PROTOCOL, f"{place} closed the connection in the middle.") from error
        finally:
            writer.transport.abort()

    async def _connected(self, addresses: list[str], port: int, place: str) -> socket.socket:
        async def attempt(address: str) -> tuple[str, socket.socket]:
            return address, await connected(address, port)

        self.phases.enter(Step.CONNECT)
        self.address = addresses[0]
        try:
            self.address, found = await race(
                addresses, attempt, stagger=self.stagger(len(addresses)), release=lambda second: second[1].close()
            )
        except OSError as error:
            raise self.unreachable(error, place) from error
        return found

    def unreachable(self, error: OSError, place: str) -> Exception:
        """What to raise when the network knows no way to a place. A lack of descriptors or memory is our own fault."""
        if error.errno in OURS:
            return error
        why = CONNECT_ERRORS.get(error.errno or 0, "the connection was not accepted")
        return CheckFailed(Reason.CONNECT, f"Cannot connect to {place}: {why}. {self.advice}".rstrip())

    async def _secured(self, found: socket.socket, context: ssl.SSLContext, name: str, place: str) -> Stream:
        async with self._handshake(place):
            reader, writer = await asyncio.open_connection(
                sock=found, ssl=context, server_hostname=name, ssl_handshake_timeout=HANDSHAKE_LIMIT_S
            )
        self.certificate = shown_by(writer.get_extra_info("ssl_object"))
        return reader, writer

    async def secure(self, writer: asyncio.StreamWriter, host: str, port: int, tls: TlsOptions) -> None:
        """Go on encrypted on a connection that was made in the open. CheckFailed: the handshake failed."""
        context, name = self._services.contexts.get(tls), _name(host)
        async with self._handshake(shown(name, port)):
            await writer.start_tls(
                context, server_hostname=_server_name(tls, name), ssl_handshake_timeout=HANDSHAKE_LIMIT_S
            )
        self.certificate = shown_by(writer.get_extra_info("ssl_object"))
        self.phases.enter(Step.WAIT)

    @asynccontextmanager
    async def _handshake(self, place: str) -> AsyncIterator[None]:
        self.phases.enter(Step.TLS)
        self.silence = ""
        try:
            yield
        except OSError as error:
            self.certificate = getattr(error, "certificate", None)
            raise CheckFailed(Reason.TLS, why_failed(error, place)) from error


def _server_name(tls: TlsOptions, name: str) -> str:
    return _name(tls.server_name) if tls.server_name else name


def _name(host: str) -> str:
    try:
        return host_of(host)
    except ValueError as error:
        raise CheckFailed(Reason.DNS, str(error)) from None
