"""Looking at monitors: what is due is claimed, queued and taken; what somebody asks for is checked at once."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from uptime.config import Settings
from uptime.core.deadman import Deadman
from uptime.core.engine import engine_settings
from uptime.core.errand import Errand, Item
from uptime.core.monitor_types import NOT_LOOKED_AT, built
from uptime.core.runner import Task
from uptime.core.sweeping import Sweep, Sweeping
from uptime.core.under_maintenance import UnderMaintenance
from uptime.domain.errors import Unavailable
from uptime.domain.heartbeat import Heartbeat, Slot
from uptime.domain.monitor import Monitor
from uptime.domain.monitor_type import MonitorType
from uptime.domain.schedule import from_ms, to_ms
from uptime.store.due import Claim
from uptime.store.sweeps import Finding

if TYPE_CHECKING:
    from uptime.store import Store

TARGETS_LIMIT = 50_000

TELLING = 5.0
"""Seconds in which people are told after a sweep, where no notifier lives; more where the budget leaves more."""


class Checking:
    """Claims and hands out checks. One per process; safe to call from several threads."""

    def __init__(
        self,
        store: "Store",
        settings: Settings,
        chores: Callable[[datetime], object] = lambda now: None,
        tell: Callable[[datetime, float], object] = lambda now, seconds: None,
    ) -> None:
        self._store = store
        self._chores, self._tell = chores, tell
        self._targets: dict[int, tuple[Monitor, MonitorType, Any]] = {}
        self._settings = settings
        self._under_maintenance = UnderMaintenance(store)
        self._engine = cache(lambda: engine_settings(settings))
        self._sweeping = Sweeping(store, self._errand)
        self.deadman = Deadman(settings)

    def claim_due(self, now: datetime, limit: int) -> list[Claim]:
        """Claim up to `limit` checks that fall due within the next second."""
        return self._store.due.claim(now, limit)

    def enqueue(self, claims: Sequence[Claim]) -> None:
        """Hand claimed checks to the workers."""
        self._store.queue.enqueue_batch(claims)

    def release(self, claims: Sequence[Claim]) -> None:
        """Hand claims back; they are due again at their planned times."""
        self._store.due.release(claims)

    def take(self, claims: Sequence[Claim], now: datetime) -> list[Task]:
        """The checks behind claims that are still held; their leases begin anew."""
        held = self._store.due.take(claims, now)
        monitors = self._store.monitors.by_ids([claim.monitor_id for claim in held])
        tasks = []
        for claim, monitor in zip(held, monitors, strict=True):
            if monitor is None or monitor.paused:
                self._store.due.drop(claim.monitor_id)
            else:
                tasks.append(self._task(monitor, Slot(from_ms(claim.planned_ms)), claim, now))
        return tasks

    def take_sweep(self, account: int, sweep: str, at_ms: int, items: Sequence[Item], now: datetime) -> list[Task]:
        """The checks of a sweep: a slot that is still held is filled, all else is an extra at the time of the sweep.

        An extra's token is made of the sweep and the monitor, so that it is on record once, whoever runs it.
        """
        claims = [claim for _, claim in items if claim is not None]
        held = {claim.monitor_id: claim for claim in self._store.due.take(claims, now)} if claims else {}
        tasks, nothing = [], []
        monitors = self._store.monitors.by_ids([monitor_id for monitor_id, _ in items])
        for (monitor_id, _), monitor in zip(items, monitors, strict=True):
            if monitor is None or monitor.account != account:
                nothing.append(Finding(monitor_id, None))
            elif (claim := held.get(monitor_id)) is not None:
                tasks.append(self._task(monitor, Slot(from_ms(claim.planned_ms)), claim, now, sweep))
            else:
                tasks.append(self._task(monitor, Slot(from_ms(at_ms), f"{sweep}:{monitor_id}"), None, now, sweep))
        if nothing:
            self._store.sweeps.push({(account, sweep): nothing})
        return tasks

    def check_now(self, account: int, monitor_id: int, now: datetime) -> Heartbeat:
        """Check one monitor ahead of all others and wait for its heartbeat. NotFound, Unavailable."""
        monitor = self._store.monitors.get(account, monitor_id)
        errand = self._errand(account, now, False)
        errand.run([monitor])
        if (found := errand.found.get(monitor_id)) is None:
            raise Unavailable("The check could not be made in time. Try again in a few seconds.")
        return found

    def sweep(
        self,
        account: int,
        now: datetime,
        *,
        source: str = "internal",
        run_id: str | None = None,
        wait: bool = True,
        log_run: bool = True,
    ) -> Sweep:
        """Check every active monitor of an account and wait for the heartbeats. Unavailable.

        One sweep at a time: while another runs, its findings are waited for, or without `wait` the
        current heartbeats come at once with `skipped` set. The run is logged unless told otherwise.
        """
        # Where no scheduler lives, the sweeps are all there is.
        self._chores(now)
        began = time.monotonic()
        swept = self._sweeping.sweep(account, now, source=source, run_id=run_id, wait=wait, log_run=log_run)
        if not swept.skipped and not self._store.workers.alive("notifier", now):
            left = self._settings.ping_budget - (time.monotonic() - began)
            self._tell(datetime.now(UTC), max(left, TELLING))
        if swept.via == "inline" and not (swept.skipped or swept.left):
            # With a scheduler the schedule is the sweep, and the notifier calls.
            self.deadman.call()
        return swept

    def _errand(self, account: int, now: datetime, is_sweep: bool) -> Errand:
        budget = self._settings.ping_budget
        return Errand(self._store, self.take_sweep, self._engine(), budget, account, to_ms(now), is_sweep=is_sweep)

    def _task(self, monitor: Monitor, slot: Slot, claim: Claim | None, now: datetime, sweep: str | None = None) -> Task:
        # A check that is late begins now, one that is early at its planned time.
        if self._under_maintenance.pauses(monitor, max(slot.planned, now)):
            return Task(monitor, NOT_LOOKED_AT, "Its maintenance pauses the checks.", slot, claim, sweep)
        known = self._targets.get(monitor.id)
        if known is None or (known[0] is not monitor and known[0] != monitor):
            if len(self._targets) > TARGETS_LIMIT:
                self._targets.clear()
            known = self._targets[monitor.id] = monitor, *built(monitor)
        return Task(known[0], known[1], known[2], slot, claim, sweep)
