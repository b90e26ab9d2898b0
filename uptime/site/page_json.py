"""A status page as JSON: what the page shows, for programs."""

from datetime import timedelta
from typing import Any

from uptime.domain.page_view import IncidentView, MaintenanceView, MonitorView, PageView
from uptime.domain.schedule import to_ms

Json = dict[str, Any]


def page(view: PageView) -> Json:
    """The whole page. Times are milliseconds since 1970, days are dates; what is not shown is absent."""
    return {
        "slug": view.page.slug,
        "title": view.page.title,
        "description": view.page.description,
        "timeZone": view.zone,
        "standing": view.standing.value,
        "updated": None if view.updated_at is None else to_ms(view.updated_at),
        "sections": [
            {"heading": section.heading, "monitors": [_monitor(line, view) for line in section.monitors]}
            for section in view.sections
        ],
        "incidents": [_incident(incident) for incident in view.incidents],
        "pastIncidents": [
            _incident(incident) | {"day": day.day.isoformat()} for day in view.past for incident in day.incidents
        ],
        "maintenance": [_window(window) for window in view.maintenance],
    }


def _monitor(line: MonitorView, view: PageView) -> Json:
    made: Json = {
        "id": line.id,
        "name": line.name,
        "status": line.status.value,
        "lastChecked": None if line.checked_at is None else to_ms(line.checked_at),
    }
    shown = {"description": line.description, "url": line.url, "responseTime": line.latency_ms}
    made |= {name: value for name, value in shown.items() if value not in ("", None)}
    if line.certificate_expires_at is not None:
        made["certificateExpires"] = to_ms(line.certificate_expires_at)
    if view.page.show_ratios:
        made |= {"uptime": line.total.ratio, "coverage": line.total.coverage}
    days = zip(range(len(line.days)), line.counts, strict=True)
    made["days"] = [
        {"day": (view.first_day + timedelta(days=number)).isoformat(), "uptime": day.ratio, "coverage": day.coverage}
        for number, day in days
        if day.total or day.unknown
    ]
    return made


def _incident(incident: IncidentView) -> Json:
    return {
        "id": incident.id,
        "title": incident.title,
        "status": incident.status.value,
        "impact": incident.impact.value,
        "pinned": incident.pinned,
        "started": to_ms(incident.started_at),
        "resolved": None if incident.resolved_at is None else to_ms(incident.resolved_at),
        "updates": [
            {"at": to_ms(said.at), "status": said.status.value, "text": said.body, "html": said.html}
            for said in incident.updates
        ],
        "monitors": [
            {"id": affected.id, "name": affected.name, "impact": affected.impact.value}
            for affected in incident.affected
        ],
        "postmortemHtml": incident.postmortem_html,
    }


def _window(window: MaintenanceView) -> Json:
    return {
        "id": window.id,
        "title": window.title,
        "html": window.html,
        "start": to_ms(window.start),
        "end": None if window.end is None else to_ms(window.end),
        "running": window.running,
        "monitors": list(window.monitors),
    }
