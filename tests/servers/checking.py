"""One check after the other on a loop of its own, as the worker makes them."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from tests.servers.certificates import authority
from tests.servers.deaf import deaf
from tests.servers.dns import name_server, zone
from tests.servers.tcp import Behaviour, port
from uptime.checks._kind import CheckType
from uptime.checks._loop import CheckLoop, EngineSettings
from uptime.checks.http import CHECK
from uptime.domain.result import Result

Done = TypeVar("Done")

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


class Watch:
    """A check loop that stays, for tests in which no loop runs."""

    def __init__(self, runner: asyncio.Runner, loop: CheckLoop) -> None:
        self._runner = runner
        self.loop = loop

    def run(self, scenario: Coroutine[Any, Any, Done]) -> Done:
        """What a scenario comes to."""
        return self._runner.run(scenario)

    def look(self, kind: CheckType, timeout_ms: int = TIMEOUT_MS, /, **target: Any) -> Result:
        """What one look at a target finds."""
        return self._runner.run(self.loop.look(kind, kind.build(target), timeout_ms))

    def hostile(self, kind: CheckType, behave: Behaviour, timeout_ms: int = SHORT_MS, /, **target: Any) -> Result:
        """What a look at a port that behaves badly finds."""

        return self.all_hostile(kind, [behave], timeout_ms, **target)[0]

    def all_hostile(
        self, kind: CheckType, behaviours: Iterable[Behaviour], timeout_ms: int = SHORT_MS, /, **target: Any
    ) -> list[Result]:
        """What looks at several such ports find, made side by side."""

        async def scenario(behave: Behaviour) -> Result:
            async with port(behave) as found:
                settings = {"host": "127.0.0.1", "port": found.number} | target
                return await self.loop.look(kind, kind.build(settings), timeout_ms)

        async def all_at_once() -> list[Result]:
            return await asyncio.gather(*(asyncio.ensure_future(scenario(behave)) for behave in behaviours))

        return self._runner.run(all_at_once())


@contextmanager
def watching() -> Iterator[Watch]:
    """A check loop for as long as a block lasts."""
    with asyncio.Runner() as runner:
        checking_is_on = checking()
        checker = runner.run(checking_is_on.__aenter__())
        try:
            yield Watch(runner, checker.loop)
        finally:
            runner.run(checking_is_on.__aexit__(None, None, None))


def by_two_addresses(kind: CheckType, dead: str, alive: str, number: int, /, **target: Any) -> Result:
    """What a look at a name finds whose first address drops whoever knocks."""

    async def scenario() -> Result:
        answers = zone(two__test=f"{dead} {alive}")
        async with name_server(answers) as names, checking(resolvers=(names.address,)) as checker:
            settings = {"host": "two.test", "port": number} | target
            return await checker.loop.look(kind, kind.build(settings), 2_000)

    with deaf(dead, number):
        return asyncio.run(scenario())
