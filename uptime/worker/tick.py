"""The scheduler: every second it claims what is due and hands it to the check workers. Any number may run."""

import logging
import time
from datetime import UTC, datetime, timedelta

from uptime.config import Settings
from uptime.core import Core
from uptime.domain.errors import Unavailable
from uptime.domain.monitor import LOCAL
from uptime.domain.schedule import from_ms
from uptime.store import Store
from uptime.store.client import Patience
from uptime.store.due import Claim
from uptime.store.queue import BATCH, CHECKS
from uptime.worker.process import open_store, process_name, sign_off
from uptime.worker.stopping import Stop

log = logging.getLogger(__name__)

SCHEDULER = "scheduler"

WAITING_PER_WORKER = 2
"""Batches that may wait for each live worker."""

AGAIN = 0.05
"""Seconds until the next look while more is due than the workers have room for."""

JUMP = 2.0
"""Seconds by which the wall clock may leave the monotonic one before it counts as a jump."""

ANNOUNCE_EVERY = 3
DEADMAN_EVERY = 60
OVERDUE = timedelta(seconds=10)
"""What is due for longer than this has been left behind."""

REPAIR_EVERY = 60


class Scheduler:
    """One scheduler. `tick` is told the time, so that a day passes in no time when it must."""

    def __init__(self, name: str, core: Core, store: Store) -> None:
        self._name = name
        self._core = core
        self._store = store
        self._offset: float | None = None
        self._claims: list[Claim] = []
        self._listening = False

    def run(self, stop: Stop) -> None:
        """Tick at every full second until asked to stop, whether the store is there or not."""
        away = False
        while not stop.wait(1.0 - time.time() % 1.0):
            try:
                self._second(stop)
                if away:
                    log.warning("The store is back.")
                away = False
            except Unavailable as error:
                if not away:
                    log.warning("Nothing can be scheduled: %s", error.message)
                away, self._listening = True, False
            except Exception:
                log.exception("This second of the scheduler failed.")

    def _second(self, stop: Stop) -> None:
        began = time.monotonic()
        more = self.tick(datetime.now(UTC), began)
        while more and time.monotonic() - began < 1.0 - 2 * AGAIN and not stop.wait(AGAIN):
            more = self.claim(datetime.now(UTC))

    def tick(self, now: datetime, monotonic: float) -> bool:
        """One look at everything; whether more is due than the workers had room for. Unavailable."""
        self._listen(now)
        self._store.workers.seen(SCHEDULER, self._name, now)
        self._mend(now, monotonic)
        for job in self._core.cron_jobs.fire_due(now):
            self._store.queue.enqueue_chore("run_cron_job", [job.account, job.id])
        self._announce(now)
        self._tell_that_all_is_done(now)
        more = self.claim(now)
        self._core.maintenances.turn_due(now)
        return more

    def _listen(self, now: datetime) -> None:
        """Note that pushes can be heard again: until now the store was away, or nothing of ours was running."""
        if not self._listening and not self._store.workers.alive(SCHEDULER, now):
            self._core.pushes.listen(now)
        self._listening = True

    def _announce(self, now: datetime) -> None:
        """Every few seconds, have subscribers told where there is anything to tell."""
        if self._store.workers.turn("announce", ANNOUNCE_EVERY) and self._core.announcing.is_due(now):
            self._store.queue.enqueue_chore("announce", [])

    def _tell_that_all_is_done(self, now: datetime) -> None:
        """Once a minute, while nothing is overdue, have the dead man's switch called."""
        if not self._core.checking.deadman.wanted or not self._store.workers.turn("deadman", DEADMAN_EVERY):
            return
        _, _, oldest_ms = self._store.due.size(now)
        if oldest_ms is None or now - from_ms(oldest_ms) < OVERDUE:
            self._store.queue.enqueue_chore("call_deadman", [])

    def claim(self, now: datetime) -> bool:
        """Claim and hand out what is due as far as the workers have room; whether there may be more."""
        workers = self._store.workers.alive(CHECKS, now)
        if not workers:
            return False
        room = WAITING_PER_WORKER * workers - self._store.queue.waiting()
        if room <= 0:
            return True
        # What could not be handed out the last time is still ours, and nobody else's before its lease ends.
        claims = self._claims = self._claims or self._core.checking.claim_due(now, room * BATCH)
        if claims:
            self._core.checking.enqueue(claims)
        self._claims = []
        return len(claims) == room * BATCH

    def _mend(self, now: datetime, monotonic: float) -> None:
        """Repair at the start, after a jump of the wall clock, and once a minute by one of all schedulers."""
        offset = now.timestamp() - monotonic
        jumped = self._offset is None or abs(offset - self._offset) > JUMP
        if self._store.workers.turn("repair", REPAIR_EVERY) or jumped:
            self.repair(now)
        self._offset = offset

    def repair(self, now: datetime) -> None:
        """Bring what is indexed and scheduled in line with what there is: a crash may have come between the two."""
        self._store.monitors.repair(now)
        self._store.cron_jobs.repair()
        self._core.maintenances.repair(now)
        active = self._store.monitors.all_active()
        self._core.notifying.repair(active, now)
        self._core.pushes.claim_missing(active)
        members = {(monitor.id, LOCAL): (monitor.interval, monitor.timeout_ms) for monitor in active}
        # What the clock left ahead of us was put back; its state must not wait for that time to come again.
        for place in self._store.due.repair(members, now):
            self._store.heartbeats.resume(*place)


def run_scheduler(settings: Settings, stop: Stop | None = None) -> int:
    """Schedule until SIGTERM or SIGINT; the exit code."""
    stop = stop or Stop.installed()
    store = open_store(settings, Patience.WORKER)
    name = process_name()
    Scheduler(name, Core(store, settings), store).run(stop)
    sign_off(store, SCHEDULER, name)
    return 0
