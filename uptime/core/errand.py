"""An errand: monitors that somebody wants checked now, by the worker where one lives, else right here."""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from uptime.checks._loop import EngineSettings
from uptime.core.own_line import OwnLine
from uptime.core.recording import Entry, Recording
from uptime.core.runner import Finished, Runner, Task
from uptime.domain.errors import Unavailable
from uptime.domain.heartbeat import Heartbeat, State
from uptime.domain.monitor import LOCAL, Monitor
from uptime.domain.schedule import EPOCH, from_ms
from uptime.store.due import Claim
from uptime.store.sweeps import LEASE_MS, Ending, Via

if TYPE_CHECKING:
    from uptime.store import Store

Item = tuple[int, Claim | None]
"""A monitor to be checked, and the claim of its current slot if that was still empty."""

TakeSweep = Callable[[int, str, int, Sequence[Item], datetime], list[Task]]

PATIENCE = 3.0
"""Seconds beyond the longest timeout without any finding after which the worker is given up."""

POLL_LOW, POLL_HIGH = 0.01, 0.05
RENEW_EVERY = LEASE_MS / 4000
ALIVE_EVERY = 1.0
WRITE_EVERY = 0.02


class Reader:
    """Follows the findings of a sweep. `found` fills up; None marks a monitor that was not there any more."""

    def __init__(self, store: "Store", account: int, sweep: str) -> None:
        self._store = store
        self._account = account
        self._sweep = sweep
        self._position = 0
        self.found: dict[int, Heartbeat | None] = {}

    def read(self) -> Ending | None:
        """Take in what is new; the ending of the sweep once it has one."""
        new = self._store.sweeps.read(self._account, self._sweep, self._position)
        self._position += len(new.found)
        self.found.update((finding.monitor_id, finding.heartbeat) for finding in new.found)
        return new.ending


class Errand:
    """Checks some monitors of one account, those first that were checked longest ago, and gathers what is found."""

    def __init__(
        self,
        store: "Store",
        take: TakeSweep,
        engine: EngineSettings,
        budget: float,
        account: int,
        at_ms: int,
        *,
        is_sweep: bool = False,
    ) -> None:
        self.id = secrets.token_hex(8)
        self.via: Via = "worker"
        self.left = 0
        self._store = store
        self._take = take
        self._engine = engine
        self._budget = budget
        self._account = account
        self._at_ms = at_ms
        self._is_sweep = is_sweep
        self._reader = Reader(store, account, self.id)
        self._states: dict[tuple[int, str], State] = {}
        self._renewed = time.monotonic()

    @property
    def found(self) -> dict[int, Heartbeat | None]:
        """The heartbeats so far, by monitor."""
        return self._reader.found

    def run(self, monitors: Sequence[Monitor]) -> None:
        """Have the monitors checked, and come back when that is done. Unavailable."""
        items = self._items(monitors)
        if not items:
            return
        longest = max(monitor.timeout_ms for monitor in monitors) / 1000
        if self._worker_lives() and self._enqueue(items):
            self._wait(len(items), longest + PATIENCE)
        missing = [item for item in items if item[0] not in self.found]
        if missing:
            self.via = "inline"
            asyncio.run(self._run_here(missing))

    def _enqueue(self, items: Sequence[Item]) -> bool:
        try:
            self._store.queue.enqueue_sweep(self._account, self.id, self._at_ms, items)
        except Unavailable:
            # The queue may live in another store than the heartbeats.
            return False
        return True

    def _items(self, monitors: Sequence[Monitor]) -> list[Item]:
        places = [(monitor.id, LOCAL) for monitor in monitors]
        self._states = dict(zip(places, self._store.heartbeats.states(places), strict=True))
        places.sort(key=self._checked_at)
        claims = self._store.due.seize(places, from_ms(self._at_ms))
        return [(monitor_id, claim) for (monitor_id, _), claim in zip(places, claims, strict=True)]

    def _checked_at(self, place: tuple[int, str]) -> datetime:
        last = self._states[place].last
        return last.at if last is not None else EPOCH

    def _worker_lives(self) -> bool:
        return self._store.workers.alive("checks", datetime.now(UTC)) > 0

    def _wait(self, expected: int, patience: float) -> None:
        """Follow the findings until they are complete, or the worker is lost."""
        progress = asked = time.monotonic()
        pause = POLL_LOW
        while True:
            before = len(self.found)
            self._reader.read()
            now = time.monotonic()
            if len(self.found) >= expected:
                return
            if len(self.found) > before:
                progress, pause = now, POLL_LOW
            if now - asked > ALIVE_EVERY:
                asked = now
                if now - progress > patience or not self._worker_lives():
                    return
            self._keep_place()
            time.sleep(pause)
            pause = min(pause * 1.5, POLL_HIGH)

    def _keep_place(self) -> None:
        if self._is_sweep and time.monotonic() - self._renewed > RENEW_EVERY:
            self._renewed = time.monotonic()
            self._store.sweeps.renew(self._account, self.id)

    async def _run_here(self, items: Sequence[Item]) -> None:
        """Check on a loop of our own within the budget. The store is spoken to beside the loop, never on it."""
        done: list[Finished] = []
        # Every place costs a handle made ahead, so there are no more of them than checks.
        engine = replace(self._engine, concurrency=min(self._engine.concurrency, len(items)))
        runner = Runner(engine, done.append, budget=self._budget)
        await runner.start()
        tasks: list[Task] = []
        try:
            tasks = await asyncio.to_thread(self._take, self._account, self.id, self._at_ms, items, datetime.now(UTC))
            runner.submit(tasks)
            await self._write_while(runner, done)
        finally:
            unmade = await runner.stop(0)
            await asyncio.to_thread(self._hand_back, unmade)
            await asyncio.to_thread(OwnLine(self._store).tell, runner.answering, datetime.now(UTC))
        self.left = len(unmade)
        await asyncio.to_thread(self._reader.read)

    async def _write_while(self, runner: Runner, done: list[Finished]) -> None:
        recording = Recording(self._store, self._states)
        while runner.load or done:
            batch, done[:] = [Entry(finished) for finished in done], []
            if batch:
                await asyncio.to_thread(recording.write, batch)
            await asyncio.to_thread(self._keep_place)
            await runner.wait(WRITE_EVERY)

    def _hand_back(self, tasks: Sequence[Task]) -> None:
        claims = [task.claim for task in tasks if task.claim is not None]
        if claims:
            self._store.due.release(claims)
