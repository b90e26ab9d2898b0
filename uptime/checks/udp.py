"""UDP port: up when a datagram is answered, or where that is enough, when nobody refuses it."""

import asyncio
import errno
import socket
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from uptime.checks._endpoint import checked_host, endpoint, shown
from uptime.checks._kind import CheckType, down, setting, up
from uptime.checks._race import race
from uptime.checks._text import printed
from uptime.domain.errors import Invalid
from uptime.domain.monitor import JsonValue
from uptime.domain.result import Reason, Result

if TYPE_CHECKING:
    from uptime.checks._net import Net

AGAIN_S = 1.0
"""How long an answer is waited for before the datagram is sent again: one may get lost on the way."""

ANSWER_LIMIT = 65_536
SHOWN = 60


def _hexadecimal(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Invalid("payload", "The payload is not hexadecimal: write two digits for each byte.") from None


@dataclass(frozen=True, slots=True)
class UdpTarget:
    """What is sent where, and what must come back."""

    host: str = setting("Host name or address", check=checked_host)
    port: int = setting("Port", low=1, high=65_535)
    payload: str = setting("Payload", default="", limit=4_096, lines=True)
    payload_format: str = setting("Form of the payload", default="text", choices=("text", "hex"))
    expected: str = setting(
        "Expected text", default="", limit=1_024, lines=True, help="Must stand in the answer; empty: any will do"
    )
    unanswered: str = setting(
        "Without an answer",
        default="down",
        choices=("down", "up"),
        help="Many services answer nothing they do not understand; a refusal is always down",
    )
    count: int = setting("Datagrams", default=3, low=1, high=5, help="Sent until one is answered, one per second")
    ip_family: str = setting("Address family", default="any", choices=("any", "4", "6"))

    def __post_init__(self) -> None:
        """Invalid: the payload is not of its form, or the settings contradict each other."""
        if self.payload_format == "hex":
            _hexadecimal(self.payload)
        if self.expected and self.unanswered == "up":
            raise Invalid("unanswered", "No answer cannot be up when a text is expected.")

    @property
    def datagram(self) -> bytes:
        """What is sent."""
        return _hexadecimal(self.payload) if self.payload_format == "hex" else self.payload.encode()


async def run(target: UdpTarget, net: "Net") -> Result:
    addresses = await net.resolve(target.host, target.port, target.ip_family)
    place = shown(target.host[:100], target.port)
    net.silence = f"No answer came from UDP port {place}"
    net.address = addresses[0]
    pause = min(AGAIN_S, net.remaining() / (target.count + 1))
    try:
        net.address, answer = await race(addresses, partial(_exchanged, target, pause), stagger=pause)
    except OSError as error:
        raise net.unreachable(error, f"UDP port {place}") from error
    if answer is None:
        return up(f"UDP port {target.port} refuses nothing, and answers nothing")
    if target.expected.encode() not in answer:
        what = f'The text "{printed(target.expected, SHOWN)}" is missing from the answer.'
        return down(Reason.CONTENT, what, evidence=_readable(answer))
    size = "1 byte" if len(answer) == 1 else f"{len(answer)} bytes"
    return up(f"UDP port {target.port} answered with {size}", facts={"answer": _readable(answer)})


async def _exchanged(target: UdpTarget, pause: float, address: str) -> tuple[str, bytes | None]:
    """The first answer that an address gives, or None where silence will do. OSError: it refuses."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.setblocking(False)
        # Connected, it takes nothing from strangers, and is told when nothing listens there.
        opened.connect((address, target.port))
        if opened.getsockname()[:2] == (address, target.port):
            raise ConnectionRefusedError(errno.ECONNREFUSED, "connected to itself")
        for left in range(target.count - 1, -1, -1):
            await loop.sock_sendall(opened, target.datagram)
            patient = not left and target.unanswered == "down"
            try:
                async with asyncio.timeout(None if patient else pause) as limit:
                    return address, await loop.sock_recv(opened, ANSWER_LIMIT)
            except TimeoutError:
                if not limit.expired():
                    raise
    return address, None


def _readable(answer: bytes) -> str:
    """An answer as text, or in hexadecimal where it is none."""
    try:
        text = answer.decode()
    except UnicodeDecodeError:
        return answer[:SHOWN].hex(" ")
    return printed(text, 1_000) or answer[:SHOWN].hex(" ")


def _address(target: UdpTarget) -> str:
    return f"udp://{shown(target.host, target.port)}"


def _parse(url: str) -> dict[str, JsonValue]:
    found = endpoint(url, "udp")
    return {"host": found.host} if found.port is None else {"host": found.host, "port": found.port}


CHECK = CheckType("udp", "UDP port", UdpTarget, run, _address, _parse, ("udp",))
