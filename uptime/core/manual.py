"""Manual monitors: what a person says of them goes on record at once."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from uptime.core.audit import Audit
from uptime.core.monitor_types import built
from uptime.core.recording import Entry, Recording
from uptime.core.runner import Finished, Task
from uptime.domain.errors import Conflict, Unavailable
from uptime.domain.heartbeat import Heartbeat, Slot, Status
from uptime.domain.manual import MANUAL, Stance, checked_stance

if TYPE_CHECKING:
    from uptime.store import Store


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said of a monitor, as the audit log shows it."""

    id: int
    account: int
    name: str
    status: Status
    message: str


class Manual:
    """The manual monitors of all accounts."""

    def __init__(self, store: "Store", audit: Audit) -> None:
        self._store = store
        self._audit = audit

    def say(self, account: int, monitor_id: int, status: Status, message: str, by: str, now: datetime) -> Heartbeat:
        """Set where a manual monitor stands; its heartbeat. NotFound, Invalid, Unavailable; Conflict: not manual."""
        monitor = self._store.monitors.get(account, monitor_id)
        if monitor.type != MANUAL.word:
            raise Conflict("Only a manual monitor is told where it stands; this one is looked at.")
        if monitor.paused:
            raise Conflict("The monitor is paused. Resume it first.")
        before, stance = self._store.stances.get(monitor.id), checked_stance(Stance(status, message, by, now))
        self._store.stances.put(monitor.id, stance)
        was, said = (_Said(monitor.id, account, monitor.name, it.status, it.message) for it in (before, stance))
        self._audit.note("monitor", was, said, now)
        task = Task(monitor, *built(monitor), Slot(now, f"said:{secrets.token_hex(8)}"))
        entry = Entry(Finished(task, None, now))
        Recording(self._store).write([entry])
        if entry.heartbeat is None:
            raise Unavailable("Too many others speak of this monitor at this moment. Try again.", retry_after=1)
        return entry.heartbeat

    def stance(self, account: int, monitor_id: int) -> Stance:
        """What was said last. NotFound."""
        return self._store.stances.get(self._store.monitors.get(account, monitor_id).id)
