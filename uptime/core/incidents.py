"""Incidents: written, updated, resolved, found, and drafted from outages."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from uptime.core.audit import Audit
from uptime.domain import incident as rules
from uptime.domain.errors import Invalid, NotFound
from uptime.domain.incident import Cause, Component, Impact, Incident, IncidentDraft, IncidentStatus
from uptime.domain.monitor import LOCAL, Monitor
from uptime.domain.outage import Outage
from uptime.domain.schedule import to_ms

if TYPE_CHECKING:
    from uptime.store import Store

OUTAGES_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Query:
    """Which incidents are wanted; what is None does not matter. `since` and `until` bound their beginning."""

    resolved: bool | None = None
    draft: bool | None = None
    monitor_id: int | None = None
    page_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    def wants(self, incident: Incident) -> bool:
        return (
            (self.resolved is None or incident.resolved is self.resolved)
            and (self.draft is None or incident.draft is self.draft)
            and (self.monitor_id is None or incident.affects(self.monitor_id))
            and (self.page_id is None or not incident.pages or self.page_id in incident.pages)
        )


class Incidents:
    """The incidents of all accounts. What belongs to another account does not exist."""

    def __init__(self, store: "Store", expire: Callable[[int], None], audit: Audit) -> None:
        self._store = store
        self._expire = expire
        self._audit = audit

    def begin(
        self,
        account: int,
        draft: IncidentDraft,
        status: IncidentStatus,
        body: str,
        author: str,
        now: datetime,
        *,
        started_at: datetime | None = None,
        tell: bool = True,
    ) -> Incident:
        """A new incident with its first update; `tell` its subscribers. Invalid."""
        self._check_monitors(account, draft, ())
        new = rules.begun(draft, status, body, author, now, started_at)
        return self._add(replace(new, account=account), now, tell=tell)

    def draft(self, account: int, monitor_id: int, start: datetime | None, author: str, now: datetime) -> Incident:
        """What could be said about an outage, for somebody to go on with: nobody else sees it.

        Without a start the newest outage is meant. The same outage gives the same incident. NotFound.
        """
        monitor = self._store.monitors.get(account, monitor_id)
        outages = self._store.heartbeats.outages(monitor_id, LOCAL, OUTAGES_LIMIT)
        outage = next((each for each in outages if start is None or to_ms(each.start) == to_ms(start)), None)
        if outage is None:
            raise NotFound("outage")
        return self._add(replace(_drafted(monitor, outage, author, now), account=account), now)

    def _add(self, incident: Incident, now: datetime, *, tell: bool = True) -> Incident:
        added = self._store.incidents.add(incident, tell=tell)
        self._expire(incident.account)
        self._audit.note("incident", None if added.updates == incident.updates else added, added, now)
        return added

    def change(
        self, account: int, incident_id: int, alter: Callable[[Incident], IncidentDraft], now: datetime
    ) -> Incident:
        """Make an incident what `alter` makes of it; what was said in updates stays. NotFound, Invalid."""

        def apply(before: Incident) -> Incident:
            draft = alter(before)
            self._check_monitors(account, draft, before.components)
            return rules.changed(before, draft, now)

        return self._update(account, incident_id, apply, now)

    def update(
        self,
        account: int,
        incident_id: int,
        status: IncidentStatus,
        body: str,
        author: str,
        now: datetime,
        *,
        components: tuple[Component, ...] | None = None,
        tell: bool = True,
    ) -> Incident:
        """Say something more, and `tell` it to subscribers; `components` change the impact too. NotFound, Invalid."""

        def alter(before: Incident) -> Incident:
            after = rules.update(before, status, body, author, now)
            if components is None:
                return after
            draft = replace(after, components=components)
            self._check_monitors(account, draft, before.components)
            return rules.changed(after, draft, now)

        return self._update(account, incident_id, alter, now, tell=tell)

    def rewrite(
        self, account: int, incident_id: int, update_id: int, status: IncidentStatus, body: str, now: datetime
    ) -> Incident:
        """Correct an update. NotFound, Invalid."""
        return self._update(
            account, incident_id, lambda before: rules.rewritten(before, update_id, status, body, now), now
        )

    def unsay(self, account: int, incident_id: int, update_id: int, now: datetime) -> Incident:
        """Take an update away. NotFound; Invalid: it is the only one."""
        return self._update(account, incident_id, lambda before: rules.without(before, update_id, now), now)

    def resolve(self, account: int, incident_id: int, body: str, author: str, now: datetime) -> Incident:
        """Say that it is over. NotFound, Invalid."""
        return self._update(account, incident_id, lambda before: rules.resolve(before, body, author, now), now)

    def reopen(self, account: int, incident_id: int, body: str, author: str, now: datetime) -> Incident:
        """Say that it is not over after all. NotFound, Invalid."""
        return self._update(account, incident_id, lambda before: rules.reopen(before, body, author, now), now)

    def explain(self, account: int, incident_id: int, postmortem: str, now: datetime) -> Incident:
        """Write what was learned, in Markdown; an empty text takes it back. NotFound, Invalid."""
        return self.change(account, incident_id, lambda before: replace(before, postmortem=postmortem), now)

    def remove(self, account: int, incident_id: int, now: datetime) -> None:
        """Delete an incident. NotFound."""
        gone = self._store.incidents.remove(account, incident_id)
        self._expire(account)
        self._audit.note("incident", gone, None, now)

    def get(self, account: int, incident_id: int) -> Incident:
        """One incident. NotFound."""
        return self._store.incidents.get(account, incident_id)

    def find(self, account: int, query: Query, *, offset: int = 0, limit: int = 50) -> tuple[list[Incident], int]:
        """Some of the incidents that are wanted, the newest first, and how many there are in all."""
        if query.resolved is False and query.since is None and query.until is None:
            found = self._store.incidents.open(account)
        else:
            found = self._store.incidents.between(account, query.since, query.until)
        wanted = [incident for incident in found if query.wants(incident)]
        return wanted[offset : offset + limit], len(wanted)

    def open(self, account: int) -> list[Incident]:
        """What is going on now and may be shown, the newest first."""
        return [incident for incident in self._store.incidents.open(account) if not incident.draft]

    def _update(
        self,
        account: int,
        incident_id: int,
        alter: Callable[[Incident], Incident],
        now: datetime,
        *,
        tell: bool = True,
    ) -> Incident:
        before, after = self._store.incidents.update(account, incident_id, alter, tell=tell)
        self._expire(account)
        self._audit.note("incident", before, after, now)
        return after

    def _check_monitors(self, account: int, draft: IncidentDraft, before: tuple[Component, ...]) -> None:
        """Invalid unless the monitors are the account's. Those that were affected before may be gone by now."""
        known = {component.monitor_id for component in before}
        new = [component.monitor_id for component in draft.components if component.monitor_id not in known]
        for monitor_id, monitor in zip(new, self._store.monitors.by_ids(new), strict=True):
            if monitor is None or monitor.account != account:
                raise Invalid("components", f"There is no monitor {monitor_id}.")


def _drafted(monitor: Monitor, outage: Outage, author: str, now: datetime) -> Incident:
    """An incident that says what the checks saw, and that it is over where it is."""
    over = outage.end is not None
    draft = IncidentDraft(
        title=f"{monitor.name} {'was' if over else 'is'} down"[: rules.TITLE_LIMIT],
        components=(Component(monitor.id, Impact.MAJOR_OUTAGE),),
        draft=True,
    )
    said = f"Our checks of {monitor.name} began to fail."
    new = rules.begun(draft, IncidentStatus.INVESTIGATING, said, author, now, outage.start)
    new = replace(new, updates=tuple(replace(first, at=outage.start) for first in new.updates))
    new = replace(new, outage=Cause(monitor.id, outage.start))
    if outage.end is None:
        return new
    return rules.update(new, IncidentStatus.RESOLVED, f"{monitor.name} answers again.", author, outage.end)
