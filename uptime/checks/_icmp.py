"""ICMP echoes by sockets that the system lets anyone open, or at least those with the right to raw ones."""

import asyncio
import errno
import os
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

PAUSE_S = 0.5
"""How long each echo is waited for before the next request is sent."""

STRAGGLER_S = 1.0
"""How long the last ones are waited for where another has come."""

TOKEN_SIZE, HEADER_SIZE, READ_SIZE = 32, 8, 2_048
REQUEST, REPLY = {4: 8, 6: 128}, {4: 0, 6: 129}
KINDS = (socket.SOCK_DGRAM, socket.SOCK_RAW)
FORBIDDEN = frozenset({errno.EPERM, errno.EACCES, errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT})


class Forbidden(Exception):
    """The system lets this process send no ICMP."""


async def echoes(address: str, count: int) -> list[float]:
    """The round trips, in seconds, of up to `count` echo requests: at least one, else this waits for ever.

    Forbidden, or OSError: the network knows no way there.
    """
    version = 6 if ":" in address else 4
    with _opened(version) as opened:
        opened.setblocking(False)
        opened.connect((address, 0))
        return await Conversation(opened, version).held(count)


def _opened(version: int) -> socket.socket:
    family, protocol = (
        (socket.AF_INET6, socket.IPPROTO_ICMPV6) if version == 6 else (socket.AF_INET, socket.IPPROTO_ICMP)
    )
    for kind in KINDS:
        try:
            return socket.socket(family, kind, protocol)
        except OSError as error:
            if error.errno not in FORBIDDEN:
                raise
    raise Forbidden


def request(version: int, number: int, token: bytes) -> bytes:
    """An echo request. The system sets identifier and checksum where it minds them itself."""
    body = struct.pack("!HH", int.from_bytes(token[:2], "big"), number) + token
    return struct.pack("!BBH", REQUEST[version], 0, checksum(struct.pack("!BBH", REQUEST[version], 0, 0) + body)) + body


def checksum(packet: bytes) -> int:
    """The Internet checksum of a packet of even length."""
    total: int = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def number_of(version: int, packet: bytes, token: bytes) -> int | None:
    """Which of our requests a packet answers, if any. An IP header may stand before it."""
    start = packet.find(token) - HEADER_SIZE
    if start < 0 or packet[start] != REPLY[version]:
        return None
    return int.from_bytes(packet[start + 6 : start + 8], "big")


@dataclass(slots=True)
class Conversation:
    """Requests sent through a connected socket, and what came back. The token tells ours from everybody else's."""

    socket: socket.socket
    version: int
    token: bytes = field(default_factory=lambda: os.urandom(TOKEN_SIZE))
    sent: dict[int, float] = field(default_factory=dict)
    trips: dict[int, float] = field(default_factory=dict)

    async def held(self, count: int) -> list[float]:
        """One request after the other, each as soon as the one before is answered or overdue."""
        for number in range(count):
            self.sent[number] = monotonic()
            await asyncio.get_running_loop().sock_sendall(self.socket, request(self.version, number, self.token))
            await self._listen(partial(self.trips.__contains__, number), PAUSE_S)
        await self._listen(lambda: bool(self.trips), None)
        await self._listen(lambda: len(self.trips) == count, STRAGGLER_S)
        return list(self.trips.values())

    async def _listen(self, enough: Callable[[], bool], seconds: float | None) -> None:
        """Until that is so, or that long."""
        try:
            async with asyncio.timeout(seconds) as limit:
                while not enough():
                    self._take(await asyncio.get_running_loop().sock_recv(self.socket, READ_SIZE))
                    # A flood of strange packets would never leave the loop otherwise.
                    await asyncio.sleep(0)
        except TimeoutError:
            if not limit.expired():
                raise

    def _take(self, packet: bytes) -> None:
        number = number_of(self.version, packet, self.token)
        if number in self.sent and number not in self.trips:
            self.trips[number] = monotonic() - self.sent[number]
