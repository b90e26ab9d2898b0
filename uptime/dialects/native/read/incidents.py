"""Incidents as they are written and asked for."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from uptime.core.incidents import Query as IncidentQuery
from uptime.dialects.native.read import LARGEST_NUMBER, Body, Count, Line, Lines, Moment, OptionalBody, Query
from uptime.dialects.native.words import camel
from uptime.domain.incident import Component, Impact, IncidentDraft, IncidentStatus, IncidentStyle
from uptime.domain.schedule import from_ms

Id = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
State = Literal["open", "resolved", "all"]
RESOLVED: dict[State, bool | None] = {"open": False, "resolved": True, "all": None}


class IncidentPath(BaseModel):
    """An incident by its id."""

    model_config = ConfigDict(alias_generator=camel)

    incident_id: Id


class UpdatePath(IncidentPath):
    """One of its updates."""

    update_id: Id


class IncidentsQuery(Query):
    """Which incidents, the newest first. `since` and `until` bound when they began, in milliseconds since 1970."""

    state: State = "all"
    draft: bool | None = None
    service_id: Id | None = None
    page_id: Id | None = None
    since: Moment | None = None
    until: Moment | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    offset: Count = 0


class AffectedBody(Body):
    """A service and how badly it is affected."""

    id: Id
    impact: Impact = Impact.DEGRADED

    @field_validator("impact", mode="before")
    @classmethod
    def _word(cls, value: object) -> object:
        return Impact(value) if isinstance(value, str) and value in set(Impact) else value


Affected = Annotated[list[AffectedBody], Field(max_length=500)]


class IncidentChangeBody(Body):
    """What changes; what is left out stays. No `pages` at all means every page."""

    title: Line | None = None
    services: Affected | None = None
    style: IncidentStyle | None = None
    pinned: bool | None = None
    pages: Annotated[list[Id], Field(max_length=100)] | None = None
    postmortem: Lines | None = None
    draft: bool | None = None

    @field_validator("style", mode="before")
    @classmethod
    def _style(cls, value: object) -> object:
        return IncidentStyle(value) if isinstance(value, str) and value in set(IncidentStyle) else value


class SaidBody(Body):
    """Where it stands, and what there is to say, in Markdown."""

    status: IncidentStatus = IncidentStatus.INVESTIGATING
    text: Lines = ""

    @field_validator("status", mode="before")
    @classmethod
    def _status(cls, value: object) -> object:
        return IncidentStatus(value) if isinstance(value, str) and value in set(IncidentStatus) else value


class IncidentBody(IncidentChangeBody, SaidBody):
    """A new incident with its first update. `startedAt` in milliseconds since 1970, now where it is left out."""

    started_at: Moment | None = None
    notify: bool = True


class UpdateBody(SaidBody):
    """Another update; `services` changes how badly which services are affected. `notify`: subscribers are told."""

    services: Affected | None = None
    notify: bool = True


class TextBody(OptionalBody):
    """What there is to say, in Markdown; may stay empty."""

    text: Lines = ""


class OutageBody(Body):
    """An outage by its service and its start in milliseconds; without a start the newest."""

    service_id: Id
    start: Moment | None = None


def wanted(query: IncidentsQuery) -> IncidentQuery:
    """The incidents that a query asks for."""
    return IncidentQuery(
        resolved=RESOLVED[query.state],
        draft=query.draft,
        monitor_id=query.service_id,
        page_id=query.page_id,
        since=_moment(query.since),
        until=_moment(query.until),
    )


def draft(body: IncidentChangeBody, before: IncidentDraft) -> IncidentDraft:
    """The incident with what the body changes."""
    return replace(
        before,
        title=before.title if body.title is None else body.title,
        components=before.components if body.services is None else components(body.services),
        style=body.style or before.style,
        pinned=before.pinned if body.pinned is None else body.pinned,
        pages=before.pages if body.pages is None else tuple(body.pages),
        postmortem=before.postmortem if body.postmortem is None else body.postmortem,
        draft=before.draft if body.draft is None else body.draft,
    )


def components(services: list[AffectedBody]) -> tuple[Component, ...]:
    """The monitors that are affected."""
    return tuple(Component(service.id, service.impact) for service in services)


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
