"""The public status: built from what is known, kept as a snapshot, served even while the store is away."""

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from uptime.core.monitor_types import monitor_types
from uptime.core.monitors import address_of
from uptime.core.under_maintenance import known, planned
from uptime.domain.errors import Unavailable
from uptime.domain.heartbeat import State, Status
from uptime.domain.monitor import LOCAL, Monitor
from uptime.domain.ratio import Counts, add
from uptime.domain.status_page import ServiceLine, StatusView, overall
from uptime.domain.user import FIRST_ACCOUNT

if TYPE_CHECKING:
    from uptime.store import Store

FRESH = 1.0
"""Seconds for which a process believes its own copy."""

LATELY_HOURS = 24


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The public status as it was built. `version` differs where the content may; `stale_s` is 0 while it is current.

    `stale_s` counts the seconds since the store could last be asked.
    """

    view: StatusView
    version: str
    stale_s: float = 0.0


class StatusPages:
    """The public status of the first account. Safe to call from many threads."""

    def __init__(self, store: "Store") -> None:
        self._store = store
        self._refreshing = Lock()
        self._copy: Snapshot | None = None
        self._asked = float("-inf")
        self._reached = float("-inf")
        self._expired = False

    def view(self, account: int, now: datetime) -> StatusView:
        """The public status, built anew."""
        site = self._store.sites.get(account)
        monitors = [monitor for monitor in self._store.monitors.many(account) if monitor.shown]
        if not site.page.enabled:
            monitors = []
        states = self._store.heartbeats.states([(monitor.id, LOCAL) for monitor in monitors])
        ratios = self._ratios([monitor.id for monitor in monitors], now)
        plan = planned(self._store, account, known(self._store, account), now, now)
        lines = tuple(
            _line(monitor, state, in_maintenance=plan.covers(monitor.id, now, now))
            for monitor, state in zip(monitors, states, strict=True)
        )
        checked = [line.checked_at for line in lines if line.checked_at is not None]
        word = overall([(line.status, ratios[line.id].ratio) for line in lines])
        settled = overall([(line.settled, ratios[line.id].ratio) for line in lines])
        return StatusView(word, max(checked, default=None), lines, now, settled)

    def _ratios(self, ids: list[int], now: datetime) -> dict[int, Counts]:
        first = now - timedelta(hours=LATELY_HOURS)
        hours = self._store.rollups.hours(ids, LOCAL, first, LATELY_HOURS + 1) if ids else {}
        return {monitor_id: add(hours.get(monitor_id, ())) for monitor_id in ids}

    def peek(self) -> Snapshot | None:
        """The copy of this process while it is fresh; never asks the store."""
        fresh = time.monotonic() - self._asked < FRESH and not self._expired
        return self._copy if fresh else None

    def snapshot(self, now: datetime) -> Snapshot:
        """The public status, at most a second old; the last known one while the store is away.

        Unavailable when it is away and nothing is known.
        """
        found = self.peek()
        if found is not None:
            return found
        # One asks, the others take what there is rather than wait; after a change of ours everybody waits.
        wait = self._copy is None or self._expired
        if not self._refreshing.acquire(blocking=wait):
            return self._copy or self._refresh(now)
        try:
            return self.peek() or self._refresh(now)
        finally:
            self._refreshing.release()

    @property
    def age(self) -> float:
        """Seconds since the store was last asked for the copy of this process."""
        return time.monotonic() - self._asked

    def renew(self, now: datetime) -> None:
        """Ask the store before the copy has grown old, unless somebody is asking already."""
        if self._refreshing.acquire(blocking=False):
            try:
                self._refresh(now)
            finally:
                self._refreshing.release()

    def expire(self, account: int) -> None:
        """Readers are to see a change at once. Unavailable."""
        self.notice(account)
        self._store.snapshots.mark_dirty(account)

    def notice(self, account: int) -> None:
        """What somebody else has marked already is to be seen here at once."""
        if account == FIRST_ACCOUNT:
            self._expired = True

    def _refresh(self, now: datetime) -> Snapshot:
        urgent, self._expired = self._expired, False
        try:
            self._copy = self._current(now, urgent=urgent)
            self._reached = time.monotonic()
        except Unavailable:
            if self._copy is None:
                raise
            self._copy = replace(self._copy, stale_s=time.monotonic() - self._reached)
        self._asked = time.monotonic()
        return self._copy

    def _current(self, now: datetime, *, urgent: bool) -> Snapshot:
        stored = self._store.snapshots.read(FIRST_ACCOUNT)
        view, mark = stored.view, stored.mark
        if view is None or (not stored.current and self._is_ours(urgent=urgent)):
            view, mark = self.view(FIRST_ACCOUNT, now), stored.newest
            with suppress(Unavailable):
                self._store.snapshots.write(FIRST_ACCOUNT, view, mark)
        known = self._copy
        version = f"{mark}-{view.built_at.timestamp():.3f}"
        return (
            known if known is not None and known.version == version and not known.stale_s else Snapshot(view, version)
        )

    def _is_ours(self, *, urgent: bool) -> bool:
        """Whether to rebuild here. Where the store is full or read-only each process does so for itself."""
        try:
            return self._store.snapshots.take_turn(FIRST_ACCOUNT, urgent=urgent)
        except Unavailable:
            return True


def _line(monitor: Monitor, state: State, *, in_maintenance: bool) -> ServiceLine:
    last = state.last
    status = Status.MAINTENANCE if in_maintenance else state.status
    return ServiceLine(
        id=monitor.id,
        name=monitor.name,
        description=monitor.description,
        url=address_of(monitor, monitor_types().get(monitor.type)),
        status=Status.UNKNOWN if monitor.paused else status,
        checked_at=last.at if last else None,
        latency_ms=round(last.latency_ms) if last else None,
        settled=Status.UNKNOWN if monitor.paused else state.settled,
    )
