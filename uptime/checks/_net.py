"""What a check may use of the network: names, connections and the HTTP engine, vetted, timed, under one deadline."""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from uptime.addresses import Policy
from uptime.checks._curl import CurlEngine
from uptime.checks._http_message import HttpAnswer, HttpRequest
from uptime.checks._kind import CheckFailed
from uptime.checks._race import connected, race
from uptime.checks._resolver import Resolver
from uptime.checks._stopwatch import Step, Stopwatch
from uptime.checks._tls import TlsContexts, TlsOptions, shown_by, why_failed
from uptime.domain.result import Certificate, Reason

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Services:
    """What all checks of a loop share."""

    policy: Policy
    resolver: Resolver
    engine: CurlEngine
    tls: TlsContexts

    async def close(self) -> None:
        """Let go of everything. No check may be under way."""
        await self.engine.close()
        await self.resolver.close()


class Net:
    """The network as one check sees it. `deadline` in monotonic seconds; what is found on the way stays here."""

    __slots__ = ("_services", "address", "certificate", "deadline", "phases", "silence")

    def __init__(self, services: Services, began: float, deadline: float) -> None:
        self._services = services
        self.deadline = deadline
        self.phases = Stopwatch(began)
        self.certificate: Certificate | None = None
        self.address: str | None = None
        self.silence = ""
        """What to say when the deadline passes; empty for the usual words."""

    @property
    def resolver(self) -> Resolver:
        return self._services.resolver

    @property
    def policy(self) -> Policy:
        return self._services.policy

    def remaining(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - time.monotonic()

    async def resolve(self, host: str, port: int, family: str | None = None) -> list[str]:
        """The addresses of a host, IPv4 first, all of them vetted. CheckFailed: dns, timeout or blocked."""
        before = self.phases.step
        self.phases.enter(Step.NAME)
        addresses = await self._services.resolver.addresses(host, family, self.deadline)
        self.phases.enter(before)
        for address in addresses:
            refusal = self._services.policy.refusal(address, port)
            if refusal is not None:
                raise CheckFailed(Reason.BLOCKED, refusal)
        return addresses

    async def http(self, request: HttpRequest) -> HttpAnswer:
        """What a web server answers to one request. CheckFailed: it was no complete answer."""
        family = None if request.family == "any" else request.family
        addresses = await self.resolve(request.place.host, request.place.port, family)
        self.phases.enter(Step.ENGINE)
        answer = await self._services.engine.fetch(request, addresses, self.deadline)
        self.phases.measured(answer.phases)
        self.address = answer.address
        self.certificate = answer.certificate or self.certificate
        if answer.failure is not None:
            raise answer.failure
        return answer

    @asynccontextmanager
    async def connect(
        self, host: str, port: int, tls: TlsOptions | None = None, family: str | None = None
    ) -> AsyncIterator[Connection]:
        """A connection to the first address of a host that accepts one, secured where `tls` says how.

        CheckFailed: dns, blocked, connect or tls.
        """
        addresses = await self.resolve(host, port, family)
        raw = await self._connected(host, port, addresses)
        self.address = raw.getpeername()[0]
        reader, writer = await self._opened(raw, host, port, tls)
        try:
            self.phases.enter(Step.WAIT)
            yield reader, writer
        finally:
            writer.transport.abort()
            with suppress(OSError):
                await asyncio.sleep(0)

    async def _connected(self, host: str, port: int, addresses: list[str]) -> socket.socket:
        self.phases.enter(Step.CONNECT)
        try:
            return await race(addresses, lambda address: connected(address, port), release=socket.socket.close)
        except OSError as error:
            why = "the connection was refused" if isinstance(error, ConnectionRefusedError) else _why(error)
            raise CheckFailed(Reason.CONNECT, f"No connection to {host} on port {port}: {why}.") from None

    async def _opened(self, raw: socket.socket, host: str, port: int, tls: TlsOptions | None) -> Connection:
        if tls is None:
            return await asyncio.open_connection(sock=raw)
        self.phases.enter(Step.TLS)
        context = self._services.tls.get(tls)
        try:
            reader, writer = await asyncio.open_connection(
                sock=raw, ssl=context, server_hostname=tls.server_name or host, ssl_handshake_timeout=self.remaining()
            )
        except OSError as error:
            self.certificate = getattr(error, "certificate", None)
            raise CheckFailed(Reason.TLS, why_failed(error, f"{host}:{port}")) from None
        session = writer.get_extra_info("ssl_object")
        if isinstance(session, ssl.SSLObject):
            self.certificate = shown_by(session)
        return reader, writer


def _why(error: OSError) -> str:
    return (error.strerror or str(error) or type(error).__name__).lower()
