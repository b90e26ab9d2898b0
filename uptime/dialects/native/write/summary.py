"""A status page in the shape that the common `/api/v2` clients read: their words, snake case, ISO times."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from uptime.dialects.native.write import iso
from uptime.domain.heartbeat import Status
from uptime.domain.incident import SEVERITY, Impact
from uptime.domain.page_view import IncidentView, MaintenanceView, MonitorView, PageView, Standing, UpdateView

Indicator = Literal["none", "minor", "major", "critical", "maintenance"]
ComponentStatus = Literal["operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"]

STANDING: dict[Standing, tuple[Indicator, str]] = {
    Standing.OPERATIONAL: ("none", "All Systems Operational"),
    Standing.DEGRADED: ("minor", "Partially Degraded Service"),
    Standing.PARTIAL_OUTAGE: ("major", "Partial System Outage"),
    Standing.MAJOR_OUTAGE: ("critical", "Major System Outage"),
    Standing.MAINTENANCE: ("maintenance", "Service Under Maintenance"),
    Standing.UNKNOWN: ("none", "Status Unknown"),
}

IMPACT: dict[Impact, Indicator] = {
    Impact.NONE: "none",
    Impact.DEGRADED: "minor",
    Impact.PARTIAL_OUTAGE: "major",
    Impact.MAJOR_OUTAGE: "critical",
}

AFFECTED: dict[Impact, ComponentStatus] = {
    Impact.NONE: "operational",
    Impact.DEGRADED: "degraded_performance",
    Impact.PARTIAL_OUTAGE: "partial_outage",
    Impact.MAJOR_OUTAGE: "major_outage",
}

STATUS: dict[Status, tuple[ComponentStatus, int]] = {
    Status.UP: ("operational", SEVERITY[Impact.NONE]),
    Status.DEGRADED: ("degraded_performance", SEVERITY[Impact.DEGRADED]),
    Status.DOWN: ("major_outage", SEVERITY[Impact.MAJOR_OUTAGE]),
    Status.MAINTENANCE: ("under_maintenance", SEVERITY[Impact.NONE]),
}
"""The word and how bad it is. What nobody has checked has no word here, and so is left out."""


class SummaryPage(BaseModel):
    """Which page it is."""

    id: str
    name: str
    url: str
    time_zone: str
    updated_at: str


class SummaryOverall(BaseModel):
    """The page in a word, and in words."""

    indicator: Indicator
    description: str


class SummaryComponent(BaseModel):
    """A service of the page, or a section with the ids of its services."""

    id: str
    name: str
    status: ComponentStatus
    created_at: str | None
    updated_at: str | None
    position: int
    description: str | None
    showcase: bool
    start_date: str | None
    group_id: str | None
    page_id: str
    group: bool
    only_show_if_degraded: bool
    components: list[str] | None = None


class SummaryAffectedComponent(BaseModel):
    """A service and how badly it was affected."""

    code: str
    name: str
    old_status: ComponentStatus
    new_status: ComponentStatus


class SummaryIncidentUpdate(BaseModel):
    """One thing that was said; `body` is Markdown."""

    id: str
    status: str
    body: str
    incident_id: str
    created_at: str
    updated_at: str
    display_at: str
    affected_components: list[SummaryAffectedComponent] | None


class SummaryIncident(BaseModel):
    """An incident, its newest update first."""

    id: str
    name: str
    status: str
    created_at: str
    updated_at: str
    monitoring_at: str | None
    resolved_at: str | None
    impact: Indicator
    shortlink: str
    started_at: str
    page_id: str
    incident_updates: list[SummaryIncidentUpdate]
    components: list[SummaryComponent]


class SummaryScheduledMaintenance(SummaryIncident):
    """Planned work that runs or is to come."""

    scheduled_for: str
    scheduled_until: str | None


class Summary(BaseModel):
    """Everything at once: what is open now and what is planned."""

    page: SummaryPage
    status: SummaryOverall
    components: list[SummaryComponent]
    incidents: list[SummaryIncident]
    scheduled_maintenances: list[SummaryScheduledMaintenance]


class SummaryPageStatus(BaseModel):
    """The page in a word."""

    page: SummaryPage
    status: SummaryOverall


class SummaryComponents(BaseModel):
    """All services of the page."""

    page: SummaryPage
    components: list[SummaryComponent]


class SummaryIncidents(BaseModel):
    """Incidents, the newest first."""

    page: SummaryPage
    incidents: list[SummaryIncident]


class SummaryScheduledMaintenances(BaseModel):
    """Planned work, the next first."""

    page: SummaryPage
    scheduled_maintenances: list[SummaryScheduledMaintenance]


class Shape:
    """One page, part by part. `url` is its address."""

    def __init__(self, view: PageView, url: str) -> None:
        self._view = view
        self._url = url
        self._listed = _components(view)

    def summary(self) -> Summary:
        return Summary(
            page=self._page(),
            status=self._status(),
            components=self._listed,
            incidents=self._incidents(self._view.incidents),
            scheduled_maintenances=self._windows(),
        )

    def status(self) -> SummaryPageStatus:
        return SummaryPageStatus(page=self._page(), status=self._status())

    def components(self) -> SummaryComponents:
        return SummaryComponents(page=self._page(), components=self._listed)

    def incidents(self) -> SummaryIncidents:
        return SummaryIncidents(page=self._page(), incidents=self._incidents(self._view.everything))

    def unresolved(self) -> SummaryIncidents:
        return SummaryIncidents(page=self._page(), incidents=self._incidents(self._view.incidents))

    def maintenances(self) -> SummaryScheduledMaintenances:
        return SummaryScheduledMaintenances(page=self._page(), scheduled_maintenances=self._windows())

    def _page(self) -> SummaryPage:
        view = self._view
        updated = _time(view.updated_at or view.built_at)
        return SummaryPage(
            id=str(view.id), name=view.page.title, url=self._url, time_zone=view.zone, updated_at=updated
        )

    def _status(self) -> SummaryOverall:
        indicator, description = STANDING[self._view.standing]
        return SummaryOverall(indicator=indicator, description=description)

    def _incidents(self, incidents: Sequence[IncidentView]) -> list[SummaryIncident]:
        return [self._incident(incident) for incident in incidents]

    def _incident(self, incident: IncidentView) -> SummaryIncident:
        known = {component.id: component for component in self._listed}
        affected = [known[str(each.id)] for each in incident.affected if str(each.id) in known]
        monitoring = [said.at for said in incident.updates if said.status == "monitoring"]
        return SummaryIncident(
            id=str(incident.id),
            name=incident.title,
            status=incident.status,
            created_at=_time(incident.created_at),
            updated_at=_time(incident.updated_at),
            monitoring_at=iso(min(monitoring, default=None)),
            resolved_at=iso(incident.resolved_at),
            impact=IMPACT[incident.impact],
            shortlink=f"{self._url}#incident-{incident.id}",
            started_at=_time(incident.started_at),
            page_id=str(self._view.id),
            incident_updates=[_update(said, incident) for said in incident.updates],
            components=affected,
        )

    def _windows(self) -> list[SummaryScheduledMaintenance]:
        return [self._window(window) for window in self._view.maintenance]

    def _window(self, window: MaintenanceView) -> SummaryScheduledMaintenance:
        began = _time(window.start)
        affected = {str(monitor_id) for monitor_id in window.monitors}
        return SummaryScheduledMaintenance(
            id=f"m{window.id}",
            name=window.title,
            status="in_progress" if window.running else "scheduled",
            created_at=began,
            updated_at=began,
            monitoring_at=None,
            resolved_at=None,
            impact="maintenance",
            shortlink=self._url,
            started_at=began,
            page_id=str(self._view.id),
            incident_updates=[],
            components=[component for component in self._listed if component.id in affected],
            scheduled_for=began,
            scheduled_until=iso(window.end),
        )


def _components(view: PageView) -> list[SummaryComponent]:
    """The sections that have a heading, each before its services; a service stands in the first that names it."""
    made: list[SummaryComponent] = []
    placed: set[int] = set()
    for number, section in enumerate(view.sections, 1):
        inside = [line for line in section.monitors if line.id not in placed and line.status in STATUS]
        placed |= {line.id for line in inside}
        words = [_component(view, line, 0, None) for line in inside]
        group_id = f"s{number}" if section.heading else None
        if group_id is not None:
            made.append(_group(view, group_id, section.heading, words, len(made) + 1))
        for place, line in enumerate(inside, len(made) + 1):
            made.append(_component(view, line, place, group_id))
    return made


def _component(view: PageView, line: MonitorView, position: int, group_id: str | None) -> SummaryComponent:
    return SummaryComponent(
        id=str(line.id),
        name=line.name,
        status=_standing(view, line),
        created_at=iso(line.created_at),
        updated_at=iso(line.since or line.checked_at),
        position=position,
        description=line.description or None,
        showcase=True,
        start_date=line.created_at.date().isoformat() if line.created_at else None,
        group_id=group_id,
        page_id=str(view.id),
        group=False,
        only_show_if_degraded=False,
    )


WORST_FIRST: tuple[ComponentStatus, ...] = (
    "major_outage", "partial_outage", "degraded_performance", "under_maintenance", "operational"
)  # fmt: skip


def _group(
    view: PageView, group_id: str, heading: str, inside: Sequence[SummaryComponent], position: int
) -> SummaryComponent:
    statuses = {component.status for component in inside} or {"operational"}
    return SummaryComponent(
        id=group_id,
        name=heading,
        status=next(word for word in WORST_FIRST if word in statuses),
        created_at=None,
        updated_at=None,
        position=position,
        description=None,
        showcase=True,
        start_date=None,
        group_id=None,
        page_id=str(view.id),
        group=True,
        only_show_if_degraded=False,
        components=[component.id for component in inside],
    )


def _standing(view: PageView, line: MonitorView) -> ComponentStatus:
    """What the checks say, or what people say in an open incident, whichever is worse."""
    word, rank = STATUS[line.status]
    said = [each.impact for incident in view.incidents for each in incident.affected if each.id == line.id]
    impact = max(said, key=SEVERITY.__getitem__, default=Impact.NONE)
    return AFFECTED[impact] if SEVERITY[impact] > rank else word


def _update(said: UpdateView, incident: IncidentView) -> SummaryIncidentUpdate:
    at = _time(said.at)
    affected = [
        SummaryAffectedComponent(
            code=str(each.id), name=each.name, old_status=AFFECTED[each.impact], new_status=AFFECTED[each.impact]
        )
        for each in incident.affected
    ]
    return SummaryIncidentUpdate(
        id=f"{incident.id}-{said.id}",
        status=said.status,
        body=said.body,
        incident_id=str(incident.id),
        created_at=at,
        updated_at=at,
        display_at=at,
        affected_components=affected or None,
    )


def _time(at: datetime) -> str:
    return iso(at) or ""
