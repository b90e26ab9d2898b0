"""One check after the other on a loop of its own, as the worker makes them."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.servers.certificates import authority
from tests.servers.tcp import Behaviour, port
from uptime.checks._kind import CheckType
from uptime.checks._loop import CheckLoop, EngineSettings
from uptime.checks.http import CHECK
from uptime.domain.result import Result

TIMEOUT_MS = 5_000
SHORT_MS = 300
"""The timeout where a check is to run into it."""

PUNCTUAL_MS = 1_000
"""The same where it is looked at how punctually it ends: a tenth of it must be enough for a busy machine."""


class Checker:
    """Looks at URLs."""

    def __init__(self, loop: CheckLoop) -> None:
        self.loop = loop

    async def look(self, url: str, timeout_ms: int = TIMEOUT_MS, **target: Any) -> Result:
        return await self.loop.look(CHECK, CHECK.build({"url": url, **target}), timeout_ms)


@asynccontextmanager
async def checking(**settings: Any) -> AsyncIterator[Checker]:
    """A check loop that trusts the authority of the tests beside the public ones."""
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        Path(file.name).write_text(authority().pem)
        loop = CheckLoop(replace(EngineSettings(concurrency=64, ca_file=Path(file.name)), **settings))
        await loop.start()
    try:
        yield Checker(loop)
    finally:
        await loop.close()


async def looked(kind: CheckType, timeout_ms: int = TIMEOUT_MS, /, **target: Any) -> Result:
    """What one look at a target finds, by a check loop of its own."""
    async with checking() as checker:
        return await checker.loop.look(kind, kind.build(target), timeout_ms)


def look(kind: CheckType, timeout_ms: int = TIMEOUT_MS, /, **target: Any) -> Result:
    """The same where no loop runs."""
    return asyncio.run(looked(kind, timeout_ms, **target))


def hostile(kind: CheckType, behave: Behaviour, timeout_ms: int = SHORT_MS, /, **target: Any) -> Result:
    """What a look at a port that behaves badly finds."""

    async def scenario() -> Result:
        async with port(behave) as found:
            return await looked(kind, timeout_ms, **{"host": "127.0.0.1", "port": found.number} | target)

    return asyncio.run(scenario())
