"""Ping: up when a host answers ICMP echoes, or, where the system forbids those, TCP."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from uptime.checks._endpoint import checked_host, endpoint, shown
from uptime.checks._icmp import Forbidden, echoes
from uptime.checks._kind import CheckType, setting, up
from uptime.checks._race import connected, race
from uptime.checks._stopwatch import Step
from uptime.domain.errors import Invalid
from uptime.domain.monitor import JsonValue
from uptime.domain.result import Phases, Result

if TYPE_CHECKING:
    from uptime.checks._net import Net

NEXT_ADDRESS_S = 1.0
GROUP_RANGE = Path("/proc/sys/net/ipv4/ping_group_range")


def _ports(ports: tuple[int, ...]) -> tuple[int, ...]:
    if not 1 <= len(ports) <= 5:
        raise ValueError("Name 1 to 5 ports.")
    return ports


@dataclass(frozen=True, slots=True)
class PingTarget:
    """Who is called, and how often."""

    host: str = setting("Host name or address", check=checked_host)
    count: int = setting("Packets", default=3, low=1, high=5, help="One answer is enough to be up")
    ports: tuple[int, ...] = setting(
        "TCP ports", default=(443, 80), low=1, high=65_535, help="Tried where the system forbids ICMP", check=_ports
    )
    ip_family: str = setting("Address family", default="any", choices=("any", "4", "6"))


async def run(target: PingTarget, net: "Net") -> Result:
    addresses = await net.resolve(target.host, 0, target.ip_family)
    net.silence = f"No ICMP echo was answered by {target.host[:100]}"

    async def attempt(address: str) -> tuple[str, list[float]]:
        return address, await echoes(address, target.count)

    try:
        net.address, trips = await race(addresses, attempt, stagger=min(NEXT_ADDRESS_S, net.remaining() / 4))
    except Forbidden:
        return await by_tcp(target, net)
    except OSError as error:
        raise net.unreachable(error, target.host) from error
    mean_ms = mean(trips) * 1000
    net.phases.measured(Phases(wait_ms=mean_ms))
    facts = {"sent": str(target.count), "answered": str(len(trips))}
    return up(f"{len(trips)} of {target.count} packets answered, {mean_ms:.1f} ms on average", facts=facts)


async def by_tcp(target: PingTarget, net: "Net") -> Result:
    """Up when one of the ports accepts or refuses a connection: either is an answer of the host."""
    net.advice = why_no_icmp()
    ways = [
        (address, port) for port in target.ports for address in await net.resolve(target.host, port, target.ip_family)
    ]
    net.silence = f"No answer on TCP port {' or '.join(map(str, target.ports))}"
    net.phases.enter(Step.CONNECT)
    try:
        net.address, port = await race(ways, _knock, stagger=net.stagger(len(ways)))
    except OSError as error:
        raise net.unreachable(error, target.host) from error
    return up(f"TCP port {port} answered. {net.advice}")


async def _knock(way: tuple[str, int]) -> tuple[str, int]:
    with suppress(ConnectionRefusedError, ConnectionResetError):
        (await connected(*way)).close()
    return way


def why_no_icmp() -> str:
    """Why a ping was none, and what to do about it."""
    try:
        allowed = " ".join(GROUP_RANGE.read_text().split())
    except OSError:
        return "ICMP is forbidden on this system, so TCP was tried."
    return (
        f'ICMP is forbidden here, so TCP was tried: set net.ipv4.ping_group_range (now "{allowed}") '
        'to "0 2147483647" or grant CAP_NET_RAW.'
    )


def _address(target: PingTarget) -> str:
    return f"ping://{shown(target.host)}"


def _parse(url: str) -> dict[str, JsonValue]:
    found = endpoint(url, "ping")
    if found.port is not None:
        raise Invalid("url", "A ping has no port: the URL must be ping:// and then the host. For a port use tcp://.")
    return {"host": found.host}


CHECK = CheckType("ping", "Ping", PingTarget, run, _address, _parse, ("ping",))
