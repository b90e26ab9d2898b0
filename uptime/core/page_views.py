"""Builds what the readers of a status page see, from what is on record."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from uptime.core import markdown
from uptime.core.history import History
from uptime.core.monitor_types import monitor_types
from uptime.core.monitors import address_of
from uptime.core.under_maintenance import Plan, known, planned, with_members
from uptime.domain.heartbeat import Change, State, Status
from uptime.domain.incident import Incident
from uptime.domain.maintenance import Maintenance, Window, windows
from uptime.domain.monitor import LOCAL, Monitor
from uptime.domain.page_view import (
    DAYS,
    PAST_DAYS,
    AffectedView,
    ChangeView,
    IncidentView,
    MaintenanceView,
    MonitorView,
    PackedDay,
    PageView,
    PastDay,
    SectionView,
    UpdateView,
    packed,
    standing,
)
from uptime.domain.status_page import PageDraft, Section, StatusPage, in_order

if TYPE_CHECKING:
    from uptime.store import Store

CHANGES_LIMIT = 50
CHANGES_EACH = 10
LATELY = timedelta(days=PAST_DAYS)

AHEAD = timedelta(days=30)
"""How long before it begins a maintenance is told of."""


class PageViews:
    """Builds pages anew each time it is asked."""

    def __init__(self, store: "Store", history: History) -> None:
        self._store = store
        self._history = history

    def build(self, page: StatusPage, monitors: Sequence[Monitor], now: datetime) -> PageView:
        """The page with these monitors, which are the ones that it shows."""
        zone = ZoneInfo(self._store.sites.get(page.account).zone)
        maintenances = known(self._store, page.account)
        lines = self._lines(page, monitors, planned(self._store, page.account, maintenances, now, now), now)
        names = {monitor.id: monitor.name for monitor in monitors}
        current = self._store.incidents.open(page.account)
        shown = [incident for incident in current if incident.on_page(page.id)]
        shown.sort(key=lambda incident: not incident.pinned)
        incidents = tuple(_incident(incident, names, now) for incident in shown)
        first = datetime.combine(now.date(), datetime.min.time(), UTC) - timedelta(days=DAYS - 1)
        checked = [line.checked_at for line in lines.values() if line.checked_at is not None]
        return PageView(
            id=page.id,
            account=page.account,
            page=_face(page),
            zone=zone.key,
            standing=standing([line.status for line in lines.values()], [each.impact for each in incidents]),
            sections=_sections(page, monitors, lines),
            incidents=incidents,
            past=self._past(page, names, zone, now),
            maintenance=self._windows(page.account, maintenances, names, now),
            changes=self._changes(names, now),
            first_day=first.date(),
            updated_at=max(checked, default=None),
            built_at=now,
        )

    def _lines(
        self, page: StatusPage, monitors: Sequence[Monitor], plan: Plan, now: datetime
    ) -> dict[int, MonitorView]:
        states = self._history.states(monitors) if monitors else {}
        days = self._history.days(monitors, now, count=DAYS) if monitors else {}
        found = {}
        for monitor in monitors:
            bar = tuple(packed(bucket.counts) for bucket in days.get(monitor.id, ()))
            certificate = self._history.certificate(monitor) if page.show_certificates else None
            until = certificate.not_after if certificate else None
            state = states[monitor.id]
            under = plan.covers(monitor.id, now, now)
            status = Status.UNKNOWN if monitor.paused else Status.MAINTENANCE if under else state.status
            found[monitor.id] = _line(page, monitor, state, status, bar, until)
        return found

    def _past(self, page: StatusPage, names: Mapping[int, str], zone: ZoneInfo, now: datetime) -> tuple[PastDay, ...]:
        """The last days in the page's own zone, today first, with what began on each and is over."""
        today = now.astimezone(zone).date()
        days: dict[date, list[IncidentView]] = {today - timedelta(days=number): [] for number in range(PAST_DAYS)}
        for incident in self._store.incidents.between(page.account, now - LATELY - timedelta(days=1), now):
            began = (incident.started_at or now).astimezone(zone).date()
            if began in days and incident.resolved and incident.on_page(page.id):
                days[began].append(_incident(incident, names, now))
        return tuple(PastDay(day, tuple(incidents)) for day, incidents in days.items())

    def _changes(self, names: Mapping[int, str], now: datetime) -> tuple[ChangeView, ...]:
        """The newest changes; the first status a monitor ever had is none to readers."""
        found = self._store.heartbeats.changes_many(list(names), LOCAL, CHANGES_EACH, now - LATELY) if names else {}
        views = [
            _change(monitor_id, names[monitor_id], change)
            for monitor_id, changes in found.items()
            for change in changes
            if change.before is not Status.UNKNOWN
        ]
        return tuple(sorted(views, key=lambda change: (change.at, change.id), reverse=True)[:CHANGES_LIMIT])

    def _windows(
        self, account: int, maintenances: Iterable[Maintenance], names: Mapping[int, str], now: datetime
    ) -> tuple[MaintenanceView, ...]:
        """The window of each maintenance that runs, else its next, where it concerns a monitor of the page."""
        found = []
        for maintenance in maintenances:
            window = next(windows(maintenance, now, now + AHEAD), None)
            if window is None:
                continue
            covered = None if maintenance.all_monitors else with_members(self._store, account, maintenance.monitors)
            concerned = tuple(id_ for id_ in names if covered is None or id_ in covered)
            if concerned:
                found.append(_window(maintenance, window, concerned, now))
        return tuple(sorted(found, key=lambda view: (not view.running, view.start, view.id)))


def _face(page: StatusPage) -> PageDraft:
    """What readers may know of a page: what its owner says, and none of its secrets."""
    return PageDraft(**{name: getattr(page, name) for name in PageDraft.__dataclass_fields__})


def _line(
    page: StatusPage,
    monitor: Monitor,
    state: State,
    status: Status,
    days: tuple[PackedDay, ...],
    certificate_until: datetime | None,
) -> MonitorView:
    last = state.last
    return MonitorView(
        id=monitor.id,
        name=monitor.name,
        description=monitor.description if page.show_descriptions else "",
        url=address_of(monitor, monitor_types().get(monitor.type)) if page.show_urls else "",
        status=status,
        checked_at=last.at if last else None,
        latency_ms=round(last.latency_ms) if last and page.show_latencies else None,
        days=days,
        since=state.since,
        created_at=monitor.created_at,
        certificate_expires_at=certificate_until,
    )


def _sections(
    page: StatusPage, monitors: Iterable[Monitor], lines: Mapping[int, MonitorView]
) -> tuple[SectionView, ...]:
    known = {monitor.id: monitor for monitor in monitors}
    wanted = page.sections or (Section("", tuple(known)),)
    made = []
    for section in wanted:
        inside = [(known[id_], lines[id_].status) for id_ in section.monitors if id_ in known]
        ordered = in_order(inside, page.sorting)
        made.append(SectionView(section.heading, tuple(lines[monitor.id] for monitor, _ in ordered)))
    return tuple(made)


def _incident(incident: Incident, names: Mapping[int, str], now: datetime) -> IncidentView:
    """An incident with the monitors of the page alone; readers do not learn who wrote it."""
    created = incident.created_at or now
    return IncidentView(
        id=incident.id,
        title=incident.title,
        status=incident.status,
        impact=incident.impact,
        style=incident.style,
        pinned=incident.pinned,
        started_at=incident.started_at or created,
        created_at=created,
        updated_at=incident.updated_at or created,
        resolved_at=incident.resolved_at,
        updates=tuple(
            UpdateView(said.id, said.at, said.status, said.body, markdown.html(said.body))
            for said in reversed(incident.updates)
        ),
        affected=tuple(
            AffectedView(component.monitor_id, names[component.monitor_id], component.impact)
            for component in incident.components
            if component.monitor_id in names
        ),
        postmortem_html=markdown.html(incident.postmortem),
    )


def _change(monitor_id: int, name: str, change: Change) -> ChangeView:
    return ChangeView(change.id, monitor_id, name, change.at, change.before, change.after, change.since)


def _window(maintenance: Maintenance, window: Window, monitors: tuple[int, ...], now: datetime) -> MaintenanceView:
    return MaintenanceView(
        id=maintenance.id,
        title=maintenance.title,
        html=markdown.html(maintenance.description),
        start=window.start,
        end=window.end,
        running=window.holds(now),
        monitors=monitors,
    )
