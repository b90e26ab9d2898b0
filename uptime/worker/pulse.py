"""The pulse of a check worker: a mark every second, leases renewed, and the eye on whether the store is away."""

import logging
import threading
import time
from datetime import UTC, datetime

from uptime.core.own_line import OwnLine
from uptime.domain.errors import Unavailable
from uptime.domain.schedule import to_ms
from uptime.store import Store
from uptime.worker.continuity import Continuity
from uptime.worker.desk import Desk
from uptime.worker.recorder import BACKLOG, Recorder
from uptime.worker.stopping import Stop

log = logging.getLogger(__name__)

RENEW_EVERY = 5
"""Beats after which the leases of all checks under way begin anew: a check may wait long for a place."""

FORGET_EVERY = 60


class Pulse:
    """Beats once a second on a thread of its own, with a connection that fails quickly."""

    def __init__(self, name: str, quick: Store, desk: Desk, recorder: Recorder, stop: Stop) -> None:
        self.continuity = Continuity()
        self._line = OwnLine(quick)
        self._name = name
        self._store = quick
        self._desk = desk
        self._recorder = recorder
        self._stop = stop
        self._beats = self._failures = 0
        self._seen_ms, self._back_ms = to_ms(datetime.now(UTC)), 0
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        """Wait until the last mark has been taken away."""
        self._thread.join()

    def _run(self) -> None:
        began = time.monotonic()
        while not self._stop.wait(began + self._beats - time.monotonic()):
            self._beats = max(self._beats + 1, int(time.monotonic() - began))
            try:
                self.beat(datetime.now(UTC))
            except Exception:
                log.exception("The pulse of this worker missed a beat.")
        self._desk.hold()
        try:
            self._store.workers.gone("checks", self._name)
        except Unavailable as error:
            log.warning("This worker could not sign off: %s", error.message)

    def beat(self, now: datetime) -> None:
        """Leave the mark; while that fails, go on with the checks this worker knows."""
        try:
            self._store.workers.seen("checks", self._name, now)
        except Unavailable:
            self._failures += 1
            # One failure may be a slow moment, in which the scheduler still hands out these very slots.
            if self._failures > 1 and self._recorder.backlog < BACKLOG * 2 // 3:
                self._desk.submit(self.continuity.due(self._seen_ms, to_ms(now)))
            return
        if self._failures:
            self._back_ms = to_ms(now)
        self._seen_ms, self._failures = to_ms(now), 0
        self._make_up(to_ms(now))
        if self._beats % RENEW_EVERY == 0:
            self._renew(now)
        if self._beats % FORGET_EVERY == 0:
            self.continuity.forget(to_ms(now))
        self._line.tell(self._desk.answering, now)

    def _make_up(self, now_ms: int) -> None:
        """Check what is stuck since the store was away, as far as it is still wanted and nobody else has done it."""
        tasks = self.continuity.overdue(self._back_ms, now_ms)
        if not tasks:
            return
        monitors = self._store.monitors.by_ids([task.monitor.id for task in tasks])
        states = self._store.heartbeats.states([(task.monitor.id, task.location) for task in tasks])
        self._desk.submit(
            [
                task
                for task, monitor, state in zip(tasks, monitors, states, strict=True)
                if task.monitor == monitor and (state.planned is None or state.planned < task.slot.planned)
            ]
        )

    def _renew(self, now: datetime) -> None:
        tasks = [task for task in self._desk.tasks() if task.claim is not None]
        if tasks:
            kept = set(self._store.due.take([task.claim for task in tasks if task.claim], now))
            self._desk.drop([task for task in tasks if task.claim not in kept])
