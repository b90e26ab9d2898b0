"""A name server that answers over UDP and TCP as a test tells it to, or not at all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset

Reply = bytes | tuple[float, bytes]
"""What is sent back; with a time in seconds, only then."""

Answer = Callable[[dns.message.Message, bool], list[Reply]]
"""Told the question and whether it came over TCP; says all that is sent back."""


@dataclass
class NameServer:
    """A name server that is listening, and what it was asked: name and type."""

    port: int
    asked: list[tuple[str, str]] = field(default_factory=list)
    over_tcp: int = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, handle: Callable[[bytes, bool], list[Reply]]) -> None:
        self._handle = handle

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, source: object) -> None:
        for reply in self._handle(data, False):
            after, wire = reply if isinstance(reply, tuple) else (0.0, reply)
            asyncio.get_running_loop().call_later(after, self._send, wire, source)

    def _send(self, wire: bytes, source: object) -> None:
        if not self._transport.is_closing():  # type: ignore[attr-defined]
            self._transport.sendto(wire, source)  # type: ignore[attr-defined]


@asynccontextmanager
async def name_server(answer: Answer) -> AsyncIterator[NameServer]:
    """A name server on loopback, on one port for both transports."""

    def handle(data: bytes, tcp: bool) -> list[Reply]:
        query = dns.message.from_wire(data)
        question = query.question[0]
        server.asked.append((question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)))
        server.over_tcp += tcp
        return answer(query, tcp)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            size = int.from_bytes(await reader.readexactly(2), "big")
            for reply in handle(await reader.readexactly(size), True):
                after, wire = reply if isinstance(reply, tuple) else (0.0, reply)
                await asyncio.sleep(after)
                writer.write(len(wire).to_bytes(2, "big") + wire)
            await writer.drain()
        writer.close()

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    server = NameServer(listener.sockets[0].getsockname()[1])
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Udp(handle), ("127.0.0.1", server.port))
    try:
        yield server
    finally:
        transport.close()
        listener.close()
        await asyncio.sleep(0)


def records(query: dns.message.Message, *texts: str, ttl: int = 60, flags: int = 0) -> bytes:
    """An answer with these records, of the type that was asked for."""
    reply = dns.message.make_response(query)
    reply.flags |= flags
    question = query.question[0]
    if texts:
        reply.answer.append(dns.rrset.from_text(question.name, ttl, "IN", question.rdtype, *texts))
    return reply.to_wire(max_size=65_535)


def refused(query: dns.message.Message, code: int) -> bytes:
    """An answer that says why there is none: 2 means failure, 3 no such name, 5 refused."""
    reply = dns.message.make_response(query)
    reply.set_rcode(code)
    return reply.to_wire()


def zone(ttl: int = 60, **hosts: str) -> Answer:
    """Answers from a table: names with `__` for each dot, and addresses separated by spaces. No such name otherwise."""
    table = {name.replace("__", "."): addresses.split() for name, addresses in hosts.items()}

    def answer(query: dns.message.Message, _tcp: bool) -> list[Reply]:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        if name not in table:
            return [refused(query, 3)]
        six = question.rdtype == dns.rdatatype.AAAA
        return [records(query, *(address for address in table[name] if (":" in address) == six), ttl=ttl)]

    return answer
