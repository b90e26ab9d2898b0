"""Servers of protocols of lines, told what to say; and how they all may fail."""

import asyncio
import ssl
from collections.abc import Mapping

from tests.servers.checking import TIMEOUT_MS, checking
from tests.servers.http import OK
from tests.servers.tcp import Behaviour, begins, closes, drips, port, resets, says_nothing
from uptime.checks._kind import CheckType
from uptime.domain.result import Result

ENDLESS_LINE = drips(b"x" * 10_000, 0)
ENDLESS_LINES = drips(b"x\r\n" * 1_000, 0)
WEB_SERVER = begins(OK.replace(b"hello", b"hello\r\n"))
SILENT: dict[str, Behaviour] = {
    "nothing": says_nothing,
    "half a greeting": begins(b"2"),
    "bytes that drip": drips(b"2"),
}
"""Behaviours that end at the deadline."""

FAULTY: dict[str, Behaviour] = {
    "closing at once": closes,
    "a reset": resets,
    "a line without end": ENDLESS_LINE,
    "lines without end": ENDLESS_LINES,
    "a web server": WEB_SERVER,
    "bytes that are no text": begins(b"\xff\xfe\x00\x01\r\n"),
}
"""Behaviours that end at once."""


def speaks(greeting: bytes, answers: Mapping[bytes, bytes], *, tls: ssl.SSLContext | None = None) -> Behaviour:
    """Greets, and answers each line by its last word in capitals, or closes. After an answer it may start TLS."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        while line := await reader.readline():
            words = line.upper().split()
            asked = next((word for word in answers if word in words), None)
            if asked is None:
                return
            tag = line.split()[0] if len(words) > 1 else b""
            writer.write(answers[asked].replace(b"TAG", tag))
            await writer.drain()
            if tls is not None and asked in (b"STARTTLS", b"STLS"):
                await writer.start_tls(tls)

    return behave


def looked(
    kind: CheckType,
    behave: Behaviour,
    timeout_ms: int = TIMEOUT_MS,
    tls: ssl.SSLContext | None = None,
    **target: object,
) -> Result:
    """What a check type makes of a port that behaves like that."""

    async def scenario() -> Result:
        async with port(behave, tls=tls) as found, checking() as checker:
            aim = kind.build({"host": "127.0.0.1", "port": found.number, **target})  # type: ignore[dict-item]
            return await checker.loop.look(kind, aim, timeout_ms)

    return asyncio.run(scenario())
