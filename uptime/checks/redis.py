"""Redis: up when the server answers PING."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redis import exceptions
from redis.asyncio.connection import AbstractConnection

from uptime.checks._endpoint import checked_host
from uptime.checks._kind import CheckFailed, CheckType, down, setting, up
from uptime.checks._login import address, login
from uptime.checks._text import said
from uptime.checks._tls import TlsOptions, authorities
from uptime.domain.errors import Invalid
from uptime.domain.monitor import JsonValue
from uptime.domain.result import Reason, Result

if TYPE_CHECKING:
    from uptime.checks._net import Net, Stream

USUAL_PORT = 6379
SCHEMES = ("redis", "rediss")
ANSWER_LIMIT = 65_536
"""How many bytes all answers together may have."""


@dataclass(frozen=True, slots=True)
class RedisTarget:
    """Which server is asked, and how one logs in there."""

    host: str = setting("Host name or address", check=checked_host)
    port: int = setting("Port", default=USUAL_PORT, low=1, high=65_535)
    username: str = setting("User name", default="", limit=1_024)
    password: str = setting("Password", default="", limit=1_024, secret=True)
    database: int = setting("Database", default=0, low=0, high=65_535)
    tls: bool = setting("TLS", default=False)
    verify_tls: bool = setting("Verify the certificate", default=True)
    ca_pem: str = setting("Further authorities", default="", limit=131_072, lines=True, check=authorities)
    ip_family: str = setting("Address family", default="any", choices=("any", "4", "6"))


class _Bounded:
    """A stream that gives up when more comes than any answer to a check needs."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._left = ANSWER_LIMIT

    async def read(self, size: int) -> bytes:
        data = await self._reader.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise CheckFailed(Reason.PROTOCOL, "The server sends much more than it was asked for.")
        return data


class _Connection(AbstractConnection):
    """The library's side of a connection that is there already."""

    def __init__(self, stream: "Stream", **options: Any) -> None:
        super().__init__(**options)
        self._stream: Any = (_Bounded(stream[0]), stream[1])

    async def _connect(self) -> None:
        self._reader, self._writer = self._stream

    def repr_pieces(self) -> list[tuple[str, str]]:
        return []

    def _host_error(self) -> str:
        return ""


async def run(target: RedisTarget, net: "Net") -> Result:
    tls = TlsOptions(verify=target.verify_tls, ca_pem=target.ca_pem) if target.tls else None
    async with net.connect(target.host, target.port, tls, target.ip_family) as stream:
        try:
            return await _ping(target, stream)
        except (exceptions.ResponseError, exceptions.AuthenticationError, exceptions.BusyLoadingError) as error:
            return down(Reason.STATUS, f"The server refused: {said(error)}.", evidence=said(error, 1_000))
        except exceptions.RedisError as error:
            return down(Reason.PROTOCOL, f"No answer as Redis gives it: {said(error)}.")


async def _ping(target: RedisTarget, stream: "Stream") -> Result:
    connection = _Connection(
        stream,
        db=target.database,
        username=target.username or None,
        password=target.password or None,
        protocol=2,
        driver_info=None,
    )
    try:
        await connection.connect()  # type: ignore[no-untyped-call]
        await connection.send_command("PING", check_health=False)
        answer = await connection.read_response()
    finally:
        await connection.disconnect(nowait=True)
    if answer not in (b"PONG", "PONG"):
        return down(Reason.PROTOCOL, "The answer to PING was not PONG.", evidence=said(answer, 1_000))
    return up("PONG")


def _address(target: RedisTarget) -> str:
    name = str(target.database) if target.database else ""
    return address("rediss" if target.tls else "redis", target.host, target.port, name)


def _parse(url: str) -> dict[str, JsonValue]:
    found = login(url, SCHEMES)
    raw = found.settings(USUAL_PORT) | {"tls": found.scheme == "rediss"}
    if found.name:
        if not (found.name.isascii() and found.name.isdigit() and len(found.name) < 6):
            raise Invalid("url", "What follows the host must be the number of a database.")
        raw["database"] = int(found.name)
    return raw


CHECK = CheckType("redis", "Redis", RedisTarget, run, _address, _parse, SCHEMES)
