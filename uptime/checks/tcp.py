"""TCP port: up when the port accepts a connection."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime.checks._endpoint import checked_host, endpoint, shown
from uptime.checks._kind import CheckType, setting, up
from uptime.domain.monitor import JsonValue
from uptime.domain.result import Result

if TYPE_CHECKING:
    from uptime.checks._net import Net


@dataclass(frozen=True, slots=True)
class TcpTarget:
    """Which port of which host is knocked on."""

    host: str = setting("Host name or address", check=checked_host)
    port: int = setting("Port", low=1, high=65_535)
    ip_family: str = setting("Address family", default="any", choices=("any", "4", "6"))


async def run(target: TcpTarget, net: "Net") -> Result:
    async with net.connect(target.host, target.port, family=target.ip_family):
        return up(f"Port {target.port} is open")


def _address(target: TcpTarget) -> str:
    return f"tcp://{shown(target.host, target.port)}"


def _parse(url: str) -> dict[str, JsonValue]:
    found = endpoint(url, "tcp")
    return {"host": found.host} if found.port is None else {"host": found.host, "port": found.port}


CHECK = CheckType("tcp", "TCP port", TcpTarget, run, _address, _parse, ("tcp",))
