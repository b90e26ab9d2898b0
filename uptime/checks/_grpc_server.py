"""What the gRPC checks have in common: which server is called, and how."""

from dataclasses import dataclass

from uptime.checks._endpoint import checked_host, endpoint, shown
from uptime.checks._kind import setting
from uptime.checks._tls import authorities
from uptime.domain.monitor import JsonValue

SCHEMES = ("grpc", "grpcs")


def server_name(text: str) -> str:
    """The name as it is asked for, or "". ValueError: no host is named like that."""
    return checked_host(text) if text.strip() else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpcServer:
    """Which server is called."""

    host: str = setting("Host name or address", check=checked_host)
    port: int = setting("Port", low=1, high=65_535)
    tls: bool = setting("TLS", default=False)
    server_name: str = setting(
        "Server name", default="", help="Asked for and verified instead of the host", check=server_name
    )
    ca_pem: str = setting("Further authorities", default="", limit=131_072, lines=True, check=authorities)
    bearer: str = setting("Bearer token", default="", secret=True)
    ip_family: str = setting("Address family", default="any", choices=("any", "4", "6"))


def address(target: GrpcServer) -> str:
    """The server in one line."""
    return f"{'grpcs' if target.tls else 'grpc'}://{shown(target.host, target.port)}"


def parse(url: str) -> dict[str, JsonValue]:
    """The settings in such a line. Invalid: it is none."""
    tls = url.strip(" ").lower().startswith("grpcs:")
    found = endpoint(url, "grpcs" if tls else "grpc")
    raw: dict[str, JsonValue] = {"host": found.host, "tls": tls}
    return raw if found.port is None else raw | {"port": found.port}
