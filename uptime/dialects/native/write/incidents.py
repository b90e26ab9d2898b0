"""Incidents as their owners see them."""

from collections.abc import Iterable

from uptime.core.markdown import html
from uptime.dialects.native.write import Wire, ms, ms_or_none
from uptime.domain import incident as domain
from uptime.domain.incident import Impact, IncidentStatus, IncidentStyle


class IncidentUpdate(Wire):
    """One thing that was said: `text` is Markdown, `html` what readers see of it. `at` in milliseconds since 1970."""

    id: int
    at: int
    status: IncidentStatus
    text: str
    html: str
    author: str


class AffectedService(Wire):
    """A service and how badly it is affected."""

    id: int
    impact: Impact


class IncidentCause(Wire):
    """The outage it was drafted from."""

    service_id: int
    start: int


class Incident(Wire):
    """An incident. Times are milliseconds since 1970; no `pages` means all of them."""

    id: int
    title: str
    status: IncidentStatus
    impact: Impact
    style: IncidentStyle
    pinned: bool
    draft: bool
    pages: list[int]
    services: list[AffectedService]
    updates: list[IncidentUpdate]
    postmortem: str
    outage: IncidentCause | None
    started_at: int | None
    resolved_at: int | None
    created_at: int | None
    updated_at: int | None


class Incidents(Wire):
    """Some of the incidents that were asked for; `total` counts all of them."""

    incidents: list[Incident]
    total: int


def incident(found: domain.Incident) -> Incident:
    cause = found.outage
    return Incident(
        id=found.id,
        title=found.title,
        status=found.status,
        impact=found.impact,
        style=found.style,
        pinned=found.pinned,
        draft=found.draft,
        pages=list(found.pages),
        services=[AffectedService(id=each.monitor_id, impact=each.impact) for each in found.components],
        updates=[
            IncidentUpdate(
                id=said.id, at=ms(said.at), status=said.status, text=said.body, html=html(said.body), author=said.author
            )
            for said in found.updates
        ],
        postmortem=found.postmortem,
        outage=None if cause is None else IncidentCause(service_id=cause.monitor_id, start=ms(cause.start)),
        started_at=ms_or_none(found.started_at),
        resolved_at=ms_or_none(found.resolved_at),
        created_at=ms_or_none(found.created_at),
        updated_at=ms_or_none(found.updated_at),
    )


def incidents(found: Iterable[domain.Incident], total: int) -> Incidents:
    return Incidents(incidents=[incident(each) for each in found], total=total)
