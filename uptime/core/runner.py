"""Runs checks on the loop: each at its planned time, and no more at once than there are places."""

import asyncio
import contextlib
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from uptime.checks._kind import CheckType
from uptime.checks._loop import CheckLoop, EngineSettings
from uptime.domain.heartbeat import Slot
from uptime.domain.monitor import LOCAL, Monitor
from uptime.domain.monitor_type import MonitorType
from uptime.domain.result import Result
from uptime.domain.schedule import to_ms
from uptime.store.due import Claim

START_EVERY = 0.01
"""Seconds between the moments at which checks start: a loop that wakes for each alone works twice as long."""

EARLIEST = 1.5
"""Seconds a check may wait for its planned time; a longer wait means that the wall clock jumped."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One check to be made: of what, as which heartbeat, and for whom.

    `claim` is None for an extra, and where a slot is filled without one. `sweep` is the sweep that waits for it.
    """

    monitor: Monitor
    kind: MonitorType
    target: Any
    slot: Slot
    claim: Claim | None = None
    sweep: str | None = None
    location: str = LOCAL


@dataclass(frozen=True, slots=True)
class Finished:
    """A check that was made, and the moment it ended. Where no check is run the result waits for what is on record."""

    task: Task
    result: Result | None
    at: datetime


class Runner:
    """Starts checks and hands on what they found. Everything but `load` and `places` belongs to the thread of the loop.

    With a budget in seconds, no check is started that may end later than that.
    """

    def __init__(
        self, settings: EngineSettings, done: Callable[[Finished], None], *, budget: float | None = None
    ) -> None:
        self._checks = CheckLoop(settings)
        self.places = settings.concurrency
        self._done = done
        self._budget = budget
        self._began = time.monotonic()
        self._later: dict[Task, asyncio.TimerHandle] = {}
        self._ready: deque[Task] = deque()
        self._running: dict[Task, asyncio.Task[None]] = {}
        self._left: list[Task] = []
        self._idle = asyncio.Event()
        self._held = False

    @property
    def answering(self) -> bool | None:
        """Whether our own line is in order; None where nobody has looked."""
        return self._checks.line.answering

    @property
    def load(self) -> int:
        """How many checks were submitted and have not ended."""
        return len(self._later) + len(self._ready) + len(self._running)

    async def start(self) -> None:
        """Make the loop ready to check."""
        await self._checks.start()

    def submit(self, tasks: Iterable[Task]) -> None:
        """Take checks on; each starts at its planned time, or at once if that has passed."""
        loop, now_ms = asyncio.get_running_loop(), time.time() * 1000
        for task in tasks:
            wait = 0.0 if task.slot.token is not None else (slot_ms(task) - now_ms) / 1000
            if self._held:
                self._left.append(task)
            elif wait > 0.0:
                self._later[task] = loop.call_at(_start(loop.time() + min(wait, EARLIEST)), self._come, task)
            else:
                self._ready.append(task)
        self._fill()

    def tasks(self) -> list[Task]:
        """Every check that was submitted and has not ended."""
        return [*self._later, *self._ready, *self._running]

    def drop(self, tasks: Iterable[Task]) -> None:
        """Forget checks that have not begun."""
        for task in tasks:
            if (timer := self._later.pop(task, None)) is not None:
                timer.cancel()
            elif task in self._ready:
                self._ready.remove(task)
        self._fill()

    async def wait(self, seconds: float) -> None:
        """Return when every check has ended, or after some seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)

    def hold(self) -> None:
        """Start nothing more."""
        waiting = [*self._later, *self._ready]
        self.drop(waiting)
        self._left += waiting
        self._held = True

    async def stop(self, grace: float) -> list[Task]:
        """Start nothing more, give running checks `grace` seconds, and return all that were not made."""
        self.hold()
        if self._running:
            await asyncio.wait(self._running.values(), timeout=grace)
        self._left += self._running
        await self._end(list(self._running.values()))
        await self._checks.close()
        return self._left

    async def _end(self, running: Sequence[asyncio.Task[None]]) -> None:
        for check in running:
            check.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _come(self, task: Task) -> None:
        del self._later[task]
        self._ready.append(task)
        self._fill()

    def _fill(self) -> None:
        while self._ready and len(self._running) < self.places:
            task = self._ready.popleft()
            if not isinstance(task.kind, CheckType):
                self._done(Finished(task, None, datetime.now(UTC)))
            elif self._in_time(task):
                self._running[task] = asyncio.create_task(self._check(task, task.kind))
            else:
                self._left.append(task)
        if self.load:
            self._idle.clear()
        else:
            self._idle.set()

    def _in_time(self, task: Task) -> bool:
        if self._budget is None:
            return True
        # A timeout longer than the whole budget is cut short at the start of a run, or it would never be checked.
        needed = min(task.monitor.timeout_ms / 1000, self._budget * 0.9)
        return needed <= self._remaining()

    def _remaining(self) -> float:
        return float("inf") if self._budget is None else self._began + self._budget - time.monotonic()

    def _timeout_ms(self, task: Task) -> int:
        return int(min(task.monitor.timeout_ms, self._remaining() * 1000))

    async def _check(self, task: Task, kind: CheckType) -> None:
        try:
            result = await self._checks.look(kind, task.target, self._timeout_ms(task), f"monitor {task.monitor.id}")
            self._done(Finished(task, result, datetime.now(UTC)))
        finally:
            del self._running[task]
            self._fill()


def _start(at: float) -> float:
    """The first moment from this one on at which checks start."""
    return math.ceil(at / START_EVERY) * START_EVERY


def slot_ms(task: Task) -> int:
    """The planned time of a check in milliseconds since 1970."""
    return task.claim.planned_ms if task.claim is not None else to_ms(task.slot.planned)
