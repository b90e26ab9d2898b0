"""Who is under maintenance when: read for a stretch of time, and believed for a second."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from uptime.core.monitor_types import built
from uptime.domain.group import GROUP, GroupTarget, belongs
from uptime.domain.maintenance import Maintenance, Window, windows
from uptime.domain.monitor import Monitor

if TYPE_CHECKING:
    from uptime.store import Store

KEPT = 1.0
"""Seconds for which a process believes what it has read."""

PLAN_KEPT = 10.0
"""Seconds for which it believes what the maintenances came to: groups may have other members by then."""

AROUND = timedelta(minutes=15)
"""How far ahead and back windows are worked out at once: results may have waited for the store."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A window, and whom it concerns; `monitors` None: everybody."""

    window: Window
    monitors: frozenset[int] | None
    pauses: bool

    def covers(self, monitor_id: int, since: datetime, until: datetime) -> bool:
        """Whether it concerns a monitor at some moment of a span."""
        start, end = self.window.start, self.window.end
        concerned = self.monitors is None or monitor_id in self.monitors
        return concerned and start <= until and (end is None or since < end)


@dataclass(frozen=True, slots=True)
class Plan:
    """The windows of one account that reach into a span of time."""

    since: datetime
    until: datetime
    spells: tuple[Spell, ...]

    def covers(self, monitor_id: int, since: datetime, until: datetime) -> bool:
        return any(spell.covers(monitor_id, since, until) for spell in self.spells)

    def pauses(self, monitor_id: int, at: datetime) -> bool:
        """Whether a monitor is not to be checked at a moment."""
        return any(spell.pauses and spell.covers(monitor_id, at, at) for spell in self.spells)


def planned(
    store: "Store", account: int, maintenances: Sequence[Maintenance], since: datetime, until: datetime
) -> Plan:
    """What the maintenances of an account come to."""
    spells: list[Spell] = []
    for maintenance in maintenances:
        found = list(windows(maintenance, since, until + timedelta.resolution))
        if found:
            named = None if maintenance.all_monitors else with_members(store, account, maintenance.monitors)
            spells += (Spell(window, named, maintenance.pause_checks) for window in found)
    return Plan(since, until, tuple(spells))


def with_members(store: "Store", account: int, ids: Sequence[int]) -> frozenset[int]:
    """Monitors, and of groups among them the members, those of groups inside them too."""
    found = set(ids)
    groups = [each for each in store.monitors.by_ids(ids) if each is not None and each.type == GROUP.word]
    everybody = store.monitors.many(account) if groups else []
    while groups:
        group = groups.pop()
        target = built(group)[1]
        if isinstance(target, GroupTarget):
            new = [each for each in everybody if each.id not in found and belongs(each, group, target)]
            found.update(each.id for each in new)
            groups += (each for each in new if each.type == GROUP.word)
    return frozenset(found)


def known(store: "Store", account: int) -> list[Maintenance]:
    """The maintenances of an account, each with the zone it goes by."""
    found = store.maintenances.many(account)
    if all(maintenance.zone is not None for maintenance in found):
        return found
    zone = store.sites.get(account).zone
    return [replace(maintenance, site_zone=zone) for maintenance in found]


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of an account, when on the monotonic clock, and what it came to."""

    asked: float
    planned: float
    maintenances: Sequence[Maintenance]
    plan: Plan


class UnderMaintenance:
    """Answers for every check that is made. Safe to ask from several threads."""

    def __init__(self, store: "Store") -> None:
        self._store = store
        self._read: dict[int, _Read] = {}

    def covers(self, monitor: Monitor, at: datetime, took_ms: float) -> bool:
        """Whether a check that ended at a moment ran, at least in part, under maintenance. Unavailable."""
        plan = self._plan(monitor.account, at)
        return bool(plan.spells) and plan.covers(monitor.id, at - timedelta(milliseconds=took_ms), at)

    def pauses(self, monitor: Monitor, at: datetime) -> bool:
        """Whether a maintenance wants a monitor left alone at a moment. Unavailable."""
        plan = self._plan(monitor.account, at)
        return bool(plan.spells) and plan.pauses(monitor.id, at)

    def _plan(self, account: int, at: datetime) -> Plan:
        read, now = self._read.get(account), time.monotonic()
        if read is None or now - read.asked > KEPT:
            read = self._read[account] = self._ask(account, at, read, now)
        if read.maintenances and not read.plan.since <= at <= read.plan.until:
            read = self._read[account] = replace(read, plan=self._around(account, read.maintenances, at))
        return read.plan

    def _ask(self, account: int, at: datetime, before: _Read | None, now: float) -> _Read:
        found = [maintenance for maintenance in known(self._store, account) if maintenance.active]
        if before is not None and found == before.maintenances and now - before.planned < PLAN_KEPT:
            return replace(before, asked=now)
        return _Read(now, now, found, self._around(account, found, at))

    def _around(self, account: int, maintenances: Sequence[Maintenance], at: datetime) -> Plan:
        return planned(self._store, account, maintenances, at - AROUND, at + AROUND)
