"""Libraries that only some check types need: imported on first use, and named with their command where missing."""

from typing import TYPE_CHECKING

from uptime.checks._kind import down
from uptime.domain.result import Reason, Result

if TYPE_CHECKING:
    from uptime.checks._net import Net

GROUPS: dict[str, tuple[str, ...]] = {
    "grpc": ("grpcio==1.85.1", "grpcio-health-checking==1.85.1", "grpcio-tools==1.85.1"),
    "mqtt": ("paho-mqtt==2.2.0",),
    "mysql": ("PyMySQL==1.2.4",),
    "postgres": ("psycopg[binary]==3.3.9",),
}
"""The optional groups of pyproject.toml, each with the versions it is tested with."""

MODULES = {
    "grpc": ("_grpc", "_grpc_methods"),
    "mqtt": ("_mqtt",),
    "mysql": ("_mysql",),
    "postgres": ("_postgres",),
}
"""What imports the libraries of a group."""

_loaded: set[str] = set()


def command(group: str) -> str:
    """What installs a group."""
    return " ".join(["pip install", *(f'"{requirement}"' for requirement in GROUPS[group])])


async def lacking(group: str, net: "Net") -> Result | None:
    """What a check comes to where the libraries of its group are not installed; None where they are.

    The first import takes a while: it holds up nobody else's check, and is no part of the latency.
    """
    if group in _loaded:
        return None
    try:
        await net.load(f"uptime.checks.{name}" for name in MODULES[group])
    except ImportError:
        return down(Reason.INTERNAL, f"Not checked: a library is missing. Where the worker runs: {command(group)}")
    except TimeoutError:
        return down(Reason.INTERNAL, "Not checked: the library for it is still being loaded.")
    _loaded.add(group)
    return None
