"""A UDP port that answers as it is told, and keeps what came."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

Answer = Callable[[bytes, int], bytes | None]


@dataclass
class UdpPort(asyncio.DatagramProtocol):
    """A port that is listening. `answer` is given a datagram and its number, from 1 on; None is silence."""

    answer: Answer
    number: int = 0
    received: list[bytes] = field(default_factory=list)
    _transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.number = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.received.append(data)
        reply = self.answer(data, len(self.received))
        if reply is not None and self._transport is not None:
            self._transport.sendto(reply, addr)


@asynccontextmanager
async def udp_port(answer: Answer, host: str = "127.0.0.1", number: int = 0) -> AsyncIterator[UdpPort]:
    """A port that answers like that."""
    transport, port = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: UdpPort(answer), local_addr=(host, number)
    )
    try:
        yield port
    finally:
        transport.close()
        await asyncio.sleep(0)
