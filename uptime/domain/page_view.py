"""What the readers of a status page see: complete, every number made, and nothing that is not theirs to know."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from uptime.domain.heartbeat import ANSWERING, Status
from uptime.domain.incident import Impact, IncidentStatus, IncidentStyle, worst
from uptime.domain.ratio import Counts, add
from uptime.domain.status_page import PageDraft

DAYS = 90
"""Days that a bar shows."""

PAST_DAYS = 15
"""Days of past incidents on a page, today among them."""


class Standing(StrEnum):
    """A whole page in a word."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded"
    PARTIAL_OUTAGE = "partial outage"
    MAJOR_OUTAGE = "major outage"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"


PackedDay = tuple[int, ...]
"""The counts of a day in the order of `Counts`; empty where nothing was on record."""


@dataclass(frozen=True, slots=True)
class MonitorView:
    """A monitor as readers see it. `days` are those of the page, the last one today; `since` dates the status."""

    id: int
    name: str
    description: str
    url: str
    status: Status
    checked_at: datetime | None
    latency_ms: int | None
    days: tuple[PackedDay, ...]
    since: datetime | None = None
    created_at: datetime | None = None
    certificate_expires_at: datetime | None = None

    @property
    def counts(self) -> tuple[Counts, ...]:
        """The heartbeats of each day."""
        return tuple(Counts(*day) for day in self.days)

    @property
    def total(self) -> Counts:
        """The heartbeats of all days, with their ratio and coverage."""
        return add(self.counts)


@dataclass(frozen=True, slots=True)
class SectionView:
    """A heading and what stands below it."""

    heading: str
    monitors: tuple[MonitorView, ...]


@dataclass(frozen=True, slots=True)
class UpdateView:
    """One thing that was said, as Markdown and as clean HTML."""

    id: int
    at: datetime
    status: IncidentStatus
    body: str
    html: str


@dataclass(frozen=True, slots=True)
class AffectedView:
    """A monitor of the page that an incident affects."""

    id: int
    name: str
    impact: Impact


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident as readers see it, its newest update first."""

    id: int
    title: str
    status: IncidentStatus
    impact: Impact
    style: IncidentStyle
    pinned: bool
    started_at: datetime
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    updates: tuple[UpdateView, ...]
    affected: tuple[AffectedView, ...]
    postmortem_html: str = ""


@dataclass(frozen=True, slots=True)
class PastDay:
    """A day in the page's time zone with the incidents that began on it; most days have none."""

    day: date
    incidents: tuple[IncidentView, ...]


@dataclass(frozen=True, slots=True)
class MaintenanceView:
    """A window of planned work that runs or is to come, as readers see it. `end` None: open-ended."""

    id: int
    title: str
    html: str
    start: datetime
    end: datetime | None
    running: bool
    monitors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A monitor of the page became something else; `since` is when what ended here had begun."""

    id: str
    monitor_id: int
    name: str
    at: datetime
    before: Status
    after: Status
    since: datetime | None


@dataclass(frozen=True, slots=True)
class PageView:
    """A whole page. `updated_at` is the newest check, `built_at` dates the whole, `first_day` begins the bars."""

    id: int
    account: int
    page: PageDraft
    zone: str
    standing: Standing
    sections: tuple[SectionView, ...]
    incidents: tuple[IncidentView, ...]
    past: tuple[PastDay, ...]
    maintenance: tuple[MaintenanceView, ...]
    changes: tuple[ChangeView, ...]
    first_day: date
    updated_at: datetime | None
    built_at: datetime

    @property
    def monitors(self) -> tuple[MonitorView, ...]:
        """Every monitor of the page, each once."""
        found = {line.id: line for section in self.sections for line in section.monitors}
        return tuple(found.values())

    @property
    def everything(self) -> tuple[IncidentView, ...]:
        """Every incident on the page, the newest first."""
        found = {each.id: each for day in self.past for each in day.incidents} | {
            each.id: each for each in self.incidents
        }
        return tuple(sorted(found.values(), key=lambda each: (each.started_at, each.id), reverse=True))


def packed(counts: Counts) -> PackedDay:
    """The counts of a day as a view carries them."""
    made = (counts.up, counts.degraded, counts.down, counts.maintenance, counts.unknown, counts.extra)
    return made if any(made) else ()


def standing(statuses: Sequence[Status], impacts: Iterable[Impact]) -> Standing:
    """The worst of what the monitors and the open incidents say. Monitors that nobody checked say nothing."""
    known = [status for status in statuses if status is not Status.UNKNOWN]
    down, impact = known.count(Status.DOWN), worst(impacts)
    if impact is Impact.MAJOR_OUTAGE or (down and down == len(known)):
        return Standing.MAJOR_OUTAGE
    if impact is Impact.PARTIAL_OUTAGE or down:
        return Standing.PARTIAL_OUTAGE
    if impact is Impact.DEGRADED or Status.DEGRADED in known:
        return Standing.DEGRADED
    if Status.MAINTENANCE in known:
        return Standing.MAINTENANCE
    return Standing.OPERATIONAL if ANSWERING.intersection(known) else Standing.UNKNOWN
