"""Sweeps over all monitors of an account: one at a time, joined by those who ask meanwhile, and logged."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from uptime.core.errand import POLL_HIGH, Errand, Reader
from uptime.domain.cron_job import Run
from uptime.domain.heartbeat import Heartbeat
from uptime.domain.monitor import LOCAL, Monitor
from uptime.domain.schedule import from_ms, to_ms
from uptime.store.sweeps import Ending, Via

if TYPE_CHECKING:
    from uptime.store import Store

MakeErrand = Callable[[int, datetime, bool], Errand]
"""An errand for an account at a time; the last says whether it is a sweep."""


@dataclass(frozen=True, slots=True)
class SweepItem:
    """A monitor and its heartbeat of this sweep, or its newest one if the sweep was skipped."""

    monitor: Monitor
    heartbeat: Heartbeat


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a sweep found, in the stored order of the monitors. `left`: how many it did not reach in its time."""

    at: datetime
    duration_ms: int
    via: Via
    items: tuple[SweepItem, ...]
    skipped: bool = False
    left: int = 0


class Sweeping:
    """Runs the sweeps of all accounts."""

    def __init__(self, store: "Store", make_errand: MakeErrand) -> None:
        self._store = store
        self._make_errand = make_errand

    def sweep(
        self, account: int, now: datetime, *, source: str, run_id: str | None, wait: bool, log_run: bool
    ) -> Sweep:
        """Check everything, or join the sweep that does, or tell what is known; see `Checking.sweep`."""
        errand = self._make_errand(account, now, True)
        while (running := self._store.sweeps.begin(account, errand.id)) is not None:
            if not wait:
                return self._current(account, now)
            if (joined := self._join(account, running)) is not None:
                return joined
        swept = self._run(errand, account, now)
        if log_run:
            self._log(account, swept, source, run_id)
        return swept

    def _run(self, errand: Errand, account: int, now: datetime) -> Sweep:
        began, ending = time.monotonic(), None
        try:
            monitors = self._store.monitors.many(account)
            errand.run([monitor for monitor in monitors if not monitor.paused])
            ending = Ending(to_ms(now), round((time.monotonic() - began) * 1000), errand.via, errand.left)
        finally:
            self._store.sweeps.finish(account, errand.id, ending)
        return _swept(ending, monitors, errand.found)

    def _join(self, account: int, running: str) -> Sweep | None:
        """What the running sweep found once it has ended; None when its owner died."""
        reader = Reader(self._store, account, running)
        while (ending := reader.read()) is None:
            time.sleep(POLL_HIGH)
            if self._store.sweeps.running(account) != running:
                # It may have ended between the two looks.
                ending = reader.read()
                break
        if ending is None:
            return None
        return _swept(ending, self._store.monitors.many(account), reader.found)

    def _current(self, account: int, now: datetime) -> Sweep:
        monitors = [monitor for monitor in self._store.monitors.many(account) if not monitor.paused]
        states = self._store.heartbeats.states([(monitor.id, LOCAL) for monitor in monitors])
        found = {monitor.id: state.last for monitor, state in zip(monitors, states, strict=True)}
        via: Via = "worker" if self._store.workers.alive("checks", now) else "inline"
        return _swept(Ending(to_ms(now), 0, via, 0), monitors, found, skipped=True)

    def _log(self, account: int, swept: Sweep, source: str, run_id: str | None) -> None:
        refresh_ms = self._store.sites.get(account).refresh_ms
        run = Run(swept.at, swept.duration_ms, len(swept.items), refresh_ms, source, run_id)
        self._store.runs.append(account, run)


def _swept(
    ending: Ending, monitors: list[Monitor], found: Mapping[int, Heartbeat | None], *, skipped: bool = False
) -> Sweep:
    pairs = [(monitor, found.get(monitor.id)) for monitor in monitors]
    items = tuple(SweepItem(monitor, heartbeat) for monitor, heartbeat in pairs if heartbeat is not None)
    return Sweep(from_ms(ending.at_ms), ending.duration_ms, ending.via, items, skipped, ending.left)
