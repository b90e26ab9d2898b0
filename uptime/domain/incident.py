"""What people write about trouble: its state, its updates, and how badly which monitors are affected."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from uptime.domain.errors import Invalid, NotFound
from uptime.domain.monitor import printable

TITLE_LIMIT = 255
TEXT_LIMIT = 20_000
UPDATES_LIMIT = 500
COMPONENTS_LIMIT = 500
PAGES_LIMIT = 100


class IncidentStatus(StrEnum):
    """How far people have come with it."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class Impact(StrEnum):
    """How badly a monitor is affected, the mildest first."""

    NONE = "none"
    DEGRADED = "degraded"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"


class IncidentStyle(StrEnum):
    """How an incident is coloured where it is shown as a plain notice."""

    INFO = "info"
    WARNING = "warning"
    DANGER = "danger"
    PRIMARY = "primary"
    LIGHT = "light"
    DARK = "dark"


SEVERITY = {impact: rank for rank, impact in enumerate(Impact)}


@dataclass(frozen=True, slots=True)
class Update:
    """One thing that was said. `body` is Markdown; `author` is a name for those who may see it, never for readers."""

    id: int
    at: datetime
    status: IncidentStatus
    body: str
    author: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """A monitor that is affected."""

    monitor_id: int
    impact: Impact


@dataclass(frozen=True, slots=True)
class Cause:
    """The outage that an incident was drafted from, known by its monitor and its start."""

    monitor_id: int
    start: datetime


@dataclass(frozen=True, slots=True)
class IncidentDraft:
    """What a caller says about an incident beside its updates.

    `pages` are the status pages it belongs to, none means every page of the account. A `draft` is shown to nobody;
    what is `pinned` stands above the other open ones.
    """

    title: str
    components: tuple[Component, ...] = ()
    style: IncidentStyle = IncidentStyle.WARNING
    pinned: bool = False
    pages: tuple[int, ...] = ()
    postmortem: str = ""
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Incident(IncidentDraft):
    """An incident as it is stored. Updates stand in the order of their time; the last one says where it stands."""

    id: int = 0
    account: int = 1
    created_at: datetime | None = None
    updated_at: datetime | None = None
    started_at: datetime | None = None
    resolved_at: datetime | None = None
    updates: tuple[Update, ...] = ()
    outage: Cause | None = None

    @property
    def status(self) -> IncidentStatus:
        return self.updates[-1].status if self.updates else IncidentStatus.INVESTIGATING

    @property
    def resolved(self) -> bool:
        return self.status is IncidentStatus.RESOLVED

    @property
    def impact(self) -> Impact:
        """The worst impact on any monitor."""
        return worst(component.impact for component in self.components)

    def on_page(self, page_id: int) -> bool:
        """Whether readers of a page may see it."""
        return not self.draft and (not self.pages or page_id in self.pages)

    def affects(self, monitor_id: int) -> bool:
        return any(component.monitor_id == monitor_id for component in self.components)


def worst(impacts: Iterable[Impact]) -> Impact:
    """The worst of several impacts; none where there are none."""
    return max(impacts, key=SEVERITY.__getitem__, default=Impact.NONE)


def checked(draft: IncidentDraft) -> IncidentDraft:
    """The draft with its title trimmed, each monitor once. Invalid, naming the field that is out of bounds."""
    title = draft.title.strip()
    if not title:
        raise Invalid("title", "The title is missing.")
    if len(title) > TITLE_LIMIT or not printable(title):
        raise Invalid("title", f"The title holds control characters or more than {TITLE_LIMIT} of them.")
    _few("components", draft.components, COMPONENTS_LIMIT)
    _few("pages", draft.pages, PAGES_LIMIT)
    impacts: dict[int, list[Impact]] = {}
    for component in draft.components:
        impacts.setdefault(component.monitor_id, []).append(component.impact)
    components = tuple(Component(monitor_id, worst(found)) for monitor_id, found in impacts.items())
    pages = tuple(dict.fromkeys(draft.pages))
    return replace(
        draft, title=title, components=components, pages=pages, postmortem=_text("postmortem", draft.postmortem)
    )


def begun(
    draft: IncidentDraft, status: IncidentStatus, body: str, author: str, now: datetime, started_at: datetime | None
) -> Incident:
    """A new incident with its first update. Invalid."""
    fields = _said(checked(draft))
    _not_after("started_at", started_at, now)
    new = Incident(**fields, created_at=now, started_at=started_at or now)
    return update(new, status, body, author, now)


def changed(incident: Incident, draft: IncidentDraft, now: datetime) -> Incident:
    """The incident as the draft has it, its updates as they were. Invalid."""
    return replace(incident, **_said(checked(draft)), updated_at=now)


def update(incident: Incident, status: IncidentStatus, body: str, author: str, at: datetime) -> Incident:
    """Say something more, which may resolve the incident or open it again. Invalid."""
    if len(incident.updates) >= UPDATES_LIMIT:
        raise Invalid("updates", f"An incident has at most {UPDATES_LIMIT} updates.")
    newest = max((said.id for said in incident.updates), default=0)
    said = Update(newest + 1, at, status, _text("body", body), author)
    return _in_order(incident, (*incident.updates, said), at)


def rewritten(incident: Incident, update_id: int, status: IncidentStatus, body: str, now: datetime) -> Incident:
    """The incident with one update corrected; when it was said, and by whom, stays. NotFound, Invalid."""
    said = _update(incident, update_id)
    corrected = replace(said, status=status, body=_text("body", body))
    updates = tuple(corrected if one.id == update_id else one for one in incident.updates)
    return _in_order(incident, updates, now)


def without(incident: Incident, update_id: int, now: datetime) -> Incident:
    """The incident without one of its updates. NotFound; Invalid: it is the only one."""
    _update(incident, update_id)
    if len(incident.updates) == 1:
        raise Invalid("updates", "An incident keeps at least one update: correct it, or delete the incident.")
    return _in_order(incident, tuple(one for one in incident.updates if one.id != update_id), now)


def resolve(incident: Incident, body: str, author: str, at: datetime) -> Incident:
    """The incident at its end. One that is resolved stays as it is unless there is something to say."""
    if incident.resolved and not body:
        return incident
    return update(incident, IncidentStatus.RESOLVED, body, author, at)


def reopen(incident: Incident, body: str, author: str, at: datetime) -> Incident:
    """The incident as one that goes on. One that is open stays as it is unless there is something to say."""
    if not incident.resolved:
        return update(incident, incident.status, body, author, at) if body else incident
    return update(incident, IncidentStatus.INVESTIGATING, body, author, at)


def _in_order(incident: Incident, updates: tuple[Update, ...], now: datetime) -> Incident:
    """The incident with these updates; it ended with the first of those that resolve it to the last."""
    ordered = tuple(sorted(updates, key=lambda said: (said.at, said.id)))
    ended: datetime | None = None
    for said in ordered:
        resolved = said.status is IncidentStatus.RESOLVED
        ended = (ended or said.at) if resolved else None
    return replace(incident, updates=ordered, resolved_at=ended, updated_at=now)


def _update(incident: Incident, update_id: int) -> Update:
    found = next((said for said in incident.updates if said.id == update_id), None)
    if found is None:
        raise NotFound("update")
    return found


def _said(draft: IncidentDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in IncidentDraft.__dataclass_fields__}


def _text(field: str, text: str) -> str:
    if len(text) > TEXT_LIMIT or not printable(text, lines=True):
        raise Invalid(field, f"The text holds control characters or more than {TEXT_LIMIT} of them.")
    return text.strip()


def _few(field: str, entries: tuple[object, ...], limit: int) -> None:
    if len(entries) > limit:
        raise Invalid(field, f"There are more than {limit} entries.")


def _not_after(field: str, at: datetime | None, now: datetime) -> None:
    if at is not None and at > now:
        raise Invalid(field, "The incident cannot have begun later than now.")
