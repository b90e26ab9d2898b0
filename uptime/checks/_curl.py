"""The HTTP engine: one CurlMulti on the running loop, one hop at a time, to vetted addresses only."""

import asyncio
import contextlib
import socket
import tempfile
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pycurl

from uptime.checks._body import Memory
from uptime.checks._certificates import CertificateBook
from uptime.checks._curl_answer import added, answered, certificates, refused_certificate, timed_out
from uptime.checks._epoll import Driver
from uptime.checks._http_message import HttpAnswer, HttpRequest
from uptime.checks._place import Place
from uptime.checks._transfer import Transfer
from uptime.domain.result import Certificate

if TYPE_CHECKING:
    from uptime.checks._loop import EngineSettings

WIRE_FACTOR = 8
"""How many bytes may come over the wire for one of the body limit: chunks of one byte take six."""

HELD_BODIES = 64 * 1024 * 1024
SPARE_CONNECTIONS = 64
PRIVATE_LANES = 8
WARM_UP_S = 2.0


class Lane:
    """A multi with the handles that use it. The multi holds the parsed authorities, so each set of them has its own."""

    def __init__(self, ca_file: str, settings: "EngineSettings", memory: Memory) -> None:
        self._loop = asyncio.get_running_loop()
        self._ca_file = ca_file
        self._settings = settings
        self._memory = memory
        self._transfers: dict[pycurl.Curl, Transfer] = {}
        self._idle: list[Transfer] = []
        wire_limit = WIRE_FACTOR * max(settings.body_limit, 1 << 20)
        self.driver = Driver(self._loop, wire_limit, self._ended, self._flooded)
        self.driver.multi.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, settings.concurrency + SPARE_CONNECTIONS)

    def take(self) -> Transfer:
        return self._idle.pop() if self._idle else self._make()

    def give_back(self, transfer: Transfer) -> None:
        self._idle.append(transfer)

    @property
    def idle(self) -> bool:
        return len(self._idle) == len(self._transfers)

    def _make(self) -> Transfer:
        transfer = Transfer(self._loop, self._ca_file, self._settings.body_limit, self._memory)
        self._transfers[transfer.handle] = transfer
        return transfer

    def fill(self, count: int) -> None:
        """Make handles ahead of need: a burst must not measure their making."""
        self._idle.extend(self._make() for _ in range(count - len(self._transfers)))

    def _ended(self, handle: pycurl.Curl, code: int, words: str) -> None:
        self._transfers[handle].ended(code, words)

    def _flooded(self, descriptor: int) -> None:
        for handle, transfer in self._transfers.items():
            if handle.getinfo(pycurl.ACTIVESOCKET) == descriptor:
                transfer.flooded()

    def close(self) -> None:
        self.driver.close()
        for transfer in self._transfers.values():
            transfer.close()
        Path(self._ca_file).unlink(missing_ok=True)


class CurlEngine:
    """Fetches. Made and started within the loop that uses it, after any fork."""

    def __init__(self, settings: "EngineSettings") -> None:
        self._settings = settings
        self._memory = Memory(HELD_BODIES)
        self._certificates = CertificateBook()
        self._folder = tempfile.TemporaryDirectory(prefix="upspeak-ca-")
        self._authorities = _authorities(settings.ca_file)
        self._public: Lane | None = None
        self._private: OrderedDict[str, Lane] = OrderedDict()

    async def start(self) -> None:
        """Make what would cost the first checks time: handles, and the parsed authorities."""
        self._public = self._open_lane()
        self._public.fill(self._settings.concurrency)
        await self._warm_up()

    async def fetch(self, request: HttpRequest, addresses: Sequence[str], deadline: float) -> HttpAnswer:
        """Ask once, at these addresses, until the deadline (monotonic seconds). Follows no redirect.

        What the target does wrong is `failure` of the answer; what goes wrong with us is raised.
        """
        lane = self._lane(request.ca_pem)
        transfer = lane.take()
        try:
            return await self._fetch(lane, transfer, request, addresses, deadline)
        finally:
            lane.give_back(transfer)

    async def _fetch(
        self, lane: Lane, transfer: Transfer, request: HttpRequest, addresses: Sequence[str], deadline: float
    ) -> HttpAnswer:
        place, now = (request.place.host, request.place.port), time.monotonic()
        secured = request.place.scheme == "https"
        looking = secured and (request.look_at_certificate or self._certificates.due(place, now))
        timeout_ms = int((deadline - now) * 1000)
        if timeout_ms < 1:
            return timed_out(request)
        await transfer.run(lane.driver, request, addresses, timeout_ms, looking=looking)
        certificate = self._certificate(transfer, place, looking) if secured else None
        answer = answered(transfer, request, addresses, certificate)
        if secured and not looking and refused_certificate(transfer):
            # Once more, now with a look at what was refused: the answer is to show that very certificate.
            self._certificates.distrust(place)
            second = await self._fetch(lane, transfer, request, addresses, deadline)
            return replace(second, phases=added(answer.phases, second.phases))
        return answer

    def _certificate(self, transfer: Transfer, place: tuple[str, int], looking: bool) -> Certificate | None:
        if looking and (pems := certificates(transfer)):
            return self._certificates.note(place, pems, time.monotonic(), failed=refused_certificate(transfer))
        return self._certificates.get(place)

    def _lane(self, ca_pem: str) -> Lane:
        if not ca_pem:
            assert self._public is not None, "the engine has not been started"  # noqa: S101
            return self._public
        lane = self._private.get(ca_pem)
        if lane is None:
            self._make_room()
            lane = self._private[ca_pem] = self._open_lane(ca_pem)
        self._private.move_to_end(ca_pem)
        return lane

    def _open_lane(self, ca_pem: str = "") -> Lane:
        with tempfile.NamedTemporaryFile("w", dir=self._folder.name, suffix=".pem", delete=False) as joined:
            joined.write(f"{self._authorities}\n{ca_pem}\n")
        return Lane(joined.name, self._settings, self._memory)

    def _make_room(self) -> None:
        """Close the private lanes that have not been used for longest and are idle."""
        for pem, lane in list(self._private.items())[: max(0, len(self._private) - PRIVATE_LANES + 1)]:
            if lane.idle:
                del self._private[pem]
                lane.close()

    async def _warm_up(self) -> None:
        """Begin one TLS handshake with ourselves, which makes libcurl parse the authorities."""
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            place = Place("https", "127.0.0.1", listener.getsockname()[1])
            hand_shake = self.fetch(HttpRequest(place), [place.host], time.monotonic() + WARM_UP_S)
            await asyncio.gather(hand_shake, _let_in(listener))

    async def close(self) -> None:
        """Let go of everything. No fetch may be under way."""
        for lane in (self._public, *self._private.values()):
            if lane is not None:
                lane.close()
        self._public = None
        self._private.clear()
        self._folder.cleanup()


async def _let_in(listener: socket.socket) -> None:
    """Accept one connection and close it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(WARM_UP_S):
            connection, _ = await asyncio.get_running_loop().sock_accept(listener)
            connection.close()


def _authorities(further: Path | None) -> str:
    """The root certificates of certifi and the administrator's own, in one text."""
    texts = [Path(certifi.where()).read_text()]
    if further is not None:
        texts.append(further.read_text())
    return "\n".join(texts)
