"""WebSocket: up when a server takes the upgrade of RFC 6455 and proves that it understood it."""

import asyncio
import base64
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha1
from typing import TYPE_CHECKING

from uptime import __version__
from uptime.checks._certificates import ends_too_soon
from uptime.checks._http_head import Head, Malformed
from uptime.checks._kind import CheckFailed, CheckType, setting, up
from uptime.checks._place import Place, place_of
from uptime.checks._text import printed
from uptime.checks._tls import TlsOptions, authorities
from uptime.checks.http import TOKEN, checked_headers, credentials, shown_head
from uptime.domain.monitor import JsonValue
from uptime.domain.result import Reason, Result

if TYPE_CHECKING:
    from uptime.checks._net import Net, Stream

SCHEME = re.compile("ws(s?)://", re.IGNORECASE)
ANSWER_TO_KEY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SWITCHING = 101
NORMAL, NO_CODE, BROKEN_OFF = 1_000, 1_005, 1_006
CLOSE = 8
SHORT, LONG = 126, 127
"""Lengths that mean that the length follows, in two bytes or eight."""

SKIPPED_LIMIT = 1 << 20
"""How many bytes of messages may come before the answer to our close."""


def place(url: str) -> Place:
    """Where the request of an upgrade leads, as a web address. ValueError, with a sentence: nowhere."""
    found = SCHEME.match(url.strip(" "))
    if found is None:
        raise ValueError("The URL must begin with ws:// or wss://.")
    return place_of(f"http{found[1].lower()}://{url.strip(' ')[found.end() :]}")


def _url(url: str) -> str:
    place(url)
    return url.strip(" ")


def _subprotocols(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not TOKEN.fullmatch(name):
            raise ValueError(f'"{name[:40]}" is not the name of a subprotocol.')
    return names


@dataclass(frozen=True, slots=True)
class WebSocketTarget:
    """Who is asked for an upgrade, and what must come of it."""

    url: str = setting("URL", check=_url)
    headers: dict[str, str] = setting("Headers", default={}, check=checked_headers)  # noqa: RUF009 - a field of its own
    username: str = setting("User name", default="", limit=1_024)
    password: str = setting("Password", default="", limit=1_024, secret=True)
    bearer: str = setting("Bearer token", default="", secret=True)
    subprotocols: tuple[str, ...] = setting(
        "Subprotocols", default=(), limit=100, help="The server must agree to one of them", check=_subprotocols
    )
    verify_accept: bool = setting("Verify the accept key", default=True, help="Off for servers that get it wrong")
    close_codes: tuple[int, ...] = setting(
        "Expected close codes",
        default=(),
        low=NORMAL,
        high=4_999,
        help="What our close must be answered with, such as 1000; empty: nobody waits for that",
    )
    verify_tls: bool = setting("Verify the certificate", default=True)
    expiry_days: int | None = setting(
        "Days before expiry", default=None, low=0, high=3_650, help="Down when the certificate ends sooner"
    )
    ca_pem: str = setting("Further authorities", default="", limit=131_072, lines=True, check=authorities)
    ip_family: str = setting("Address family", default="any", choices=("any", "4", "6"))


async def run(target: WebSocketTarget, net: "Net") -> Result:
    where = place(target.url)
    tls = TlsOptions(verify=target.verify_tls, ca_pem=target.ca_pem) if where.scheme == "https" else None
    async with net.connect(where.host, where.port, tls, target.ip_family) as (reader, writer):
        head, agreed = await upgraded(target, where, (reader, writer), net)
        writer.write(_close_frame(NORMAL))
        net.silence = f"{where.authority} took the upgrade, but did not answer our close"
        code = await _close_code(reader) if target.close_codes else None
    if code is not None and code not in target.close_codes:
        wanted = " or ".join(map(str, target.close_codes[:5]))
        raise _failed(Reason.STATUS, f"Closed with the code {code}, but {wanted} was expected.", head)
    if net.certificate and (too_soon := ends_too_soon(net.certificate, target.expiry_days, datetime.now(UTC))):
        raise _failed(Reason.TLS, too_soon, head)
    ended = f", closed with the code {code}" if code is not None else ""
    spoken = f", subprotocol {agreed}" if agreed else ""
    return up(f"Upgraded to WebSocket{spoken}{ended}", status_code=head.status)


async def upgraded(target: WebSocketTarget, where: Place, stream: "Stream", net: "Net") -> tuple[Head, str]:
    """The answer to the request for an upgrade, and the subprotocol agreed to. CheckFailed: it is no upgrade."""
    key = base64.b64encode(os.urandom(16)).decode()
    net.silence = f"{where.authority} did not answer the request for an upgrade"
    stream[1].write(_request(target, where, key))
    head = await _head(stream[0], where)
    return head, _agreed(target, head, key)


def _request(target: WebSocketTarget, where: Place, key: str) -> bytes:
    headers = {"Host": where.authority, "User-Agent": f"Upspeak/{__version__}"}
    if authorization := credentials(where, target.username, target.password, target.bearer):
        headers["Authorization"] = authorization
    given = {name.lower() for name in target.headers}
    headers = {name: value for name, value in headers.items() if name.lower() not in given} | target.headers
    headers |= {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    headers["Sec-WebSocket-Key"] = key
    if target.subprotocols:
        headers["Sec-WebSocket-Protocol"] = ", ".join(target.subprotocols)
    lines = [f"GET {where.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


async def _head(reader: asyncio.StreamReader, where: Place) -> Head:
    head = Head()
    try:
        while not head.take(await reader.readuntil(b"\n")):
            pass
    except Malformed as error:
        raise CheckFailed(Reason.PROTOCOL, f"The answer of {where.authority} is not valid HTTP: {error}.") from None
    except asyncio.LimitOverrunError:
        raise CheckFailed(
            Reason.PROTOCOL, f"The answer of {where.authority} is not valid HTTP: a line of it is too long."
        ) from None
    except asyncio.IncompleteReadError as error:
        how = "in the middle of its answer" if head.begun or error.partial else "without an answer"
        raise CheckFailed(Reason.PROTOCOL, f"{where.authority} closed the connection {how}.") from None
    return head


def _agreed(target: WebSocketTarget, head: Head, key: str) -> str:
    """The subprotocol that was agreed to, "" for none. CheckFailed: this is no upgrade, or not the one asked for."""
    if head.status != SWITCHING:
        said = f"{head.status} {printed(head.reason)}".strip()
        raise _failed(Reason.STATUS, f"Answered {said}, but 101 was expected.", head)
    words = {word.strip().lower() for word in head.value("connection").split(",")}
    if head.value("upgrade").lower() != "websocket" or "upgrade" not in words:
        raise _failed(Reason.PROTOCOL, "Answered 101, but did not upgrade to WebSocket.", head)
    accept = base64.b64encode(sha1(f"{key}{ANSWER_TO_KEY}".encode()).digest()).decode()  # noqa: S324 - RFC 6455 has it so
    if target.verify_accept and head.value("sec-websocket-accept") != accept:
        what = "The accept key does not belong to our request: a proxy or a cache may have answered."
        raise _failed(Reason.PROTOCOL, what, head)
    agreed = head.value("sec-websocket-protocol")
    if agreed and agreed not in target.subprotocols:
        what = f'The server chose the subprotocol "{printed(agreed, 40)}", which was not asked for.'
        raise _failed(Reason.PROTOCOL, what, head)
    if target.subprotocols and not agreed:
        what = f"The server agreed to no subprotocol; asked for was {', '.join(target.subprotocols)[:60]}."
        raise _failed(Reason.CONTENT, what, head)
    return agreed


def _failed(reason: Reason, message: str, head: Head) -> CheckFailed:
    evidence = shown_head(f"{head.status} {printed(head.reason)}".strip(), head.fields)
    return CheckFailed(reason, message, status_code=head.status, evidence=evidence)


def _close_frame(code: int) -> bytes:
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[index] for index, byte in enumerate(code.to_bytes(2, "big")))
    return bytes([0x80 | CLOSE, 0x80 | len(masked)]) + mask + masked


async def _close_code(reader: asyncio.StreamReader) -> int:
    """What the other side closes with. Messages before that are skipped."""
    skipped = 0
    try:
        while skipped <= SKIPPED_LIMIT:
            first, second = await reader.readexactly(2)
            size = second & 0x7F
            if size in (SHORT, LONG):
                size = int.from_bytes(await reader.readexactly(2 if size == SHORT else 8), "big")
            if second & 0x80:
                raise CheckFailed(Reason.PROTOCOL, "A message came masked, as none of a server's may be.")
            if first & 0x0F == CLOSE:
                return int.from_bytes(await reader.readexactly(2), "big") if size >= 2 else NO_CODE
            skipped += size + 2
            while size and skipped <= SKIPPED_LIMIT:
                size -= len(await reader.readexactly(min(size, 65_536)))
    except (EOFError, ConnectionError):
        return BROKEN_OFF
    raise CheckFailed(Reason.PROTOCOL, "More than 1 MiB of messages came, and no answer to our close.")


def _address(target: WebSocketTarget) -> str:
    return target.url


def _parse(url: str) -> dict[str, JsonValue]:
    return {"url": url}


CHECK = CheckType("websocket", "WebSocket", WebSocketTarget, run, _address, _parse, ("ws", "wss"))
