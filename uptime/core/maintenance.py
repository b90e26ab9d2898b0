"""Maintenance: planned, begun at once, paused, ended; and what happens when a window begins or ends."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from uptime.core.audit import Audit
from uptime.core.under_maintenance import known, planned
from uptime.domain.errors import Conflict, NotFound
from uptime.domain.feed import MaintenanceChanged
from uptime.domain.maintenance import (
    Maintenance,
    MaintenanceDraft,
    Strategy,
    checked,
    moment,
    next_edge,
    running,
)

if TYPE_CHECKING:
    from uptime.store import Store

LIMIT = 1_000
"""Maintenances that an account may have."""

REMEMBERED = timedelta(days=30)
"""How long one that a call began is kept when it has ended."""


class Maintenances:
    """The maintenances of all accounts. What belongs to another account does not exist."""

    def __init__(self, store: "Store", expire: Callable[[int], None], audit: Audit) -> None:
        self._store = store
        self._audit = audit
        self._expire = expire

    def add(self, account: int, draft: MaintenanceDraft, now: datetime) -> Maintenance:
        """A new maintenance; a window that is open already begins at once. Invalid, NotFound, Conflict."""
        return self._add(account, draft, now, ad_hoc=False)

    def start(
        self,
        account: int,
        seconds: int,
        now: datetime,
        *,
        title: str = "Maintenance",
        monitors: Iterable[int] = (),
        all_monitors: bool = False,
        pause_checks: bool = False,
    ) -> Maintenance:
        """Begin a maintenance now that ends by itself, and is forgotten a month later. Invalid, NotFound, Conflict."""
        begun = now.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        draft = MaintenanceDraft(
            title,
            Strategy.SINGLE,
            zone="UTC",
            start=begun,
            duration=seconds,
            monitors=tuple(monitors),
            all_monitors=all_monitors,
            pause_checks=pause_checks,
        )
        # Looked at before the sum, which a length out of bounds would break.
        checked(replace(draft, end=begun + timedelta(1)))
        return self._add(account, replace(draft, end=begun + timedelta(seconds=seconds)), now, ad_hoc=True)

    def _add(self, account: int, draft: MaintenanceDraft, now: datetime, *, ad_hoc: bool) -> Maintenance:
        draft = checked(draft)
        self._check_monitors(account, draft.monitors)
        if len(self._store.maintenances.many(account)) >= LIMIT:
            raise Conflict(f"There are {LIMIT} maintenances already. Delete some that have ended.")
        maintenance = Maintenance(
            **_fields(draft), account=account, created_at=now, updated_at=now, activated_at=now, ad_hoc=ad_hoc
        )
        made = self._store.maintenances.add(self._planned(maintenance, now))
        self._changed(made)
        self._audit.note("maintenance", None, made, now)
        return made

    def replace(self, account: int, maintenance_id: int, draft: MaintenanceDraft, now: datetime) -> Maintenance:
        """Make a maintenance what the draft says. Invalid, NotFound."""
        draft = checked(draft)
        before = self.get(account, maintenance_id)
        self._check_monitors(account, [id_ for id_ in draft.monitors if id_ not in before.monitors])

        def alter(current: Maintenance) -> Maintenance:
            resumed = draft.active and not (current.active and current.strategy is draft.strategy)
            activated = now if resumed else current.activated_at
            return replace(current, **_fields(draft), activated_at=activated, ad_hoc=False)

        return self._change(account, maintenance_id, alter, now)

    def remove(self, account: int, maintenance_id: int, now: datetime) -> None:
        """Delete a maintenance; a window that runs is over. NotFound."""
        removed = self.get(account, maintenance_id)
        self._store.maintenances.remove(account, maintenance_id)
        self._changed(removed)
        self._audit.note("maintenance", removed, None, now)

    def pause(self, account: int, maintenance_id: int, now: datetime) -> Maintenance:
        """No windows until it is resumed; one that runs is over. NotFound."""
        return self._change(account, maintenance_id, lambda current: replace(current, active=False), now)

    def resume(self, account: int, maintenance_id: int, now: datetime) -> Maintenance:
        """Let it have its windows again, one that was ended early too. NotFound."""

        def alter(current: Maintenance) -> Maintenance:
            if running(current, now) is not None:
                return current
            return replace(current, active=True, activated_at=now, ended_at=None)

        return self._change(account, maintenance_id, alter, now)

    def end(self, account: int, maintenance_id: int, now: datetime) -> Maintenance:
        """End the window that runs, should there be one; later ones come as planned. NotFound."""

        def alter(current: Maintenance) -> Maintenance:
            return current if running(current, now) is None else replace(current, ended_at=now)

        return self._change(account, maintenance_id, alter, now)

    def get(self, account: int, maintenance_id: int) -> Maintenance:
        """One maintenance. NotFound."""
        return self._zoned(self._store.maintenances.get(account, maintenance_id))

    def under(self, account: int, monitor_ids: Iterable[int], now: datetime) -> frozenset[int]:
        """Those of some monitors that are under maintenance at a moment."""
        plan = planned(self._store, account, known(self._store, account), now, now)
        return frozenset(id_ for id_ in monitor_ids if plan.covers(id_, now, now))

    def turn_due(self, now: datetime) -> list[Maintenance]:
        """Tell of every window that has begun or ended by now; the maintenances of which one has."""
        turned = []
        for account, maintenance_id in self._store.maintenances.claim_edges(now):
            try:
                maintenance = self.get(account, maintenance_id)
                if _forgotten(maintenance, now):
                    self._store.maintenances.remove(account, maintenance_id)
                else:
                    maintenance = self._store.maintenances.update(
                        account, maintenance_id, lambda current: self._planned(self._zoned(current), now)
                    )
            except NotFound:
                self._store.maintenances.forget((account, maintenance_id))
                continue
            self._changed(maintenance)
            turned.append(maintenance)
        return turned

    def repair(self, now: datetime) -> None:
        """Work out anew what begins and ends next: a site's zone, a clock or the rules of a zone may have changed."""
        for account in self._store.maintenances.accounts():
            for maintenance in known(self._store, account):
                # What has come is somebody's turn already.
                ahead = maintenance.edge_at is None or maintenance.edge_at > now
                if ahead and self._planned(maintenance, now).edge_at != maintenance.edge_at:
                    self._change(account, maintenance.id, lambda current: current, now)

    def forget_monitor(self, account: int, monitor_id: int, now: datetime) -> None:
        """Take a monitor that is gone out of every maintenance."""
        for maintenance in self._store.maintenances.many(account):
            if monitor_id in maintenance.monitors:
                self._change(account, maintenance.id, lambda current: _without(current, monitor_id), now)

    def list(self, account: int) -> list[Maintenance]:
        """All maintenances, the oldest first."""
        return known(self._store, account)

    def _change(
        self, account: int, maintenance_id: int, alter: Callable[[Maintenance], Maintenance], now: datetime
    ) -> Maintenance:
        before = self._store.maintenances.get(account, maintenance_id)

        def attempt(current: Maintenance) -> Maintenance:
            nonlocal before
            before = current
            return self._planned(replace(alter(self._zoned(current)), updated_at=now), now)

        changed = self._store.maintenances.update(account, maintenance_id, attempt)
        self._changed(changed)
        self._audit.note("maintenance", before, changed, now)
        return changed

    def _changed(self, maintenance: Maintenance) -> None:
        self._expire(maintenance.account)
        self._store.feed.publish([MaintenanceChanged(maintenance.account, maintenance.id)])

    def _zoned(self, maintenance: Maintenance) -> Maintenance:
        if maintenance.zone is not None:
            return maintenance
        return replace(maintenance, site_zone=self._store.sites.get(maintenance.account).zone)

    def _planned(self, maintenance: Maintenance, now: datetime) -> Maintenance:
        maintenance = self._zoned(maintenance)
        return replace(maintenance, edge_at=next_edge(maintenance, now) or _forgotten_at(maintenance))

    def _check_monitors(self, account: int, ids: Iterable[int]) -> None:
        wanted = list(ids)
        for monitor in self._store.monitors.by_ids(wanted):
            if monitor is None or monitor.account != account:
                raise NotFound("monitor")


def _fields(draft: MaintenanceDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in MaintenanceDraft.__dataclass_fields__}


def _forgotten_at(maintenance: Maintenance) -> datetime | None:
    """When one that a call began is forgotten."""
    if not maintenance.ad_hoc or maintenance.end is None:
        return None
    return moment(maintenance.end, maintenance.clock) + REMEMBERED


def _forgotten(maintenance: Maintenance, now: datetime) -> bool:
    at = _forgotten_at(maintenance)
    return at is not None and at <= now


def _without(maintenance: Maintenance, monitor_id: int) -> Maintenance:
    return replace(maintenance, monitors=tuple(id_ for id_ in maintenance.monitors if id_ != monitor_id))
