"""Our own line: when nothing outside answers, failures of others say nothing about them."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from uptime.addresses import is_private
from uptime.checks._kind import down
from uptime.domain.result import Reason, Result

Place = tuple[str, int]
Ask = Callable[[Place], Coroutine[Any, Any, bool]]
"""Says whether a host accepts a connection at a port. Raises nothing."""

ASK_EVERY = 10.0
"""Seconds between two questions that nobody had reason to ask."""

BELIEVED = 1.0
"""Seconds for which an answer is believed while checks fail."""

PATIENCE = 2.0
"""Seconds that all witnesses together have to answer."""

BROKEN = "Our own line is down: none of the witnesses answers."

OURS = frozenset({Reason.INTERNAL, Reason.BLOCKED})
"""Failures for which nothing outside was needed."""


class Line:
    """Asks the witnesses, every few seconds and whenever a check fails. Belongs to the loop it is started in."""

    def __init__(self, witnesses: Sequence[Place], ask: Ask) -> None:
        self._witnesses = tuple(witnesses)
        self._ask = ask
        self._asked = self._reached = float("-inf")
        self._asking: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None
        self.answering: bool | None = None
        """Whether a witness answered when they were asked last; None before, and where there are none."""

    def watch(self) -> None:
        """Ask from now on, whether checks fail or not."""
        if self._witnesses:
            self._watch = asyncio.get_running_loop().create_task(self._keep_asking())

    async def close(self) -> None:
        """Ask no more."""
        tasks = [task for task in (self._watch, self._asking) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def vet(self, result: Result) -> Result:
        """The result, or unknown where it is a failure and our own line is to blame."""
        if not self._witnesses or result.reason in OURS:
            return result
        if result.address is not None and is_private(result.address):
            return result
        if result.ok:
            # A target outside that answers is as good a witness.
            self._reached = asyncio.get_running_loop().time()
            return result
        await self._know()
        return result if self.answering else down(Reason.INTERNAL, BROKEN)

    async def _know(self) -> None:
        """Make sure that what is known of the line is not older than the failure by more than a moment."""
        loop = asyncio.get_running_loop()
        if self._asking is None and loop.time() - self._asked > BELIEVED:
            self._asking = loop.create_task(self._ask_all())
        if self._asking is not None:
            # Many wait for one question; none of them may end it for the others.
            await asyncio.shield(self._asking)

    async def _keep_asking(self) -> None:
        while True:
            await self._know()
            await asyncio.sleep(ASK_EVERY)

    async def _ask_all(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        attempts = [loop.create_task(self._ask(witness)) for witness in self._witnesses]
        answering = False
        try:
            with contextlib.suppress(TimeoutError):
                for attempt in asyncio.as_completed(attempts, timeout=PATIENCE):
                    if await attempt:
                        answering = True
                        break
            self.answering, self._asked = answering or self._reached > began, began
        finally:
            self._asking = None
            for task in attempts:
                task.cancel()
            await asyncio.gather(*attempts, return_exceptions=True)
