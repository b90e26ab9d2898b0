"""While the store is away, the worker goes on with the monitors it knows, so that no slot is lost.

The results wait in memory. A slot that another worker fills as well is on record once.
"""

from collections.abc import Iterable
from dataclasses import replace

from uptime.core.runner import Task, slot_ms
from uptime.domain.heartbeat import Slot
from uptime.domain.monitor_type import RuleType
from uptime.domain.schedule import LEASE_MARGIN, from_ms, slot_after_ms, slot_at_ms

AHEAD_MS = 1_000
MADE_UP_FOR_MS = 60_000
"""No older slots are made up for: that much passes at once only when the wall clock jumps."""

LATE_MS = 2_000
"""A slot that nobody has handed out by then is stuck behind a claim whose holder never heard of it."""

LEASE_MARGIN_MS = int(LEASE_MARGIN.total_seconds() * 1000)

FORGET_AFTER = 3
"""Intervals after which a monitor that this worker has not met again is none of its business."""


class Continuity:
    """The monitors this worker checked lately, each with its next slot in milliseconds since 1970."""

    def __init__(self) -> None:
        self._next: dict[tuple[int, str], tuple[Task, int]] = {}
        self._forgot_at = 0

    def remember(self, tasks: Iterable[Task]) -> None:
        """Note scheduled checks that were taken on."""
        for task in tasks:
            # A rule looks at the store itself, so there is nothing to go on with.
            if task.slot.token is None and not isinstance(task.kind, RuleType):
                monitor = task.monitor
                after = slot_after_ms(monitor.id, monitor.interval, slot_ms(task))
                self._next[monitor.id, task.location] = task, after

    def due(self, away_since_ms: int, now_ms: int) -> list[Task]:
        """The checks that fall due within a second, by the grid alone; the store went away at `away_since_ms`."""
        tasks = []
        for place, (task, next_ms) in list(self._next.items()):
            monitor = task.monitor
            since_ms = max(away_since_ms, now_ms - MADE_UP_FOR_MS)
            planned_ms = max(next_ms, slot_at_ms(monitor.id, monitor.interval, since_ms))
            while planned_ms <= now_ms + AHEAD_MS:
                tasks.append(replace(task, slot=Slot(from_ms(planned_ms)), claim=None, sweep=None))
                planned_ms += monitor.interval * 1000
            self._next[place] = task, planned_ms
        return tasks

    def overdue(self, back_ms: int, now_ms: int) -> list[Task]:
        """The checks nobody has handed out in time since the store came back at `back_ms`.

        A store that hung may have given claims and jobs to connections that nobody listened to any more. What
        they hold is free again when their leases end, so there is nothing to look for after that.
        """
        tasks = []
        for place, (task, next_ms) in list(self._next.items()):
            monitor = task.monitor
            if next_ms + LATE_MS <= now_ms <= back_ms + monitor.timeout_ms + LEASE_MARGIN_MS + LATE_MS:
                planned_ms = slot_at_ms(monitor.id, monitor.interval, now_ms - LATE_MS)
                tasks.append(replace(task, slot=Slot(from_ms(planned_ms)), claim=None, sweep=None))
                self._next[place] = task, planned_ms + monitor.interval * 1000
        return tasks

    def forget(self, now_ms: int) -> None:
        """Let go of monitors that were not met again; call it while the store is there."""
        for place, (task, next_ms) in list(self._next.items()):
            if now_ms - next_ms > task.monitor.interval * 1000 * FORGET_AFTER + 60_000:
                del self._next[place]
